/* SPDX-License-Identifier: MIT */
/* docs/architecture.md has the table of ends.c: every line, in the same order, and no other. */
#include <harness/cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ends.h"

static char *load_page(void) {
  FILE *file = fopen(PAGE, "r");
  char *text;
  size_t size;

  assert_non_null(file);
  text = calloc(1, 1 << 20);
  assert_non_null(text);
  size = fread(text, 1, (1 << 20) - 1, file);
  assert_true(size > 0 && feof(file));
  (void)fclose(file);
  return text;
}

static void the_page_has_every_line_in_order(void **state) {
  char *page = load_page();
  const char *at = strstr(page, "| line | what is done");
  const char *end;
  size_t rows = 0;

  (void)state;
  assert_non_null(at);
  for (size_t i = 0; i < end_line_count; i++) {
    char row[512];

    (void)snprintf(row, sizeof row, "\n| %s%s | `%s` |\n", end_lines[i].name,
                   end_lines[i].unshown != NULL ? " \\*" : "", end_lines[i].script);
    at = strstr(at, row);
    if (at == NULL) {
      fail_msg("docs/architecture.md lacks, or has elsewhere:%s", row);
      break;
    }
    at += strlen(row) - 1;
  }
  at = strstr(page, "| line | what is done");
  end = strstr(at, "\n\n"); /* of the table */
  assert_non_null(end);
  while ((at = strstr(at + 1, "` |\n")) != NULL && at < end)
    rows++;
  assert_int_equal(rows, end_line_count);
  free(page);
}

static void every_script_can_be_read(void **state) {
  end_step_t steps[END_STEPS_MOST];

  (void)state;
  assert_true(end_line_count <= END_LINES_MOST);
  for (size_t i = 0; i < end_line_count; i++)
    assert_true(end_parse(&end_lines[i], steps) > 0);
}

static void a_wrong_script_is_refused(void **state) {
  static const char *const wrong[] = {
      "",        "A", "C close", "A clos", "A read = ", "A read = EWHAT", "A write many", "A close; ; B read",
      "AB close"};
  end_step_t steps[END_STEPS_MOST];

  (void)state;
  for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
    end_line_t line = {.name = "wrong", .script = wrong[i]};
    assert_int_equal(end_parse(&line, steps), 0);
  }
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(the_page_has_every_line_in_order),
    cmocka_unit_test(every_script_can_be_read),
    cmocka_unit_test(a_wrong_script_is_refused),
};

HARNESS_CMOCKA_MAIN("contract_ends_table", tests)
