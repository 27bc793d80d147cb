/* SPDX-License-Identifier: MIT */
/* What placeholders and redactions are refused for, and data that is too long for them. */
#include <harness/cmocka.h>

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

typedef struct visit {
  harness_t *h;
  harness_server_t *server;
} visit_t;

static void assert_fails(harness_t *h, int status, int expected, const char *sentence) {
  assert_int_equal(status, expected);
  assert_int_equal(harness_error_code(h), expected);
  assert_string_equal(harness_error(h), sentence);
}

static void refuses_bad_arguments(void **state) {
  harness_t *h = *state;

  assert_fails(NULL, harness_redact(NULL, "a", "a"), UV_EINVAL, "harness_redact: the harness is NULL");
  assert_fails(NULL, harness_placeholder(NULL, "a", "a"), UV_EINVAL,
               "harness_placeholder: the harness is NULL");
  assert_fails(h, harness_placeholder(h, NULL, "a"), UV_EINVAL, "harness_placeholder: the name is NULL");
  assert_fails(h, harness_placeholder_single(h, "a", NULL), UV_EINVAL,
               "harness_placeholder_single: the regular expression is NULL");
  assert_fails(h, harness_redact(h, "a", "["), UV_EINVAL,
               "harness_redact: the redaction \"a\": missing terminating ] for character class, at byte 1 of "
               "\"[\"");
  assert_int_equal(harness_placeholder(h, "a", "x"), 0);
  assert_fails(h, harness_redact(h, "a", "y"), UV_EINVAL,
               "harness_redact: there is a placeholder or redaction \"a\" already");
  harness_log(h, "x");
  assert_fails(h, harness_redact(h, "b", "y"), UV_EINVAL,
               "harness_redact: a redaction must be made before anything is recorded");
}

static void *wait_for_release(void *arg) {
  pthread_mutex_t *mutex = arg;

  (void)pthread_mutex_lock(mutex);
  (void)pthread_mutex_unlock(mutex);
  return arg;
}

static void *call_from_outside(void *h) {
  return (void *)(intptr_t)harness_placeholder(h, "token", "x");
}

static void refuses_other_threads(void **state) {
  harness_t *h = *state;
  pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
  harness_task_t *task;
  pthread_t thread;
  void *result;

  assert_int_equal(pthread_create(&thread, NULL, call_from_outside, h), 0);
  assert_int_equal(pthread_join(thread, &result), 0);
  assert_int_equal((intptr_t)result, UV_EPERM);
  assert_int_equal(pthread_mutex_lock(&mutex), 0);
  task = harness_assert_made(h, harness_call_in_background(h, wait_for_release, &mutex));
  assert_fails(h, harness_redact(h, "secret", "x"), UV_EINVAL,
               "harness_redact: a background call is under way, which may log");
  assert_int_equal(pthread_mutex_unlock(&mutex), 0);
  harness_assert_run(h, task);
  assert_int_equal(harness_redact(h, "secret", "x"), 0);
}

static void gives_no_transcript_that_could_be_misread(void **state) {
  static const char sentence[] =
      "there is no transcript: the text \"$token1\" occurs by itself, and can't be "
      "told from what stands for the placeholder \"token\": give that another name";
  harness_t *h = *state;

  assert_int_equal(harness_placeholder(h, "token", "T\\d+"), 0);
  harness_log(h, "T1 is $token1");
  assert_null(harness_transcript_text(h));
  assert_fails(h, harness_error_code(h), UV_EINVAL, sentence);
  assert_int_equal(harness_check_transcript(h, "none"), HARNESS_CHECK_TROUBLE);
  assert_fails(h, harness_save_transcript(h, "none.json"), UV_EINVAL, sentence);
}

static int misread(harness_t *h, void *arg) {
  (void)arg;
  (void)harness_placeholder(h, "token", "T\\d+");
  harness_log(h, "T1 is $token1");
  return 0;
}

static void tells_of_it_under_every_delivery(void **state) {
  char *report = NULL;

  (void)state;
  assert_int_equal(harness_check_all_deliveries(misread, NULL, NULL, &report), HARNESS_CHECK_TROUBLE);
  assert_non_null(strstr(report, "there is no transcript: the text \"$token1\" occurs by itself"));
  free(report);
}

/* --- Long data. --- */

static void *send_sizes(void *arg) {
  visit_t *visit = arg;
  harness_stream_t *stream = harness_connect_to(visit->h, visit->server);
  static char bytes[4097];

  memset(bytes, 'x', sizeof bytes);
  harness_write(stream, bytes, 10);
  harness_write(stream, bytes, 11);
  harness_write(stream, bytes, 4096);
  harness_write(stream, bytes, 4097);
  harness_stream_close(stream);
  return arg;
}

static size_t count_in(const char *text, const char *part) {
  size_t count = 0;

  for (; (text = strstr(text, part)) != NULL; text++)
    count++;
  return count;
}

static void take_all(harness_stream_t *stream, void *arg) {
  char bytes[5000];

  (void)arg;
  while (harness_read(stream, bytes, sizeof bytes) > 0)
    continue;
}

/* As written, each write is one receive, so both sides have the four sizes. */
static void digests_what_is_longer_than_the_limit(void **state) {
  static const struct {
    size_t limit;
    size_t digests;
  } cases[] = {{0, 2}, {9, 8}, {10, 6}, {11, 4}, {4095, 4}, {4096, 2}, {4097, 0}, {SIZE_MAX, 0}};

  (void)state;
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    harness_options_t options = {.data_limit = cases[i].limit, .report = harness_cmocka_report};
    harness_t *h = harness_open(&options);
    visit_t visit = {.h = h, .server = harness_assert_made(h, harness_start_server(h, take_all, NULL, NULL))};
    char *json;

    harness_assert_run(h, harness_schedule_coroutine(h, send_sizes, &visit));
    harness_server_close(visit.server);
    json = harness_transcript_json(h);
    assert_int_equal(count_in(json, "\"digest\": \"xxh3-128:"), cases[i].digests);
    assert_int_equal(count_in(json, "\"event\": \"send\""), 4);
    free(json);
    assert_int_equal(harness_close(h), 0);
  }
}

static const struct CMUnitTest tests[] = {
    harness_unit_test(refuses_bad_arguments),
    harness_unit_test(refuses_other_threads),
    harness_unit_test(gives_no_transcript_that_could_be_misread),
    cmocka_unit_test(tells_of_it_under_every_delivery),
    cmocka_unit_test(digests_what_is_longer_than_the_limit),
};

HARNESS_CMOCKA_MAIN("world/normalise_limits", tests)
