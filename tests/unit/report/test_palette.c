/* SPDX-License-Identifier: MIT */
/* The contrast of colours, as the Web Content Accessibility Guidelines 2.2 define it. */
#include <harness/cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "report/picture/palette.h"

static double channel(const char *digits) {
  char text[3] = {digits[0], digits[1], '\0'};
  double value = (double)strtoul(text, NULL, 16) / 255;

  return value <= 0.04045 ? value / 12.92 : pow((value + 0.055) / 1.055, 2.4);
}

static double luminance(const char *colour) {
  assert_int_equal(strlen(colour), 7);
  return 0.2126 * channel(colour + 1) + 0.7152 * channel(colour + 3) + 0.0722 * channel(colour + 5);
}

static double contrast(const char *a, const char *b) {
  double one = luminance(a) + 0.05;
  double other = luminance(b) + 0.05;

  return one > other ? one / other : other / one;
}

static void computes_contrast(void **state) {
  (void)state;
  assert_true(fabs(contrast("#000000", "#ffffff") - 21) < 0.001);
  assert_true(fabs(contrast("#777777", "#ffffff") - 4.478) < 0.001);
}

static void can_be_read_in_light_and_dark(void **state) {
  (void)state;
  for (size_t i = 0; i < HARNESS__COLOURS; i++) {
    const harness__paint_t *paint = &harness__palette[i];
    const harness__paint_t *on = &harness__palette[paint->on];
    if (paint->contrast > 0 && contrast(paint->light, on->light) < paint->contrast)
      fail_msg("light colour %zu (%s) has a contrast of %.2f", i, paint->light,
               contrast(paint->light, on->light));
    if (paint->contrast > 0 && contrast(paint->dark, on->dark) < paint->contrast)
      fail_msg("dark colour %zu (%s) has a contrast of %.2f", i, paint->dark,
               contrast(paint->dark, on->dark));
  }
}

static void gives_rules_for_both(void **state) {
  static const harness__rule_t rule = {"a", "fill", HARNESS__COLOUR_PAGE};
  harness__buffer_t out = {0};

  (void)state;
  harness__palette_css(&out, &rule, 1);
  assert_string_equal(out.text, "a{fill:#ffffff}\n"
                                "@media screen and (prefers-color-scheme:dark){\na{fill:#0d1117}\n}\n");
  harness__buffer_free(&out);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(computes_contrast),
    cmocka_unit_test(can_be_read_in_light_and_dark),
    cmocka_unit_test(gives_rules_for_both),
};

HARNESS_CMOCKA_MAIN("report/palette", tests)
