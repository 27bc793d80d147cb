/* SPDX-License-Identifier: MIT */
/* Tests that end in every way a test can, for adapter.c to run one by one. Not a test by itself. */
#include <arpa/inet.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <harness/cmocka.h>

#include "base/sanitizers.h"

static void *gives_seven(void *arg) {
  static int seven = 7;
  (void)arg;
  return &seven;
}

static void *gives_nothing(void *arg) {
  (void)arg;
  return NULL;
}

static void *waits_for(void *arg) {
  harness_await(arg, NULL);
  return NULL;
}

static void handles(harness_stream_t *stream, void *arg) {
  (void)stream;
  (void)arg;
}

static void passes(void **state) {
  harness_t *h = *state;
  int *seven = harness_assert_run(h, harness_schedule_coroutine(h, gives_seven, NULL));
  assert_int_equal(*seven, 7);
  assert_null(harness_assert_run(h, harness_schedule_coroutine(h, gives_nothing, NULL)));
  harness_server_t *server = harness_assert_made(h, harness_start_server(h, handles, NULL, NULL));
  assert_int_equal(harness_assert_ok(h, 46), 46);
  harness_server_close(server);
}

/* Whatever the tests before it did, it finds a clean process. */
static void passes_after_all(void **state) {
  passes(state);
}

static void skips(void **state) {
  (void)state;
  skip();
}

static void fails(void **state) {
  (void)state;
  assert_int_equal(1, 2);
}

static void *asserts(void *arg) {
  assert_null(arg);
  return NULL;
}

static void fails_in_a_coroutine(void **state) {
  harness_t *h = *state;
  harness_run_in_foreground(h, harness_schedule_coroutine(h, asserts, h));
}

static void fails_in_the_background(void **state) {
  harness_t *h = *state;
  harness_run_in_foreground(h, harness_call_in_background(h, asserts, h));
}

typedef struct visit {
  harness_t *h;
  harness_server_t *server;
} visit_t;

static void asserts_in_handler(harness_stream_t *stream, void *arg) {
  (void)stream;
  assert_null(arg);
}

static void *visits(void *arg) {
  visit_t *visit = arg;
  char byte;
  harness_stream_t *stream = harness_connect_to(visit->h, visit->server);
  harness_read(stream, &byte, 1);
  harness_stream_close(stream);
  return NULL;
}

static void fails_in_a_handler(void **state) {
  harness_t *h = *state;
  visit_t visit = {h, harness_assert_made(h, harness_start_server(h, asserts_in_handler, h, NULL))};
  harness_assert_run(h, harness_schedule_coroutine(h, visits, &visit));
}

static void *waits_for_bytes(void *arg) {
  struct sockaddr_in address = {.sin_family = AF_INET};
  int fd = socket(AF_INET, SOCK_STREAM, 0);
  ssize_t received;
  char byte;

  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(*(const uint16_t *)arg);
  assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
  received = recv(fd, &byte, 1, 0);
  close(fd);
  assert_true(received > 0);
  return NULL;
}

static void connected(harness_stream_t *stream, void *arg) {
  char byte;

  harness_future_resolve(arg, NULL);
  harness_read(stream, &byte, 1);
}

static void fails_while_it_closes(void **state) {
  static uint16_t port;
  harness_t *h = *state;
  harness_task_t *future = harness_assert_made(h, harness_future_new(h));
  harness_server_t *server = harness_assert_made(h, harness_start_server(h, connected, future, NULL));

  port = harness_server_port(server);
  harness_assert_made(h, harness_call_in_background(h, waits_for_bytes, &port));
  harness_assert_run(h, future);
}

static void passes_over_a_failure(void **state) {
  harness_t *h = *state;
  (void)harness_check(h, h == NULL);
}

static void on_a_thread(void *(*function)(void *arg), void *arg) {
  pthread_t thread;

  if (pthread_create(&thread, NULL, function, arg) == 0)
    (void)pthread_join(thread, NULL);
}

static void *says_the_cause(void *arg) {
  (void)harness_fail(arg, "this is the cause");
  return NULL;
}

static void *asserts_the_cause(void *arg) {
  (void)arg;
  fail_msg("this is the cause");
  return NULL;
}

static void *skips_on_its_thread(void *arg) {
  (void)arg;
  skip();
  return NULL;
}

static void skips_after_a_failure(void **state) {
  on_a_thread(says_the_cause, *state);
  skip();
}

static void skips_beside_a_failure(void **state) {
  /* clang-format off: on one line */
  if (!harness_check(*state, *state == NULL))
    skip();
  /* clang-format on */
}

static void fails_after_a_failure(void **state) {
  on_a_thread(says_the_cause, *state);
  assert_int_equal(1, 2);
}

static void fails_after_a_threads_failure(void **state) {
  on_a_thread(asserts_the_cause, *state);
  assert_int_equal(1, 2);
}

static void fails_after_a_threads_skip(void **state) {
  on_a_thread(skips_on_its_thread, *state);
  on_a_thread(asserts_the_cause, *state);
}

static void *fails_in_a_world_of_its_own(void *arg) {
  harness_t *h = harness_open(NULL);

  (void)harness_run_in_foreground(h, harness_schedule_coroutine(h, says_the_cause, h));
  (void)harness_close(h);
  return arg;
}

static void fails_in_a_threads_world(void **state) {
  on_a_thread(fails_in_a_world_of_its_own, *state);
}

static int skips_in_the_set_up(void **state) {
  (void)state;
  skip();
  return 0;
}

static int gives(void) {
  return mock_type(int);
}

static void *takes_three(void *arg) {
  assert_int_equal(gives(), 3);
  return arg;
}

/* What the thread took cmocka has not been told yet. */
static void crashes_with_expectations(void **state) {
  harness_t *h = *state;
#ifdef HARNESS__WITH_TSAN
  skip(); /* ThreadSanitizer ends the process where cmocka's signal handler allocates */
#endif
  will_return(gives, 3);
  will_return(gives, 4);
  harness_assert_run(h, harness_call_in_background(h, takes_three, NULL));
  raise(SIGSEGV);
}

static int expects_in_the_tear_down(void **state) {
  will_return(gives, 7);
  assert_int_equal(gives(), 7);
  return harness_cmocka_teardown(state);
}

static void exits_quickly(void **state) {
  (void)state;
  quick_exit(0);
}

static void exits(void **state) {
  (void)state;
  exit(0);
}

static void exits_at_once(void **state) {
  (void)state;
  _exit(0);
}

static void leaves_a_server_open(void **state) {
  harness_t *h = *state;
  harness_assert_made(h, harness_start_server(h, handles, NULL, NULL));
}

static void makes_nothing(void **state) {
  harness_t *h = *state;
  harness_assert_made(h, harness_start_server(h, NULL, NULL, NULL));
}

static void gets_a_code(void **state) {
  harness_t *h = *state;
  harness_assert_ok(h, -104);
}

static void runs_no_task(void **state) {
  harness_t *h = *state;
  harness_assert_run(h, harness_schedule_coroutine(h, NULL, NULL));
}

static void runs_a_failed_task(void **state) {
  harness_t *h = *state;
  harness_task_t *future = harness_future_new(h);
  harness_future_fail(future, -110);
  harness_assert_run(h, future);
}

static void runs_into_a_deadlock(void **state) {
  harness_t *h = *state;
  harness_task_t *future = harness_future_new(h);
  harness_assert_run(h, harness_schedule_coroutine(h, waits_for, future));
}

static void has_no_fixture(void **state) {
  harness_t *h = *state;
  harness_log(h, "a line");
  harness_assert_transcript(h, "sample/has_no_fixture");
}

/* The fixture, which adapter.c makes, has none of these. A difference shows at most so many lines of so many
 * characters, but these take three bytes each. */
static void differs_at_length(void **state) {
  harness_t *h = *state;
  for (int i = 1; i <= 100; i++)
    harness_log(h, "line %d of a hundred →→→→→→→→→→→→→→→→→→→→→→→→→→→→→→→→→→→→→→→→→→→→→→→→→→→→→→→→→→→→", i);
  harness_assert_transcript(h, "sample/differs_at_length");
}

static void skips_with_a_server_open(void **state) {
  leaves_a_server_open(state);
  skip();
}

static void crashes_with_a_server_open(void **state) {
#ifdef HARNESS__WITH_TSAN
  skip(); /* ThreadSanitizer ends the process where cmocka's signal handler allocates */
#endif
  leaves_a_server_open(state);
  raise(SIGSEGV);
}

static void fails_with_a_server_open(void **state) {
  leaves_a_server_open(state);
  fail_msg("this is the cause");
}

/* On its own, without an assertion of the adapter: then the report is all there is. */
static void finds_a_deadlock(void **state) {
  harness_t *h = *state;
  harness_task_t *future = harness_future_new(h);
  assert_null(harness_run_in_foreground(h, harness_schedule_coroutine(h, waits_for, future)));
  fail();
}

static void *makes(void *arg) {
  visit_t *visit = arg;
  harness_assert_made(visit->h, harness_connect_to(visit->h, visit->server));
  return NULL;
}

static void makes_nothing_in_a_coroutine(void **state) {
  harness_t *h = *state;
  visit_t visit = {h, NULL};
  harness_assert_run(h, harness_schedule_coroutine(h, makes, &visit));
}

static void says_two_words(harness_stream_t *stream, void *arg) {
  (void)arg;
  harness_write(stream, "two words", 9);
}

static void *reads_once(void *arg) {
  visit_t *visit = arg;
  char text[10] = "";
  harness_stream_t *stream = harness_connect_to(visit->h, visit->server);
  harness_read(stream, text, sizeof text - 1);
  harness_log(visit->h, "%s", text);
  harness_stream_close(stream);
  return NULL;
}

static int reads_two_words(harness_t *h, void *arg) {
  visit_t visit = {h, harness_start_server(h, says_two_words, NULL, NULL)};
  (void)arg;
  harness_run_in_foreground(h, harness_schedule_coroutine(h, reads_once, &visit));
  harness_server_close(visit.server);
  return 0;
}

static void breaks_when_cut(void **state) {
  (void)state;
  harness_assert_all_deliveries(reads_two_words, NULL, NULL);
}

static const struct CMUnitTest tests[] = {
    harness_unit_test(passes),
    harness_unit_test(skips),
    harness_unit_test(fails),
    harness_unit_test(fails_in_a_coroutine),
    harness_unit_test(fails_in_a_handler),
    harness_unit_test(fails_in_the_background),
    harness_unit_test(fails_while_it_closes),
    harness_unit_test(passes_over_a_failure),
    harness_unit_test(skips_after_a_failure),
    harness_unit_test(skips_beside_a_failure),
    harness_unit_test(fails_after_a_failure),
    harness_unit_test(fails_after_a_threads_failure),
    harness_unit_test(fails_after_a_threads_skip),
    harness_unit_test(fails_in_a_threads_world),
    {"skips_in_its_set_up", passes, skips_in_the_set_up, NULL, NULL},
    {"fails_after_that", fails, harness_cmocka_setup, harness_cmocka_teardown, NULL},
    harness_unit_test(leaves_a_server_open),
    harness_unit_test(makes_nothing),
    harness_unit_test(gets_a_code),
    harness_unit_test(runs_no_task),
    harness_unit_test(runs_a_failed_task),
    harness_unit_test(runs_into_a_deadlock),
    harness_unit_test(has_no_fixture),
    harness_unit_test(breaks_when_cut),
    harness_unit_test(differs_at_length),
    harness_unit_test(skips_with_a_server_open),
    harness_unit_test(fails_with_a_server_open),
    harness_unit_test(finds_a_deadlock),
    harness_unit_test(makes_nothing_in_a_coroutine),
    harness_unit_test(passes_after_all),
    harness_unit_test(crashes_with_a_server_open),
    {"crashes_with_expectations", crashes_with_expectations, harness_cmocka_setup, expects_in_the_tear_down,
     NULL},
    harness_unit_test(exits),
    harness_unit_test(exits_at_once),
    harness_unit_test(exits_quickly),
};

HARNESS_CMOCKA_MAIN("sample", tests)
