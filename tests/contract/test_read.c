/* SPDX-License-Identifier: MIT */
/* What reads get, whatever way the bytes were written. */
#include "contract.h"

#include <stdlib.h>

static void write_three(harness_stream_t *s, void *arg) {
  (void)arg;
  assert_int_equal(harness_write(s, "one ", 4), 4);
  assert_int_equal(harness_write(s, "two ", 4), 4);
  assert_int_equal(harness_write(s, "three", 5), 5);
  assert_int_equal(harness_write(s, NULL, 0), 0);
}

/* Reads until EOF and compares with all that the pieces of write_three are, whatever the cut. */
static void read_whole(harness_stream_t *s) {
  char data[100];
  size_t total = 0;
  ptrdiff_t size;
  size_t count = 0;

  while ((size = harness_read(s, data + total, sizeof data - total)) > 0) {
    total += (size_t)size;
    count++;
    if (policy == HARNESS_DELIVERY_BYTEWISE)
      assert_int_equal(size, 1);
  }
  assert_int_equal(size, 0);
  assert_int_equal(total, 13);
  assert_memory_equal(data, "one two three", 13);
  if (policy == HARNESS_DELIVERY_SPLIT_AT)
    assert_int_equal(count, 3); /* cut at 2 and 7 */
}

static void read_as_written(harness_stream_t *s) {
  char data[100];

  assert_int_equal(harness_read(s, data, sizeof data), 4);
  assert_memory_equal(data, "one ", 4);
  assert_int_equal(harness_read(s, data, 2), 2);
  assert_memory_equal(data, "tw", 2);
  assert_int_equal(harness_read(s, data, sizeof data), 2);
  assert_memory_equal(data, "o ", 2);
  assert_int_equal(harness_read(s, data, sizeof data), 5);
}

static void read_pieces(harness_stream_t *s, void *arg) {
  char data[100];

  (void)arg;
  if (policy == HARNESS_DELIVERY_AS_WRITTEN) {
    read_as_written(s);
  } else if (policy == HARNESS_DELIVERY_COALESCED) {
    assert_int_equal(harness_read(s, data, sizeof data), 13);
    assert_memory_equal(data, "one two three", 13);
  } else {
    read_whole(s);
  }
  for (int i = 0; i < 3; i++)
    assert_int_equal(harness_read(s, data, sizeof data), 0);
}

static void a_read_gets_what_its_delivery_holds(void **state) {
  converse(*state, write_three, read_pieces, NULL);
}

static void client_writes_three(harness_stream_t *s, void *arg) {
  write_three(s, arg);
}

static void the_same_towards_the_server(void **state) {
  converse(*state, read_pieces, client_writes_three, NULL);
}

static void read_late(harness_stream_t *s, void *arg) {
  assert_int_equal(harness_sleep(world, 10), 0); /* everything is delivered meanwhile */
  read_pieces(s, arg);
}

static void pieces_stay_pieces_until_they_are_read(void **state) {
  converse(*state, write_three, read_late, NULL);
}

static void read_exact_sizes(harness_stream_t *s, void *arg) {
  char data[100];
  size_t count = 99;

  (void)arg;
  assert_int_equal(harness_read_exactly(s, data, 6, &count), 6);
  assert_int_equal(count, 6);
  assert_memory_equal(data, "one tw", 6);
  assert_int_equal(harness_read_exactly(s, data, 6, NULL), 6);
  assert_memory_equal(data, "o thre", 6);
  assert_int_equal(harness_read_exactly(s, data, 6, &count), UV_EOF);
  assert_int_equal(count, 1);
  assert_memory_equal(data, "e", 1);
  assert_int_equal(harness_read_exactly(s, data, 6, &count), UV_EOF);
  assert_int_equal(count, 0);
}

static void exact_reads_cross_pieces(void **state) {
  converse(*state, write_three, read_exact_sizes, NULL);
}

static void write_lines(harness_stream_t *s, void *arg) {
  (void)arg;
  assert_int_equal(harness_write(s, "first\r", 6), 6);
  assert_int_equal(harness_write(s, "\nsecond\r\nthi", 12), 12);
  assert_int_equal(harness_write(s, "rd line\r\nrest", 13), 13);
}

static void read_lines(harness_stream_t *s, void *arg) {
  char data[100];

  (void)arg;
  assert_int_equal(harness_read_until(s, data, sizeof data, "\r\n", 2), 7);
  assert_memory_equal(data, "first\r\n", 7);
  assert_int_equal(harness_read_until(s, data, 8, "\r\n", 2), 8); /* just fits */
  assert_memory_equal(data, "second\r\n", 8);
  assert_int_equal(harness_read_until(s, data, 11, "\r\n", 2), UV_ENOBUFS);
  assert_int_equal(harness_read_until(s, data, sizeof data, "\r\n", 2), 12); /* nothing was lost */
  assert_memory_equal(data, "third line\r\n", 12);
  assert_int_equal(harness_read_until(s, data, sizeof data, "\r\n", 2), UV_EOF);
  read_text(s, "rest");
  assert_int_equal(harness_read(s, data, sizeof data), 0);
}

static void lines_are_found_across_pieces(void **state) {
  converse(*state, write_lines, read_lines, NULL);
}

static void mix_reads(harness_stream_t *s, void *arg) {
  char data[100];
  size_t total = 0;
  ptrdiff_t size;

  (void)arg;
  assert_int_equal(harness_read_until(s, data, sizeof data, "n", 1), 2);
  for (size = 1; total < 11 && size > 0; total += (size_t)size)
    size = harness_read(s, data + total, sizeof data - total);
  assert_int_equal(total, 11);
  assert_memory_equal(data, "e two three", 11);
  assert_int_equal(harness_read(s, data, sizeof data), 0);
}

static void ways_of_reading_mix(void **state) {
  converse(*state, write_three, mix_reads, NULL);
}

/* Cut into single bytes that would be ten million receives. */
enum { MOST = 5 * 1024 * 1024, LEAST = 100 * 1024 };
static size_t large;

static void write_large(harness_stream_t *s, void *arg) {
  assert_int_equal(harness_write(s, arg, large), large);
  assert_int_equal(harness_drain(s), 0);
  assert_int_equal(harness_write(s, arg, large), large);
}

static void read_large(harness_stream_t *s, void *arg) {
  unsigned char *data = malloc(large);

  assert_non_null(data);
  for (int i = 0; i < 2; i++) {
    memset(data, 0, large);
    assert_int_equal(harness_read_exactly(s, data, large, NULL), large);
    assert_memory_equal(data, arg, large);
  }
  assert_int_equal(harness_read(s, data, large), 0);
  free(data);
}

static void more_than_the_kernel_holds_arrives_whole(void **state) {
  unsigned char *data;

  large = policy == HARNESS_DELIVERY_BYTEWISE ? LEAST : MOST;
  data = malloc(large);
  assert_non_null(data);
  for (size_t i = 0; i < large; i++)
    data[i] = (unsigned char)(i * 31 >> 3);
  converse(*state, write_large, read_large, data);
  converse(*state, read_large, write_large, data);
  free(data);
}

static void *read_here(void *arg) {
  char byte;
  return harness_read(arg, &byte, 1) == UV_EBUSY ? arg : NULL;
}

static void read_twice(harness_stream_t *s, void *arg) {
  harness_task_t *second = harness_schedule_coroutine(world, read_here, s);
  char data[10];

  (void)arg;
  assert_int_equal(harness_read(s, data, sizeof data), 0);
  assert_int_equal(harness_task_status(second), 0);
  assert_ptr_equal(harness_task_result(second), s);
}

static void wait_a_little(harness_stream_t *s, void *arg) {
  (void)s;
  (void)arg;
  (void)harness_sleep(world, 5); /* cancelled where the test has ended before */
}

static void one_reader_at_a_time(void **state) {
  converse(*state, wait_a_little, read_twice, NULL);
}

static void bad_arguments(harness_stream_t *s, void *arg) {
  char data[10];

  (void)arg;
  assert_int_equal(harness_read(NULL, data, sizeof data), UV_EINVAL);
  assert_int_equal(harness_read(s, NULL, sizeof data), UV_EINVAL);
  assert_int_equal(harness_read(s, data, 0), UV_EINVAL);
  assert_int_equal(harness_read_exactly(s, data, 0, NULL), UV_EINVAL);
  assert_int_equal(harness_read_until(s, data, sizeof data, NULL, 1), UV_EINVAL);
  assert_int_equal(harness_read_until(s, data, sizeof data, "x", 0), UV_EINVAL);
  assert_int_equal(harness_write(NULL, data, 1), UV_EINVAL);
  assert_int_equal(harness_write(s, NULL, 1), UV_EINVAL);
  assert_int_equal(harness_drain(NULL), UV_EINVAL);
  assert_int_equal(harness_write_eof(NULL), UV_EINVAL);
  assert_int_equal(harness_can_write_eof(NULL), 0);
  assert_int_equal(harness_can_write_eof(s), 1);
  assert_int_equal(harness_stream_set_delivery(NULL, (harness_delivery_t){0}), UV_EINVAL);
  assert_int_equal(harness_stream_set_delivery(s, (harness_delivery_t){.kind = (harness_delivery_kind_t)99}),
                   UV_EINVAL);
  assert_string_equal(harness_peer_name(NULL), "");
  harness_stream_close(NULL);
  harness_stream_abort(NULL);
}

static void bad_arguments_are_refused(void **state) {
  converse(*state, wait_a_little, bad_arguments, NULL);
}

static void set_own_delivery(harness_stream_t *s, void *arg) {
  (void)arg;
  assert_int_equal(harness_stream_set_delivery(s, (harness_delivery_t){.kind = HARNESS_DELIVERY_COALESCED}),
                   0);
  write_three(s, arg);
}

static void read_joined(harness_stream_t *s, void *arg) {
  char data[100];

  (void)arg;
  assert_int_equal(harness_read(s, data, sizeof data), 13);
}

static void a_connection_may_have_its_own_policy(void **state) {
  converse(*state, read_joined, set_own_delivery, NULL);
}

static const struct CMUnitTest tests[] = {
    contract_test(a_read_gets_what_its_delivery_holds),
    contract_test(the_same_towards_the_server),
    contract_test(pieces_stay_pieces_until_they_are_read),
    contract_test(exact_reads_cross_pieces),
    contract_test(lines_are_found_across_pieces),
    contract_test(ways_of_reading_mix),
    contract_test(more_than_the_kernel_holds_arrives_whole),
    contract_test(one_reader_at_a_time),
    contract_test(bad_arguments_are_refused),
    contract_test(a_connection_may_have_its_own_policy),
};

HARNESS_CMOCKA_MAIN("contract_read", tests)
