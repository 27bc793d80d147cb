/* SPDX-License-Identifier: MIT */
#include "report/check.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/text.h"
#include "record/compare.h"
#include "record/load.h"
#include "report/difference.h"
#include "report/keep.h"

typedef struct check {
  const harness__transcript_t *transcript;
  const harness__transcript_t *written; /* the same with the patterns of the fixture that still match */
  harness__fixture_mode_t mode;
  const harness__keeper_t *keeper; /* or NULL */
  char *path;
  char *new_path;
  harness__buffer_t sentence;
} check_t;

/* Adds a sentence that some call gave, NULL for exhausted memory. */
static void add_taken(check_t *check, char *text) {
  if (text != NULL)
    harness__buffer_string(&check->sentence, text);
  else
    check->sentence.failed = true;
  free(text);
}

/* The value of HARNESS_FIXTURES that is not followed since CI is set, or NULL. */
static const char *refused_mode(harness__fixture_mode_t mode) {
  if (mode == HARNESS__FIXTURES_NEW_IN_CI)
    return "new";
  return mode == HARNESS__FIXTURES_UPDATE_IN_CI ? "update" : NULL;
}

void harness__report_argument(harness__buffer_t *out, const char *argument) {
  static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-+=.,:/@%";

  if (argument[0] != '\0' && argument[strspn(argument, plain)] == '\0') {
    harness__buffer_string(out, argument);
    return;
  }
  if (!harness__text_is_readable(argument, strlen(argument))) { /* a terminal would obey it */
    harness__buffer_char(out, '$');
    harness__text_escape(out, argument, strlen(argument), '\'');
    return;
  }
  harness__buffer_char(out, '\'');
  for (const char *p = argument; *p != '\0'; p++)
    if (*p == '\'')
      harness__buffer_string(out, "'\\''");
    else
      harness__buffer_char(out, *p);
  harness__buffer_char(out, '\'');
}

void harness__report_proposal(harness__buffer_t *out, const char *proposal) {
  harness__buffer_string(out, "The transcript is in ");
  harness__text_path(out, proposal);
  harness__buffer_string(out, ".\nTo review it: harness review ");
  harness__report_argument(out, proposal);
}

/* Gives what is to be written to the keeper. */
static bool keep(check_t *check, bool is_update) {
  char *trouble = NULL;

  if (check->keeper->keep(check->keeper->arg, check->path, check->new_path, is_update, &trouble))
    return true;
  harness__buffer_char(&check->sentence, '\n');
  add_taken(check, trouble);
  return false;
}

/* Mode new: leaves the transcript beside the fixture and says how to go on. */
static void propose(check_t *check) {
  const char *refused = refused_mode(check->mode);
  char *trouble;

  if (refused != NULL)
    harness__buffer_printf(&check->sentence,
                           "\nCI is set, so nothing was written (HARNESS_FIXTURES=%s is not followed).",
                           refused);
  if (check->mode != HARNESS__FIXTURES_NEW)
    return;
  if (check->keeper != NULL) {
    (void)keep(check, false);
    return;
  }
  harness__buffer_char(&check->sentence, '\n');
  if (harness__transcript_save(check->written, check->new_path, NULL, &trouble))
    harness__report_proposal(&check->sentence, check->new_path);
  else
    add_taken(check, trouble);
}

static void say_missing(check_t *check) {
  harness__buffer_string(&check->sentence, "there is no fixture ");
  harness__text_path(&check->sentence, check->path);
}

static harness_check_result_t found_missing(check_t *check) {
  say_missing(check);
  propose(check);
  return HARNESS_CHECK_MISSING;
}

static harness_check_result_t found_different(check_t *check, const harness__transcript_t *expected) {
  add_taken(check, harness__difference(expected, check->path, check->transcript, "the transcript"));
  propose(check);
  return HARNESS_CHECK_DIFFERENT;
}

static bool is_rehearsal(const check_t *check) {
  return check->keeper != NULL && check->keeper->is_rehearsal;
}

/* Returns whether there is no proposal any more; else the sentence says why. */
static bool remove_proposal(check_t *check) {
  int error;

  if (unlink(check->new_path) == 0 || errno == ENOENT || errno == ENOTDIR)
    return true;
  error = errno;
  harness__text_path(&check->sentence, check->new_path);
  harness__buffer_printf(&check->sentence, " can't be removed: %s", strerror(error));
  return false;
}

static harness_check_result_t found_same(check_t *check) {
  /* A proposal of an earlier run is out of date. */
  if (check->mode != HARNESS__FIXTURES_NEW || is_rehearsal(check) || remove_proposal(check))
    return HARNESS_CHECK_SAME;
  return HARNESS_CHECK_TROUBLE;
}

/* What an earlier run proposed is settled by this. */
static harness_check_result_t update(check_t *check) {
  char *trouble = NULL;
  char *place = harness__fixture_place(check->path, &trouble);
  bool saved = place != NULL && harness__transcript_save(check->written, place, NULL, &trouble);

  free(place);
  if (!saved)
    add_taken(check, trouble);
  return saved && remove_proposal(check) ? HARNESS_CHECK_WRITTEN : HARNESS_CHECK_TROUBLE;
}

/* Mode update: the difference matters only where the fixture can't be written. */
static harness_check_result_t found_outdated(check_t *check, const harness__transcript_t *expected,
                                             bool missing, char *trouble) {
  if (check->keeper == NULL)
    return update(check);
  if (expected != NULL)
    add_taken(check, harness__difference(expected, check->path, check->transcript, "the transcript"));
  else if (missing)
    say_missing(check);
  else
    harness__buffer_string(&check->sentence, trouble != NULL ? trouble : "the fixture can't be read");
  if (keep(check, true)) {
    harness__buffer_free(&check->sentence);
    return HARNESS_CHECK_WRITTEN;
  }
  if (expected == NULL)
    return missing ? HARNESS_CHECK_MISSING : HARNESS_CHECK_TROUBLE;
  return HARNESS_CHECK_DIFFERENT;
}

/* expected: NULL where the fixture is missing or can't be loaded; then trouble, which is taken over, says
 * why. */
static harness_check_result_t judge(check_t *check, const harness__transcript_t *expected, bool missing,
                                    char *trouble) {
  harness_check_result_t result;

  if (expected != NULL && harness__transcript_equal(expected, check->transcript, NULL)) {
    result = found_same(check);
  } else if (check->mode == HARNESS__FIXTURES_UPDATE) {
    result = found_outdated(check, expected, missing, trouble);
  } else if (expected != NULL) {
    result = found_different(check, expected);
  } else if (missing) {
    result = found_missing(check);
  } else {
    add_taken(check, trouble);
    trouble = NULL;
    result = HARNESS_CHECK_TROUBLE;
  }
  if (expected == NULL)
    free(trouble);
  return result;
}

/* Notes what is to be written. json: its text, or NULL; taken over. */
static void note(const check_t *check, char *json) {
  if (check->keeper != NULL)
    check->keeper->note(check->keeper->arg, check->path, check->written, json);
  else
    free(json);
}

/* The fixture is not the very text of the transcript. */
static harness_check_result_t compare_with(check_t *check, const harness__transcript_t *expected,
                                           bool missing, char *trouble) {
  bool has_patterns = expected != NULL && expected->pattern_count > 0;
  harness__transcript_t *kept = has_patterns ? harness__keep_patterns(expected, check->transcript) : NULL;
  harness_check_result_t result = HARNESS_CHECK_TROUBLE;

  check->written = kept != NULL ? kept : check->transcript;
  if (has_patterns && kept == NULL) {
    check->sentence.failed = true;
  } else {
    note(check, NULL);
    result = judge(check, expected, missing, trouble);
  }
  harness__transcript_free(kept);
  return result;
}

static harness_check_result_t compare(check_t *check) {
  bool missing;
  char *trouble;
  char *text;
  harness__transcript_t *expected =
      harness__transcript_load_other(check->path, check->transcript, &text, &missing, &trouble);
  harness_check_result_t result;

  if (text != NULL) {
    check->written = check->transcript;
    note(check, text);
    return found_same(check);
  }
  result = compare_with(check, expected, missing, trouble);
  harness__transcript_free(expected);
  return result;
}

static harness_check_result_t check_inside(check_t *check, const char *folder) {
  char *trouble;

  if (!harness__fixture_is_inside(folder, check->path, &trouble)) {
    add_taken(check, trouble);
    return HARNESS_CHECK_TROUBLE;
  }
  return compare(check);
}

harness_check_result_t harness__fixture_check(const char *folder, const char *name,
                                              harness__fixture_mode_t mode,
                                              const harness__transcript_t *transcript,
                                              const harness__keeper_t *keeper, char **sentence) {
  check_t check = {.transcript = transcript, .mode = mode, .keeper = keeper};
  harness_check_result_t result = HARNESS_CHECK_TROUBLE;

  check.path = harness__fixture_path(folder, name, ".json", sentence);
  if (check.path == NULL)
    return HARNESS_CHECK_TROUBLE;
  check.new_path = harness__fixture_path(folder, name, ".new.json", sentence);
  if (check.new_path != NULL)
    result = check_inside(&check, folder);
  if (check.sentence.text != NULL || check.sentence.failed)
    *sentence = harness__buffer_take(&check.sentence);
  free(check.new_path);
  free(check.path);
  return result;
}
