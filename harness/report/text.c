/* SPDX-License-Identifier: MIT */
#include "report/text.h"

#include <inttypes.h>
#include <string.h>

#include "base/text.h"

enum { MOST_LANE_WIDTH = 32, EVENT_WIDTH = 7 };

/* How many columns a text takes, once escaped: one a character. Wide characters misalign their line, no more.
 */
static size_t columns(const char *text) {
  size_t count = 0;

  for (; *text != '\0'; text++)
    count += ((unsigned char)*text & 0xc0) != 0x80;
  return count;
}

static void pad(harness__buffer_t *out, size_t have, size_t want) {
  for (; have < want; have++)
    harness__buffer_char(out, ' ');
}

/* Adds a name, escaped and padded. */
static void add_padded(harness__buffer_t *out, const char *name, size_t width) {
  size_t start = out->length;

  harness__text_escape(out, name, strlen(name), '\0');
  if (!out->failed && out->text != NULL)
    pad(out, columns(out->text + start), width);
}

static void add_name(harness__buffer_t *out, const char *word, const char *name) {
  harness__buffer_printf(out, "  %s ", word);
  harness__text_escape(out, name, strlen(name), '\0');
}

static void add_data(harness__buffer_t *out, const harness__data_t *data) {
  harness__buffer_string(out, "  ");
  if (data->digest[0] == '\0') {
    harness__text_escape(out, data->head, data->head_size, '\'');
    return;
  }
  harness__buffer_printf(out, "%" PRIu64 " bytes, %s, ", data->bytes, data->digest);
  harness__text_escape(out, data->head, data->head_size, '\'');
  harness__buffer_string(out, " …");
}

void harness__report_entry(harness__buffer_t *out, const char *lane, size_t lane_width,
                           const harness__entry_t *entry) {
  const char *kind = harness__event_kind_name(entry->kind);
  bool has_data = entry->kind == HARNESS__EVENT_SEND || entry->kind == HARNESS__EVENT_RECEIVE;
  bool is_last = !has_data && entry->to == NULL && entry->from == NULL && entry->code == NULL &&
                 entry->text == NULL && entry->at_ms == 0;

  add_padded(out, lane, lane_width);
  harness__buffer_string(out, "  ");
  add_padded(out, kind, is_last ? 0 : EVENT_WIDTH);
  if (entry->to != NULL)
    add_name(out, "to", entry->to);
  if (entry->from != NULL)
    add_name(out, "from", entry->from);
  if (has_data)
    add_data(out, &entry->data);
  if (entry->code != NULL) {
    harness__buffer_string(out, "  ");
    harness__text_escape(out, entry->code, strlen(entry->code), '\0');
  }
  if (entry->text != NULL) {
    harness__buffer_string(out, "  ");
    harness__text_escape(out, entry->text, entry->text_size, '\0');
  }
  if (entry->at_ms != 0)
    harness__buffer_printf(out, "  @%" PRIu64 "ms", entry->at_ms);
}

size_t harness__report_lane_width(const harness__transcript_t *transcript) {
  size_t width = 0;

  for (size_t i = 0; i < transcript->lane_count; i++) {
    size_t own = columns(transcript->lanes[i]);
    width = own > width ? own : width;
  }
  return width < MOST_LANE_WIDTH ? width : MOST_LANE_WIDTH;
}

char *harness__report_text(const harness__transcript_t *transcript) {
  harness__buffer_t out = {0};
  size_t width = harness__report_lane_width(transcript);

  for (size_t i = 0; i < transcript->count; i++) {
    const harness__entry_t *entry = &transcript->entries[i];
    harness__report_entry(&out, transcript->lanes[entry->lane], width, entry);
    harness__buffer_char(&out, '\n');
  }
  return harness__buffer_take(&out);
}
