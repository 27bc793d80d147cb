/* SPDX-License-Identifier: MIT */
/* Framers: whatever the cut, the same messages and the same end. */
#include <harness/cmocka.h>

#include <harness/framing.h>

#include <string.h>
#include <uv.h>

enum { MESSAGES = 10, STREAM_SIZE = 1024 };

static const harness_framing_t framings[] = {
    {.separator = "\r\n\r\n", .separator_size = 4, .largest = 40},
    {.separator = "\n", .separator_size = 1, .largest = 40},
    {.separator = "aab", .separator_size = 3, .largest = 40},
    {.length_size = 1, .largest = 40},
    {.length_size = 2, .largest = 40},
    {.length_size = 4, .largest = 40},
    {.length_size = 8, .largest = 40},
};
enum { FRAMINGS = sizeof framings / sizeof framings[0] };

static const char *const messages[MESSAGES] = {
    "Hello!", "", "\r", "a", "aa", "\r\r\r", "b", "", "1234567890123456789012345678901234567890", "end"};

/* What a framer gave out, each message followed by a '|'. */
typedef struct got {
  char text[STREAM_SIZE];
  size_t size;
  size_t count;
  size_t stop_after; /* 0: never */
} got_t;

static int take(void *arg, const void *message, size_t size) {
  got_t *got = arg;

  assert_true(got->size + size + 1 <= sizeof got->text);
  memcpy(got->text + got->size, message, size);
  got->text[got->size + size] = '|';
  got->size += size + 1;
  got->count++;
  return got->stop_after != 0 && got->count % got->stop_after == 0 ? 7 : 0;
}

/* The stream of one message behind `at`. Returns where it ends. */
static size_t put(const harness_framing_t *framing, char *stream, size_t at, const void *message,
                  size_t size) {
  for (size_t i = framing->length_size; i > 0; i--)
    stream[at++] = (char)(i > sizeof size ? 0 : (size >> (8 * (i - 1))) & 0xff);
  memcpy(stream + at, message, size);
  at += size;
  if (framing->separator_size > 0)
    memcpy(stream + at, framing->separator, framing->separator_size);
  return at + framing->separator_size;
}

static size_t put_all(const harness_framing_t *framing, char *stream) {
  size_t at = 0;

  for (size_t i = 0; i < MESSAGES; i++)
    at = put(framing, stream, at, messages[i], strlen(messages[i]));
  return at;
}

static void expect_all(got_t *expected) {
  memset(expected, 0, sizeof *expected);
  for (size_t i = 0; i < MESSAGES; i++)
    (void)take(expected, messages[i], strlen(messages[i]));
}

/* Feeds the stream in pieces that end at the cuts. Returns the last feeding's code. */
static int feed(const harness_framing_t *framing, const char *stream, size_t size, size_t first,
                size_t second, got_t *got) {
  harness_framer_t *framer = harness_framer_open(framing);
  int status;

  assert_non_null(framer);
  memset(got, 0, sizeof *got);
  (void)harness_framer_feed(framer, stream, first, take, got);
  (void)harness_framer_feed(framer, stream + first, second - first, take, got);
  status = harness_framer_feed(framer, stream + second, size - second, take, got);
  if (status == 0)
    assert_int_equal(harness_framer_pending(framer), 0);
  harness_framer_close(framer);
  return status;
}

static void assert_got(const got_t *got, const got_t *expected) {
  assert_int_equal(got->count, expected->count);
  assert_int_equal(got->size, expected->size);
  assert_memory_equal(got->text, expected->text, expected->size);
}

static void every_two_cuts_give_the_same_messages(void **state) {
  (void)state;
  for (size_t i = 0; i < FRAMINGS; i++) {
    char stream[STREAM_SIZE];
    size_t size = put_all(&framings[i], stream);
    got_t expected;
    got_t got;

    expect_all(&expected);
    for (size_t first = 0; first <= size; first++) {
      for (size_t second = first; second <= size; second++) {
        assert_int_equal(feed(&framings[i], stream, size, first, second, &got), 0);
        assert_got(&got, &expected);
      }
    }
  }
}

static void byte_by_byte(void **state) {
  (void)state;
  for (size_t i = 0; i < FRAMINGS; i++) {
    harness_framer_t *framer = harness_framer_open(&framings[i]);
    char stream[STREAM_SIZE];
    size_t size = put_all(&framings[i], stream);
    got_t expected;
    got_t got = {.count = 0};

    expect_all(&expected);
    for (size_t at = 0; at < size; at++)
      assert_int_equal(harness_framer_feed(framer, stream + at, 1, take, &got), 0);
    assert_got(&got, &expected);
    harness_framer_close(framer);
  }
}

/* Ten messages, then one of 41 bytes where 40 are allowed: its end never matters. */
static void too_large_wherever_it_is_cut(void **state) {
  static const char large[] = "12345678901234567890123456789012345678901";

  (void)state;
  for (size_t i = 0; i < FRAMINGS; i++) {
    char stream[STREAM_SIZE];
    size_t size = put_all(&framings[i], stream);
    got_t expected;
    got_t got;

    size = put(&framings[i], stream, size, large, 41);
    expect_all(&expected);
    assert_int_equal(harness_framing_check(&framings[i], large, 41), UV_EMSGSIZE);
    for (size_t first = 0; first <= size; first++) {
      for (size_t second = first; second <= size; second++) {
        assert_int_equal(feed(&framings[i], stream, size, first, second, &got), UV_EMSGSIZE);
        assert_got(&got, &expected);
      }
    }
  }
}

static void no_separator_is_too_large_before_it_ends(void **state) {
  harness_framer_t *framer = harness_framer_open(&framings[0]);
  got_t got = {.count = 0};

  (void)state;
  for (size_t i = 0; i < 43; i++)
    assert_int_equal(harness_framer_feed(framer, "x", 1, take, &got), 0);
  assert_int_equal(harness_framer_feed(framer, "x", 1, take, &got), UV_EMSGSIZE);
  assert_int_equal(harness_framer_feed(framer, "\r\n\r\n", 4, take, &got), UV_EMSGSIZE);
  assert_int_equal(harness_framer_pending(framer), 0);
  assert_int_equal(got.count, 0);
  harness_framer_close(framer);
}

static void huge_lengths_are_refused(void **state) {
  static const harness_framing_t framing = {.length_size = 8};
  harness_framer_t *framer = harness_framer_open(&framing);
  got_t got = {.count = 0};

  (void)state;
  assert_int_equal(harness_framer_feed(framer, "\xff\xff\xff\xff\xff\xff\xff", 7, take, &got), 0);
  assert_int_equal(harness_framer_feed(framer, "\xff", 1, take, &got), UV_EMSGSIZE);
  harness_framer_close(framer);
}

/* Every message over two letters: what check allows comes back as it was, what it refuses does not. */
static void check_tells_what_comes_back(void **state) {
  static const char *const separators[] = {"a", "aa", "ab", "aab", "aba", "abab"};

  (void)state;
  for (size_t i = 0; i < sizeof separators / sizeof separators[0]; i++) {
    harness_framing_t framing = {.separator = separators[i], .separator_size = strlen(separators[i])};

    for (unsigned bits = 0; bits < 1u << 9; bits++) {
      for (size_t size = 0; size <= 9; size++) {
        char message[9];
        char stream[32];
        harness_framer_t *framer = harness_framer_open(&framing);
        got_t got = {.count = 0};

        for (size_t k = 0; k < size; k++)
          message[k] = (bits >> k & 1) != 0 ? 'b' : 'a';
        (void)harness_framer_feed(framer, stream, put(&framing, stream, 0, message, size), take, &got);
        assert_int_equal(harness_framing_check(&framing, message, size) == 0,
                         got.count == 1 && got.size == size + 1 && harness_framer_pending(framer) == 0);
        harness_framer_close(framer);
      }
    }
  }
}

static void stopping_keeps_the_rest(void **state) {
  (void)state;
  for (size_t i = 0; i < FRAMINGS; i++) {
    harness_framer_t *framer = harness_framer_open(&framings[i]);
    char stream[STREAM_SIZE];
    size_t size = put_all(&framings[i], stream);
    got_t expected;
    got_t got = {.stop_after = 3};

    expect_all(&expected);
    assert_int_equal(harness_framer_feed(framer, stream, size, take, &got), 7);
    assert_int_equal(got.count, 3);
    assert_int_equal(harness_framer_feed(framer, NULL, 0, take, &got), 7);
    assert_int_equal(got.count, 6);
    assert_int_equal(harness_framer_feed(framer, NULL, 0, take, &got), 7);
    assert_int_equal(harness_framer_feed(framer, NULL, 0, take, &got), 0);
    assert_got(&got, &expected);
    harness_framer_close(framer);
  }
}

static int feed_again(void *arg, const void *message, size_t size) {
  return harness_framer_feed(arg, message, size, feed_again, arg);
}

static void bad_arguments(void **state) {
  static const harness_framing_t bad[] = {
      {0},
      {.separator = "x", .separator_size = 1, .length_size = 1},
      {.separator_size = 1},
      {.length_size = 3},
      {.length_size = 16},
      {.length_size = 1, .largest = SIZE_MAX},
  };
  harness_framer_t *framer = harness_framer_open(&framings[1]);

  (void)state;
  assert_null(harness_framer_open(NULL));
  for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
    assert_null(harness_framer_open(&bad[i]));
    assert_non_null(harness_error(NULL));
    assert_int_equal(harness_framing_check(&bad[i], "", 0), UV_EINVAL);
  }
  assert_int_equal(harness_framing_check(&framings[1], NULL, 1), UV_EINVAL);
  assert_int_equal(harness_framer_feed(NULL, "", 0, take, NULL), UV_EINVAL);
  assert_int_equal(harness_framer_feed(framer, NULL, 1, take, NULL), UV_EINVAL);
  assert_int_equal(harness_framer_feed(framer, "", 0, NULL, NULL), UV_EINVAL);
  assert_int_equal(harness_framer_feed(framer, "x\n", 2, feed_again, framer), UV_EBUSY);
  assert_int_equal(harness_framing_check(&(harness_framing_t){.length_size = 1}, "", 256), UV_EMSGSIZE);
  harness_framer_close(framer);
  harness_framer_close(NULL);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(every_two_cuts_give_the_same_messages),
    cmocka_unit_test(byte_by_byte),
    cmocka_unit_test(too_large_wherever_it_is_cut),
    cmocka_unit_test(no_separator_is_too_large_before_it_ends),
    cmocka_unit_test(huge_lengths_are_refused),
    cmocka_unit_test(check_tells_what_comes_back),
    cmocka_unit_test(stopping_keeps_the_rest),
    cmocka_unit_test(bad_arguments),
};

HARNESS_CMOCKA_MAIN("framer", tests)
