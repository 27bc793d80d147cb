/* SPDX-License-Identifier: MIT */
#include "report/picture/palette.h"

#include <stdbool.h>

const harness__paint_t harness__palette[HARNESS__COLOURS] = {
    [HARNESS__COLOUR_PAGE] = {"#ffffff", "#0d1117", HARNESS__COLOUR_PAGE, 0},
    [HARNESS__COLOUR_TEXT] = {"#1b1f24", "#e6edf3", HARNESS__COLOUR_PAGE, 4.5},
    [HARNESS__COLOUR_DIM] = {"#59626d", "#9aa4b0", HARNESS__COLOUR_PAGE, 4.5},
    [HARNESS__COLOUR_RULE] = {"#d5dae0", "#30363d", HARNESS__COLOUR_PAGE, 0},
    [HARNESS__COLOUR_LIFELINE] = {"#848d97", "#6e7681", HARNESS__COLOUR_PAGE, 3},
    [HARNESS__COLOUR_ARROW] = {"#0a58a8", "#79b8ff", HARNESS__COLOUR_PAGE, 4.5},
    [HARNESS__COLOUR_LINK] = {"#0a58a8", "#79b8ff", HARNESS__COLOUR_PAGE, 4.5},
    [HARNESS__COLOUR_CARD] = {"#f4f7fb", "#161d27", HARNESS__COLOUR_PAGE, 0},
    [HARNESS__COLOUR_CARD_EDGE] = {"#7c8ea3", "#67778a", HARNESS__COLOUR_PAGE, 3},
    [HARNESS__COLOUR_CARD_TEXT] = {"#1b1f24", "#e6edf3", HARNESS__COLOUR_CARD, 4.5},
    [HARNESS__COLOUR_CARD_KIND] = {"#0a58a8", "#79b8ff", HARNESS__COLOUR_CARD, 4.5},
    [HARNESS__COLOUR_CARD_DIM] = {"#57606a", "#9aa4b0", HARNESS__COLOUR_CARD, 4.5},
    [HARNESS__COLOUR_CARD_BAD] = {"#b3261e", "#ff9a92", HARNESS__COLOUR_CARD, 4.5},
    [HARNESS__COLOUR_HEAD] = {"#24405e", "#2b4a6b", HARNESS__COLOUR_PAGE, 0},
    [HARNESS__COLOUR_HEAD_TEXT] = {"#ffffff", "#f2f7fc", HARNESS__COLOUR_HEAD, 4.5},
    [HARNESS__COLOUR_LOG] = {"#ffffff", "#0d1117", HARNESS__COLOUR_PAGE, 0},
    [HARNESS__COLOUR_LOG_TEXT] = {"#59626d", "#9aa4b0", HARNESS__COLOUR_LOG, 4.5},
    [HARNESS__COLOUR_MINUS] = {"#fff0ee", "#2d1416", HARNESS__COLOUR_PAGE, 0},
    [HARNESS__COLOUR_MINUS_EDGE] = {"#b3261e", "#ff7b72", HARNESS__COLOUR_PAGE, 4.5},
    [HARNESS__COLOUR_MINUS_TEXT] = {"#8a1c12", "#ffb3ad", HARNESS__COLOUR_MINUS, 4.5},
    [HARNESS__COLOUR_PLUS] = {"#e8f7ec", "#10271a", HARNESS__COLOUR_PAGE, 0},
    [HARNESS__COLOUR_PLUS_EDGE] = {"#1a7f37", "#3fb950", HARNESS__COLOUR_PAGE, 4.5},
    [HARNESS__COLOUR_PLUS_TEXT] = {"#0f5323", "#8ae59b", HARNESS__COLOUR_PLUS, 4.5},
    [HARNESS__COLOUR_CHANGE] = {"#fff6dd", "#2b2208", HARNESS__COLOUR_PAGE, 0},
    [HARNESS__COLOUR_CHANGE_EDGE] = {"#8a6100", "#d29922", HARNESS__COLOUR_PAGE, 4.5},
    [HARNESS__COLOUR_CHANGE_TEXT] = {"#5f4300", "#f2cc60", HARNESS__COLOUR_CHANGE, 4.5},
};

static void add_rules(harness__buffer_t *out, const harness__rule_t *rules, size_t count, bool dark) {
  for (size_t i = 0; i < count; i++) {
    const harness__paint_t *paint = &harness__palette[rules[i].colour];
    harness__buffer_printf(out, "%s{%s:%s}\n", rules[i].selector, rules[i].property,
                           dark ? paint->dark : paint->light);
  }
}

void harness__palette_css(harness__buffer_t *out, const harness__rule_t *rules, size_t count) {
  add_rules(out, rules, count, false);
  harness__buffer_string(out, "@media screen and (prefers-color-scheme:dark){\n");
  add_rules(out, rules, count, true);
  harness__buffer_string(out, "}\n");
}
