/* SPDX-License-Identifier: MIT */
/*
 * A transcript as text. What stands between strings is put together here, so that a change of one event is a
 * change of one line; so are the strings that people can read. Any other is
 * jansson's to write, or to refuse.
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

/* Small pieces of text, mostly into room that is there. */
static inline void put(harness__buffer_t *out, const char *text, size_t size) {
  if (out->failed || out->capacity - out->length <= size) {
    harness__buffer_add(out, text, size);
    return;
  }
  memcpy(out->text + out->length, text, size);
  out->length += size;
}

static inline void put_text(harness__buffer_t *out, const char *text) {
  put(out, text, strlen(text));
}

static inline void put_char(harness__buffer_t *out, char c) {
  put(out, &c, 1);
}

static void add_by_jansson(harness__buffer_t *out, const char *text, size_t size) {
  json_t *value = json_stringn(text, size);

  if (value == NULL || json_dump_callback(value, add_chunk, out, JSON_ENCODE_ANY) != 0)
    out->failed = true;
  json_decref(value);
}

static char escape_of(char c) {
  switch (c) {
  case '\n':
    return 'n';
  case '\r':
    return 'r';
  case '\t':
    return 't';
  default: /* a quote, a backslash */
    return c;
  }
}

static bool is_itself(char c) {
  return (unsigned char)c >= ' ' && c != '"' && c != '\\';
}

/* Of what people can read no other character is escaped. */
static void add_readable(harness__buffer_t *out, const char *text, size_t size) {
  const char *end = text + size;

  put_char(out, '"');
  for (;;) {
    const char *start = text;

    while (text < end && is_itself(*text))
      text++;
    put(out, start, (size_t)(text - start));
    if (text == end)
      break;
    put_char(out, '\\');
    put_char(out, escape_of(*text++));
  }
  put_char(out, '"');
}

static void add_string(harness__buffer_t *out, const char *text, size_t size, bool readable) {
  if (readable && !harness__is_slow(HARNESS__SLOW_FIXTURES))
    add_readable(out, text, size);
  else
    add_by_jansson(out, text, size);
}

static void add_hex(harness__buffer_t *out, const unsigned char *bytes, size_t size) {
  static const char digits[] = "0123456789abcdef";
  char pairs[128];
  size_t length = 0;

  put_text(out, "{\"hex\": \"");
  for (size_t i = 0; i < size; i++) {
    pairs[length++] = digits[bytes[i] >> 4];
    pairs[length++] = digits[bytes[i] & 15];
    if (length == sizeof pairs || i + 1 == size) {
      put(out, pairs, length);
      length = 0;
    }
  }
  put_text(out, "\"}");
}

/* A string where people can read it, else {"hex": …}. */
static void add_bytes(harness__buffer_t *out, const char *bytes, size_t size) {
  if (harness__text_is_readable(bytes, size))
    add_string(out, bytes, size, true);
  else
    add_hex(out, (const unsigned char *)bytes, size);
}

/* key: with what stands around it. */
static void add_name(harness__buffer_t *out, const char *key, const char *name) {
  size_t length;

  if (name == NULL)
    return;
  length = strlen(name);
  put_text(out, key);
  add_string(out, name, length, harness__text_is_readable(name, length));
}

static void add_regex(harness__buffer_t *out, const char *regex) {
  add_name(out, "{\"regex\": ", regex);
  put_char(out, '}');
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
    put_char(out, '}');
  }
}

static void add_event(harness__buffer_t *out, const char *lane, const harness__entry_t *entry) {
  add_name(out, "{\"lane\": ", lane);
  add_name(out, ", \"event\": ", harness__event_kind_name(entry->kind));
  add_name(out, ", \"to\": ", entry->to);
  add_name(out, ", \"from\": ", entry->from);
  if (entry->kind == HARNESS__EVENT_SEND || entry->kind == HARNESS__EVENT_RECEIVE) {
    put_text(out, ", \"data\": ");
    add_data(out, &entry->data);
  }
  if (entry->text != NULL) {
    put_text(out, ", \"text\": ");
    if (entry->text_pattern != NULL)
      add_regex(out, entry->text_pattern);
    else
      add_bytes(out, entry->text, entry->text_size);
  }
  add_name(out, ", \"code\": ", entry->code);
  if (entry->at_ms != 0)
    harness__buffer_printf(out, ", \"at_ms\": %" PRId64, (int64_t)entry->at_ms);
  put_char(out, '}');
}

static void add_lanes(harness__buffer_t *out, const harness__transcript_t *transcript) {
  put_text(out, "{\n  \"format\": \"" HARNESS__FORMAT "\",\n  \"lanes\": [");
  for (size_t i = 0; i < transcript->lane_count; i++)
    add_name(out, i > 0 ? ", " : "", transcript->lanes[i]);
  put_text(out, "],\n  \"events\": [");
}

/* The text is made of pieces: what stands before the events, each event, what stands behind them. */
static size_t count_pieces(const harness__transcript_t *transcript) {
  return transcript->count + 2;
}

static void add_piece(harness__buffer_t *out, const harness__transcript_t *transcript, size_t index) {
  if (index == 0) {
    add_lanes(out, transcript);
  } else if (index <= transcript->count) {
    const harness__entry_t *entry = &transcript->entries[index - 1];

    put_text(out, index > 1 ? ",\n    " : "\n    ");
    add_event(out, transcript->lanes[entry->lane], entry);
  } else {
    put_text(out, transcript->count > 0 ? "\n  ]\n}\n" : "]\n}\n");
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
