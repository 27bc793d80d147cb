/* SPDX-License-Identifier: MIT */
/* What goes between processes: takes and records of what was touched. */
#include <harness/cmocka.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "record/take.h"
#include "record/touched.h"
#include "support.h"

static void take_finds_what_was_checked_twice(void **state) {
  harness__take_t take = {0};
  harness__checked_t *checked = harness__take_add(&take, "a.json", strdup("one"));

  (void)state;
  assert_false(checked->is_ambiguous);
  assert_ptr_equal(harness__take_add(&take, "a.json", strdup("one")), checked);
  assert_false(checked->is_ambiguous);
  assert_non_null(harness__take_add(&take, "b.json", strdup("two")));
  checked = harness__take_add(&take, "a.json", strdup("other"));
  assert_true(checked->is_ambiguous);
  assert_string_equal(checked->json, "one");
  assert_int_equal(take.count, 2);
  assert_true(harness__checked_intend(checked, HARNESS__INTENT_UPDATE, "a.new.json"));
  assert_int_equal(harness__take_count(&take, HARNESS__INTENT_UPDATE), 1);
  assert_int_equal(harness__take_count(&take, HARNESS__INTENT_PROPOSE), 0);
  assert_null(harness__take_find(&take, "c.json"));
  assert_null(harness__take_add(&take, "c.json", NULL));
  harness__take_clear(&take);
  assert_int_equal(take.count, 0);
}

static void take_goes_through_a_folder(void **state) {
  char *json;

  assert_int_equal(harness__take_load(*state, "a.json", &json), ENOENT);
  assert_null(json);
  assert_int_equal(harness__take_save(*state, "a.json", "one"), 0);
  assert_int_equal(harness__take_save(*state, "a.json", "one"), 0);
  assert_int_equal(harness__take_save(*state, "weird/../name\n.json", "two"), 0);
  assert_int_equal(harness__take_load(*state, "a.json", &json), 0);
  assert_string_equal(json, "one");
  free(json);
  assert_int_equal(harness__take_load(*state, "weird/../name\n.json", &json), 0);
  assert_string_equal(json, "two");
  free(json);
  assert_int_equal(harness__take_save(*state, "a.json", "other"), 0);
  assert_int_equal(harness__take_load(*state, "a.json", &json), 0);
  assert_string_equal(json, "");
  free(json);
  assert_int_equal(support_count(*state), 2);
}

static void record_comes_back(void **state) {
  harness__record_t record = {.test = strdup("suite.test"), .ending = HARNESS__ENDING_SKIPPED};
  harness__record_t other = {.test = strdup("other"), .ending = HARNESS__ENDING_PASSED};
  harness__record_t *records;
  char *sentence;
  size_t count;
  bool is_other;

  assert_true(harness__record_touch(&record, "/x/a.json", "one", &is_other));
  assert_false(is_other);
  assert_true(harness__record_touch(&record, "/x/a.json", "one", &is_other));
  assert_false(is_other);
  assert_true(harness__record_touch(&record, "/x/a.json", "two", &is_other));
  assert_true(is_other);
  for (char name[] = "/x/b0.json"; name[4] <= '9'; name[4]++)
    assert_true(harness__record_touch(&record, name, "one", &is_other));
  assert_int_equal(harness__record_save(support_path(*state, "touched"), &record), 0);
  assert_int_equal(harness__record_save(support_path(*state, "touched"), &other), 0);
  record.ending = HARNESS__ENDING_FAILED;
  assert_int_equal(harness__record_save(support_path(*state, "touched"), &record), 0);
  records = harness__records_load(support_path(*state, "touched"), &count, &sentence);
  assert_non_null(records);
  assert_int_equal(count, 2);
  size_t own = strcmp(records[0].test, "other") == 0;
  assert_string_equal(records[own].test, "suite.test");
  assert_int_equal(records[own].ending, HARNESS__ENDING_FAILED);
  assert_int_equal(records[own].count, 11);
  assert_string_equal(records[own].touches[0].path, "/x/a.json");
  assert_string_equal(records[own].touches[0].digest, record.touches[0].digest);
  assert_int_equal(records[1 - own].count, 0);
  harness__records_free(records, count);
  harness__record_clear(&other);
  harness__record_clear(&record);
}

static void malformed_record_is_an_error(void **state) {
#define RECORD(format, ending, fixtures)                                                                     \
  "{\"format\": \"" format "\", \"test\": \"t\", \"ending\": \"" ending "\", \"fixtures\": " fixtures "}"
  static const char *const texts[] = {
      "",
      "{}",
      "[",
      RECORD("harness-touched/2", "passed", "[]"),
      RECORD("harness-touched/1", "well", "[]"),
      RECORD("harness-touched/1", "passed", "7"),
      RECORD("harness-touched/1", "passed", "[{\"path\": \"p\", \"digest\": \"d\"}]"),
  };
  char *sentence;
  size_t count;

  for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
    support_write(support_path(*state, "x.json"), texts[i]);
    if (harness__records_load(*state, &count, &sentence) != NULL)
      fail_msg("taken: %s", texts[i]);
    assert_non_null(strstr(sentence, "x.json is no record of touched fixtures"));
    free(sentence);
  }
  assert_null(harness__records_load(support_path(*state, "none"), &count, &sentence));
  assert_non_null(strstr(sentence, "No such file"));
  free(sentence);
}

/* Whichever way a test called its folder, a fixture has one path. */
static void path_is_one(void **state) {
  char *whole;
  char *by_link;
  char *real = realpath(*state, NULL);

  support_write(support_path(*state, "fixtures/s/a.json"), "");
  assert_int_equal(symlink("fixtures", support_path(*state, "link")), 0);
  whole = harness__touched_path(support_path(*state, "fixtures/s/a.json"));
  by_link = harness__touched_path(support_path(*state, "link/../link/s/a.json"));
  assert_string_equal(whole, by_link);
  assert_memory_equal(whole, real, strlen(real));
  free(whole);
  free(by_link);
  assert_int_equal(chdir(*state), 0);
  whole = harness__touched_path("not/yet/a.json");
  assert_memory_equal(whole, real, strlen(real));
  assert_string_equal(whole + strlen(real), "/not/yet/a.json");
  free(whole);
  assert_int_equal(chdir("/"), 0);
  whole = harness__touched_path("a.json");
  assert_string_equal(whole, "//a.json");
  free(whole);
  whole = harness__touched_path("/a.json");
  assert_string_equal(whole, "//a.json");
  free(whole);
  free(real);
}

#define in_folder(test) cmocka_unit_test_setup_teardown(test, support_make_folder, support_remove_folder)

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(take_finds_what_was_checked_twice),
    in_folder(take_goes_through_a_folder),
    in_folder(record_comes_back),
    in_folder(malformed_record_is_an_error),
    in_folder(path_is_one),
};

HARNESS_CMOCKA_MAIN("record/touched", tests)
