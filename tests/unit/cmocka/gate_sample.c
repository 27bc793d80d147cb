/* SPDX-License-Identifier: MIT */
/* Tests with something to write, for gate.c to run one by one. Not a test by itself. A rehearsal is known by
 * its environment, so that each can do something else then. */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <harness/cmocka.h>

/* Which run this is: 1, or one of the rehearsals, which can't be told apart but by jitter. */
static int is_rehearsal(void) {
  return getenv("HARNESS_REHEARSAL") != NULL;
}

static void same(void **state) {
  harness_log(*state, "always this");
  harness_assert_transcript(*state, "gate/same");
}

/* Another transcript for a fixture that is not its own. */
static void other(void **state) {
  harness_log(*state, "never that");
  harness_assert_transcript(*state, "gate/same");
}

static void two(void **state) {
  harness_log(*state, "one");
  harness_assert_transcript(*state, "gate/first");
  harness_log(*state, "two");
  harness_assert_transcript(*state, "gate/second");
}

static void twice(void **state) {
  harness_log(*state, "one");
  harness_assert_transcript(*state, "gate/same");
  harness_log(*state, "two");
  harness_assert_transcript(*state, "gate/same");
}

static void varies(void **state) {
  harness_log(*state, "GET /?session=%s HTTP/1.1", is_rehearsal() ? "7f00e1c2" : "03b1a0d9");
  harness_assert_transcript(*state, "gate/varies");
}

/* Under load only. */
static void varies_under_load(void **state) {
  harness_log(*state, "%s", getenv("HARNESS_JITTER") != NULL ? "late" : "early");
  harness_assert_transcript(*state, "gate/varies");
}

static void crashes_again(void **state) {
  if (is_rehearsal())
    kill(getpid(), SIGKILL);
  same(state);
}

static void hangs_again(void **state) {
  while (is_rehearsal())
    pause();
  same(state);
}

static void exits_again(void **state) {
  if (is_rehearsal())
    _exit(3);
  same(state);
}

static void fails_again(void **state) {
  same(state);
  assert_false(is_rehearsal());
}

static void fails_later(void **state) {
  same(state);
  fail_msg("for another reason");
}

/* cmocka finds it when the function has returned. */
static void leaves_an_expectation(void **state) {
  same(state);
  will_return(same, 1);
}

static void *fails_there(void *arg) {
  assert_null(arg);
  return NULL;
}

/* The test's function returns all the same. */
static void fails_on_a_thread(void **state) {
  pthread_t thread;

  same(state);
  assert_int_equal(pthread_create(&thread, NULL, fails_there, state), 0);
  (void)pthread_join(thread, NULL);
}

static void skips_later(void **state) {
  same(state);
  skip();
}

/* What a test leaves behind in its process must not hide how one more run of it ends. */
static void ignores_children(void **state) {
  assert_true(signal(SIGCHLD, SIG_IGN) != SIG_ERR);
  same(state);
  assert_false(is_rehearsal());
}

/* It closes what it has not opened, as daemons do, and does not come to its end. */
static void closes_all_and_hangs_again(void **state) {
  same(state);
  for (int fd = 3; is_rehearsal() && fd < 1024; fd++)
    close(fd);
  while (is_rehearsal())
    pause();
}

static void goes_elsewhere(void **state) {
  same(state);
  assert_true(mkdir("elsewhere", 0777) == 0 || errno == EEXIST);
  assert_int_equal(chdir("elsewhere"), 0);
}

static void clears_its_environment(void **state) {
  assert_int_equal(clearenv(), 0);
  same(state);
}

static void checks_in_a_fork(void **state) {
  harness_t *h = *state;
  pid_t child;
  int status;

  harness_log(h, "always this");
  child = fork();
  if (child == 0)
    _exit(harness_check_transcript(h, "gate/same") == HARNESS_CHECK_MISSING &&
                  fprintf(stderr, "%s\n", harness_error(h)) > 0
              ? 0
              : 9);
  assert_int_equal(waitpid(child, &status, 0), child);
  assert_int_equal(status, 0);
}

static int fails_to_set_up(void **state) {
  (void)state;
  return -1;
}

/* What is there if the first run is killed while the test is run again? */
static void kills_the_first_run(void **state) {
  if (is_rehearsal())
    kill(getppid(), SIGKILL);
  same(state);
}

/* Neither may a rehearsal write, nor what is started by it. */
static void records_inside(void **state) {
  same(state);
  harness_assert_transcript(*state, "gate/inside");
}

/* What must not break a log, nor the XML of a report: some of it is recorded, and some printed as it is. */
static void odd_bytes(void **state) {
  fputs("raw \x01 \xff ]]> & <\n", stderr);
  harness_log(*state, "\x01\x1b[31m ]]> & < \" \xff\xfe \xed\xa0\x80 \xef\xbf\xbe .");
  harness_assert_transcript(*state, "gate/same");
}

/* cmocka finds it when the function has come back. */
static void leaves_a_block(void **state) {
  same(state);
  (void)test_malloc(1);
}

/* As ^C does, which does not reach a rehearsal. */
static void interrupts_the_first_run(void **state) {
  if (is_rehearsal()) {
    kill(getppid(), SIGINT);
    for (;;)
      pause();
  }
  same(state);
}

static const struct CMUnitTest tests[] = {
    harness_unit_test(same),
    harness_unit_test(other),
    harness_unit_test(two),
    harness_unit_test(twice),
    harness_unit_test(varies),
    harness_unit_test(varies_under_load),
    harness_unit_test(crashes_again),
    harness_unit_test(hangs_again),
    harness_unit_test(exits_again),
    harness_unit_test(fails_again),
    harness_unit_test(fails_later),
    harness_unit_test(leaves_an_expectation),
    harness_unit_test(leaves_a_block),
    harness_unit_test(fails_on_a_thread),
    harness_unit_test(skips_later),
    harness_unit_test(records_inside),
    harness_unit_test(odd_bytes),
    harness_unit_test(kills_the_first_run),
    harness_unit_test(interrupts_the_first_run),
    harness_unit_test(ignores_children),
    harness_unit_test(closes_all_and_hangs_again),
    harness_unit_test(goes_elsewhere),
    harness_unit_test(clears_its_environment),
    harness_unit_test(checks_in_a_fork),
    {"never_begins", same, fails_to_set_up, harness_cmocka_teardown, NULL},
};

/* What main functions of others do. */
__attribute__((constructor)) static void set_filter(void) {
  const char *pattern = getenv("SAMPLE_FILTER");

  if (pattern != NULL)
    cmocka_set_test_filter(pattern);
}

HARNESS_CMOCKA_MAIN("gate", tests)
