/* SPDX-License-Identifier: MIT */
#include "reading.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { FIRST = 0x0a000001, WINDOW_BITS = 30 };

static uint32_t little(const unsigned char *p, size_t size) {
  uint32_t value = 0;

  for (size_t i = size; i > 0; i--)
    value = value << 8 | p[i - 1];
  return value;
}

static uint32_t big(const unsigned char *p, size_t size) {
  uint32_t value = 0;

  for (size_t i = 0; i < size; i++)
    value = value << 8 | p[i];
  return value;
}

static char *copy(const unsigned char *data, size_t size) {
  char *text = malloc(size + 1);

  assert_non_null(text);
  memcpy(text, data, size);
  text[size] = '\0';
  assert_int_equal(strlen(text), size);
  return text;
}

/* Words of 16 bits with ones' complement, RFC 1071: the sum over what bears its own checksum is all ones. */
static uint32_t sum(const unsigned char *p, size_t size, uint32_t start) {
  for (size_t i = 0; i < size; i++)
    start += (uint32_t)p[i] << (i % 2 == 0 ? 8 : 0);
  while (start > 0xffff)
    start = (start & 0xffff) + (start >> 16);
  return start;
}

static void read_tcp(frame_t *frame, const unsigned char *tcp, size_t *header) {
  frame->seq = big(tcp + 4, 4);
  frame->ack = big(tcp + 8, 4);
  *header = (size_t)(tcp[12] >> 4) * 4;
  frame->flags = tcp[13];
  assert_int_equal(big(tcp + 14, 2), 65535);
  if ((frame->flags & SYN) != 0) {
    static const unsigned char options[] = {2, 4, 0xff, 0xd7, 1, 3, 3, 14, 1, 1, 4, 2};
    assert_int_equal(*header, 20 + sizeof options);
    assert_memory_equal(tcp + 20, options, sizeof options);
  } else {
    assert_int_equal(*header, 20);
  }
}

static void read_ip(frame_t *frame, const unsigned char *ip, size_t captured, size_t whole) {
  const unsigned char *inner = ip + 20;
  size_t header = 8;
  uint32_t stored;

  assert_true(captured >= 28 && whole <= 65535);
  assert_int_equal(ip[0], 0x45);
  assert_int_equal(big(ip + 2, 2), whole);
  assert_int_equal(sum(ip, 20, 0), 0xffff);
  frame->protocol = ip[9];
  frame->from = big(ip + 12, 4);
  frame->to = big(ip + 16, 4);
  frame->from_port = (uint16_t)big(inner, 2);
  frame->to_port = (uint16_t)big(inner + 2, 2);
  assert_true(frame->from_port != 0 && frame->to_port != 0);
  if (frame->protocol == 6) {
    read_tcp(frame, inner, &header);
    stored = big(inner + 16, 2);
  } else {
    assert_int_equal(frame->protocol, 17);
    assert_int_equal(big(inner + 4, 2), whole - 20);
    stored = big(inner + 6, 2);
  }
  frame->data = inner + header;
  frame->known = captured - 20 - header;
  frame->size = whole - 20 - header;
  if (frame->known < frame->size)
    assert_int_equal(stored, 0);
  else
    assert_int_equal(sum(inner, whole - 20, sum(ip + 12, 8, ip[9] + (uint32_t)(whole - 20))), 0xffff);
}

/* Reads a list of options up to its end, which must be that of the block. Returns the comment. */
static char *read_options(const unsigned char *p, const unsigned char *end) {
  char *comment = NULL;

  while (p < end) {
    uint32_t code = little(p, 2);
    uint32_t size = little(p + 2, 2);

    if (code == 1 && comment == NULL)
      comment = copy(p + 4, size);
    if (code == 0)
      assert_int_equal(size, 0);
    for (uint32_t i = size; i % 4 != 0; i++)
      assert_int_equal(p[4 + i], 0);
    p += 4 + (size + 3) / 4 * 4;
    assert_true(p <= end && (code != 0) == (p < end));
  }
  return comment;
}

static frame_t *add_frame(reading_t *reading, uint64_t at_us) {
  frame_t *frame;

  if ((reading->count & (reading->count - 1)) == 0) {
    size_t capacity = reading->count == 0 ? 1 : reading->count * 2;
    reading->frames = realloc(reading->frames, capacity * sizeof *reading->frames);
    assert_non_null(reading->frames);
  }
  if (reading->count > 0)
    assert_true(at_us > reading->frames[reading->count - 1].at_us);
  frame = &reading->frames[reading->count++];
  memset(frame, 0, sizeof *frame);
  frame->at_us = at_us;
  return frame;
}

static void read_packet(reading_t *reading, const unsigned char *body, const unsigned char *end) {
  frame_t *frame = add_frame(reading, (uint64_t)little(body + 4, 4) << 32 | little(body + 8, 4));
  size_t captured = little(body + 12, 4);
  size_t padded = (captured + 3) / 4 * 4;

  assert_int_equal(little(body, 4), 0);
  assert_true(body + 20 + padded <= end);
  read_ip(frame, body + 20, captured, little(body + 16, 4));
  frame->comment = read_options(body + 20 + padded, end);
}

static void read_names(reading_t *reading, const unsigned char *p, const unsigned char *end) {
  while (little(p, 2) != 0) {
    uint32_t size = little(p + 2, 2);

    assert_int_equal(little(p, 2), 1);
    assert_int_equal(big(p + 4, 4), FIRST + reading->name_count);
    reading->names = realloc(reading->names, (reading->name_count + 1) * sizeof *reading->names);
    assert_non_null(reading->names);
    reading->names[reading->name_count++] = copy(p + 8, size - 5);
    assert_int_equal(p[4 + size - 1], 0);
    p += 4 + (size + 3) / 4 * 4;
    assert_true(p < end);
  }
  assert_ptr_equal(p + 4, end);
}

/* An entry of the journal: NAME=value, a line each. */
static void read_entry(reading_t *reading, const unsigned char *body, const unsigned char *end) {
  uint64_t at_us = 0;
  char lane[1000];
  char message[40000];
  int priority;
  int read = 0;
  frame_t *frame;

  assert_int_equal(sscanf((const char *)body,
                          "__REALTIME_TIMESTAMP=%" SCNu64
                          "\nPRIORITY=%d\nSYSLOG_IDENTIFIER=%999[^\n]\nMESSAGE=%39999[^\n]\n%n",
                          &at_us, &priority, lane, message, &read),
                   4);
  assert_true(priority == 6 || priority == 3);
  assert_true(end - body - read < 4);
  frame = add_frame(reading, at_us);
  frame->lane = copy((const unsigned char *)lane, strlen(lane));
  frame->comment = copy((const unsigned char *)message, strlen(message));
}

static void read_block(reading_t *reading, size_t number, const unsigned char *block, size_t size) {
  uint32_t type = little(block, 4);
  const unsigned char *body = block + 8;
  const unsigned char *end = block + size - 4;

  if (number == 0) {
    assert_int_equal(type, 0x0a0d0d0a);
    assert_int_equal(little(body, 4), 0x1a2b3c4d);
    free(read_options(body + 16, end));
  } else if (number == 1) {
    assert_int_equal(type, 1);
    assert_int_equal(little(body, 2), 101);
    free(read_options(body + 8, end));
  } else if (type == 4) {
    assert_int_equal(reading->count, 0);
    read_names(reading, body, end);
  } else if (type == 9) {
    read_entry(reading, body, end);
  } else {
    assert_int_equal(type, 6);
    read_packet(reading, body, end);
  }
}

/* The talk that a packet belongs to, and which end sent it; a SYN begins one. */
static talk_t *find_talk(reading_t *reading, const frame_t *frame, int *end) {
  talk_t *talk;

  for (size_t i = reading->talk_count; i > 0 && frame->flags != SYN; i--) {
    talk = &reading->talks[i - 1];
    for (*end = 0; *end < 2; ++*end) {
      if (talk->address[*end] == frame->from && talk->port[*end] == frame->from_port &&
          talk->address[!*end] == frame->to && talk->port[!*end] == frame->to_port)
        return talk;
    }
  }
  assert_int_equal(frame->flags, SYN);
  reading->talks = realloc(reading->talks, (reading->talk_count + 1) * sizeof *reading->talks);
  assert_non_null(reading->talks);
  talk = &reading->talks[reading->talk_count++];
  *talk = (talk_t){.address = {frame->from, frame->to}, .port = {frame->from_port, frame->to_port}};
  *end = 0;
  return talk;
}

static void check_flags(const talk_t *talk, int end, const frame_t *frame) {
  bool is_bare = frame->size == 0 && frame->flags == ACK;

  assert_int_equal((frame->flags & SYN) != 0, talk->next[end] == 0 && (frame->flags & RST) == 0);
  assert_int_equal((frame->flags & ACK) != 0, frame->flags != SYN);
  assert_true((frame->flags & PSH) == 0 || frame->size > 0);
  assert_true(frame->size == 0 || (frame->flags & (SYN | FIN | RST)) == 0);
  if (talk->ended[end])
    assert_true(is_bare || frame->flags == (RST | ACK));
  if (talk->is_reset)
    assert_true(frame->size > 0);
}

static void check_segment(reading_t *reading, const frame_t *frame) {
  int end;
  talk_t *talk = find_talk(reading, frame, &end);
  uint64_t *next = &talk->next[end];
  uint64_t acked = talk->acked[end] + (uint32_t)(frame->ack - (uint32_t)talk->acked[end]);

  check_flags(talk, end, frame);
  assert_int_equal(frame->seq, (uint32_t)*next);
  if ((frame->flags & ACK) != 0) {
    assert_true(acked <= talk->next[!end]);
    if (frame->size == 0 && frame->flags == ACK)
      assert_true(acked > talk->acked[end]);
    talk->acked[end] = acked;
  }
  *next += frame->size + ((frame->flags & (SYN | FIN)) != 0 ? 1 : 0);
  assert_true(*next - talk->acked[!end] < (uint64_t)1 << WINDOW_BITS);
  talk->ended[end] = talk->ended[end] || (frame->flags & FIN) != 0;
  talk->is_reset = talk->is_reset || (frame->flags & RST) != 0;
  harness__buffer_add(&talk->bytes[end], frame->data, frame->known);
  assert_false(talk->bytes[end].failed);
}

void reading_open(reading_t *reading, const void *data, size_t size) {
  const unsigned char *bytes = data;
  size_t number = 0;

  memset(reading, 0, sizeof *reading);
  for (size_t at = 0; at < size; number++) {
    size_t length;

    assert_true(size - at >= 12);
    length = little(bytes + at + 4, 4);
    assert_true(length % 4 == 0 && length >= 12 && length <= size - at);
    assert_int_equal(little(bytes + at + length - 4, 4), length);
    read_block(reading, number, bytes + at, length);
    at += length;
  }
  assert_true(number >= 2);
  for (size_t i = 0; i < reading->count; i++)
    if (reading->frames[i].protocol == 6)
      check_segment(reading, &reading->frames[i]);
}

void reading_close(reading_t *reading) {
  for (size_t i = 0; i < reading->count; i++) {
    free(reading->frames[i].comment);
    free(reading->frames[i].lane);
  }
  for (size_t i = 0; i < reading->name_count; i++)
    free(reading->names[i]);
  for (size_t i = 0; i < reading->talk_count; i++) {
    harness__buffer_free(&reading->talks[i].bytes[0]);
    harness__buffer_free(&reading->talks[i].bytes[1]);
  }
  free(reading->frames);
  free(reading->names);
  free(reading->talks);
}

const char *reading_name(const reading_t *reading, uint32_t address) {
  assert_in_range(address, FIRST, FIRST + reading->name_count - 1);
  return reading->names[address - FIRST];
}

static void add_packet(harness__buffer_t *out, const reading_t *reading, const frame_t *frame) {
  static const char letters[] = "FSRPA";

  harness__buffer_printf(out, "%s:%u > %s:%u ", reading_name(reading, frame->from), frame->from_port,
                         reading_name(reading, frame->to), frame->to_port);
  for (unsigned i = 0; letters[i] != '\0'; i++)
    if ((frame->flags >> i & 1) != 0)
      harness__buffer_char(out, letters[i]);
  if (frame->protocol == 6)
    harness__buffer_printf(out, " %u", frame->seq);
  if ((frame->flags & ACK) != 0)
    harness__buffer_printf(out, " ack %u", frame->ack);
  if (frame->size > 0 || frame->protocol == 17)
    harness__buffer_printf(out, ", %zu of %zu bytes", frame->known, frame->size);
}

char *reading_text(const reading_t *reading) {
  harness__buffer_t out = {0};

  for (size_t i = 0; i < reading->count; i++) {
    const frame_t *frame = &reading->frames[i];

    harness__buffer_printf(&out, "%" PRIu64 ".%03u ms  ", frame->at_us / 1000,
                           (unsigned)(frame->at_us % 1000));
    if (frame->protocol != 0)
      add_packet(&out, reading, frame);
    else
      harness__buffer_printf(&out, "[%s]", frame->lane);
    if (frame->comment != NULL)
      harness__buffer_printf(&out, "  # %s", frame->comment);
    harness__buffer_char(&out, '\n');
  }
  return harness__buffer_take(&out);
}

void reading_assert_events(const reading_t *reading, size_t count) {
  size_t told = 0;

  for (size_t i = 0; i < reading->count; i++) {
    size_t number;

    if (reading->frames[i].comment == NULL)
      continue;
    assert_int_equal(sscanf(reading->frames[i].comment, "event %zu: ", &number), 1);
    assert_int_equal(number, ++told);
  }
  assert_int_equal(told, count);
}
