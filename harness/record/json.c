/* SPDX-License-Identifier: MIT */
/*
 * A transcript as text. What stands between strings is put together here, so that a change of one event is a
 * change of one line; so are strings, where nothing has to be known of JSON but which bytes stand for
 * themselves. Any other string is jansson's to write, or to refuse.
 *
 * A fixture is mostly the very text that the transcript makes. So the text can be compared with a file piece
 * by piece as it is made, and nothing of the file has to be read as JSON.
 */
#include "record/json.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "base/buffer.h"
#include "base/slow.h"
#include "base/text.h"

static int add_chunk(const char *text, size_t size, void *out) {
  harness__buffer_add(out, text, size);
  return ((harness__buffer_t *)out)->failed ? -1 : 0;
}

static void add_by_jansson(harness__buffer_t *out, const char *text, size_t size) {
  json_t *value = json_stringn(text, size);

  if (value == NULL || json_dump_callback(value, add_chunk, out, JSON_ENCODE_ANY) != 0)
    out->failed = true;
  json_decref(value);
}

/* How many bytes from the first are characters that stand for themselves. */
static size_t count_plain(const char *text, size_t size) {
  size_t i = 0;

  while (i < size && text[i] >= ' ' && text[i] <= '~' && text[i] != '"' && text[i] != '\\')
    i++;
  return i;
}

static void add_string(harness__buffer_t *out, const char *text, size_t size, size_t plain) {
  if (plain < size || harness__is_slow(HARNESS__SLOW_FIXTURES)) {
    add_by_jansson(out, text, size);
    return;
  }
  harness__buffer_char(out, '"');
  harness__buffer_add(out, text, size);
  harness__buffer_char(out, '"');
}

static void add_hex(harness__buffer_t *out, const unsigned char *bytes, size_t size) {
  static const char digits[] = "0123456789abcdef";
  char pairs[128];
  size_t length = 0;

  harness__buffer_string(out, "{\"hex\": \"");
  for (size_t i = 0; i < size; i++) {
    pairs[length++] = digits[bytes[i] >> 4];
    pairs[length++] = digits[bytes[i] & 15];
    if (length == sizeof pairs || i + 1 == size) {
      harness__buffer_add(out, pairs, length);
      length = 0;
    }
  }
  harness__buffer_string(out, "\"}");
}

/* A string where people can read it, else {"hex": …}. */
static void add_bytes(harness__buffer_t *out, const char *bytes, size_t size) {
  size_t plain = count_plain(bytes, size);

  if (harness__text_is_readable(bytes + plain, size - plain))
    add_string(out, bytes, size, plain);
  else
    add_hex(out, (const unsigned char *)bytes, size);
}

/* key: with what stands around it. */
static void add_name(harness__buffer_t *out, const char *key, const char *name) {
  size_t length;

  if (name == NULL)
    return;
  length = strlen(name);
  harness__buffer_string(out, key);
  add_string(out, name, length, count_plain(name, length));
}

static void add_regex(harness__buffer_t *out, const char *regex) {
  add_name(out, "{\"regex\": ", regex);
  harness__buffer_char(out, '}');
}

static void add_data(harness__buffer_t *out, const harness__data_t *data) {
  if (data->pattern != NULL) {
    add_regex(out, data->pattern);
  } else if (data->digest[0] == '\0') {
    add_bytes(out, data->head, data->head_size);
  } else {
    harness__buffer_printf(
        out, "{\"bytes\": %" PRId64 ", \"digest\": \"%s\", \"head\": ", (int64_t)data->bytes, data->digest);
    add_bytes(out, data->head, data->head_size);
    harness__buffer_char(out, '}');
  }
}

static void add_event(harness__buffer_t *out, const char *lane, const harness__entry_t *entry) {
  add_name(out, "{\"lane\": ", lane);
  add_name(out, ", \"event\": ", harness__event_kind_name(entry->kind));
  add_name(out, ", \"to\": ", entry->to);
  add_name(out, ", \"from\": ", entry->from);
  if (entry->kind == HARNESS__EVENT_SEND || entry->kind == HARNESS__EVENT_RECEIVE) {
    harness__buffer_string(out, ", \"data\": ");
    add_data(out, &entry->data);
  }
  if (entry->text != NULL) {
    harness__buffer_string(out, ", \"text\": ");
    if (entry->text_pattern != NULL)
      add_regex(out, entry->text_pattern);
    else
      add_bytes(out, entry->text, entry->text_size);
  }
  add_name(out, ", \"code\": ", entry->code);
  if (entry->at_ms != 0)
    harness__buffer_printf(out, ", \"at_ms\": %" PRId64, (int64_t)entry->at_ms);
  harness__buffer_char(out, '}');
}

static void add_lanes(harness__buffer_t *out, const harness__transcript_t *transcript) {
  harness__buffer_string(out, "{\n  \"format\": \"" HARNESS__FORMAT "\",\n  \"lanes\": [");
  for (size_t i = 0; i < transcript->lane_count; i++)
    add_name(out, i > 0 ? ", " : "", transcript->lanes[i]);
  harness__buffer_string(out, "],\n  \"events\": [");
}

/* The text is made of pieces: what stands before the events, each event, what stands behind them. */
static size_t count_pieces(const harness__transcript_t *transcript) {
  return transcript->count + 2;
}

static void add_piece(harness__buffer_t *out, const harness__transcript_t *transcript, size_t index) {
  const harness__entry_t *entry = &transcript->entries[index - 1];

  if (index == 0) {
    add_lanes(out, transcript);
  } else if (index <= transcript->count) {
    harness__buffer_string(out, index > 1 ? ",\n    " : "\n    ");
    add_event(out, transcript->lanes[entry->lane], entry);
  } else {
    harness__buffer_string(out, transcript->count > 0 ? "\n  ]\n}\n" : "]\n}\n");
  }
}

char *harness__transcript_json(const harness__transcript_t *transcript) {
  harness__buffer_t out = {0};

  for (size_t i = 0; i < count_pieces(transcript) && !out.failed; i++)
    add_piece(&out, transcript, i);
  return harness__buffer_take(&out);
}

/* A peer may be called "", which no fixture may say. */
static bool names_peers(const harness__transcript_t *transcript) {
  for (size_t i = 0; i < transcript->count; i++) {
    const harness__entry_t *entry = &transcript->entries[i];

    if ((entry->to != NULL && entry->to[0] == '\0') || (entry->from != NULL && entry->from[0] == '\0'))
      return false;
  }
  return true;
}

bool harness__transcript_makes(const harness__transcript_t *transcript, const char *text, size_t size) {
  harness__buffer_t out = {0};
  bool same = !harness__is_slow(HARNESS__SLOW_FIXTURES) && names_peers(transcript);
  size_t at = 0;

  for (size_t i = 0; i < count_pieces(transcript) && same; i++) {
    out.length = 0;
    add_piece(&out, transcript, i);
    same = !out.failed && out.length <= size - at && memcmp(text + at, out.text, out.length) == 0;
    at += out.length;
  }
  harness__buffer_free(&out);
  return same && at == size;
}
