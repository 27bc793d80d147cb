/* SPDX-License-Identifier: MIT */
/* What happens between looking at a pending file and deciding on it. */
#include <harness/cmocka.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cases.h"
#include "cli/pending.h"
#include "support.h"

enum { NOBODY = 65534 };

static const case_file_t before[] = {{"a.json", OLD}, {"a.new.json", NEW}, {NULL, NULL}};

static harness__pending_t look(void **state) {
  harness__pending_t pending;

  assert_int_equal(harness__pending_look(&pending, support_path(*state, "a.new.json")), 0);
  return pending;
}

/* Decides on what was looked at, and forgets it; a sentence must hold the word (NULL: there must be none). */
static void assert_decision(harness__pending_t *pending,
                            harness__pending_result_t (*act)(harness__pending_t *pending, char **sentence),
                            harness__pending_result_t expected, const char *word) {
  char *sentence;

  assert_int_equal(act(pending, &sentence), expected);
  if (word == NULL)
    assert_null(sentence);
  else if (sentence == NULL || strstr(sentence, word) == NULL)
    fail_msg("\"%s\" is not said: %s", word, sentence != NULL ? sentence : "nothing");
  free(sentence);
  harness__pending_free(pending);
}

static void accepts_what_it_looked_at(void **state) {
  harness__pending_t pending;

  cases_put(*state, before);
  pending = look(state);
  assert_false(pending.is_stale);
  assert_decision(&pending, harness__pending_accept, HARNESS__PENDING_DONE, NULL);
  cases_assert(*state, (case_file_t[]){{"a.json", NEW}, {NULL, NULL}});
}

/* Of the same size, in the same moment: only the bytes tell. */
static void accepts_nothing_else(void **state) {
  harness__pending_t pending;

  cases_put(*state, before);
  pending = look(state);
  support_write(support_path(*state, "a.new.json"), CASE("Hello Ares!"));
  assert_decision(&pending, harness__pending_accept, HARNESS__PENDING_CHANGED,
                  "a.new.json was changed in the meantime");
  pending = look(state);
  support_write(support_path(*state, "a.json"), NEWER);
  assert_decision(&pending, harness__pending_accept, HARNESS__PENDING_CHANGED,
                  "a.json was changed in the meantime");
  pending = look(state);
  assert_int_equal(unlink(support_path(*state, "a.json")), 0);
  assert_decision(&pending, harness__pending_accept, HARNESS__PENDING_CHANGED, "a.json is gone");
  pending = look(state);
  support_write(support_path(*state, "a.json"), OLD);
  assert_decision(&pending, harness__pending_accept, HARNESS__PENDING_CHANGED,
                  "a.json was changed in the meantime");
  cases_assert(*state, (case_file_t[]){{"a.json", OLD}, {"a.new.json", CASE("Hello Ares!")}, {NULL, NULL}});
}

static void rejects_nothing_else(void **state) {
  harness__pending_t pending;

  cases_put(*state, before);
  pending = look(state);
  support_write(support_path(*state, "a.new.json"), NEWER);
  assert_decision(&pending, harness__pending_reject, HARNESS__PENDING_CHANGED, "was changed in the meantime");
  pending = look(state);
  assert_int_equal(unlink(support_path(*state, "a.new.json")), 0);
  assert_decision(&pending, harness__pending_reject, HARNESS__PENDING_CHANGED, "a.new.json is gone");
  cases_assert(*state, (case_file_t[]){{"a.json", OLD}, {NULL, NULL}});
}

static void tells_what_is_gone(void **state) {
  harness__pending_t pending;

  assert_int_equal(harness__pending_look(&pending, support_path(*state, "a.new.json")), ENOENT);
  harness__pending_free(&pending);
  support_write(support_path(*state, "a"), "a file");
  assert_int_equal(harness__pending_look(&pending, support_path(*state, "a/b.new.json")), ENOENT);
  harness__pending_free(&pending);
}

static void refuses_what_is_no_file(void **state) {
  harness__pending_t pending;

  support_write(support_path(*state, "a.json"), OLD);
  assert_int_equal(mkfifo(support_path(*state, "a.new.json"), 0600), 0);
  pending = look(state);
  assert_decision(&pending, harness__pending_accept, HARNESS__PENDING_TROUBLE,
                  "a.new.json: not a regular file");
  pending = look(state);
  assert_decision(&pending, harness__pending_reject, HARNESS__PENDING_DONE, NULL);
  cases_assert(*state, (case_file_t[]){{"a.json", OLD}, {NULL, NULL}});
}

/* As one who may read the folder and not write it. */
static void tells_what_cannot_be_written(void **state) {
  bool is_root = geteuid() == 0;
  harness__pending_t accepted;
  harness__pending_t rejected;
  char *sentences[2];
  harness__pending_result_t results[2];

  cases_put(*state, before);
  assert_int_equal(chmod(*state, 0555), 0);
  assert_true(!is_root || seteuid(NOBODY) == 0);
  accepted = look(state);
  rejected = look(state);
  results[0] = harness__pending_accept(&accepted, &sentences[0]);
  results[1] = harness__pending_reject(&rejected, &sentences[1]);
  assert_true(!is_root || seteuid(0) == 0);
  assert_int_equal(chmod(*state, 0755), 0);
  for (size_t i = 0; i < 2; i++) {
    assert_int_equal(results[i], HARNESS__PENDING_TROUBLE);
    assert_non_null(strstr(sentences[i], "Permission denied"));
    free(sentences[i]);
  }
  harness__pending_free(&accepted);
  harness__pending_free(&rejected);
  cases_assert(*state, before);
}

#define in_folder(test) cmocka_unit_test_setup_teardown(test, support_make_folder, support_remove_folder)

static const struct CMUnitTest tests[] = {
    in_folder(accepts_what_it_looked_at), in_folder(accepts_nothing_else),
    in_folder(rejects_nothing_else),      in_folder(tells_what_is_gone),
    in_folder(refuses_what_is_no_file),   in_folder(tells_what_cannot_be_written),
};

HARNESS_CMOCKA_MAIN("cli/pending", tests)
