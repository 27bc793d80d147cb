/* SPDX-License-Identifier: MIT */
/*
 * The first bytes say how messages stand in the stream, the rest is the stream. However it is cut, and
 * wherever a message stops the feeding, the same messages come out, the same end is told and the same bytes
 * are left; and what harness_framing_check passes comes back as it is.
 */
#include <harness/framing.h>

#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "fuzz.h"
#include "input.h"

typedef struct got {
  const harness_framing_t *framing;
  harness__buffer_t text;   /* each message behind its size */
  harness__buffer_t stream; /* those that may be sent, framed again */
  harness__buffer_t sent;   /* and as they are in text */
  size_t count;
  size_t stop_after; /* 0: never */
} got_t;

static void add(harness__buffer_t *out, const void *message, size_t size) {
  harness__buffer_printf(out, "%zu:", size);
  harness__buffer_add(out, message, size);
}

static void add_framed(got_t *got, const void *message, size_t size) {
  for (size_t i = got->framing->length_size; i > 0; i--)
    harness__buffer_char(&got->stream, (char)(i > sizeof size ? 0 : size >> (8 * (i - 1)) & 0xff));
  harness__buffer_add(&got->stream, message, size);
  harness__buffer_add(&got->stream, got->framing->separator, got->framing->separator_size);
  add(&got->sent, message, size);
}

static int take(void *arg, const void *message, size_t size) {
  got_t *got = arg;

  add(&got->text, message, size);
  if (harness_framing_check(got->framing, message, size) == 0)
    add_framed(got, message, size);
  got->count++;
  return got->stop_after != 0 && got->count % got->stop_after == 0 ? 1 : 0;
}

static void got_free(got_t *got) {
  harness__buffer_free(&got->text);
  harness__buffer_free(&got->stream);
  harness__buffer_free(&got->sent);
}

/* Feeds all in pieces of at most that many bytes. Returns the end: 0, or what is wrong with the stream. */
static int feed(input_t *input, got_t *got, const char *stream, size_t size, size_t most, size_t *pending) {
  harness_framer_t *framer = harness_framer_open(got->framing);
  int status = 0;

  fuzz_check(framer != NULL);
  for (size_t at = 0; at < size && status >= 0;) {
    size_t part = most >= size ? size : 1 + input_chance(input, most);

    part = part < size - at ? part : size - at;
    status = harness_framer_feed(framer, stream + at, part, take, got);
    at += part;
    while (status == 1)
      status = harness_framer_feed(framer, NULL, 0, take, got);
  }
  *pending = harness_framer_pending(framer);
  harness_framer_close(framer);
  return status;
}

static bool same(const harness__buffer_t *a, const harness__buffer_t *b) {
  return !a->failed && !b->failed && a->length == b->length &&
         (a->length == 0 || memcmp(a->text, b->text, a->length) == 0);
}

static void check_cuts(input_t *input, const got_t *whole, const char *stream, size_t size, int end,
                       size_t pending) {
  for (size_t most = 1; most <= 64; most *= 8) {
    got_t cut = {.framing = whole->framing, .stop_after = input_chance(input, 4)};
    size_t left;

    fuzz_check(feed(input, &cut, stream, size, most, &left) == end);
    fuzz_check(same(&whole->text, &cut.text));
    fuzz_check(left == pending);
    got_free(&cut);
  }
}

static void check_sent(input_t *input, const got_t *whole) {
  got_t again = {.framing = whole->framing};
  size_t left;

  fuzz_check(feed(input, &again, whole->stream.text, whole->stream.length, 16, &left) == 0);
  fuzz_check(left == 0 && same(&whole->sent, &again.text));
  got_free(&again);
}

void fuzz_framer(const unsigned char *data, size_t size) {
  static const size_t sizes[] = {1, 2, 4, 8, 3, 9};
  static const size_t most[] = {0, 1, 5, 100, SIZE_MAX / 8, SIZE_MAX};
  harness_framing_t framing = {0};
  harness_framer_t *framer;
  input_t input;
  unsigned char kind;
  size_t pending;
  got_t whole = {.framing = &framing};
  int end;

  input_open(&input, data, size);
  kind = input_byte(&input);
  framing.largest = most[kind / 16 % 6];
  if (kind % 8 < 6)
    framing.length_size = sizes[kind % 8];
  else
    framing.separator = input_bytes(&input, 1 + input_byte(&input) % 8, &framing.separator_size);
  framer = harness_framer_open(&framing);
  harness_framer_close(framer);
  if (framer == NULL) {
    fuzz_check(harness_framing_check(&framing, "", 0) < 0);
    return;
  }
  end = feed(&input, &whole, (const char *)input.data, input.size, SIZE_MAX, &pending);
  check_cuts(&input, &whole, (const char *)input.data, input.size, end, pending);
  check_sent(&input, &whole);
  got_free(&whole);
}
