/* SPDX-License-Identifier: MIT */
#include "report/excerpt.h"

#include <inttypes.h>
#include <string.h>

#include "base/columns.h"
#include "base/text.h"

/* Bytes before and behind the one that differs. An escaped byte takes four columns, so that those before it
 * always fit into the window. */
enum { BEFORE = 16, BEHIND = 48, WINDOW = 74 };

static bool is_continuation(char byte) {
  return ((unsigned char)byte & 0xc0) == 0x80;
}

/* Where the excerpt begins: a little before the offset, at the beginning of a character in both sides. */
static size_t start_of(const harness__side_t sides[2], size_t offset) {
  size_t start = offset > BEFORE ? offset - BEFORE : 0;

  /* What stands before offset is the same on both sides. */
  for (size_t i = 0; i < 3 && start < offset && is_continuation(sides[0].bytes[start]); i++)
    start++;
  return start;
}

/* The beginning of the character that the byte at offset belongs to, so that the characters that differ are
 * shown, not their halves. What stands before offset is the same on both sides. */
static size_t character_of(const harness__side_t sides[2], size_t offset) {
  bool inside = (offset < sides[0].size && is_continuation(sides[0].bytes[offset])) ||
                (offset < sides[1].size && is_continuation(sides[1].bytes[offset]));
  size_t at = offset;

  for (size_t i = 0; inside && i < 3 && at > 0; i++) {
    at--;
    if (!is_continuation(sides[0].bytes[at]))
      return at;
  }
  return offset;
}

/* Adds the bytes from start on; returns the column of the one at offset within what it added. */
static size_t add_window(harness__buffer_t *out, const harness__side_t *side, size_t start, size_t offset) {
  harness__buffer_t window = {0};
  size_t end = side->size - offset > BEHIND ? offset + BEHIND : side->size;
  size_t column;

  harness__buffer_string(&window, start > 0 ? "…'" : "'");
  harness__text_escape(&window, side->bytes + start, offset - start, '\0');
  column = harness__columns_of(&window);
  harness__text_escape(&window, side->bytes + offset, end - offset, '\0');
  harness__buffer_string(&window, end < side->whole ? "'…" : "'");
  if (window.text != NULL)
    harness__columns_cut(out, window.text, window.length, WINDOW);
  if (window.failed)
    out->failed = true;
  harness__buffer_free(&window);
  return column;
}

static void add_digests(harness__buffer_t *out, const harness__side_t sides[2]) {
  for (size_t i = 0; i < 2; i++)
    harness__buffer_printf(out, "  %-8s  %" PRIu64 " bytes, %s\n", sides[i].name, sides[i].whole,
                           sides[i].digest[0] != '\0' ? sides[i].digest : "kept whole");
}

void harness__excerpt(harness__buffer_t *out, const harness__side_t sides[2], bool has_offset,
                      size_t offset) {
  size_t start;
  size_t column = 0;
  size_t margin = 0;

  if (!has_offset || offset > sides[0].size || offset > sides[1].size) {
    add_digests(out, sides);
    return;
  }
  offset = character_of(sides, offset);
  start = start_of(sides, offset);
  for (size_t i = 0; i < 2; i++) {
    size_t before = out->length;
    harness__buffer_printf(out, "  %-8s  %" PRIu64 " bytes  ", sides[i].name, sides[i].whole);
    for (size_t pad = out->length - before; pad < 24; pad++)
      harness__buffer_char(out, ' ');
    margin = out->length - before;
    column = add_window(out, &sides[i], start, offset);
    harness__buffer_char(out, '\n');
  }
  for (size_t i = 0; i < margin + column; i++)
    harness__buffer_char(out, ' ');
  harness__buffer_string(out, "^\n");
}
