/* SPDX-License-Identifier: MIT */
/* `harness demo`: every transport, fixtures that are equal, others and none, and where they are looked for.
 */
#include <harness/cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "support.h"

/* Runs a shell's command line; it must end with that code and print the word (NULL: nothing) to the standard
 * output or, where is_error, to the other. */
static void assert_shell(void **state, const char *line, int code, bool is_error, const char *word) {
  const char *out = support_path(*state, "out");
  const char *err = support_path(*state, "err");
  char command[16384];
  char *texts[2];
  int status;

  (void)snprintf(command, sizeof command,
                 "exec >'%s' 2>'%s'; unset HARNESS_FIXTURES_DIR HARNESS_DELIVERY; %s", out, err, line);
  status = system(command); /* NOLINT(bugprone-command-processor,cert-env33-c): the test's own words */
  texts[0] = support_read(out);
  texts[1] = support_read(err);
  if (!WIFEXITED(status) || WEXITSTATUS(status) != code || strstr(texts[is_error], word) == NULL)
    fail_msg("%s: %d, without \"%s\": %s%s", line, status, word, texts[0], texts[1]);
  free(texts[0]);
  free(texts[1]);
}

#define DEMO "'" TEST_COMMAND "' demo "
#define FIXTURES "--fixtures '" TEST_FIXTURES "' "

static void shows_all_over_every_transport(void **state) {
  static const char *const transports[] = {"tcp4", "tcp6", "localhost", "pipe", "abstract", "memory"};
  char line[4096];

  for (size_t i = 0; i < sizeof transports / sizeof transports[0]; i++) {
    (void)snprintf(line, sizeof line, DEMO FIXTURES "--transport %s A1 B2 D", transports[i]);
    assert_shell(state, line, 0, false, "D: equal to its fixture scenarios/D\n");
  }
  assert_shell(state, DEMO FIXTURES, 0, false, "A4: equal to its fixture");
  assert_shell(state, DEMO FIXTURES "--transport memory", 0, false,
               "A4: left out: its clients know nothing but TCP on 127.0.0.1\n");
}

static void shows_lines_and_transcript(void **state) {
  assert_shell(state, DEMO FIXTURES "A1", 0, false,
               "\n-> Client sending: 'Hello World!'\n-> Server received 'Hello World!' from client\n");
  assert_shell(state, DEMO FIXTURES "A1", 0, false, "\ntranscript:\n  client     connect  to server1\n");
}

/* A fixture holds for the policy that it was made with, whoever asks for that. */
static void compares_under_its_own_policy(void **state) {
  assert_shell(state, DEMO FIXTURES "--delivery split_at:21 B2 B3", 0, false, "B2: equal to its fixture");
  assert_shell(state, DEMO FIXTURES "--delivery split_at:21 B2 B3", 0, false,
               "B3: delivered split_at:21: not compared with its fixture scenarios/B3");
  assert_shell(state, "HARNESS_DELIVERY=coalesced " DEMO FIXTURES "C1 C", 0, false,
               "C1: equal to its fixture");
  assert_shell(state, DEMO FIXTURES "--delivery seeded:1 C", 0, false, "C: delivered seeded:1: not compared");
}

static void tells_what_differs(void **state) {
  char line[8192];
  char *text = support_read(TEST_FIXTURES "/scenarios/A1.json");
  char *word = strstr(text, "Terminating");

  assert_non_null(word);
  *word = 't';
  support_write(support_path(*state, "other/scenarios/A1.json"), text);
  free(text);
  (void)snprintf(line, sizeof line, DEMO "--fixtures '%s' A1", support_path(*state, "other"));
  assert_shell(state, line, 1, false, "\nA1: DIFFERS from its fixture scenarios/A1\n");
  assert_shell(state, line, 1, true, "differ at event");
  (void)snprintf(line, sizeof line, DEMO "--fixtures '%s' A1 B", support_path(*state, "other"));
  assert_shell(state, line, 2, false, "\nB: NOT COMPARED with its fixture scenarios/B\n");
  assert_shell(state, line, 2, true, "there is no fixture");
}

/* Told by the environment, or beside the program: what is installed can be moved. */
static void finds_the_fixtures(void **state) {
  char line[12288];

  assert_shell(state, "HARNESS_FIXTURES_DIR='" TEST_FIXTURES "' " DEMO "A1", 0, false,
               "A1: equal to its fixture");
  (void)snprintf(line, sizeof line,
                 "cd '%s' && mkdir -p bin share/harness && cp '" TEST_COMMAND "' bin/harness && "
                 "cp -R '" TEST_FIXTURES
                 "' share/harness/fixtures && HARNESS_FIXTURES_DIR= bin/harness demo A1",
                 (const char *)*state);
  assert_shell(state, line, 0, false, "A1: equal to its fixture");
}

static void never_writes_a_fixture(void **state) {
  char line[4096];

  (void)snprintf(line, sizeof line, "HARNESS_FIXTURES=update " DEMO "--fixtures '%s' A1",
                 support_path(*state, "none"));
  assert_shell(state, line, 2, false, "A1: NOT COMPARED");
  assert_false(support_exists(support_path(*state, "none")));
}

static void tells_wrong_usage(void **state) {
  assert_shell(state, DEMO "A1 Z9 a1", 2, true,
               "harness demo: unknown scenario 'Z9'\nharness demo: unknown scenario 'a1'\n"
               "harness demo: --help lists the scenarios\n");
  assert_shell(state, DEMO "--transport carrier A1", 2, true,
               "'carrier' is no transport: tcp4, tcp6, localhost, pipe, abstract, memory\n");
  assert_shell(state, DEMO "--fast", 2, true, "usage: harness demo");
  assert_shell(state, DEMO FIXTURES "A1 >/dev/full", 2, true,
               "harness demo: standard output: No space left on device\n");
  assert_shell(state, "HARNESS_TIMEOUT_MS=soon " DEMO FIXTURES "A1", 2, true,
               "harness demo: A1: HARNESS_TIMEOUT_MS");
}

#define in_folder(test) cmocka_unit_test_setup_teardown(test, support_make_folder, support_remove_folder)

static const struct CMUnitTest tests[] = {
    in_folder(shows_all_over_every_transport),
    in_folder(shows_lines_and_transcript),
    in_folder(compares_under_its_own_policy),
    in_folder(tells_what_differs),
    in_folder(finds_the_fixtures),
    in_folder(never_writes_a_fixture),
    in_folder(tells_wrong_usage),
};

HARNESS_CMOCKA_MAIN("cli/demo", tests)
