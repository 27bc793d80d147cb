/* SPDX-License-Identifier: MIT */
/* Names that mean something to CMake or a shell: ctest knows each by its own, and runs that test. */
#include <harness/cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void is_known_as(void **state) {
  const char *known = getenv("HARNESS_TEST");
  const char *folder = getenv("HARNESS_FIXTURES_DIR");
  char name[64];

  (void)snprintf(name, sizeof name, "odd_names.%s", (const char *)*state);
  if (known == NULL || strcmp(known, "odd_names") == 0)
    return; /* not by ctest, or all at once */
  assert_string_equal(known, name);
  assert_non_null(folder);
  assert_true(folder == NULL || strstr(folder, "HARNESS_TEST") == NULL);
}

#define odd(name)                                                                                            \
  { name, is_known_as, NULL, NULL, (void *)(uintptr_t)(name) }

static const struct CMUnitTest tests[] = {
    odd("plain"),
    odd("two words"),
    odd("semicolon; here"),
    odd("open [bracket"),
    odd("closed] bracket"),
    odd("$HOME ${a}"),
    odd("'quotes\" here"),
    odd("back\\slash"),
    odd("backslash\\"),
    odd("a/path/of/it"),
    odd("-x"),
    odd("\xc3\xa4"),
    odd("* ?"),
    odd("#"),
    odd("\\;"),
};

HARNESS_CMOCKA_MAIN("odd_names", tests)
