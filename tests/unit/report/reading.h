/* SPDX-License-Identifier: MIT */
/*
 * A capture read by code of the tests' own, which is strict: a block or header that is not exactly right, a
 * checksum, a sequence number or an acknowledgement that an analyser could take for loss fails the test.
 */
#ifndef TESTS_UNIT_REPORT_READING_H
#define TESTS_UNIT_REPORT_READING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"

enum { FIN = 1, SYN = 2, RST = 4, PSH = 8, ACK = 16 };

/* One packet, or one entry of the journal (protocol 0). */
typedef struct frame {
  uint64_t at_us;
  int protocol; /* 6: TCP, 17: UDP */
  uint32_t from;
  uint32_t to;
  uint16_t from_port;
  uint16_t to_port;
  uint32_t seq;
  uint32_t ack;
  unsigned flags;
  const unsigned char *data;
  size_t known;
  size_t size;
  char *comment; /* or the entry's message; NULL: none */
  char *lane;    /* of an entry */
} frame_t;

typedef struct talk {
  uint32_t address[2]; /* of the end that opened, and the other */
  uint16_t port[2];
  uint64_t next[2];
  uint64_t acked[2]; /* by that end */
  bool ended[2];
  bool is_reset;
  harness__buffer_t bytes[2]; /* that the end sent, as far as they were captured */
} talk_t;

typedef struct reading {
  frame_t *frames;
  size_t count;
  char **names; /* of 10.0.0.1 and up */
  size_t name_count;
  talk_t *talks;
  size_t talk_count;
} reading_t;

void reading_open(reading_t *reading, const void *data, size_t size);
void reading_close(reading_t *reading);

/* "client > server/1 SA seq 0 ack 1, 12 bytes: event 2: …", a frame a line; the caller frees it. */
char *reading_text(const reading_t *reading);

/* The name of an address. */
const char *reading_name(const reading_t *reading, uint32_t address);

/* Each event of a transcript of that many is told once, in order. */
void reading_assert_events(const reading_t *reading, size_t count);

#endif
