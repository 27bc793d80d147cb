/* SPDX-License-Identifier: MIT */
#include "report/difference.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/columns.h"
#include "base/text.h"
#include "record/compare.h"
#include "record/pattern.h"
#include "report/align.h"
#include "report/excerpt.h"
#include "report/text.h"

/* Lines of context on either side, lines in all, and columns. */
static const size_t CONTEXT = 3, MOST_LINES = 24, WIDTH = 98;

typedef struct difference {
  const harness__transcript_t *expected;
  const harness__transcript_t *actual;
  const char *expected_name;
  const char *actual_name;
  harness__alignment_t alignment;
  size_t first;                   /* the first step that differs */
  const harness__step_t *removed; /* the first event that is missing there, or NULL */
  const harness__step_t *added;   /* the first that is new there, or NULL */
  harness__field_t field;         /* where both are there: the field in which they differ */
  harness__divergence_t divergence;
  harness__buffer_t out;
} difference_t;

/* The first change: the steps up to the next that both have. */
static void find_first(difference_t *d) {
  const harness__alignment_t *alignment = &d->alignment;

  while (d->first < alignment->count && alignment->steps[d->first].sign == ' ')
    d->first++;
  for (size_t i = d->first; i < alignment->count && alignment->steps[i].sign != ' '; i++) {
    if (alignment->steps[i].sign == '-' && d->removed == NULL)
      d->removed = &alignment->steps[i];
    if (alignment->steps[i].sign == '+' && d->added == NULL)
      d->added = &alignment->steps[i];
  }
  if (d->removed != NULL && d->added != NULL)
    d->field = harness__entry_compare(d->expected, &d->expected->entries[d->removed->expected], d->actual,
                                      &d->actual->entries[d->added->actual], &d->divergence);
}

static void add_name(difference_t *d, const char *name) {
  harness__text_escape(&d->out, name, strlen(name), '\0');
}

static void add_lane(difference_t *d, const harness__transcript_t *transcript, size_t index) {
  const char *lane = transcript->lanes[transcript->entries[index].lane];

  harness__buffer_printf(&d->out, "event %zu (", index + 1);
  harness__text_escape(&d->out, lane, strlen(lane), '\0');
  harness__buffer_string(&d->out, ")");
}

static void add_offset(difference_t *d) {
  if (d->divergence.has_offset)
    harness__buffer_printf(&d->out, ", from byte %" PRIu64 " on", d->divergence.offset);
}

/* The number of the event on the other side that equals the one of step, where it has only moved; else 0. */
static size_t find_moved(const difference_t *d, const harness__step_t *step) {
  const harness__entry_t *expected = &d->expected->entries[step->sign == '-' ? step->expected : 0];
  const harness__entry_t *actual = &d->actual->entries[step->sign == '+' ? step->actual : 0];

  for (size_t i = d->first; i < d->alignment.count; i++) {
    const harness__step_t *other = &d->alignment.steps[i];
    if (other->sign == ' ' || other->sign == step->sign)
      continue;
    if (other->sign == '+')
      actual = &d->actual->entries[other->actual];
    else
      expected = &d->expected->entries[other->expected];
    if (harness__entry_compare(d->expected, expected, d->actual, actual, NULL) == HARNESS__FIELD_NONE)
      return (other->sign == '+' ? other->actual : other->expected) + 1;
  }
  return 0;
}

/* One side has an event where the other has none. */
static void add_lack(difference_t *d) {
  bool lacks = d->added == NULL;
  const harness__step_t *step = lacks ? d->removed : d->added;
  size_t other_count = lacks ? d->actual->count : d->expected->count;
  size_t at = lacks ? step->actual : step->expected;
  size_t moved = find_moved(d, step);

  add_lane(d, lacks ? d->expected : d->actual, lacks ? step->expected : step->actual);
  if (moved != 0)
    harness__buffer_printf(
        &d->out, lacks ? " comes later, as event %zu" : " comes too early, it is expected as event %zu",
        moved);
  else
    harness__buffer_string(&d->out, lacks ? " is missing" : " is not expected");
  if (moved == 0 && at >= other_count) {
    harness__buffer_string(&d->out, ", ");
    add_name(d, lacks ? d->actual_name : d->expected_name);
    harness__buffer_printf(&d->out, " ends after event %zu", at);
  }
}

static void add_headline(difference_t *d) {
  add_name(d, d->expected_name);
  harness__buffer_string(&d->out, " and ");
  add_name(d, d->actual_name);
  harness__buffer_string(&d->out, " differ");
  if (d->removed == NULL || d->added == NULL) {
    harness__buffer_string(&d->out, ": ");
    add_lack(d);
  } else {
    harness__buffer_string(&d->out, " at ");
    add_lane(d, d->expected, d->removed->expected);
    harness__buffer_printf(&d->out, ": %s", harness__field_name(d->field));
    add_offset(d);
  }
  harness__buffer_string(&d->out, "\n\n");
}

static void add_step(difference_t *d, const harness__step_t *step, size_t width) {
  const harness__transcript_t *side = step->sign == '+' ? d->actual : d->expected;
  size_t index = step->sign == '+' ? step->actual : step->expected;
  const harness__entry_t *entry = &side->entries[index];
  harness__buffer_t line = {0};

  harness__report_entry(&line, side->lanes[entry->lane], width, entry);
  if (line.failed)
    d->out.failed = true;
  harness__buffer_printf(&d->out, "%c %3zu  ", step->sign, index + 1);
  if (line.text != NULL)
    harness__columns_cut(&d->out, line.text, line.length, WIDTH - 7);
  harness__buffer_char(&d->out, '\n');
  harness__buffer_free(&line);
}

/* How many steps from at on are the same on both sides. */
static size_t run_of_same(const harness__alignment_t *alignment, size_t at) {
  size_t count = 0;

  while (at + count < alignment->count && alignment->steps[at + count].sign == ' ')
    count++;
  return count;
}

/* From some context before the first change on; long stretches that are the same are left out. */
static void add_steps(difference_t *d) {
  const harness__alignment_t *alignment = &d->alignment;
  size_t expected_width = harness__report_lane_width(d->expected);
  size_t actual_width = harness__report_lane_width(d->actual);
  size_t width = expected_width > actual_width ? expected_width : actual_width;
  size_t at = d->first > CONTEXT ? d->first - CONTEXT : 0;
  size_t lines = 0;

  while (at < alignment->count && lines < MOST_LINES) {
    size_t same = at > d->first ? run_of_same(alignment, at) : 0;
    bool is_end = at + same == alignment->count;
    size_t shown = same > 2 * CONTEXT || (is_end && same > CONTEXT) ? CONTEXT : same == 0 ? 1 : same;
    for (size_t i = 0; i < shown && lines < MOST_LINES; i++, lines++)
      add_step(d, &alignment->steps[at + i], width);
    if (shown < same) {
      harness__buffer_string(&d->out, "  …\n");
      if (is_end)
        return;
      at += same - CONTEXT;
    } else {
      at += shown;
    }
  }
  if (at < alignment->count)
    harness__buffer_string(&d->out, "  …\n");
}

/* One side of a field of which either side is a pattern. */
static void add_pattern_side(difference_t *d, const char *name, const char *pattern, const char *bytes,
                             size_t size, uint64_t whole) {
  harness__buffer_t text = {0};

  if (pattern != NULL)
    harness__buffer_string(&text, "matches ");
  else
    harness__buffer_printf(&text, "%" PRIu64 " bytes  ", whole);
  harness__text_escape(&text, pattern != NULL ? pattern : bytes, pattern != NULL ? strlen(pattern) : size,
                       '\'');
  harness__buffer_printf(&d->out, "  %-8s  ", name);
  if (text.text != NULL)
    harness__columns_cut(&d->out, text.text, text.length, WIDTH - 12);
  if (text.failed)
    d->out.failed = true;
  harness__buffer_char(&d->out, '\n');
  harness__buffer_free(&text);
}

/* What a pattern should have matched, and why it could not where that is not to be seen. */
static void add_pattern(difference_t *d, const harness__entry_t *expected, const harness__entry_t *actual) {
  bool is_text = d->field == HARNESS__FIELD_TEXT;
  const char *of_expected = is_text ? expected->text_pattern : expected->data.pattern;
  const char *of_actual = is_text ? actual->text_pattern : actual->data.pattern;
  const harness__entry_t *bytes = of_expected != NULL ? actual : expected;
  const char *trouble = NULL;

  harness__buffer_printf(&d->out, "\n%s of event %zu:\n", harness__field_name(d->field),
                         d->removed->expected + 1);
  add_pattern_side(d, "expected", of_expected, is_text ? expected->text : expected->data.head,
                   is_text ? expected->text_size : expected->data.head_size,
                   is_text ? expected->text_size : expected->data.bytes);
  add_pattern_side(d, "actual", of_actual, is_text ? actual->text : actual->data.head,
                   is_text ? actual->text_size : actual->data.head_size,
                   is_text ? actual->text_size : actual->data.bytes);
  if (of_expected != NULL && of_actual != NULL)
    return;
  if (!is_text && bytes->data.digest[0] != '\0') {
    harness__buffer_string(&d->out,
                           "  no pattern matches it: of data longer than data_limit no bytes are kept\n");
    return;
  }
  (void)harness__pattern_matches(harness__pattern_of(of_expected != NULL ? of_expected : of_actual), "", 0,
                                 &trouble);
  if (trouble != NULL)
    harness__buffer_printf(&d->out, "  the pattern gave up: %s\n", trouble);
}

static void add_bytes(difference_t *d) {
  const harness__entry_t *expected = &d->expected->entries[d->removed->expected];
  const harness__entry_t *actual = &d->actual->entries[d->added->actual];
  bool is_text = d->field == HARNESS__FIELD_TEXT;
  harness__side_t sides[2] = {
      {"expected", expected->data.head, expected->data.head_size, expected->data.bytes,
       expected->data.digest},
      {"actual", actual->data.head, actual->data.head_size, actual->data.bytes, actual->data.digest}};

  if (expected->text_pattern != NULL || actual->text_pattern != NULL || expected->data.pattern != NULL ||
      actual->data.pattern != NULL) {
    add_pattern(d, expected, actual);
    return;
  }
  if (is_text) {
    sides[0] = (harness__side_t){"expected", expected->text, expected->text_size, expected->text_size, ""};
    sides[1] = (harness__side_t){"actual", actual->text, actual->text_size, actual->text_size, ""};
  }
  harness__buffer_printf(&d->out, "\n%s of event %zu", harness__field_name(d->field),
                         d->removed->expected + 1);
  add_offset(d);
  harness__buffer_string(&d->out, ":\n");
  harness__excerpt(&d->out, sides, d->divergence.has_offset, (size_t)d->divergence.offset);
}

static void add_totals(difference_t *d) {
  size_t missing = d->alignment.missing;
  size_t added = d->alignment.added;

  harness__buffer_printf(&d->out, "\nin all: %zu expected event%s missing (-), %zu new (+)\n", missing,
                         missing == 1 ? "" : "s", added);
}

char *harness__difference(const harness__transcript_t *expected, const char *expected_name,
                          const harness__transcript_t *actual, const char *actual_name) {
  difference_t d = {
      .expected = expected, .actual = actual, .expected_name = expected_name, .actual_name = actual_name};

  if (!harness__align(expected, actual, &d.alignment))
    return NULL;
  find_first(&d);
  if (d.first < d.alignment.count) {
    add_headline(&d);
    add_steps(&d);
    if (d.field == HARNESS__FIELD_DATA || d.field == HARNESS__FIELD_TEXT)
      add_bytes(&d);
    add_totals(&d);
  }
  free(d.alignment.steps);
  if (d.out.length == 0)
    harness__buffer_free(&d.out);
  return d.out.text != NULL ? harness__buffer_take(&d.out) : NULL;
}
