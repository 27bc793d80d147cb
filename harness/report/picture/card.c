/* SPDX-License-Identifier: MIT */
#include "report/picture/card.h"

#include <inttypes.h>
#include <string.h>

#include "base/columns.h"
#include "report/picture/wrap.h"
#include "report/text.h"

/* Of one text; a change has two, and a remark has a line more. */
enum { MOST_LINES = 3 };

/* Cuts a piece of the text into lines. is_begun: something was left out before it. */
static void cut(harness__card_t *card, size_t start, size_t end, char sign, size_t width, bool is_begun) {
  size_t whole = start < end ? harness__columns(card->text.text + start, end - start) + is_begun : 0;
  bool is_one = whole <= width;

  for (size_t lines = 0; start < end && lines < (is_one ? 1 : MOST_LINES); lines++) {
    size_t room = width > 1 && is_begun && lines == 0 ? width - 1 : width;
    size_t columns = whole;
    size_t size =
        is_one ? end - start : harness__wrap_next(card->text.text + start, end - start, room, &columns);
    bool is_cut = lines == MOST_LINES - 1 && start + size < end;
    if (is_cut && columns >= room && room > 1)
      size = harness__wrap_next(card->text.text + start, end - start, room - 1, &columns);
    columns += (size_t)is_cut + (is_begun && lines == 0 && !is_one);
    card->lines[card->count++] = (harness__line_t){sign, start, size, is_begun && lines == 0, is_cut};
    card->columns = columns > card->columns ? columns : card->columns;
    start += size;
  }
}

/* Adds what an event holds, without the spaces before the first part; returns where it begins. */
static size_t add_detail(harness__card_t *card, const harness__entry_t *entry, bool with_time) {
  size_t start = card->text.length;

  harness__report_detail(&card->text, entry);
  if (with_time)
    harness__buffer_printf(&card->text, "  @%" PRIu64 "ms", entry->at_ms);
  return card->text.length > start + 1 ? start + 2 : card->text.length;
}

/* Both sides of a change, from a little before the first difference on. */
static void add_change(harness__card_t *card, const harness__item_t *item, size_t width) {
  bool with_time = item->expected->at_ms != item->entry->at_ms;
  size_t old = add_detail(card, item->expected, with_time);
  size_t old_end = card->text.length;
  size_t new = add_detail(card, item->entry, with_time);
  size_t skip;

  if (card->text.failed || card->text.text == NULL)
    return;
  skip = harness__wrap_skip(card->text.text + old, old_end - old, card->text.text + new,
                            card->text.length - new, 2 * width);
  cut(card, old + skip, old_end, '-', width, skip > 0);
  cut(card, new + skip, card->text.length, '+', width, skip > 0);
}

void harness__card_make(harness__card_t *card, const harness__diagram_t *diagram, size_t item, size_t width) {
  const harness__item_t *own = &diagram->items[item];
  size_t start = 0;

  card->text.length = 0;
  card->count = 0;
  card->columns = 0;
  if (own->sign == '~') {
    add_change(card, own, width);
  } else {
    if (harness__item_repeats(diagram, item))
      harness__buffer_printf(&card->text, "%" PRIu64 " byte%s", own->entry->data.bytes,
                             own->entry->data.bytes == 1 ? "" : "s");
    else
      start = add_detail(card, own->entry, false);
    if (!card->text.failed)
      cut(card, start, card->text.length, ' ', width, false);
  }
  start = card->text.length;
  harness__item_remark(&card->text, diagram, item);
  if (!card->text.failed)
    cut(card, start, card->text.length, '!', width, false);
}
