/* SPDX-License-Identifier: MIT */
/*
 * What makes a transcript of jansson's values; parse.c has them from the text. A loader that takes nothing
 * for granted: a fixture is edited by hand and merged by git, and one that is read with a shrug makes a test
 * pass by accident. Each object is checked against the list of keys it may have, so that a misspelt key is an
 * error and not an absent one.
 */
#include "record/loading.h"

#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "base/text.h"
#include "record/digest.h"
#include "record/json.h"

typedef harness__load_t load_t;

void harness__load_name(load_t *load) {
  harness__text_escape(&load->sentence, load->name, strlen(load->name), '\0');
  harness__buffer_string(&load->sentence, ": ");
}

/* Writes the sentence, once. Returns false, so that a refusal is one statement. */
static bool refuse(load_t *load, const char *format, ...) __attribute__((format(printf, 2, 3)));
static bool refuse(load_t *load, const char *format, ...) {
  va_list values;

  if (load->refused)
    return false;
  load->refused = true;
  harness__load_name(load);
  if (load->event != 0)
    harness__buffer_printf(&load->sentence, "event %zu: ", load->event);
  va_start(values, format);
  harness__buffer_vprintf(&load->sentence, format, values);
  va_end(values);
  return false;
}

/* The same with a text from the file at its end, quoted. */
static bool refuse_quoted(load_t *load, const char *what, const char *text) {
  if (load->refused)
    return false;
  (void)refuse(load, "%s ", what);
  harness__text_escape(&load->sentence, text, strlen(text), '"');
  return false;
}

static bool no_memory(load_t *load) {
  load->refused = true;
  load->sentence.failed = true;
  return false;
}

/* Whether all keys of an object are in the list, which ends with NULL. */
static bool has_only(load_t *load, json_t *object, const char *const *keys) {
  const char *key;
  json_t *value;

  json_object_foreach(object, key, value) {
    size_t i = 0;
    while (keys[i] != NULL && strcmp(keys[i], key) != 0)
      i++;
    if (keys[i] == NULL)
      return refuse_quoted(load, "unknown key", key);
  }
  return true;
}

/* A required string that is not empty, which lasts as long as the object; NULL after a refusal. */
static const char *get_name(load_t *load, json_t *object, const char *key) {
  json_t *value = json_object_get(object, key);

  if (value == NULL)
    return refuse(load, "\"%s\" is missing", key), NULL;
  if (!json_is_string(value) || json_string_length(value) == 0)
    return refuse(load, "\"%s\" must be a string that is not empty", key), NULL;
  return json_string_value(value);
}

/* The same, copied. */
static const char *take_name(load_t *load, json_t *object, const char *key) {
  const char *name = get_name(load, object, key);
  const char *copy = name != NULL ? harness__arena_string(&load->transcript->arena, name) : NULL;

  if (name != NULL && copy == NULL)
    (void)no_memory(load);
  return copy;
}

static int hex_digit(char c) {
  if (c >= '0' && c <= '9')
    return c - '0';
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool take_hex(load_t *load, const char *key, json_t *value, const char **bytes, size_t *size) {
  static const char *const keys[] = {"hex", NULL};
  const char *text = json_string_value(json_object_get(value, "hex"));
  size_t length = json_string_length(json_object_get(value, "hex"));
  char *out;

  if (!has_only(load, value, keys))
    return false;
  if (text == NULL || length % 2 != 0)
    return refuse(load, "\"hex\" of \"%s\" must be a string of pairs of hexadecimal digits", key);
  out = harness__arena_bytes(&load->transcript->arena, length / 2 + 1);
  if (out == NULL)
    return no_memory(load);
  for (size_t i = 0; i < length / 2; i++) {
    int high = hex_digit(text[2 * i]);
    int low = hex_digit(text[2 * i + 1]);
    if (high < 0 || low < 0)
      return refuse(load, "\"hex\" of \"%s\" has something other than 0-9 and a-f at digit %zu", key,
                    2 * i + (high < 0 ? 1 : 2));
    out[i] = (char)(high << 4 | low);
  }
  out[length / 2] = '\0';
  *bytes = out;
  *size = length / 2;
  return true;
}

/* A string or {"hex": …}. */
static bool take_bytes(load_t *load, const char *key, json_t *value, const char **bytes, size_t *size) {
  if (value == NULL)
    return refuse(load, "\"%s\" is missing", key);
  if (json_is_object(value))
    return take_hex(load, key, value, bytes, size);
  if (!json_is_string(value))
    return refuse(load, "\"%s\" must be a string or {\"hex\": …}", key);
  *size = json_string_length(value);
  *bytes = harness__arena_copy(&load->transcript->arena, json_string_value(value), *size);
  return *bytes != NULL || no_memory(load);
}

static bool is_regex(json_t *value) {
  return json_is_object(value) && json_object_get(value, "regex") != NULL;
}

static bool take_regex(load_t *load, const char *key, json_t *value, const char **pattern) {
  static const char *const keys[] = {"regex", NULL};
  json_t *regex = json_object_get(value, "regex");
  char *reason;

  if (!has_only(load, value, keys))
    return false;
  if (!json_is_string(regex) || json_string_length(regex) == 0)
    return refuse(load, "\"regex\" of \"%s\" must be a string that is not empty", key);
  *pattern = harness__transcript_pattern(load->transcript, json_string_value(regex), &reason);
  if (*pattern == NULL && reason == NULL)
    return no_memory(load);
  if (*pattern == NULL)
    (void)refuse(load, "\"regex\" of \"%s\": %s", key, reason);
  free(reason);
  return *pattern != NULL;
}

static bool take_long(load_t *load, json_t *value, harness__data_t *data) {
  static const char *const keys[] = {"bytes", "digest", "head", NULL};
  json_t *bytes = json_object_get(value, "bytes");
  const char *digest;
  uint64_t expected;

  if (!has_only(load, value, keys))
    return false;
  if (!json_is_integer(bytes) || json_integer_value(bytes) <= 0)
    return refuse(load, "\"bytes\" of \"data\" must be a positive integer");
  data->bytes = (uint64_t)json_integer_value(bytes);
  digest = take_name(load, value, "digest");
  if (digest == NULL)
    return false;
  if (!harness__digest_is_valid(digest))
    return refuse(load, "\"digest\" must be \"xxh3-128:\" and 32 hexadecimal digits");
  memcpy(data->digest, digest, strlen(digest) + 1);
  if (!take_bytes(load, "head", json_object_get(value, "head"), &data->head, &data->head_size))
    return false;
  expected = data->bytes < HARNESS__HEAD_SIZE ? data->bytes : HARNESS__HEAD_SIZE;
  if (data->head_size != expected)
    return refuse(load, "\"head\" has %zu bytes instead of %zu", data->head_size, (size_t)expected);
  return true;
}

static bool take_data(load_t *load, json_t *event, harness__data_t *data) {
  json_t *value = json_object_get(event, "data");

  if (is_regex(value)) {
    data->head = "";
    return take_regex(load, "data", value, &data->pattern);
  }
  if (json_is_object(value) && json_object_get(value, "hex") == NULL)
    return take_long(load, value, data);
  if (!take_bytes(load, "data", value, &data->head, &data->head_size))
    return false;
  data->bytes = data->head_size;
  return true;
}

static bool take_time(load_t *load, json_t *event, uint64_t *at_ms) {
  json_t *value = json_object_get(event, "at_ms");

  if (value == NULL)
    return true;
  if (!json_is_integer(value) || json_integer_value(value) <= 0)
    return refuse(load, "\"at_ms\" must be a positive integer");
  *at_ms = (uint64_t)json_integer_value(value);
  return true;
}

/* The end of a stream and a reset go one way: "to" where the lane did it, "from" where it saw it. */
static bool take_way(load_t *load, json_t *event, harness__entry_t *entry) {
  bool to = json_object_get(event, "to") != NULL;
  bool from = json_object_get(event, "from") != NULL;

  if (to == from)
    return refuse(load, "\"%s\" needs either \"to\" or \"from\"", harness__event_kind_name(entry->kind));
  if (to)
    return (entry->to = take_name(load, event, "to")) != NULL;
  return (entry->from = take_name(load, event, "from")) != NULL;
}

/* Datagrams say where they go and come from, the bytes of a connection do not. */
static bool take_peer(load_t *load, json_t *event, const char *key, const char **peer) {
  return json_object_get(event, key) == NULL || (*peer = take_name(load, event, key)) != NULL;
}

static bool take_text(load_t *load, json_t *event, harness__entry_t *entry) {
  json_t *value = json_object_get(event, "text");

  if (!is_regex(value))
    return take_bytes(load, "text", value, &entry->text, &entry->text_size);
  entry->text = "";
  return take_regex(load, "text", value, &entry->text_pattern);
}

/* What an event of this kind has beside lane, event and at_ms. */
static bool take_details(load_t *load, json_t *event, harness__entry_t *entry) {
  switch (entry->kind) {
  case HARNESS__EVENT_CONNECT:
    return (entry->to = take_name(load, event, "to")) != NULL;
  case HARNESS__EVENT_ACCEPT:
    return (entry->from = take_name(load, event, "from")) != NULL;
  case HARNESS__EVENT_SEND:
    return take_peer(load, event, "to", &entry->to) && take_data(load, event, &entry->data);
  case HARNESS__EVENT_RECEIVE:
    return take_peer(load, event, "from", &entry->from) && take_data(load, event, &entry->data);
  case HARNESS__EVENT_EOF:
  case HARNESS__EVENT_RESET:
    return take_way(load, event, entry);
  case HARNESS__EVENT_ERROR:
    return (entry->code = take_name(load, event, "code")) != NULL;
  case HARNESS__EVENT_LOG:
    return take_text(load, event, entry);
  default:
    return true;
  }
}

static bool take_keys(load_t *load, json_t *event, harness__event_kind_t kind) {
  static const char *const known[] = {"lane", "event", "to", "from", "data", "text", "code", "at_ms", NULL};
  static const char *const details[HARNESS__EVENT_KINDS][3] = {
      [HARNESS__EVENT_CONNECT] = {"to"},      [HARNESS__EVENT_ACCEPT] = {"from"},
      [HARNESS__EVENT_SEND] = {"to", "data"}, [HARNESS__EVENT_RECEIVE] = {"from", "data"},
      [HARNESS__EVENT_EOF] = {"to", "from"},  [HARNESS__EVENT_RESET] = {"to", "from"},
      [HARNESS__EVENT_ERROR] = {"code"},      [HARNESS__EVENT_LOG] = {"text"},
  };

  if (!has_only(load, event, known))
    return false;
  for (const char *const *key = known + 2; strcmp(*key, "at_ms") != 0; key++) {
    const char *const *detail = details[kind];
    while (*detail != NULL && strcmp(*detail, *key) != 0)
      detail++;
    if (*detail == NULL && json_object_get(event, *key) != NULL)
      return refuse(load, "\"%s\" does not belong to the event \"%s\"", *key, harness__event_kind_name(kind));
  }
  return true;
}

static bool take_event(load_t *load, json_t *event, harness__entry_t *entry) {
  const char *lane;
  const char *kind;
  json_t *index;

  memset(entry, 0, sizeof *entry);
  if (!json_is_object(event))
    return refuse(load, "must be an object");
  lane = get_name(load, event, "lane");
  kind = lane != NULL ? get_name(load, event, "event") : NULL;
  if (kind == NULL)
    return false;
  index = json_object_get(load->lanes, lane);
  if (index == NULL)
    return refuse_quoted(load, "\"lanes\" does not list the lane", lane);
  entry->lane = (uint32_t)json_integer_value(index);
  load->used[entry->lane] = true;
  entry->kind = harness__event_kind_find(kind);
  if (entry->kind == HARNESS__EVENT_KINDS)
    return refuse_quoted(load, "unknown event", kind);
  return take_keys(load, event, entry->kind) && take_details(load, event, entry) &&
         take_time(load, event, &entry->at_ms);
}

static bool take_lanes(load_t *load, json_t *lanes) {
  harness__transcript_t *transcript = load->transcript;
  size_t count = json_array_size(lanes);

  if (!json_is_array(lanes))
    return refuse(load, lanes == NULL ? "\"lanes\" is missing" : "\"lanes\" must be an array");
  load->lanes = json_object();
  load->used = calloc(count + 1, sizeof *load->used);
  transcript->lanes = harness__arena_alloc(&transcript->arena, (count + 1) * sizeof *transcript->lanes);
  if (load->lanes == NULL || load->used == NULL || transcript->lanes == NULL)
    return no_memory(load);
  for (size_t i = 0; i < count; i++) {
    json_t *value = json_array_get(lanes, i);
    const char *lane = json_string_value(value);
    if (lane == NULL || *lane == '\0')
      return refuse(load, "lane %zu must be a string that is not empty", i + 1);
    if (json_object_get(load->lanes, lane) != NULL)
      return refuse_quoted(load, "\"lanes\" lists twice the lane", lane);
    transcript->lanes[i] = harness__arena_string(&transcript->arena, lane);
    if (transcript->lanes[i] == NULL ||
        json_object_set_new(load->lanes, lane, json_integer((json_int_t)i)) != 0)
      return no_memory(load);
  }
  transcript->lane_count = count;
  return true;
}

bool harness__load_room(load_t *load, size_t count) {
  harness__transcript_t *transcript = load->transcript;

  transcript->entries = harness__arena_alloc(&transcript->arena, (count + 1) * sizeof(harness__entry_t));
  return transcript->entries != NULL || no_memory(load);
}

bool harness__load_event(load_t *load, json_t *event) {
  load->event = load->transcript->count + 1;
  return take_event(load, event, &load->transcript->entries[load->transcript->count++]);
}

bool harness__load_events(load_t *load, json_t *events) {
  size_t count = json_array_size(events);

  if (!json_is_array(events))
    return refuse(load, events == NULL ? "\"events\" is missing" : "\"events\" must be an array");
  if (!harness__load_room(load, count))
    return false;
  for (size_t i = 0; i < count; i++) {
    if (!harness__load_event(load, json_array_get(events, i)))
      return false;
    /* Let go of while it is in the cache: of a large file that saves a walk through all of its memory. */
    (void)json_array_set_new(events, i, json_null());
  }
  return true;
}

bool harness__load_end(load_t *load) {
  load->event = 0;
  for (size_t i = 0; i < load->transcript->lane_count; i++)
    if (!load->used[i])
      return refuse_quoted(load, "there is no event of the lane", load->transcript->lanes[i]);
  return true;
}

bool harness__load_head(load_t *load, json_t *root) {
  static const char *const keys[] = {"format", "lanes", "events", NULL};
  json_t *format = json_object_get(root, "format");

  if (!json_is_object(root))
    return refuse(load, "must hold an object");
  if (format == NULL)
    return refuse(load, "\"format\" is missing");
  if (!json_is_string(format))
    return refuse(load, "\"format\" must be \"" HARNESS__FORMAT "\"");
  if (strcmp(json_string_value(format), HARNESS__FORMAT) != 0)
    return refuse_quoted(load, "\"format\" must be \"" HARNESS__FORMAT "\", not", json_string_value(format));
  return has_only(load, root, keys) && take_lanes(load, json_object_get(root, "lanes"));
}
