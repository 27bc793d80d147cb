/* SPDX-License-Identifier: MIT */
/*
 * A block is its type, its length, its body, its length again; a body and each option in it are filled up to
 * 32 bits. The length is set when the block ends.
 */
#include "report/capture/pcapng.h"

#include <inttypes.h>
#include <string.h>

enum {
  SECTION_BLOCK = 0x0a0d0d0a,
  INTERFACE_BLOCK = 1,
  NAMES_BLOCK = 4,
  JOURNAL_BLOCK = 9,
  PACKET_BLOCK = 6,
  BYTE_ORDER = 0x1a2b3c4d,
  RAW_IP = 101, /* the link type */
  NO_LIMIT = 0,
  OPTION_END = 0,
  OPTION_COMMENT = 1,
  SECTION_APPLICATION = 4,
  INTERFACE_NAME = 2,
  INTERFACE_RESOLUTION = 9,
  MICROSECONDS = 6,
  NAME_END = 0,
  NAME_IPV4 = 1,
  NAMES_A_BLOCK = 1000 /* readers refuse blocks of many megabytes */
};

static void put16(harness__buffer_t *out, unsigned value) {
  unsigned char bytes[] = {(unsigned char)(value & 0xff), (unsigned char)(value >> 8 & 0xff)};
  harness__buffer_add(out, bytes, sizeof bytes);
}

static void put32(harness__buffer_t *out, uint32_t value) {
  put16(out, value & 0xffff);
  put16(out, value >> 16);
}

/* Fills up to 32 bits what began at start, a multiple of them. */
static void fill(harness__buffer_t *out, size_t start) {
  while (!out->failed && (out->length - start) % 4 != 0)
    harness__buffer_char(out, '\0');
}

/* Returns where the block begins. */
static size_t begin_block(harness__buffer_t *out, uint32_t type) {
  size_t start = out->length;

  put32(out, type);
  put32(out, 0);
  return start;
}

static void end_block(harness__buffer_t *out, size_t start) {
  uint32_t length;

  fill(out, start);
  length = (uint32_t)(out->length + 4 - start);
  put32(out, length);
  if (!out->failed)
    memcpy(out->text + start + 4, out->text + out->length - 4, 4);
}

static void put_option(harness__buffer_t *out, unsigned code, const void *value, size_t size) {
  size_t start = out->length;

  put16(out, code);
  put16(out, (unsigned)size);
  harness__buffer_add(out, value, size);
  fill(out, start);
}

static void begin_section(harness__buffer_t *out, const char *comment) {
  size_t start = begin_block(out, SECTION_BLOCK);

  put32(out, BYTE_ORDER);
  put16(out, 1); /* the version, 1.0 */
  put16(out, 0);
  put32(out, UINT32_MAX); /* the section's length is not told */
  put32(out, UINT32_MAX);
  put_option(out, OPTION_COMMENT, comment, strlen(comment));
  put_option(out, SECTION_APPLICATION, "harness", strlen("harness"));
  put_option(out, OPTION_END, "", 0);
  end_block(out, start);
}

void harness__pcapng_begin(harness__buffer_t *out, const char *comment) {
  unsigned char resolution = MICROSECONDS;
  size_t start;

  begin_section(out, comment);
  start = begin_block(out, INTERFACE_BLOCK);
  put16(out, RAW_IP);
  put16(out, 0);
  put32(out, NO_LIMIT);
  put_option(out, INTERFACE_NAME, "harness", strlen("harness"));
  put_option(out, INTERFACE_RESOLUTION, &resolution, 1);
  put_option(out, OPTION_END, "", 0);
  end_block(out, start);
}

static void put_name(harness__buffer_t *out, uint32_t address, const char *name) {
  unsigned char bytes[] = {(unsigned char)(address >> 24), (unsigned char)(address >> 16 & 0xff),
                           (unsigned char)(address >> 8 & 0xff), (unsigned char)(address & 0xff)};
  size_t size = strlen(name) + 1;
  size_t start = out->length;

  put16(out, NAME_IPV4);
  put16(out, (unsigned)(sizeof bytes + size));
  harness__buffer_add(out, bytes, sizeof bytes);
  harness__buffer_add(out, name, size);
  fill(out, start);
}

void harness__pcapng_names(harness__buffer_t *out, uint32_t first, const char *const *names, size_t count) {
  for (size_t i = 0; i < count;) {
    size_t start = begin_block(out, NAMES_BLOCK);

    do
      put_name(out, first + (uint32_t)i, names[i]);
    while (++i < count && i % NAMES_A_BLOCK != 0);
    put_option(out, NAME_END, "", 0);
    end_block(out, start);
  }
}

void harness__pcapng_packet(harness__buffer_t *out, const harness__pcapng_packet_t *packet) {
  size_t start = begin_block(out, PACKET_BLOCK);
  size_t comment_size =
      packet->comment_size < HARNESS__PCAPNG_OPTION ? packet->comment_size : HARNESS__PCAPNG_OPTION;

  put32(out, 0); /* the interface */
  put32(out, (uint32_t)(packet->at_us >> 32));
  put32(out, (uint32_t)(packet->at_us & UINT32_MAX));
  put32(out, (uint32_t)(packet->header_size + packet->data_size));
  put32(out, (uint32_t)packet->size);
  harness__buffer_add(out, packet->header, packet->header_size);
  harness__buffer_add(out, packet->data, packet->data_size);
  fill(out, start);
  if (packet->comment != NULL) {
    put_option(out, OPTION_COMMENT, packet->comment, comment_size);
    put_option(out, OPTION_END, "", 0);
  }
  end_block(out, start);
}

void harness__pcapng_journal(harness__buffer_t *out, uint64_t at_us, int priority, const char *identifier,
                             const char *message) {
  size_t start = begin_block(out, JOURNAL_BLOCK);

  harness__buffer_printf(out, "__REALTIME_TIMESTAMP=%" PRIu64 "\nPRIORITY=%d\n", at_us, priority);
  harness__buffer_printf(out, "SYSLOG_IDENTIFIER=%s\nMESSAGE=%s\n", identifier, message);
  end_block(out, start);
}
