/* SPDX-License-Identifier: MIT */
#include "report/text.h"

#include <inttypes.h>
#include <string.h>

#include "base/columns.h"
#include "base/text.h"

enum { MOST_LANE_WIDTH = 32, EVENT_WIDTH = 7 };

/* Adds a name, escaped and padded. */
static void add_padded(harness__buffer_t *out, const char *name, size_t width) {
  size_t start = out->length;

  harness__text_escape(out, name, strlen(name), '\0');
  if (!out->failed && out->text != NULL)
    harness__columns_pad(out, harness__columns(out->text + start, out->length - start), width);
}

static void add_name(harness__buffer_t *out, const char *word, const char *name) {
  harness__buffer_printf(out, "  %s ", word);
  harness__text_escape(out, name, strlen(name), '\0');
}

static void add_pattern(harness__buffer_t *out, const char *pattern) {
  harness__buffer_string(out, "matches ");
  harness__text_escape(out, pattern, strlen(pattern), '\'');
}

static void add_data(harness__buffer_t *out, const harness__data_t *data) {
  if (data->pattern != NULL) {
    add_pattern(out, data->pattern);
    return;
  }
  if (data->digest[0] == '\0') {
    harness__text_escape(out, data->head, data->head_size, '\'');
    return;
  }
  harness__buffer_printf(out, "%" PRIu64 " bytes, %s, ", data->bytes, data->digest);
  harness__text_escape(out, data->head, data->head_size, '\'');
  harness__buffer_string(out, " …");
}

static bool has_data(const harness__entry_t *entry) {
  return entry->kind == HARNESS__EVENT_SEND || entry->kind == HARNESS__EVENT_RECEIVE;
}

static bool has_payload(const harness__entry_t *entry) {
  return has_data(entry) || entry->code != NULL || entry->text != NULL || entry->text_pattern != NULL;
}

static void add_peers(harness__buffer_t *out, const harness__entry_t *entry) {
  if (entry->to != NULL)
    add_name(out, "to", entry->to);
  if (entry->from != NULL)
    add_name(out, "from", entry->from);
}

void harness__report_head(harness__buffer_t *out, const char *lane, size_t lane_width,
                          const harness__entry_t *entry) {
  bool is_last = !has_payload(entry) && entry->to == NULL && entry->from == NULL && entry->at_ms == 0;

  if (lane != NULL) {
    add_padded(out, lane, lane_width);
    harness__buffer_string(out, "  ");
  }
  add_padded(out, harness__event_kind_name(entry->kind), is_last ? 0 : EVENT_WIDTH);
  add_peers(out, entry);
}

void harness__report_payload(harness__buffer_t *out, const harness__entry_t *entry) {
  if (has_data(entry))
    add_data(out, &entry->data);
  if (entry->code != NULL)
    harness__text_escape(out, entry->code, strlen(entry->code), '\0');
  if (entry->text_pattern != NULL)
    add_pattern(out, entry->text_pattern);
  else if (entry->text != NULL)
    harness__text_escape(out, entry->text, entry->text_size, '\0');
}

void harness__report_time(harness__buffer_t *out, const harness__entry_t *entry) {
  if (entry->at_ms != 0)
    harness__buffer_printf(out, "  @%" PRIu64 "ms", entry->at_ms);
}

void harness__report_detail(harness__buffer_t *out, const harness__entry_t *entry) {
  add_peers(out, entry);
  if (has_payload(entry))
    harness__buffer_string(out, "  ");
  harness__report_payload(out, entry);
}

void harness__report_entry(harness__buffer_t *out, const char *lane, size_t lane_width,
                           const harness__entry_t *entry) {
  harness__report_head(out, lane, lane_width, entry);
  if (has_payload(entry))
    harness__buffer_string(out, "  ");
  harness__report_payload(out, entry);
  harness__report_time(out, entry);
}

size_t harness__report_digits(size_t number) {
  size_t digits = 1;

  for (; number > 9; number /= 10)
    digits++;
  return digits;
}

size_t harness__report_lane_width(const harness__transcript_t *transcript) {
  size_t width = 0;

  for (size_t i = 0; i < transcript->lane_count; i++) {
    size_t own = harness__columns(transcript->lanes[i], strlen(transcript->lanes[i]));
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
