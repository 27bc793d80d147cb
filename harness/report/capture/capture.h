/* SPDX-License-Identifier: MIT */
/* Private: a transcript as a capture of the network, for Wireshark. */
#ifndef HARNESS_REPORT_CAPTURE_CAPTURE_H
#define HARNESS_REPORT_CAPTURE_CAPTURE_H

#include "base/buffer.h"
#include "record/transcript.h"
#include "report/capture/parties.h"

/* The most bytes of one event. */
enum { HARNESS__CAPTURE_MOST = 1 << 30 };

/*
 * Adds a pcapng file to out: docs/export.md says what stands in it. ports (port_count of them, may be NULL)
 * are those that servers and endpoints are to have. False where the transcript can't be a capture (data of an
 * event is a pattern, an event holds more than HARNESS__CAPTURE_MOST bytes, a datagram more than
 * HARNESS__UDP_MOST), where there is no server or endpoint of a port's name, or memory is exhausted: then
 * *sentence, which the caller frees, says so (NULL: memory is exhausted).
 */
bool harness__capture(harness__buffer_t *out, const harness__transcript_t *transcript, harness__port_t *ports,
                      size_t port_count, char **sentence);

#endif
