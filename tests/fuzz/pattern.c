/* SPDX-License-Identifier: MIT */
/*
 * The input is a byte of choices, two expressions that end with a NUL, and a stream. An expression is refused
 * with a reason or takes a bounded number of steps; as redactions the two find the same however the stream is
 * cut; as placeholders they make a transcript that can be written and read, and is the same each time.
 */
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "fuzz.h"
#include "input.h"
#include "output.h"
#include "record/json.h"
#include "record/load.h"
#include "record/pattern.h"
#include "record/recorder.h"

typedef struct subject {
  unsigned char choices;
  char *regexes[2];
  const char *stream;
  size_t size;
} subject_t;

static void check_pattern(const char *regex, const char *bytes, size_t size) {
  char *reason;
  harness__pattern_t *pattern = harness__pattern_new(regex, &reason);
  const char *trouble;
  bool matched;

  if (pattern == NULL) {
    output_take_sentence(reason, "");
    return;
  }
  matched = harness__pattern_matches(pattern, bytes, size, &trouble);
  fuzz_check(!matched || trouble == NULL);
  fuzz_check(trouble != NULL || harness__pattern_matches(pattern, bytes, size, &trouble) == matched);
  harness__pattern_free(pattern);
}

/* False where an expression can't be a rule. */
static bool add_rules(harness__recorder_t *recorder, const subject_t *subject, bool redacts) {
  char *sentence = NULL;
  bool added = true;

  for (int i = 0; i < 2 && added; i++) {
    const char *name = i == 0 ? "one" : "other";
    added = redacts ? harness__recorder_add_redaction(recorder, name, subject->regexes[i], &sentence)
                    : harness__recorder_add_placeholder(recorder, name, subject->regexes[i],
                                                        (subject->choices & 1) != 0, &sentence);
  }
  if (!added)
    output_take_sentence(sentence, redacts ? "the redaction " : "the placeholder ");
  return added;
}

/* All that was recorded of the stream, joined; NULL where there is trouble. */
static char *joined(harness__recorder_t *recorder) {
  harness__transcript_t *transcript = harness__recorder_transcript(recorder);
  harness__buffer_t out = {0};

  if (transcript == NULL) {
    fuzz_check(harness__recorder_trouble(recorder) != NULL);
    output_take_sentence(strdup(harness__recorder_trouble(recorder)), "");
    return NULL;
  }
  harness__buffer_string(&out, "");
  for (size_t i = 0; i < transcript->count; i++)
    harness__buffer_add(&out, transcript->entries[i].data.head, transcript->entries[i].data.head_size);
  harness__transcript_free(transcript);
  return harness__buffer_take(&out);
}

static harness__recorder_t *recorder_new(const subject_t *subject, bool redacts) {
  harness__recorder_t *recorder = harness__recorder_new(1 << 20);

  fuzz_check(recorder != NULL);
  if (add_rules(recorder, subject, redacts))
    return recorder;
  harness__recorder_free(recorder);
  return NULL;
}

/* Records the stream in pieces of at most that many bytes, and closes it. */
static void record(input_t *input, harness__recorder_t *recorder, const subject_t *subject, size_t most) {
  harness__lane_t lane = harness__recorder_lane(recorder, "lane", 0, 0);

  for (size_t at = 0; at < subject->size;) {
    size_t part = most >= subject->size ? subject->size : 1 + input_chance(input, most);
    harness__note_t note = {.kind = HARNESS__EVENT_RECEIVE, .data = subject->stream + at};

    note.size = part < subject->size - at ? part : subject->size - at;
    fuzz_check(harness__record(recorder, lane, &note) != 0);
    at += note.size;
  }
  fuzz_check(harness__record(recorder, lane, &(harness__note_t){.kind = HARNESS__EVENT_CLOSE}) != 0);
}

static char *redacted(input_t *input, const subject_t *subject, size_t most) {
  harness__recorder_t *recorder = recorder_new(subject, true);
  char *text;

  fuzz_check(recorder != NULL);
  record(input, recorder, subject, most);
  text = joined(recorder);
  harness__recorder_free(recorder);
  return text;
}

/* Where one gives up, there is no transcript that could be wrong. */
static void check_cuts(input_t *input, const subject_t *subject) {
  harness__recorder_t *recorder = recorder_new(subject, true);
  char *whole;

  harness__recorder_free(recorder);
  if (recorder == NULL)
    return;
  whole = redacted(input, subject, SIZE_MAX);
  for (size_t most = 1; most <= 16 && whole != NULL; most *= 4) {
    char *cut = redacted(input, subject, most);
    if (cut != NULL && strcmp(whole, cut) != 0)
      fuzz_fail(__FILE__, __LINE__, "'%s' and '%s', cuts of %zu:\n%s\n%s", subject->regexes[0],
                subject->regexes[1], most, whole, cut);
    free(cut);
  }
  free(whole);
}

static char *json_of(harness__recorder_t *recorder) {
  harness__transcript_t *transcript = harness__recorder_transcript(recorder);
  char *json = transcript != NULL ? harness__transcript_json(transcript) : NULL;

  fuzz_check((transcript == NULL) == (json == NULL));
  fuzz_check(json != NULL || harness__recorder_trouble(recorder) != NULL);
  harness__transcript_free(transcript);
  return json;
}

static void check_placeholders(input_t *input, const subject_t *subject) {
  harness__recorder_t *recorder = recorder_new(subject, false);
  harness__transcript_t *transcript;
  char *json;
  char *again;
  char *sentence;

  if (recorder == NULL)
    return;
  record(input, recorder, subject, 16);
  json = json_of(recorder);
  if (json != NULL) {
    again = json_of(recorder);
    fuzz_check(again != NULL && strcmp(json, again) == 0);
    transcript = harness__transcript_parse("recorded", json, strlen(json), &sentence);
    fuzz_check(transcript != NULL);
    harness__transcript_free(transcript);
    free(again);
    free(json);
  }
  harness__recorder_free(recorder);
}

static char *take_regex(input_t *input) {
  size_t size;
  const char *bytes = input_until(input, '\0', &size);
  char *regex = malloc(size + 1);

  fuzz_check(regex != NULL);
  memcpy(regex, size > 0 ? bytes : "", size);
  regex[size] = '\0';
  return regex;
}

void fuzz_pattern(const unsigned char *data, size_t size) {
  subject_t subject;
  input_t input;

  input_open(&input, data, size);
  subject.choices = input_byte(&input);
  subject.regexes[0] = take_regex(&input);
  subject.regexes[1] = take_regex(&input);
  subject.stream = input_bytes(&input, 256, &subject.size);
  check_pattern(subject.regexes[0], subject.stream, subject.size);
  check_pattern(subject.regexes[1], subject.stream, subject.size);
  check_cuts(&input, &subject);
  check_placeholders(&input, &subject);
  free(subject.regexes[0]);
  free(subject.regexes[1]);
}
