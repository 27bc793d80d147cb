/* SPDX-License-Identifier: MIT */
/* How far the check goes, what it is told, and what it says of that. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scripts.h"
#include "support.h"

static void assert_report(script_t *script, const harness_deliveries_options_t *options, const char *words) {
  char *report;

  assert_int_equal(check(script, options, &report), HARNESS_CHECK_DIFFERENT);
  if (strstr(report, words) == NULL)
    fail_msg("\"%s\" is not said: %s", words, report);
  free(report);
}

/* The sizes of all reads, as digits; longer than nine is '+'. */
static void read_sizes(char sizes[100]) {
  harness_stream_t *stream = harness_connect_to(play.h, play.server);
  char text[100];
  size_t all = 0;
  size_t count = 0;

  for (ptrdiff_t size; all < 12 && (size = harness_read(stream, text, sizeof text)) > 0;) {
    all += (size_t)size;
    sizes[count++] = size < 10 ? (char)('0' + size) : '+';
  }
  sizes[count] = '\0';
  harness_stream_close(stream);
}

static void *minds_three_then_three(void *arg) {
  char sizes[100];

  read_sizes(sizes);
  if (strncmp(sizes, "33", 2) == 0)
    harness_log(play.h, "three");
  return arg;
}

/* Byte by byte all is well: one cut in one place is what breaks it. */
static void a_single_cut_is_found(void **state) {
  script_t script = {.client = minds_three_then_three, .writes = {"abcdef", "ghijkl"}};
  char *report;

  (void)state;
  assert_int_equal(check(&script, NULL, &report), HARNESS_CHECK_DIFFERENT);
  support_assert_golden("deliveries/single_cut.txt", report);
  free(report);
}

static void *minds_twelve_reads(void *arg) {
  char sizes[100];

  read_sizes(sizes);
  if (strlen(sizes) == 12)
    harness_log(play.h, "twelve");
  return arg;
}

static void of_many_cuts_a_few_are_listed(void **state) {
  script_t script = {.client = minds_twelve_reads, .writes = {"abcdefghijkl"}};

  (void)state;
  assert_report(&script, NULL,
                "'abcdefg' | 'hijkl'\n  cut after byte 8 of what server/1 writes to client: "
                "'abcdefgh' | 'ijkl'\n  … and 3 more\n");
}

static void *minds_any_cut(void *arg) {
  char sizes[100];

  read_sizes(sizes);
  if (strlen(sizes) > 1)
    harness_log(play.h, "cut");
  return arg;
}

static void a_search_may_be_given_up(void **state) {
  script_t twelve = {.client = minds_twelve_reads, .writes = {"abcdefghijkl"}};
  script_t any = {.client = minds_any_cut, .writes = {"abcdefghijkl"}};
  harness_deliveries_options_t options = {.most_runs = 4};

  (void)state;
  assert_report(&twelve, &options,
                "11 changes that break it; the search for fewer was given up:\n  cut after");
  assert_report(&any, &options, "one cut that breaks it (of too many to try each): after byte ");
}

/* How each harness is opened is the caller's, but for the policy, the limit of data and the reports. */
static void handle_nothing(harness_stream_t *stream, void *arg) {
  (void)stream;
  (void)arg;
}

static int is_in_memory(harness_t *h, void *arg) {
  harness_server_t *server = harness_start_server(h, handle_nothing, arg, NULL);
  int status = strncmp(harness_server_host(server), "memory:", strlen("memory:")) == 0 ? 0 : 1;

  harness_server_close(server);
  return status;
}

static void the_harness_is_as_told(void **state) {
  harness_options_t harness = {.host = "memory:"};
  harness_deliveries_options_t options = {.harness = &harness};
  char *report;

  (void)state;
  assert_int_equal(harness_check_all_deliveries(is_in_memory, NULL, &options, NULL), HARNESS_CHECK_SAME);
  assert_int_equal(harness_check_all_deliveries(is_in_memory, NULL, NULL, &report), HARNESS_CHECK_TROUBLE);
  assert_string_equal(report,
                      "the scenario fails before anything is cut\nas written, the scenario returns 1\n");
  free(report);
}

/* Where the harness knows why, that is told. */
static int starts_nothing(harness_t *h, void *arg) {
  return harness_start_server(h, NULL, arg, NULL) == NULL ? harness_error_code(h) : 0;
}

static void a_failing_scenario_has_its_sentence(void **state) {
  char *report;

  (void)state;
  assert_int_equal(harness_check_all_deliveries(starts_nothing, NULL, NULL, &report), HARNESS_CHECK_TROUBLE);
  assert_non_null(strstr(report, "returns -22: harness_start_server: the handler is NULL\n"));
  free(report);
}

static void *speaks_long(void *arg) {
  static char data[20000];
  harness_stream_t *stream = harness_connect_to(play.h, play.server);
  ptrdiff_t count;
  size_t size = 0;

  harness_write(stream, data, sizeof data);
  harness_write_eof(stream);
  while ((count = harness_read(stream, data, sizeof data)) > 0)
    size += (size_t)count;
  if (play.script->result == 0 && size != 2 * sizeof data)
    harness_log(play.h, "%zu bytes", size);
  harness_stream_close(stream);
  return arg;
}

static void answer_long(harness_stream_t *stream, void *arg) {
  static char data[20000];

  (void)arg;
  for (int i = 0; i < 2; i++)
    harness_write(stream, data, sizeof data);
  while (harness_read(stream, data, sizeof data) > 0)
    continue;
}

static void long_conversations_are_bounded(void **state) {
  script_t script = {.client = speaks_long, .handler = answer_long};
  harness_deliveries_options_t options = {.most_runs = 20, .seeds = 2};

  (void)state;
  assert_int_equal(check(&script, &options, NULL), HARNESS_CHECK_SAME);
  assert_int_equal(script.runs, 2 + 2 + 20 + 2);
}

/* Each direction of a server's connections may have a policy of its own. */
static void *reads_sizes(void *arg) {
  harness_stream_t *stream = harness_connect_to(play.h, play.server);
  char text[100];
  char sizes[20] = "";

  harness_write(stream, "abc", 3);
  harness_write_eof(stream);
  for (ptrdiff_t count; (count = harness_read(stream, text, sizeof text)) > 0;)
    sizes[strlen(sizes)] = (char)('0' + count);
  harness_log(play.h, "%s", sizes);
  harness_stream_close(stream);
  return arg;
}

static void log_sizes(harness_stream_t *stream, void *arg) {
  char text[100];
  char sizes[20] = "";

  (void)arg;
  for (ptrdiff_t count; (count = harness_read(stream, text, sizeof text)) > 0;)
    sizes[strlen(sizes)] = (char)('0' + count);
  harness_log(play.h, "%s", sizes);
  harness_write(stream, "wxyz", 4);
}

static void assert_sizes(harness_server_options_t server, const char *from_clients, const char *to_clients) {
  harness_t *h = harness_open(NULL);
  script_t script = {.client = reads_sizes, .handler = log_sizes, .server = server};
  char line[100];
  char *text;

  assert_int_equal(converse(h, &script), 0);
  text = harness_transcript_text(h);
  (void)snprintf(line, sizeof line, "server/1  log      %s\n", from_clients);
  if (strstr(text, line) == NULL)
    fail_msg("no %s in\n%s", line, text);
  (void)snprintf(line, sizeof line, "client    log      %s\n", to_clients);
  if (strstr(text, line) == NULL)
    fail_msg("no %s in\n%s", line, text);
  free(text);
  assert_int_equal(harness_close(h), 0);
}

static void a_direction_has_its_own_policy(void **state) {
  harness_delivery_t bytewise = {.kind = HARNESS_DELIVERY_BYTEWISE};
  harness_delivery_t split = {.kind = HARNESS_DELIVERY_SPLIT_AT, .offsets = {1}};
  harness_delivery_t bad = {.kind = HARNESS_DELIVERY_SPLIT_AT};
  harness_t *h = *state;

  assert_sizes((harness_server_options_t){0}, "3", "4");
  assert_sizes((harness_server_options_t){.delivery = bytewise}, "111", "1111");
  assert_sizes((harness_server_options_t){.delivery_from_clients = bytewise}, "111", "4");
  assert_sizes((harness_server_options_t){.delivery_to_clients = split}, "3", "13");
  assert_sizes((harness_server_options_t){.delivery = bytewise, .delivery_to_clients = split}, "111", "13");
  assert_null(
      harness_start_server(h, log_sizes, NULL, &(harness_server_options_t){.delivery_to_clients = bad}));
  assert_null(
      harness_start_server(h, log_sizes, NULL, &(harness_server_options_t){.delivery_from_clients = bad}));
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_single_cut_is_found),
    cmocka_unit_test(of_many_cuts_a_few_are_listed),
    cmocka_unit_test(a_search_may_be_given_up),
    cmocka_unit_test(the_harness_is_as_told),
    cmocka_unit_test(a_failing_scenario_has_its_sentence),
    cmocka_unit_test(long_conversations_are_bounded),
    harness_unit_test(a_direction_has_its_own_policy),
};

HARNESS_CMOCKA_MAIN("world/deliveries_limits", tests)
