/* SPDX-License-Identifier: MIT */
/*
 * A side is bytes that are shown in units: a character of text, escaped, or two hexadecimal digits. Where one
 * of the sides keeps only the head and digest of long data, its bytes are not known; then what is compared
 * are the words that stand for it.
 */
#include "report/compared/inside.h"

#include <inttypes.h>
#include <string.h>

#include "base/columns.h"
#include "base/text.h"
#include "report/compared/paint.h"
#include "report/text.h"

typedef enum form { FORM_DATA, FORM_WORDS, FORM_HEX } form_t;

typedef struct side {
  const char *bytes;
  size_t size;
} side_t;

typedef struct inside {
  side_t sides[2];
  form_t form;
  size_t prefix;          /* equal bytes at the beginning, up to a character's */
  size_t suffix;          /* equal bytes at the end */
  harness__buffer_t unit; /* room for the one that is measured; failed where memory was exhausted once */
} inside_t;

/* How many bytes the unit at at has. */
static size_t unit_size(const inside_t *inside, const side_t *side, size_t at) {
  uint32_t code;
  size_t size = inside->form == FORM_HEX ? 1 : harness__text_decode(side->bytes + at, side->size - at, &code);
  return size > 0 ? size : 1;
}

static void add_unit(harness__buffer_t *out, const inside_t *inside, const side_t *side, size_t at,
                     size_t size) {
  if (inside->form == FORM_HEX) {
    harness__buffer_printf(out, "%02x", (unsigned char)side->bytes[at]);
  } else if (inside->form == FORM_DATA && side->bytes[at] == '\'') {
    harness__buffer_string(out, "\\'");
  } else if (inside->form == FORM_DATA) {
    harness__text_escape(out, side->bytes + at, size, '\0');
  } else {
    harness__buffer_add(out, side->bytes + at, size);
  }
}

static size_t unit_columns(inside_t *inside, const side_t *side, size_t at, size_t size) {
  size_t columns = inside->form == FORM_HEX; /* the space */

  inside->unit.length = 0;
  add_unit(&inside->unit, inside, side, at, size);
  return columns + harness__columns_of(&inside->unit);
}

static bool is_continuation(char byte) {
  return ((unsigned char)byte & 0xc0) == 0x80;
}

static void find_ends(inside_t *inside) {
  const side_t *a = &inside->sides[0];
  const side_t *b = &inside->sides[1];
  size_t least = a->size < b->size ? a->size : b->size;

  while (inside->prefix < least && a->bytes[inside->prefix] == b->bytes[inside->prefix])
    inside->prefix++;
  if (inside->form != FORM_HEX)
    while (inside->prefix > 0 && ((inside->prefix < a->size && is_continuation(a->bytes[inside->prefix])) ||
                                  (inside->prefix < b->size && is_continuation(b->bytes[inside->prefix]))))
      inside->prefix--;
  while (inside->suffix < least - inside->prefix &&
         a->bytes[a->size - inside->suffix - 1] == b->bytes[b->size - inside->suffix - 1])
    inside->suffix++;
  if (inside->form != FORM_HEX)
    while (inside->suffix > 0 && is_continuation(a->bytes[a->size - inside->suffix]))
      inside->suffix--;
}

static bool differs(const inside_t *inside, const side_t *side, size_t at, size_t size) {
  const side_t *other = &inside->sides[side == &inside->sides[0]];

  if (at < inside->prefix || at >= side->size - inside->suffix)
    return false;
  return side->size != other->size || memcmp(side->bytes + at, other->bytes + at, size) != 0;
}

/* The byte that both sides are shown from: the first, where what differs is seen then, else such that some of
 * what is the same stands before it. */
static size_t start_of(inside_t *inside, size_t width) {
  const side_t *side = &inside->sides[0];
  size_t columns = 0;
  size_t start = 0;

  for (size_t at = 0; at < inside->prefix;) {
    size_t size = unit_size(inside, side, at);
    columns += unit_columns(inside, side, at, size);
    at += size;
  }
  if (columns <= width / 2)
    return 0;
  while (start < inside->prefix && columns > width / 4) {
    size_t size = unit_size(inside, side, start);
    columns -= unit_columns(inside, side, start, size);
    start += size;
  }
  return start;
}

static const char *opening(const inside_t *inside, bool is_cut) {
  if (inside->form == FORM_HEX)
    return is_cut ? "hex …" : "hex";
  if (inside->form == FORM_DATA)
    return is_cut ? "…'" : "'";
  return is_cut ? "…" : "";
}

/* Characters that take no columns could go on for ever. */
static bool is_full(const harness__buffer_t *line, size_t width) {
  return line->length > 16 * (width + 4) || (line->length > width && harness__columns_of(line) > width);
}

static void add_side(harness__buffer_t *out, const inside_t *inside, const side_t *side, size_t start,
                     size_t width) {
  harness__buffer_t line = {0};
  bool marked = false;
  size_t at = start;

  harness__buffer_string(&line, opening(inside, start > 0));
  while (at < side->size && !line.failed && !is_full(&line, width)) {
    size_t size = unit_size(inside, side, at);
    bool mark = differs(inside, side, at, size);
    if (marked && !mark)
      harness__buffer_char(&line, HARNESS__UNMARK);
    if (inside->form == FORM_HEX)
      harness__buffer_char(&line, ' ');
    if (mark && !marked)
      harness__buffer_char(&line, HARNESS__MARK);
    marked = mark;
    add_unit(&line, inside, side, at, size);
    at += size;
  }
  if (marked)
    harness__buffer_char(&line, HARNESS__UNMARK);
  if (at < side->size)
    harness__buffer_string(&line, "…");
  else if (inside->form == FORM_DATA)
    harness__buffer_char(&line, '\'');
  if (line.text != NULL)
    harness__columns_cut(out, line.text, line.length, width);
  if (line.failed)
    out->failed = true;
  harness__buffer_free(&line);
}

static bool is_whole(const harness__data_t *data) {
  return data->head != NULL && data->digest[0] == '\0' && data->pattern == NULL;
}

static side_t words_of(harness__buffer_t *words, const harness__entry_t *entry) {
  harness__report_payload(words, entry);
  return (side_t){words->text != NULL ? words->text : "", words->text != NULL ? words->length : 0};
}

void harness__inside(harness__buffer_t out[2], const harness__entry_t *left, const harness__entry_t *right,
                     size_t width) {
  const harness__entry_t *entries[2] = {left, right};
  harness__buffer_t words[2] = {{0}, {0}};
  inside_t inside = {.form = FORM_DATA};
  size_t start;

  if (is_whole(&left->data) && is_whole(&right->data)) {
    for (size_t i = 0; i < 2; i++) {
      inside.sides[i] = (side_t){entries[i]->data.head, entries[i]->data.head_size};
      if (!harness__text_is_readable(inside.sides[i].bytes, inside.sides[i].size))
        inside.form = FORM_HEX;
    }
  } else {
    inside.form = FORM_WORDS;
    for (size_t i = 0; i < 2; i++)
      inside.sides[i] = words_of(&words[i], entries[i]);
  }
  find_ends(&inside);
  start = start_of(&inside, width);
  for (size_t i = 0; i < 2; i++) {
    out[i].failed = out[i].failed || words[i].failed || inside.unit.failed;
    add_side(&out[i], &inside, &inside.sides[i], start, width);
  }
  for (size_t i = 0; i < 2; i++)
    harness__buffer_free(&words[i]);
  harness__buffer_free(&inside.unit);
}

void harness__inside_words(harness__buffer_t *out, const harness__entry_t *left,
                           const harness__entry_t *right, harness__field_t field,
                           const harness__divergence_t *divergence) {
  uint64_t sizes[2] = {left->data.bytes, right->data.bytes};

  harness__buffer_string(out, harness__field_name(field));
  if (divergence->has_offset)
    harness__buffer_printf(out, ", from byte %" PRIu64 " on", divergence->offset);
  if (field == HARNESS__FIELD_TEXT) {
    sizes[0] = left->text_size;
    sizes[1] = right->text_size;
  } else if (field == HARNESS__FIELD_AT_MS) {
    harness__buffer_printf(out, ": %" PRIu64 ", now %" PRIu64, left->at_ms, right->at_ms);
    return;
  } else if (field != HARNESS__FIELD_DATA) {
    harness__buffer_string(out, " differs");
    return;
  }
  if (left->data.pattern != NULL || left->text_pattern != NULL || right->data.pattern != NULL ||
      right->text_pattern != NULL) {
    harness__buffer_string(out, " does not match");
    return;
  }
  harness__buffer_printf(out, ": %" PRIu64 " byte%s", sizes[0], sizes[0] == 1 ? "" : "s");
  if (sizes[1] != sizes[0])
    harness__buffer_printf(out, ", now %" PRIu64, sizes[1]);
}
