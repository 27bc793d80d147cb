/* SPDX-License-Identifier: MIT */
/*
 * Each event is an object of its own for jansson to escape and print; what stands between events is put
 * together here, so that a change of one event is a change of one line.
 */
#include "record/json.h"

#include <stdlib.h>

#include <jansson.h>

#include "base/buffer.h"
#include "base/text.h"

static json_t *hex_object(const unsigned char *bytes, size_t size) {
  static const char digits[] = "0123456789abcdef";
  char *text = size <= SIZE_MAX / 2 ? malloc(size * 2 + 1) : NULL;
  json_t *object;

  if (text == NULL)
    return NULL;
  for (size_t i = 0; i < size; i++) {
    text[2 * i] = digits[bytes[i] >> 4];
    text[2 * i + 1] = digits[bytes[i] & 15];
  }
  object = json_object();
  if (json_object_set_new(object, "hex", json_stringn(text, size * 2)) != 0) {
    json_decref(object);
    object = NULL;
  }
  free(text);
  return object;
}

/* A string where people can read it, else {"hex": …}. */
static json_t *bytes_value(const char *bytes, size_t size) {
  if (harness__text_is_readable(bytes, size))
    return json_stringn(bytes, size);
  return hex_object((const unsigned char *)bytes, size);
}

static json_t *regex_object(const char *regex) {
  return json_pack("{s: s}", "regex", regex);
}

static json_t *data_value(const harness__data_t *data) {
  json_t *object;
  int failed;

  if (data->pattern != NULL)
    return regex_object(data->pattern);
  if (data->digest[0] == '\0')
    return bytes_value(data->head, data->head_size);
  object = json_object();
  failed = json_object_set_new(object, "bytes", json_integer((json_int_t)data->bytes));
  failed |= json_object_set_new(object, "digest", json_string(data->digest));
  failed |= json_object_set_new(object, "head", bytes_value(data->head, data->head_size));
  if (failed == 0)
    return object;
  json_decref(object);
  return NULL;
}

/* Adds value under key; NULL for value is a failure. */
static bool set(json_t *object, const char *key, json_t *value) {
  return json_object_set_new(object, key, value) == 0;
}

static bool fill_event(json_t *object, const char *lane, const harness__entry_t *entry) {
  bool done = set(object, "lane", json_string(lane)) &&
              set(object, "event", json_string(harness__event_kind_name(entry->kind)));

  if (done && entry->to != NULL)
    done = set(object, "to", json_string(entry->to));
  if (done && entry->from != NULL)
    done = set(object, "from", json_string(entry->from));
  if (done && (entry->kind == HARNESS__EVENT_SEND || entry->kind == HARNESS__EVENT_RECEIVE))
    done = set(object, "data", data_value(&entry->data));
  if (done && entry->text != NULL)
    done = set(object, "text",
               entry->text_pattern != NULL ? regex_object(entry->text_pattern)
                                           : bytes_value(entry->text, entry->text_size));
  if (done && entry->code != NULL)
    done = set(object, "code", json_string(entry->code));
  if (done && entry->at_ms != 0)
    done = set(object, "at_ms", json_integer((json_int_t)entry->at_ms));
  return done;
}

static int add_piece(const char *text, size_t size, void *out) {
  harness__buffer_add(out, text, size);
  return ((harness__buffer_t *)out)->failed ? -1 : 0;
}

/* Adds the value's text and releases the value. */
static void add_value(harness__buffer_t *out, json_t *value) {
  if (value == NULL || json_dump_callback(value, add_piece, out, JSON_PRESERVE_ORDER | JSON_ENCODE_ANY) != 0)
    out->failed = true;
  json_decref(value);
}

static void add_event(harness__buffer_t *out, const harness__transcript_t *transcript,
                      const harness__entry_t *entry) {
  json_t *object = json_object();

  if (object != NULL && !fill_event(object, transcript->lanes[entry->lane], entry)) {
    json_decref(object);
    object = NULL;
  }
  add_value(out, object);
}

char *harness__transcript_json(const harness__transcript_t *transcript) {
  harness__buffer_t out = {0};

  harness__buffer_string(&out, "{\n  \"format\": \"" HARNESS__FORMAT "\",\n  \"lanes\": [");
  for (size_t i = 0; i < transcript->lane_count; i++) {
    harness__buffer_string(&out, i > 0 ? ", " : "");
    add_value(&out, json_string(transcript->lanes[i]));
  }
  harness__buffer_string(&out, "],\n  \"events\": [");
  for (size_t i = 0; i < transcript->count && !out.failed; i++) {
    harness__buffer_string(&out, i > 0 ? ",\n    " : "\n    ");
    add_event(&out, transcript, &transcript->entries[i]);
  }
  harness__buffer_string(&out, transcript->count > 0 ? "\n  ]\n}\n" : "]\n}\n");
  return harness__buffer_take(&out);
}
