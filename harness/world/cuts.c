/* SPDX-License-Identifier: MIT */
#include "world/cuts.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

/* Bytes shown on either side of a cut, and cuts listed. */
enum { AROUND = 12, MOST_LISTED = 8 };

static int compare_edits(const void *a, const void *b) {
  const harness__edit_t *edit_a = a;
  const harness__edit_t *edit_b = b;

  if (edit_a->offset != edit_b->offset)
    return edit_a->offset < edit_b->offset ? -1 : 1;
  return (edit_a->direction->number > edit_b->direction->number) -
         (edit_a->direction->number < edit_b->direction->number);
}

static void sort_cuts(harness__cuts_t *cuts) {
  if (cuts->count > 0)
    qsort(cuts->edits, cuts->count, sizeof *cuts->edits, compare_edits);
}

static void add_cut(harness__cuts_t *cuts, size_t most, const harness__direction_t *direction,
                    uint64_t offset) {
  if (cuts->count < most)
    cuts->edits[cuts->count++] = (harness__edit_t){.direction = direction, .offset = offset};
}

/* Adds the places that are `distance` bytes from an end of their write. */
static void add_round(harness__cuts_t *cuts, size_t most, const harness__direction_t *direction,
                      uint64_t distance) {
  uint64_t start = 0;

  for (size_t i = 0; i < direction->writes.count; i++) {
    uint64_t end = direction->writes.list[i];
    uint64_t size = end - start;

    if (distance < size && distance <= size - distance)
      add_cut(cuts, most, direction, start + distance);
    if (distance < size && distance < size - distance)
      add_cut(cuts, most, direction, end - distance);
    start = end;
  }
}

bool harness__cuts_everywhere(const harness__plan_t *plan, size_t most, harness__cuts_t *cuts) {
  uint64_t places = 0;

  for (const harness__direction_t *d = plan->directions; d != NULL; d = d->next)
    if (d->writes.count > 0)
      places += d->writes.list[d->writes.count - 1] - d->writes.count;
  if (places < most)
    most = (size_t)places;
  cuts->count = 0;
  cuts->edits = calloc(most + 1, sizeof *cuts->edits);
  if (cuts->edits == NULL)
    return false;
  for (uint64_t distance = 1; cuts->count < most; distance++)
    for (const harness__direction_t *d = plan->directions; d != NULL; d = d->next)
      add_round(cuts, most, d, distance);
  sort_cuts(cuts);
  return true;
}

/* Cuts within writes, and ends of writes that were delivered without one. */
static void add_made(harness__cuts_t *cuts, const harness__direction_t *d) {
  uint64_t last = d->cuts.count > 0 ? d->cuts.list[d->cuts.count - 1] : 0;

  for (size_t i = 0; i < d->cuts.count; i++)
    if (!harness__offsets_have(&d->writes, d->cuts.list[i]))
      add_cut(cuts, SIZE_MAX, d, d->cuts.list[i]);
  for (size_t i = 0; i < d->writes.count && d->writes.list[i] < last; i++) {
    if (harness__offsets_have(&d->cuts, d->writes.list[i]))
      continue;
    add_cut(cuts, SIZE_MAX, d, d->writes.list[i]);
    cuts->edits[cuts->count - 1].join = true;
  }
}

bool harness__cuts_made(const harness__plan_t *plan, harness__cuts_t *cuts) {
  size_t most = 0;

  for (const harness__direction_t *d = plan->directions; d != NULL; d = d->next)
    most += d->cuts.count + d->writes.count;
  cuts->count = 0;
  cuts->edits = calloc(most + 1, sizeof *cuts->edits);
  if (cuts->edits == NULL)
    return false;
  for (const harness__direction_t *d = plan->directions; d != NULL; d = d->next)
    add_made(cuts, d);
  sort_cuts(cuts);
  return true;
}

/* Copies what the lane sent from offset on, as far as it is known; returns how many bytes. */
static size_t copy_sent(const harness__transcript_t *whole, const char *lane, uint64_t offset, char *bytes,
                        size_t size) {
  uint64_t start = 0;
  size_t have = 0;

  for (size_t i = 0; i < whole->count && have < size; i++) {
    const harness__entry_t *entry = &whole->entries[i];
    const harness__data_t *data = &entry->data;

    if (entry->kind != HARNESS__EVENT_SEND || strcmp(whole->lanes[entry->lane], lane) != 0)
      continue;
    if (offset + have < start + data->head_size) {
      size_t from = (size_t)(offset + have - start);
      size_t part = data->head_size - from < size - have ? data->head_size - from : size - have;

      memcpy(bytes + have, data->head + from, part);
      have += part;
    }
    start += data->bytes;
  }
  return have;
}

static void add_bytes(harness__buffer_t *out, const harness__edit_t *edit,
                      const harness__transcript_t *whole) {
  char bytes[2 * AROUND];
  size_t before = edit->offset < AROUND ? (size_t)edit->offset : AROUND;
  size_t size = whole->renamed ? 0
                               : copy_sent(whole, edit->direction->writer, edit->offset - before, bytes,
                                           before + AROUND);

  if (size <= before)
    return; /* as written, so much was not written; or names stand where bytes were */
  harness__buffer_string(out, ": ");
  harness__text_escape(out, bytes, before, '\'');
  harness__buffer_string(out, edit->join ? " + " : " | ");
  harness__text_escape(out, bytes + before, size - before, '\'');
}

void harness__cuts_describe(harness__buffer_t *out, const harness__edit_t *edits, size_t count,
                            const harness__transcript_t *whole) {
  for (size_t i = 0; i < count && i < MOST_LISTED; i++) {
    if (count > 1)
      harness__buffer_string(out, edits[i].join ? "  joined " : "  cut ");
    harness__buffer_printf(out, "after byte %" PRIu64 " of what %s writes to %s", edits[i].offset,
                           edits[i].direction->writer, edits[i].direction->reader);
    add_bytes(out, &edits[i], whole);
    harness__buffer_char(out, '\n');
  }
  if (count > MOST_LISTED)
    harness__buffer_printf(out, "  … and %zu more\n", count - MOST_LISTED);
}
