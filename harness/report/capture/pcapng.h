/* SPDX-License-Identifier: MIT */
/* Private: the blocks of a pcapng file, as far as a transcript needs them. All are little-endian on every
 * machine. What fails for want of memory sets failed of out. */
#ifndef HARNESS_REPORT_CAPTURE_PCAPNG_H
#define HARNESS_REPORT_CAPTURE_PCAPNG_H

#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"

/* A packet: its bytes are those of header and, behind it, of data; size is what it had on the wire, which may
 * be more. */
typedef struct harness__pcapng_packet {
  uint64_t at_us;
  const void *header;
  size_t header_size;
  const void *data;
  size_t data_size;
  size_t size;
  const char *comment; /* NULL: none; at most HARNESS__PCAPNG_OPTION bytes of it are kept */
  size_t comment_size;
} harness__pcapng_packet_t;

enum { HARNESS__PCAPNG_OPTION = 65532 };

/* The head of the file: one section with that comment, one interface, whose packets begin with the IP header
 * and whose times are in microseconds. */
void harness__pcapng_begin(harness__buffer_t *out, const char *comment);

/* What IPv4 addresses are called: those from first on, in order. */
void harness__pcapng_names(harness__buffer_t *out, uint32_t first, const char *const *names, size_t count);

void harness__pcapng_packet(harness__buffer_t *out, const harness__pcapng_packet_t *packet);

/* An entry of a systemd journal, which Wireshark lists among the packets. identifier and message are one line
 * each; priority is syslog's. */
void harness__pcapng_journal(harness__buffer_t *out, uint64_t at_us, int priority, const char *identifier,
                             const char *message);

#endif
