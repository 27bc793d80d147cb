/* SPDX-License-Identifier: MIT */
/* Private to report/: a capture on its way. capture.c goes through the events, tcp.c knows what those of a
 * connection put on the wire. */
#ifndef HARNESS_REPORT_CAPTURE_WIRE_H
#define HARNESS_REPORT_CAPTURE_WIRE_H

#include "base/buffer.h"
#include "record/transcript.h"
#include "report/capture/conversations.h"
#include "report/capture/packet.h"

typedef struct harness__wire {
  harness__buffer_t *out;
  const harness__transcript_t *transcript;
  harness__conversations_t all;
  void *in_flight;           /* json_t: datagrams sent and not received, "from>to" -> how many */
  uint64_t now_us;           /* of the last packet */
  harness__buffer_t comment; /* on the event at hand */
  bool is_told;              /* a packet has it */
} harness__wire_t;

/* Puts a packet on the wire: headers, and what is behind them. It bears the comment unless one has. */
void harness__wire_packet(harness__wire_t *wire, const void *header, size_t header_size,
                          const harness__payload_t *payload);

/* What an event of that end puts there. */
void harness__wire_tcp(harness__wire_t *wire, harness__end_t *end, const harness__entry_t *entry);

#endif
