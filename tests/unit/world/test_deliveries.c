/* SPDX-License-Identifier: MIT */
/* Clients of every degree of fragility, and what the check says of them. */
#include <harness/cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "scripts.h"
#include "support.h"

/* Reads lines however they are cut, but looks for their end in each read by itself. */
static void *misses_a_parted_end(void *arg) {
  harness_stream_t *stream = harness_connect_to(play.h, play.server);
  char text[100];
  ptrdiff_t count;
  size_t size = 0;

  while ((count = harness_read(stream, text + size, sizeof text - size)) > 0) {
    const char *end = memmem(text + size, (size_t)count, "\r\n", 2);

    size += (size_t)count;
    if (end != NULL)
      break;
    if (text[size - 1] == '\n' && size > 1 && text[size - 2] == '\r')
      harness_log(play.h, "an end without a line");
  }
  harness_log(play.h, "%d bytes", (int)size);
  harness_stream_close(stream);
  return arg;
}

/* Takes each read for one message; a byte alone is put together with what follows. */
static void *counts_reads(void *arg) {
  harness_stream_t *stream = harness_connect_to(play.h, play.server);
  char text[100];
  int messages = 0;
  size_t size = 0;
  ptrdiff_t count;

  while (size < 12 && (count = harness_read(stream, text + size, sizeof text - size)) > 0) {
    size += (size_t)count;
    if (size % 4 == 0)
      messages++;
  }
  harness_log(play.h, "%d messages", messages);
  harness_stream_close(stream);
  return arg;
}

/* Breaks where two cuts come together, and not where only one of them is. */
static void *minds_two_cuts(void *arg) {
  harness_stream_t *stream = harness_connect_to(play.h, play.server);
  char text[100];
  size_t size = 0;
  int seen = 0;
  ptrdiff_t count;

  while (size < 8 && (count = harness_read(stream, text, sizeof text)) > 0) {
    size += (size_t)count;
    seen |= (size == 2) | (size == 6) << 1;
  }
  if (seen == 3)
    harness_log(play.h, "two cuts");
  harness_stream_close(stream);
  return arg;
}

/* Breaks where a read begins within one write and goes on into the next. */
static void *minds_a_straddling_read(void *arg) {
  harness_stream_t *stream = harness_connect_to(play.h, play.server);
  char text[100];
  size_t size = 0;
  ptrdiff_t count;

  while (size < 8 && (count = harness_read(stream, text, sizeof text)) > 0) {
    if (size > 0 && size < 4 && size + (size_t)count > 4)
      harness_log(play.h, "a straddling read");
    size += (size_t)count;
  }
  harness_stream_close(stream);
  return arg;
}

/* Reads lines as they come, and does something with each as soon as it is there. */
static void *reads_lines(void *arg) {
  harness_stream_t *stream = harness_connect_to(play.h, play.server);
  char text[100];
  size_t size = 0;
  ptrdiff_t count;
  int lines = 0;

  while (lines < 3 && (count = harness_read(stream, text + size, sizeof text - size)) > 0) {
    const char *end;

    size += (size_t)count;
    while ((end = memchr(text, '\n', size)) != NULL) {
      size_t length = (size_t)(end - text) + 1;

      harness_log(play.h, "line %d: %.*s", ++lines, (int)length, text);
      harness_write(stream, "ok\n", 3);
      size -= length;
      memmove(text, text + length, size);
    }
  }
  harness_stream_close(stream);
  return arg;
}

/* Waits for more than one read gives, and then for an answer to what it never said. */
static void *waits_for_a_whole_read(void *arg) {
  harness_stream_t *stream = harness_connect_to(play.h, play.server);
  char text[100];

  if (harness_read(stream, text, sizeof text) < 5)
    harness_await(harness_future_new(play.h), NULL);
  harness_stream_close(stream);
  return arg;
}

static void *forgets_to_close(void *arg) {
  harness_connect_to(play.h, play.server);
  return arg;
}

static void *is_fickle(void *arg) {
  script_t *script = arg;

  harness_log(play.h, "run %d", script->runs);
  return arg;
}

/* The report is the same over every transport. */
static void assert_broken(script_t *script, const char *golden) {
  static const char *const hosts[] = {"127.0.0.1", "unix:@", "memory:"};

  for (size_t i = 0; i < sizeof hosts / sizeof hosts[0]; i++) {
    char *report;

    script->server.host = hosts[i];
    assert_int_equal(check(script, NULL, &report), HARNESS_CHECK_DIFFERENT);
    support_assert_golden(golden, report);
    assert_in_range(script->runs, 3, 200);
    free(report);
  }
}

static void a_single_read_is_caught(void **state) {
  (void)state;
  assert_broken(&(script_t){.client = reads_once, .writes = {"Hello Ann\n"}}, "deliveries/single_read.txt");
}

static void a_parted_end_is_caught(void **state) {
  (void)state;
  assert_broken(&(script_t){.client = misses_a_parted_end, .writes = {"Hello\r\n"}},
                "deliveries/parted_end.txt");
}

static void what_counts_reads_is_caught(void **state) {
  (void)state;
  assert_broken(&(script_t){.client = counts_reads, .writes = {"one\n", "two\n", "six\n"}},
                "deliveries/counted_reads.txt");
}

static void two_cuts_are_found_together(void **state) {
  (void)state;
  assert_broken(&(script_t){.client = minds_two_cuts, .writes = {"12345678"}}, "deliveries/two_cuts.txt");
}

static void what_only_seeds_find_is_named(void **state) {
  script_t script = {.client = minds_a_straddling_read, .writes = {"one\n", "two\n"}};
  harness_deliveries_options_t options = {.first_seed = 1000};
  char *report;

  (void)state;
  assert_broken(&script, "deliveries/seed.txt");
  assert_int_equal(check(&script, &options, &report), HARNESS_CHECK_DIFFERENT);
  assert_non_null(strstr(report, "reads: seeded:10"));
  free(report);
}

static void a_deadlock_is_a_breach(void **state) {
  (void)state;
  assert_broken(&(script_t){.client = waits_for_a_whole_read, .writes = {"Hello"}},
                "deliveries/deadlock.txt");
}

static void a_robust_client_passes(void **state) {
  script_t script = {.client = reads_lines, .writes = {"one\n", "two\nthree\n"}};
  harness_deliveries_options_t options = {.seeds = 50};
  char *report = (char *)&script;

  (void)state;
  assert_int_equal(check(&script, &options, &report), HARNESS_CHECK_SAME);
  assert_null(report);
  /* As written twice, coalesced, bytewise, 3 + 9 single cuts of what the server writes and 3 × 2 of what the
   * client does, the seeds. */
  assert_int_equal(script.runs, 2 + 2 + 12 + 6 + 50);
  options.most_runs = 5;
  options.seeds = 1;
  assert_int_equal(check(&script, &options, NULL), HARNESS_CHECK_SAME);
  assert_int_equal(script.runs, 2 + 2 + 5 + 1);
}

/* Whatever the servers and connections of the scenario ask for. */
static void policies_are_forced(void **state) {
  script_t script = {.client = reads_once,
                     .writes = {"Hello\n"},
                     .server = {.delivery_to_clients = {.kind = HARNESS_DELIVERY_AS_WRITTEN}}};

  (void)state;
  assert_int_equal(check(&script, NULL, NULL), HARNESS_CHECK_DIFFERENT);
  assert_non_null(strstr(harness_error(NULL), "after byte 1 of what server/1 writes to client"));
}

static void echo_each_read(harness_stream_t *stream, void *arg) {
  char text[100];
  ptrdiff_t count;

  (void)arg;
  while ((count = harness_read(stream, text, sizeof text)) > 0)
    harness_write(stream, text, (size_t)count);
}

static void *asks_echo(void *arg) {
  harness_stream_t *stream = harness_connect_to(play.h, play.server);
  char text[5];

  harness_write(stream, "Hello", 5);
  harness_read_exactly(stream, text, 5, NULL);
  harness_stream_close(stream);
  return arg;
}

static void some_lanes_may_be_asked_for(void **state) {
  script_t script = {.client = asks_echo, .handler = echo_each_read};
  harness_deliveries_options_t client = {.lanes = (const char *const[]){"client", NULL}};
  harness_deliveries_options_t nobody = {.lanes = (const char *const[]){"clinet", NULL}};
  harness_deliveries_options_t server = {.lanes = (const char *const[]){"server", NULL}};
  harness_deliveries_options_t joined = {.joined_writes = 1};
  char *report;

  (void)state;
  assert_int_equal(check(&script, NULL, NULL), HARNESS_CHECK_DIFFERENT);
  assert_int_equal(check(&script, &client, NULL), HARNESS_CHECK_SAME);
  assert_int_equal(check(&script, &server, NULL), HARNESS_CHECK_DIFFERENT);
  assert_int_equal(check(&script, &joined, NULL), HARNESS_CHECK_SAME);
  assert_int_equal(check(&script, &nobody, &report), HARNESS_CHECK_TROUBLE);
  assert_string_equal(report, "the scenario has no lane 'clinet'; it has client, server/1\n");
  free(report);
}

static void assert_trouble(script_t *script, const char *sentence) {
  char *report;

  assert_int_equal(check(script, NULL, &report), HARNESS_CHECK_TROUBLE);
  assert_non_null(strstr(report, sentence));
  free(report);
}

static void trouble_without_a_cut_is_said(void **state) {
  (void)state;
  assert_trouble(&(script_t){.client = reads_lines, .writes = {"a\nb\nc\n"}, .result = 3},
                 "fails before anything is cut\nas written, the scenario returns 3\n");
  assert_trouble(&(script_t){.client = forgets_to_close},
                 "the connection of client with server/1 was still open");
  assert_trouble(&(script_t){.client = is_fickle}, "two runs as written differ");
}

static void bad_arguments_are_refused(void **state) {
  script_t script = {.client = reads_once, .writes = {"x"}};
  char *report;

  (void)state;
  assert_int_equal(harness_check_all_deliveries(NULL, NULL, NULL, &report), HARNESS_CHECK_TROUBLE);
  assert_string_equal(report, "harness_check_all_deliveries: the scenario is NULL\n");
  free(report);
  assert_int_equal(harness_check_all_deliveries(NULL, NULL, NULL, NULL), HARNESS_CHECK_TROUBLE);
  setenv("HARNESS_DELIVERY", "sideways", 1);
  assert_int_equal(check(&script, NULL, &report), HARNESS_CHECK_TROUBLE);
  unsetenv("HARNESS_DELIVERY");
  assert_non_null(strstr(report, "'sideways' is no delivery policy"));
  free(report);
}

static void *checks(void *arg) {
  char **report = arg;

  assert_int_equal(harness_check_all_deliveries(converse, NULL, NULL, report), HARNESS_CHECK_TROUBLE);
  return NULL;
}

static void is_refused_in_a_coroutine(void **state) {
  harness_t *h = *state;
  char *report = NULL;

  harness_assert_run(h, harness_schedule_coroutine(h, checks, &report));
  assert_string_equal(report, "harness_check_all_deliveries is not for coroutines\n");
  free(report);
}

static void the_environment_chooses_one_policy(void **state) {
  script_t script = {.client = reads_once, .writes = {"Hello", " Ann\n"}};
  char *report;

  (void)state;
  setenv("HARNESS_DELIVERY", "as_written", 1);
  assert_int_equal(check(&script, NULL, NULL), HARNESS_CHECK_SAME);
  setenv("HARNESS_DELIVERY", "split_at:3,4", 1);
  assert_int_equal(check(&script, NULL, &report), HARNESS_CHECK_DIFFERENT);
  unsetenv("HARNESS_DELIVERY");
  assert_non_null(strstr(report, "split_at:3,4 breaks it\nsmallest cut that breaks it: after byte 3 "));
  free(report);
}

/* What a background call reads is cut by the kernel: nothing to vary, and no reason to fail. */
static void *waits_in_the_background(void *arg) {
  return arg;
}

static void *calls_and_reads(void *arg) {
  harness_await(harness_call_in_background(play.h, waits_in_the_background, arg), NULL);
  return reads_lines(arg);
}

static void free_running_parties_are_not_varied(void **state) {
  script_t script = {.client = calls_and_reads, .writes = {"one\n", "two\nthree\n"}};

  (void)state;
  assert_int_equal(check(&script, NULL, NULL), HARNESS_CHECK_SAME);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_single_read_is_caught),
    cmocka_unit_test(a_parted_end_is_caught),
    cmocka_unit_test(what_counts_reads_is_caught),
    cmocka_unit_test(two_cuts_are_found_together),
    cmocka_unit_test(what_only_seeds_find_is_named),
    cmocka_unit_test(a_deadlock_is_a_breach),
    cmocka_unit_test(a_robust_client_passes),
    cmocka_unit_test(policies_are_forced),
    cmocka_unit_test(some_lanes_may_be_asked_for),
    cmocka_unit_test(trouble_without_a_cut_is_said),
    cmocka_unit_test(bad_arguments_are_refused),
    harness_unit_test(is_refused_in_a_coroutine),
    cmocka_unit_test(the_environment_chooses_one_policy),
    cmocka_unit_test(free_running_parties_are_not_varied),
};

HARNESS_CMOCKA_MAIN("world/deliveries", tests)
