/* SPDX-License-Identifier: MIT */
/* How connections end: EOF, half-close, close, reset, and what each side sees of it. */
#include "contract.h"

#include <stdlib.h>

static void nothing(harness_stream_t *s, void *arg) {
  (void)s;
  (void)arg;
}

static void read_eof(harness_stream_t *s, void *arg) {
  char data[10];

  (void)arg;
  assert_int_equal(harness_read(s, data, sizeof data), 0);
}

static void a_handler_that_returns_is_closed_for(void **state) {
  char *text;

  converse(*state, nothing, read_eof, NULL);
  text = harness_transcript_text(*state);
  assert_non_null(strstr(text, "server/1  close"));
  assert_non_null(strstr(text, "client    eof      from server/1"));
  free(text);
}

static void answer_after_eof(harness_stream_t *s, void *arg) {
  char data[10];

  (void)arg;
  read_text(s, "hello");
  assert_int_equal(harness_read(s, data, sizeof data), 0);
  assert_int_equal(harness_write(s, "late", 4), 4);
  assert_int_equal(harness_drain(s), 0);
}

static void end_writing(harness_stream_t *s, void *arg) {
  char data[10];

  (void)arg;
  assert_int_equal(harness_write(s, "hello", 5), 5);
  assert_int_equal(harness_write_eof(s), 0);
  assert_int_equal(harness_write_eof(s), 0);
  assert_int_equal(harness_write(s, "x", 1), UV_EPIPE);
  read_text(s, "late");
  assert_int_equal(harness_read(s, data, sizeof data), 0);
}

static void half_close_leaves_the_other_half(void **state) {
  converse(*state, answer_after_eof, end_writing, NULL);
}

static void use_closed(harness_stream_t *s, void *arg) {
  char data[10];

  (void)arg;
  harness_stream_close(s);
  harness_stream_close(s);
  harness_stream_abort(s);
  assert_int_equal(harness_read(s, data, sizeof data), UV_EBADF);
  assert_int_equal(harness_read_exactly(s, data, sizeof data, NULL), UV_EBADF);
  assert_int_equal(harness_read_until(s, data, sizeof data, "x", 1), UV_EBADF);
  assert_int_equal(harness_write(s, "x", 1), UV_EBADF);
  assert_int_equal(harness_drain(s), UV_EBADF);
  assert_int_equal(harness_write_eof(s), UV_EBADF);
  assert_string_equal(harness_peer_name(s), "server/1");
  assert_string_equal(harness_stream_name(s), "client");
}

static void a_closed_end_refuses(void **state) {
  converse(*state, read_eof, use_closed, NULL);
}

static void write_and_abort(harness_stream_t *s, void *arg) {
  (void)arg;
  assert_int_equal(harness_write(s, "last words", 10), 10);
  harness_stream_abort(s);
}

static void read_until_reset(harness_stream_t *s, void *arg) {
  char data[20];

  (void)arg;
  read_text(s, "last words");
  assert_int_equal(harness_read(s, data, sizeof data), UV_ECONNRESET);
  assert_int_equal(harness_read(s, data, sizeof data), 0);
  assert_int_equal(harness_write(s, "x", 1), UV_EPIPE);
  assert_int_equal(harness_drain(s), UV_EPIPE);
}

static void a_reset_comes_after_what_was_written(void **state) {
  char *text;

  converse(*state, write_and_abort, read_until_reset, NULL);
  text = harness_transcript_text(*state);
  assert_non_null(strstr(text, "server/1  reset    to client"));
  assert_non_null(strstr(text, "client    reset    from server/1"));
  free(text);
}

static void abort_late(harness_stream_t *s, void *arg) {
  (void)arg;
  assert_int_equal(harness_sleep(world, 5), 0);
  harness_stream_abort(s);
}

static void read_into_reset(harness_stream_t *s, void *arg) {
  char data[20];
  size_t count = 9;

  (void)arg;
  assert_int_equal(harness_read_exactly(s, data, sizeof data, &count), UV_ECONNRESET);
  assert_int_equal(count, 0);
  assert_int_equal(harness_read_until(s, data, sizeof data, "x", 1), UV_EOF);
}

static void a_reset_in_mid_read(void **state) {
  converse(*state, abort_late, read_into_reset, NULL);
}

static void leave_unread(harness_stream_t *s, void *arg) {
  char byte;

  (void)arg;
  assert_int_equal(harness_read(s, &byte, 1), 1);
  assert_int_equal(harness_sleep(world, 1), 0); /* the rest is delivered meanwhile, however it is cut */
}

static void write_and_read_reset(harness_stream_t *s, void *arg) {
  char data[20];

  (void)arg;
  assert_int_equal(harness_write(s, "not all of this is read", 23), 23);
  assert_int_equal(harness_read(s, data, sizeof data), UV_ECONNRESET);
}

static void closing_with_unread_data_resets(void **state) {
  converse(*state, leave_unread, write_and_read_reset, NULL);
}

static void write_to_the_gone(harness_stream_t *s, void *arg) {
  char data[20];

  (void)arg;
  assert_int_equal(harness_read(s, data, sizeof data), 0);
  assert_int_equal(harness_write(s, "anyone there?", 13), 13); /* as TCP: the first write is taken */
  assert_int_equal(harness_sleep(world, 1), 0);
  assert_int_equal(harness_read(s, data, sizeof data), 0); /* the EOF was first, and stays */
  assert_int_equal(harness_write(s, "x", 1), UV_EPIPE);
  assert_int_equal(harness_write(s, "x", 1), UV_EPIPE);
}

static void data_for_a_closed_end_is_answered_by_a_reset(void **state) {
  char *text;

  converse(*state, nothing, write_to_the_gone, NULL);
  text = harness_transcript_text(*state);
  assert_non_null(strstr(text, "client    eof      from server/1"));
  assert_non_null(strstr(text, "client    error    EPIPE"));
  assert_null(strstr(text, "reset"));
  free(text);
}

enum { CHUNK = 20000, CHUNKS = 20 };

static void write_chunks(harness_stream_t *s, void *arg) {
  static char chunk[CHUNK];

  for (int i = 0; i < CHUNKS; i++) {
    assert_int_equal(harness_write(s, chunk, CHUNK), CHUNK);
    assert_int_equal(harness_drain(s), 0);
    ++*(int *)arg;
  }
}

static void read_slowly(harness_stream_t *s, void *arg) {
  static char data[CHUNK];
  ptrdiff_t size;
  size_t total = 0;

  assert_int_equal(harness_sleep(world, 10), 0);
  assert_int_equal(*(int *)arg, 3); /* the fourth chunk is beyond the window of 64 KiB */
  while ((size = harness_read(s, data, sizeof data)) > 0)
    total += (size_t)size;
  assert_int_equal(size, 0);
  assert_int_equal(total, CHUNK * CHUNKS);
}

static void drain_waits_for_the_reader(void **state) {
  int written = 0;

  converse(*state, write_chunks, read_slowly, &written);
  assert_int_equal(written, CHUNKS);
}

static void fill_window_and_wait(harness_stream_t *s, void *arg) {
  static char chunk[CHUNK * 4];

  (void)arg;
  assert_int_equal(harness_write(s, chunk, sizeof chunk), sizeof chunk);
  assert_int_equal(harness_drain(s), UV_ECONNRESET);
}

static void close_late(harness_stream_t *s, void *arg) {
  (void)arg;
  assert_int_equal(harness_sleep(world, 10), 0);
  harness_stream_close(s);
}

static void drain_ends_when_the_peer_closes(void **state) {
  converse(*state, close_late, fill_window_and_wait, NULL);
}

static void *close_other(void *arg) {
  harness_stream_close(arg);
  return NULL;
}

static void be_closed_while_reading(harness_stream_t *s, void *arg) {
  char data[10];

  (void)arg;
  harness_schedule_coroutine(world, close_other, s);
  assert_int_equal(harness_read(s, data, sizeof data), UV_EBADF);
}

static void closing_wakes_the_own_reader(void **state) {
  converse(*state, read_eof, be_closed_while_reading, NULL);
}

static const struct CMUnitTest tests[] = {
    contract_test(a_handler_that_returns_is_closed_for),
    contract_test(half_close_leaves_the_other_half),
    contract_test(a_closed_end_refuses),
    contract_test(a_reset_comes_after_what_was_written),
    contract_test(a_reset_in_mid_read),
    contract_test(closing_with_unread_data_resets),
    contract_test(data_for_a_closed_end_is_answered_by_a_reset),
    contract_test(drain_waits_for_the_reader),
    contract_test(drain_ends_when_the_peer_closes),
    contract_test(closing_wakes_the_own_reader),
};

HARNESS_CMOCKA_MAIN("contract_end", tests)
