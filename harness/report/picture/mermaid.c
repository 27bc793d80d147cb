/* SPDX-License-Identifier: MIT */
/*
 * Mermaid's arrows are all level. So what arrives at once is an arrow with what it carries; what arrives
 * later is an open arrow where it departs, and a note where it arrives. An event that has no arrow is a note.
 *
 * Every character that means something to Mermaid, or that meant something to an older one, is written as the
 * number of its code point.
 */
#include "report/picture/mermaid.h"

#include <inttypes.h>
#include <string.h>

#include "base/columns.h"
#include "base/text.h"
#include "report/picture/markup.h"
#include "report/picture/wrap.h"
#include "report/text.h"

enum { MOST_COLUMNS = 72, MOST_NAME = 40 };

typedef struct mermaid {
  const harness__diagram_t *diagram;
  harness__buffer_t out;
  harness__buffer_t scratch;
  char sign; /* of the rectangle that is open, or ' ' */
} mermaid_t;

/* Adds a text that is safe to print. */
static void add_encoded(harness__buffer_t *out, const char *text, size_t size) {
  static const char plain[] = " .,/'()!?=_*-";
  static const char ligature[] = "\xef\xac\x82"; /* begins Mermaid's own form of such a number */

  for (size_t i = 0; i < size; i++) {
    unsigned char c = (unsigned char)text[i];
    bool is_alphanumeric = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
    if (size - i >= 3 && memcmp(text + i, ligature, 3) == 0) {
      harness__buffer_string(out, "#64258;");
      i += 2;
    } else if (is_alphanumeric || c >= 0x80 || (c != '\0' && strchr(plain, (int)c) != NULL)) {
      harness__buffer_char(out, (char)c);
    } else {
      harness__buffer_printf(out, "#%u;", (unsigned)c);
    }
  }
}

static void add_name(harness__buffer_t *out, const char *name) {
  harness__buffer_t safe = {0};
  harness__buffer_t cut = {0};

  harness__text_escape(&safe, name, strlen(name), '\0');
  if (safe.text != NULL)
    harness__columns_cut(&cut, safe.text, safe.length, MOST_NAME);
  if (cut.text != NULL)
    add_encoded(out, cut.text, cut.length);
  if (safe.failed || cut.failed)
    out->failed = true;
  harness__buffer_free(&safe);
  harness__buffer_free(&cut);
}

/* Adds what an event holds, cut to one line. other: what the other side holds, or NULL: then what both have
 * at their beginning may be left out. */
static void add_detail(mermaid_t *mermaid, const harness__entry_t *entry, const harness__entry_t *other) {
  harness__buffer_t *text = &mermaid->scratch;
  harness__buffer_t cut = {0};
  size_t end;
  size_t skip = 0;

  text->length = 0;
  harness__report_detail(text, entry);
  end = text->length;
  if (other != NULL)
    harness__report_detail(text, other);
  if (end > 2 && !text->failed) {
    if (text->length > end + 2)
      skip = harness__wrap_skip(text->text + 2, end - 2, text->text + end + 2, text->length - end - 2,
                                MOST_COLUMNS);
    harness__buffer_string(&mermaid->out, skip > 0 ? "…" : "");
    harness__columns_cut(&cut, text->text + 2 + skip, end - 2 - skip, MOST_COLUMNS);
    if (cut.text != NULL)
      add_encoded(&mermaid->out, cut.text, cut.length);
  }
  if (text->failed || cut.failed)
    mermaid->out.failed = true;
  harness__buffer_free(&cut);
}

static void add_sign(mermaid_t *mermaid, char sign) {
  const char *text = harness__markup_sign(sign);

  if (text[0] != '\0')
    harness__buffer_printf(&mermaid->out, "%s ", text);
}

/* One side of a change, a line. */
static void add_side(mermaid_t *mermaid, const char *sign, const harness__entry_t *entry,
                     const harness__entry_t *other) {
  harness__buffer_printf(&mermaid->out, "<br/>%s ", sign);
  if (entry->at_ms != other->at_ms)
    harness__buffer_printf(&mermaid->out, "at %" PRIu64 " ms ", entry->at_ms);
  add_detail(mermaid, entry, other);
}

/* Adds the text of an item: its sign, its name unless the arrow tells it, what it holds. */
static void add_text(mermaid_t *mermaid, size_t index, bool with_kind) {
  const harness__item_t *item = &mermaid->diagram->items[index];
  bool is_bare = item->entry->kind == HARNESS__EVENT_CLOSE || item->sign == '~';
  harness__buffer_t remark = {0};

  add_sign(mermaid, item->sign);
  if (with_kind || item->sign == '~')
    harness__buffer_printf(&mermaid->out, "%s%s", harness__event_kind_name(item->entry->kind),
                           is_bare ? "" : " ");
  if (item->sign == '~') {
    add_side(mermaid, "−", item->expected, item->entry);
    add_side(mermaid, "+", item->entry, item->expected);
  } else {
    add_detail(mermaid, item->entry, NULL);
  }
  harness__item_remark(&remark, mermaid->diagram, index);
  if (remark.length > 0)
    harness__buffer_printf(&mermaid->out, " (%s)", remark.text);
  if (remark.failed)
    mermaid->out.failed = true;
  harness__buffer_free(&remark);
}

static bool is_data(const harness__item_t *item) {
  return item->entry->kind == HARNESS__EVENT_SEND || item->entry->kind == HARNESS__EVENT_RECEIVE;
}

static bool is_end(const harness__item_t *item) {
  bool arrives;

  return harness__entry_message(item->entry, &arrives) == HARNESS__MESSAGE_END;
}

/* Whether an arrow that arrives at once tells by itself what was seen at its end. */
static bool is_told(const mermaid_t *mermaid, size_t index) {
  const harness__item_t *item = &mermaid->diagram->items[index];
  bool same_end = is_end(item) && item->entry->kind == item[-1].entry->kind;

  if (item->sign != item[-1].sign || item->sign == '~')
    return false;
  return harness__item_repeats(mermaid->diagram, index) || item->entry->kind == HARNESS__EVENT_ACCEPT ||
         same_end;
}

static void add_arrow(mermaid_t *mermaid, size_t from, const char *arrow, size_t to) {
  harness__buffer_printf(&mermaid->out, "  p%zu%sp%zu: ", from + 1, arrow, to + 1);
}

static void add_note(mermaid_t *mermaid, size_t index) {
  harness__buffer_printf(&mermaid->out, "  Note over p%zu: ", mermaid->diagram->items[index].column + 1);
  add_text(mermaid, index, true);
}

/* One item, or two that share a row; returns how many. */
static size_t add_row(mermaid_t *mermaid, size_t index) {
  const harness__item_t *item = &mermaid->diagram->items[index];
  bool has_pair = index + 1 < mermaid->diagram->count && item[1].is_paired;
  bool to_absent = item->effects > 0 && !mermaid->diagram->columns[item->peer].talks;
  const char *level = is_end(item) ? "-->>" : "->>";

  if (has_pair) {
    add_arrow(mermaid, item->column, level, item[1].column);
    add_text(mermaid, index, !is_data(item));
    if (!is_told(mermaid, index + 1)) {
      harness__buffer_string(&mermaid->out, "<br/>");
      add_text(mermaid, index + 1, true);
    }
  } else if (item->lost) {
    add_arrow(mermaid, item->column, "-x", item->peer);
    add_text(mermaid, index, true);
  } else if (item->effects > 0) {
    add_arrow(mermaid, item->column, to_absent ? level : is_end(item) ? "--)" : "-)", item->peer);
    add_text(mermaid, index, !to_absent || !is_data(item));
  } else if (item->causes > 0 && item->cause == HARNESS__NONE) {
    add_arrow(mermaid, item->peer, level, item->column);
    add_text(mermaid, index, !is_data(item));
  } else {
    add_note(mermaid, index);
  }
  harness__buffer_char(&mermaid->out, '\n');
  return has_pair ? 2 : 1;
}

/* What differs stands in a rectangle: one for a stretch of the same sign. */
static void set_sign(mermaid_t *mermaid, char sign) {
  static const char colours[][24] = {"rgba(248, 81, 73, 0.2)", "rgba(46, 160, 67, 0.2)",
                                     "rgba(210, 153, 34, 0.2)"};

  if (sign == mermaid->sign)
    return;
  if (mermaid->sign != ' ')
    harness__buffer_string(&mermaid->out, "  end\n");
  if (sign != ' ')
    harness__buffer_printf(&mermaid->out, "  rect %s\n", colours[sign == '-' ? 0 : sign == '+' ? 1 : 2]);
  mermaid->sign = sign;
}

static void add_rows(mermaid_t *mermaid) {
  const harness__diagram_t *diagram = mermaid->diagram;
  uint64_t at_ms = 0;

  for (size_t i = 0; i < diagram->count && !mermaid->out.failed;) {
    const harness__item_t *item = &diagram->items[i];
    bool has_pair = i + 1 < diagram->count && item[1].is_paired;
    if (item->entry->at_ms != at_ms) {
      set_sign(mermaid, ' ');
      harness__buffer_printf(&mermaid->out, "  Note over p1%s: %" PRIu64 " ms\n",
                             diagram->column_count > 1 ? ",p2" : "", item->entry->at_ms);
    }
    set_sign(mermaid, item->sign != ' ' || !has_pair ? item->sign : item[1].sign);
    at_ms = item->entry->at_ms;
    i += add_row(mermaid, i);
  }
  set_sign(mermaid, ' ');
}

static void add_legend(mermaid_t *mermaid, const char *expected, const char *actual) {
  harness__buffer_string(&mermaid->out, "  Note over p1: − only in ");
  add_name(&mermaid->out, expected);
  harness__buffer_string(&mermaid->out, "<br/>+ only in ");
  add_name(&mermaid->out, actual);
  harness__buffer_string(&mermaid->out, "<br/>~ in both, but changed\n");
}

static void add_columns(mermaid_t *mermaid) {
  const harness__diagram_t *diagram = mermaid->diagram;

  for (size_t i = 0; i < diagram->column_count; i++) {
    harness__buffer_printf(&mermaid->out, "  participant p%zu as ", i + 1);
    add_sign(mermaid, diagram->columns[i].sign);
    add_name(&mermaid->out, diagram->columns[i].name);
    harness__buffer_string(&mermaid->out, diagram->columns[i].is_lane ? "\n" : "<br/>(not observed)\n");
  }
  if (diagram->column_count == 0)
    harness__buffer_string(&mermaid->out, "  participant p1 as (no events)\n");
}

char *harness__mermaid(const harness__diagram_t *diagram, const char *expected, const char *actual) {
  mermaid_t mermaid = {.diagram = diagram, .sign = ' '};

  harness__buffer_string(&mermaid.out, "sequenceDiagram\n  accTitle: ");
  if (expected != NULL) {
    add_name(&mermaid.out, expected);
    harness__buffer_string(&mermaid.out, " and ");
  }
  add_name(&mermaid.out, actual);
  harness__buffer_printf(&mermaid.out, "\n  accDescr: Sequence diagram, parties %zu, events %zu\n",
                         diagram->column_count, diagram->count);
  add_columns(&mermaid);
  if (expected != NULL)
    add_legend(&mermaid, expected, actual);
  add_rows(&mermaid);
  harness__buffer_free(&mermaid.scratch);
  return harness__buffer_take(&mermaid.out);
}
