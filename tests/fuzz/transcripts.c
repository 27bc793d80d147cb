/* SPDX-License-Identifier: MIT */
#include "transcripts.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "fuzz.h"
#include "record/json.h"
#include "record/load.h"
#include "record/recorder.h"

enum { MOST_LANES = 6, MOST_EVENTS = 48, MOST_NAME = 24, MOST_REGEX = 32 };

/* Names are text without NUL that is not empty, and in a fixture anything else. */
static const char *take_name(input_t *input, harness__transcript_t *transcript) {
  size_t size;
  const char *bytes = input_bytes(input, 1 + input_byte(input) % MOST_NAME, &size);
  char *name = harness__arena_bytes(&transcript->arena, size + 2);
  uint32_t code;

  fuzz_check(name != NULL);
  memcpy(name, "?", 2);
  for (size_t i = 0, length; i < size; i += length) {
    length = harness__text_decode(bytes + i, size - i, &code);
    if (length == 0 || code == 0) {
      name[i] = '~';
      length = 1;
    } else {
      memcpy(name + i, bytes + i, length);
    }
    name[i + length] = '\0';
  }
  return name;
}

static bool has_lane(const harness__transcript_t *transcript, const char *name) {
  for (size_t i = 0; i < transcript->lane_count; i++)
    if (strcmp(transcript->lanes[i], name) == 0)
      return true;
  return false;
}

static void take_lanes(input_t *input, harness__transcript_t *transcript) {
  size_t count = 1 + input_byte(input) % MOST_LANES;

  transcript->lanes = harness__arena_alloc(&transcript->arena, count * sizeof *transcript->lanes);
  fuzz_check(transcript->lanes != NULL);
  for (size_t i = 0; i < count; i++) {
    const char *name = take_name(input, transcript);
    if (!has_lane(transcript, name))
      transcript->lanes[transcript->lane_count++] = name;
  }
}

static const char *take_peer(input_t *input, harness__transcript_t *transcript) {
  size_t lane = input_byte(input) % (MOST_LANES + 2);

  return lane < transcript->lane_count ? transcript->lanes[lane] : take_name(input, transcript);
}

/* Numbers up to what a fixture can hold, small ones mostly. */
static uint64_t take_number(input_t *input) {
  unsigned shift = input_byte(input) % 56;
  uint64_t number = input_byte(input);

  return number << shift & INT64_MAX;
}

static void take_digest(input_t *input, harness__data_t *data) {
  static const char digest[] = "xxh3-128:0123456789abcdef0123456789abcdef";

  memcpy(data->digest, digest, sizeof digest);
  data->bytes = data->head_size;
  if (data->head_size >= HARNESS__HEAD_SIZE) {
    data->head_size = HARNESS__HEAD_SIZE;
    data->bytes = HARNESS__HEAD_SIZE + take_number(input) / 2;
  }
}

/* An expression, or NULL where it is none. */
static const char *take_pattern(input_t *input, harness__transcript_t *transcript) {
  char regex[MOST_REGEX + 1];
  char *reason;
  size_t size;
  const char *bytes = input_bytes(input, input_byte(input) % MOST_REGEX, &size);
  const char *pattern = NULL;

  memcpy(regex, size > 0 ? bytes : "", size);
  regex[size] = '\0';
  if (regex[0] != '\0' && harness__text_is_readable(regex, strlen(regex))) {
    pattern = harness__transcript_pattern(transcript, regex, &reason);
    free(reason);
  }
  return pattern;
}

static void take_data(input_t *input, harness__transcript_t *transcript, harness__data_t *data,
                      unsigned choices) {
  if ((choices & 8) != 0)
    data->pattern = take_pattern(input, transcript);
  data->head = "";
  if (data->pattern != NULL)
    return;
  data->head = input_bytes(input, input_byte(input), &data->head_size);
  data->bytes = data->head_size;
  if ((choices & 16) != 0 && data->head_size > 0)
    take_digest(input, data);
}

static void take_text(input_t *input, harness__transcript_t *transcript, harness__entry_t *entry,
                      unsigned choices) {
  if ((choices & 8) != 0)
    entry->text_pattern = take_pattern(input, transcript);
  entry->text = "";
  if (entry->text_pattern == NULL) {
    const char *bytes = input_bytes(input, input_byte(input), &entry->text_size);
    char *text = harness__arena_copy(&transcript->arena, entry->text_size > 0 ? bytes : "", entry->text_size);
    fuzz_check(text != NULL);
    entry->text = text;
  }
}

static void take_entry(input_t *input, harness__transcript_t *transcript, harness__entry_t *entry) {
  unsigned choices = input_byte(input);
  const char *peer;

  *entry = (harness__entry_t){.kind = (harness__event_kind_t)(input_byte(input) % HARNESS__EVENT_KINDS),
                              .lane = (uint32_t)(input_byte(input) % transcript->lane_count)};
  if ((choices & 1) != 0)
    entry->at_ms = take_number(input);
  switch (entry->kind) {
  case HARNESS__EVENT_CONNECT:
    entry->to = take_peer(input, transcript);
    break;
  case HARNESS__EVENT_ACCEPT:
    entry->from = take_peer(input, transcript);
    break;
  case HARNESS__EVENT_SEND:
  case HARNESS__EVENT_RECEIVE:
    peer = (choices & 2) != 0 ? take_peer(input, transcript) : NULL;
    *(entry->kind == HARNESS__EVENT_SEND ? &entry->to : &entry->from) = peer;
    take_data(input, transcript, &entry->data, choices);
    break;
  case HARNESS__EVENT_EOF:
  case HARNESS__EVENT_RESET:
    *((choices & 2) != 0 ? &entry->to : &entry->from) = take_peer(input, transcript);
    break;
  case HARNESS__EVENT_ERROR:
    entry->code = take_name(input, transcript);
    break;
  case HARNESS__EVENT_LOG:
    take_text(input, transcript, entry, choices);
    break;
  default:
    break;
  }
}

harness__transcript_t *transcripts_take(input_t *input) {
  harness__transcript_t *transcript;
  char *sentence;

  if (input->size > 0 && *input->data == '{') {
    transcript = harness__transcript_parse("fixture", (const char *)input->data, input->size, &sentence);
    free(sentence);
    return transcript;
  }
  transcript = calloc(1, sizeof *transcript);
  fuzz_check(transcript != NULL);
  take_lanes(input, transcript);
  transcript->entries = harness__arena_alloc(&transcript->arena, MOST_EVENTS * sizeof *transcript->entries);
  fuzz_check(transcript->entries != NULL);
  while (input->size > 0 && transcript->count < MOST_EVENTS)
    take_entry(input, transcript, &transcript->entries[transcript->count++]);
  return transcript;
}

/* One byte of the data is another. */
static void change_data(input_t *input, harness__transcript_t *changed, harness__data_t *data) {
  char *head;

  if (data->head_size == 0 || data->pattern != NULL)
    return;
  head = harness__arena_copy(&changed->arena, data->head, data->head_size);
  fuzz_check(head != NULL);
  head[input_chance(input, data->head_size)] ^= (char)(1 + input_chance(input, 255));
  data->head = head;
}

static void change_entry(input_t *input, harness__transcript_t *changed, harness__entry_t *entry) {
  switch (input_chance(input, 4)) {
  case 0:
    entry->lane = (uint32_t)input_chance(input, changed->lane_count);
    break;
  case 1:
    entry->at_ms += input_chance(input, 2);
    break;
  default:
    change_data(input, changed, &entry->data);
    if (entry->text != NULL && entry->text_size > 0)
      entry->text_size--;
    if (entry->to != NULL)
      entry->to = changed->lanes[input_chance(input, changed->lane_count)];
  }
}

harness__transcript_t *transcripts_change(input_t *input, const harness__transcript_t *transcript) {
  harness__transcript_t *changed = calloc(1, sizeof *changed);
  size_t often = input_chance(input, 4) * 4; /* 0: nothing is changed */

  fuzz_check(changed != NULL);
  changed->lanes = transcript->lanes;
  changed->lane_count = transcript->lane_count;
  changed->entries =
      harness__arena_alloc(&changed->arena, (2 * transcript->count + 1) * sizeof(harness__entry_t));
  fuzz_check(changed->entries != NULL);
  for (size_t i = 0; i < transcript->count; i++) {
    size_t what = often != 0 && input_chance(input, often) == 0 ? 1 + input_chance(input, 4) : 0;
    if (what == 1)
      continue;
    changed->entries[changed->count++] = transcript->entries[i];
    if (what == 2)
      changed->entries[changed->count++] = transcript->entries[i];
    if (what == 3 && changed->count > 1) {
      changed->entries[changed->count - 1] = changed->entries[changed->count - 2];
      changed->entries[changed->count - 2] = transcript->entries[i];
    }
    if (what == 4)
      change_entry(input, changed, &changed->entries[changed->count - 1]);
  }
  return changed;
}

/* "server/1" is the first of the family "server". */
static harness__lane_t lane_of(harness__recorder_t *recorder, const char *name, unsigned flags) {
  const char *slash = strrchr(name, '/');
  size_t digits = slash != NULL ? strspn(slash + 1, "0123456789") : 0;
  harness__lane_t lane;
  char *family;

  if (digits == 0 || digits > 6 || slash == name || slash[1] == '0' || slash[1 + digits] != '\0')
    return harness__recorder_lane(recorder, name, 0, flags);
  family = strndup(name, (size_t)(slash - name));
  fuzz_check(family != NULL);
  lane = harness__recorder_lane(recorder, family, (uint32_t)strtoul(slash + 1, NULL, 10), flags);
  free(family);
  return lane;
}

static void record_entry(input_t *input, harness__recorder_t *recorder,
                         const harness__transcript_t *transcript, const harness__entry_t *entry,
                         harness__event_ref_t last) {
  const char *peer = entry->to != NULL ? entry->to : entry->from;
  harness__note_t note = {.kind = entry->kind,
                          .from = entry->from != NULL,
                          .code = entry->code,
                          .data = entry->text != NULL ? entry->text : entry->data.head,
                          .size = entry->text != NULL ? entry->text_size : entry->data.head_size,
                          .at_ms = entry->at_ms};
  harness__lane_t lane = lane_of(recorder, transcript->lanes[entry->lane], 0);

  if (peer != NULL)
    note.peer = lane_of(recorder, peer, 0);
  if (last > 0 && input_chance(input, 4) == 0)
    note.cause = 1 + input_chance(input, (size_t)last);
  fuzz_check(harness__record(recorder, lane, &note) != 0);
}

static void check_again(harness__recorder_t *recorder, const harness__transcript_t *transcript) {
  harness__transcript_t *other = harness__recorder_transcript(recorder);
  char *json = harness__transcript_json(transcript);
  char *again = other != NULL ? harness__transcript_json(other) : NULL;

  fuzz_check(json != NULL && again != NULL && strcmp(json, again) == 0);
  free(json);
  free(again);
  harness__transcript_free(other);
}

harness__transcript_t *transcripts_record(input_t *input, const harness__transcript_t *transcript) {
  static const unsigned flags[] = {0, 0, HARNESS__LANE_FREE_PEER,
                                   HARNESS__LANE_BY_CONTENT | HARNESS__LANE_FREE_PEER,
                                   HARNESS__LANE_ACCEPTED};
  harness__recorder_t *recorder = harness__recorder_new(1 + input_chance(input, 200));
  harness__transcript_t *recorded;

  fuzz_check(recorder != NULL);
  if (input_chance(input, 2) == 0)
    harness__recorder_set_free_running(recorder);
  for (size_t i = 0; i < transcript->lane_count; i++)
    (void)lane_of(recorder, transcript->lanes[i], flags[input_chance(input, 5)]);
  for (size_t i = 0; i < transcript->count; i++)
    record_entry(input, recorder, transcript, &transcript->entries[i], i);
  recorded = harness__recorder_transcript(recorder);
  if (recorded != NULL)
    check_again(recorder, recorded);
  harness__recorder_free(recorder);
  return recorded;
}
