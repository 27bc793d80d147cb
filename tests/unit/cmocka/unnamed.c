/* SPDX-License-Identifier: MIT */
/* A test program with a mistake: the second test's name is one that nobody can give to it. */
#include <harness/cmocka.h>

#include <stdlib.h>

static void does_nothing(void **state) {
  (void)state;
}

int main(void) {
  static const char *const names[] = {NULL, "", "two\nlines", " blank", "blank ", "--list", "--help"};
  const char *number = getenv("SAMPLE_NAME");
  struct CMUnitTest tests[] = {cmocka_unit_test(does_nothing), cmocka_unit_test(does_nothing)};
  char *list[] = {"unnamed", "--list", NULL};

  tests[1].name = names[number != NULL ? strtoul(number, NULL, 10) % (sizeof names / sizeof names[0]) : 0];
  return harness_cmocka_main(2, list, "unnamed", tests, 2);
}
