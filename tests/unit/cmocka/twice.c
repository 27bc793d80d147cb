/* SPDX-License-Identifier: MIT */
/* A test program with a mistake: two tests of one name. */
#include <harness/cmocka.h>

static void same_name(void **state) {
  (void)state;
}

static const struct CMUnitTest tests[] = {cmocka_unit_test(same_name), cmocka_unit_test(same_name)};

HARNESS_CMOCKA_MAIN("twice", tests)
