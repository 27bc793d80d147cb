/* SPDX-License-Identifier: MIT */
/* Values that differ, as a terminal shows them: whole characters, the place in long ones, names that are too
 * long. */
#include <harness/cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/columns.h"
#include "report/compared/compared.h"
#include "report/picture/diagram.h"
#include "report/picture/html.h"
#include "report/picture/picture.h"
#include "report/picture/svg.h"
#include "support.h"

#define SEND(data) "{'lane': 'a', 'event': 'send', 'data': " data "}"
#define LOG(text) "{'lane': 'a', 'event': 'log', 'text': " text "}"

static const char *names[] = {"old.json", "new.json"};

/* The comparison of two events, which must hold each of the words up to NULL. */
static void assert_shows(const harness__look_t *look, const char *left, const char *right,
                         const char *const *words) {
  harness__transcript_t *a = support_transcript("'a'", left);
  harness__transcript_t *b = support_transcript("'a'", right);
  char *text = harness__compared(look, a, names[0], b, names[1]);

  assert_non_null(text);
  for (; *words != NULL; words++)
    if (strstr(text, *words) == NULL)
      fail_msg("\"%s\" is not in\n%s", *words, text);
  free(text);
  harness__transcript_free(a);
  harness__transcript_free(b);
}

#define SHOWS(look, left, right, ...)                                                                        \
  assert_shows(look, left, right, (const char *const[]){__VA_ARGS__, NULL})

/* Of characters that share their first bytes, or their last, all is marked. */
static void marks_whole_characters(void **state) {
  static const harness__look_t look = {.width = 80, .context = 3, .color = true};

  (void)state;
  SHOWS(&look, SEND("'gr\u00fcn'"), SEND("'gr\u00f6n'"), "gr\033[7m\u00fc\033[27mn",
        "gr\033[7m\u00f6\033[27mn");
  SHOWS(&look, SEND("'x\u00e9y'"), SEND("'x\u0129y'"), "x\033[7m\u00e9\033[27my", "x\033[7m\u0129\033[27my");
  SHOWS(&look, SEND("'\U0001f600'"), SEND("'\U0001f601'"), "'\033[7m\U0001f600\033[27m'",
        "'\033[7m\U0001f601\033[27m'");
  SHOWS(&look, LOG("'\u20ac1'"), LOG("'\u20ac2'"), "\u20ac\033[7m1\033[27m", "\u20ac\033[7m2\033[27m");
}

/* What is the same before the place that differs is left out where both don't fit. */
static void shows_the_place_in_long_values(void **state) {
  static const harness__look_t look = {.width = 60, .context = 3};
  harness__buffer_t events[2] = {{0}, {0}};

  (void)state;
  for (int i = 0; i < 2; i++) {
    harness__buffer_string(&events[i], "{'lane': 'a', 'event': 'send', 'data': {'hex': '");
    for (int k = 0; k < 100; k++)
      harness__buffer_string(&events[i], k == 90 && i == 1 ? "ff" : "00");
    harness__buffer_string(&events[i], "'}}");
  }
  SHOWS(&look, events[0].text, events[1].text, "hex …", "from byte 90 on: 100 bytes");
  harness__buffer_free(&events[0]);
  harness__buffer_free(&events[1]);
  SHOWS(&look, LOG("'0123456789012345678901234567890123456789012345678901234567890123456789 one'"),
        LOG("'0123456789012345678901234567890123456789012345678901234567890123456789 two'"), "…", "9 one",
        "9 two");
  SHOWS(&look, SEND("'a'"), SEND("''"), "data, from byte 0 on: 1 byte, now 0");
}

static void tells_of_patterns(void **state) {
  static const harness__look_t look = {.width = 80, .context = 3};

  (void)state;
  SHOWS(&look, SEND("{'regex': 'a+'}"), SEND("'b'"), "data does not match");
  SHOWS(&look, LOG("{'regex': 'a+'}"), LOG("'b'"), "text does not match");
}

/* The end of a path tells more than its beginning. */
static void cuts_names_that_are_too_long(void **state) {
  static const harness__look_t look = {.width = 40, .context = 3, .side_by_side = true};
  static const char folder[] = "some/folder/that/is/far/too/deep/for/a/terminal/gr\u00fcn/";
  char paths[2][80];

  (void)state;
  for (int i = 0; i < 2; i++) {
    strcpy(paths[i], folder);
    strcat(paths[i], names[i]);
    names[i] = paths[i];
  }
  SHOWS(&look, SEND("'a'"), SEND("'b'"), "…", "gr\u00fcn/old.json", "gr\u00fcn/new.json");
  names[0] = "old.json";
  names[1] = "new.json";
}

typedef struct drawn {
  char *svg;
  char *html;
} drawn_t;

static drawn_t draw(const char *lanes, const char *events) {
  harness__transcript_t *transcript = support_transcript(lanes, events);
  harness__diagram_t diagram;
  harness__picture_t picture;
  drawn_t drawn;

  assert_true(harness__diagram_make(&diagram, NULL, transcript));
  assert_true(harness__picture_make(&picture, &diagram, NULL, "x.json"));
  drawn = (drawn_t){.svg = harness__svg(&picture)};
  assert_true(harness__picture_make(&picture, &diagram, NULL, "x.json"));
  drawn.html = harness__html(&picture);
  harness__diagram_free(&diagram);
  harness__transcript_free(transcript);
  assert_non_null(drawn.svg);
  assert_non_null(drawn.html);
  return drawn;
}

static void assert_drawn(drawn_t drawn, const char *in_svg, const char *in_html) {
  if (strstr(drawn.svg, in_svg) == NULL)
    fail_msg("\"%s\" is not in\n%s", in_svg, drawn.svg);
  if (strstr(drawn.html, in_html) == NULL)
    fail_msg("\"%s\" is not in\n%s", in_html, drawn.html);
  free(drawn.svg);
  free(drawn.html);
}

#define CONNECTED                                                                                            \
  "{'lane': 'c', 'event': 'connect', 'to': 's'}, {'lane': 's/1', 'event': 'accept', 'from': 'c'}"

/* Of what arrives in many pieces, or is read at once, the first few are linked. */
static void links_a_few_of_many(void **state) {
  harness__buffer_t events = {0};

  (void)state;
  harness__buffer_string(&events, CONNECTED ", {'lane': 'c', 'event': 'send', 'data': 'xxxxxxxxxx'}");
  for (int i = 0; i < 10; i++)
    harness__buffer_string(&events, ", {'lane': 's/1', 'event': 'receive', 'data': 'x'}");
  assert_drawn(draw("'c', 's/1'", events.text), "<svg", " … (10 in all)");
  harness__buffer_free(&events);
  harness__buffer_string(&events, CONNECTED);
  for (int i = 0; i < 10; i++)
    harness__buffer_string(&events, ", {'lane': 'c', 'event': 'send', 'data': 'x'}");
  harness__buffer_string(&events, ", {'lane': 's/1', 'event': 'receive', 'data': 'xxxxxxxxxx'}");
  assert_drawn(draw("'c', 's/1'", events.text), "<svg", " … (10 in all)");
  harness__buffer_free(&events);
}

static void draws_one_byte_and_patterns(void **state) {
  (void)state;
  assert_drawn(draw("'c', 's/1'", CONNECTED ", {'lane': 'c', 'event': 'send', 'data': 'x'}, "
                                            "{'lane': 's/1', 'event': 'receive', 'data': 'x'}"),
               "1 byte<", "&#39;x&#39;");
  assert_drawn(draw("'a'", LOG("{'regex': 'a+'}")), "a+", "matches <code>&#39;a+&#39;</code>");
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(marks_whole_characters), cmocka_unit_test(shows_the_place_in_long_values),
    cmocka_unit_test(tells_of_patterns),      cmocka_unit_test(cuts_names_that_are_too_long),
    cmocka_unit_test(links_a_few_of_many),    cmocka_unit_test(draws_one_byte_and_patterns),
};

HARNESS_CMOCKA_MAIN("report/compared_values", tests)
