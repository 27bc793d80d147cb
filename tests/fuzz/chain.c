/* SPDX-License-Identifier: MIT */
/*
 * All that is made of a transcript, and of one that differs from it. Nothing may crash, whatever is told on a
 * terminal holds no character that would steer it, pages and pictures are well-formed, captures are read by a
 * strict reader, and two transcripts differ in each report or in none.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/columns.h"
#include "fuzz.h"
#include "output.h"
#include "reading.h"
#include "record/compare.h"
#include "record/json.h"
#include "record/load.h"
#include "report/capture/capture.h"
#include "report/compared/compared.h"
#include "report/difference.h"
#include "report/keep.h"
#include "report/picture/html.h"
#include "report/picture/mermaid.h"
#include "report/picture/svg.h"
#include "report/propose.h"
#include "report/text.h"
#include "transcripts.h"

/* Names as hostile as paths can be. */
#define EXPECTED "ex<pected>&\"'.json"
#define ACTUAL "actual\033]0;\007\xc2\x9b\xe2\x80\xae`--%%{;.json"

static void take_text(char *text) {
  fuzz_check(text != NULL);
  output_check_terminal(text, false);
  free(text);
}

static void check_told(const harness__transcript_t *transcript) {
  const char *const none[] = {NULL};

  take_text(harness__report_text(transcript));
  take_text(harness__report_by_lane(transcript, none));
}

/* Lanes without events are refused, whatever else there is. */
static void check_saved(const harness__transcript_t *transcript) {
  char *json = harness__transcript_json(transcript);
  char *again;
  char *sentence;
  harness__transcript_t *loaded;

  fuzz_check(json != NULL);
  loaded = harness__transcript_parse("saved", json, strlen(json), &sentence);
  if (loaded == NULL) {
    fuzz_check(sentence != NULL && strstr(sentence, "there is no event of the lane") != NULL);
    output_take_sentence(sentence, "saved: ");
  } else {
    again = harness__transcript_json(loaded);
    fuzz_check(again != NULL && strcmp(json, again) == 0);
    fuzz_check(harness__transcript_equal(loaded, transcript, NULL));
    free(again);
  }
  harness__transcript_free(loaded);
  free(json);
}

static void draw(const harness__transcript_t *expected, const harness__transcript_t *actual) {
  const char *name = expected != NULL ? EXPECTED : NULL;
  harness__diagram_t diagram;
  harness__picture_t picture;

  fuzz_check(harness__diagram_make(&diagram, expected, actual));
  fuzz_check(harness__picture_make(&picture, &diagram, name, ACTUAL));
  output_take_mermaid(harness__mermaid(&diagram, name, ACTUAL));
  output_take_markup(harness__svg(&picture));
  output_take_markup(harness__html(&picture));
  harness__diagram_free(&diagram);
}

static void check_captured(const harness__transcript_t *transcript) {
  harness__buffer_t out = {0};
  char *sentence = NULL;
  reading_t reading;

  if (harness__capture(&out, transcript, NULL, 0, &sentence)) {
    reading_open(&reading, out.text, out.length);
    reading_assert_events(&reading, transcript->count);
    take_text(reading_text(&reading));
    reading_close(&reading);
  } else {
    output_take_sentence(sentence, "");
  }
  harness__buffer_free(&out);
}

/* But for the names of the two files at the top, no line is wider than the terminal. */
static void check_width(const char *text, size_t width) {
  for (size_t line = 0; *text != '\0'; line++) {
    size_t size = strcspn(text, "\n");
    if (line > 1)
      fuzz_check(harness__columns(text, size) <= width);
    text += size + (text[size] == '\n');
  }
}

static void check_compared(input_t *input, const harness__transcript_t *a, const harness__transcript_t *b,
                           bool equal) {
  harness__look_t look = {.width = HARNESS__WIDTH_LEAST + input_chance(input, 100),
                          .context = input_chance(input, 4),
                          .color = input_chance(input, 2) == 0,
                          .side_by_side = input_chance(input, 2) == 0};
  char *text = harness__compared(&look, a, EXPECTED, b, ACTUAL);

  fuzz_check((text == NULL || text[0] == '\0') == equal);
  if (text != NULL) {
    output_check_terminal(text, look.color);
    if (!look.color)
      check_width(text, look.width);
  }
  free(text);
}

static void check_pair(input_t *input, const harness__transcript_t *a, const harness__transcript_t *b) {
  bool equal = harness__transcript_equal(a, b, NULL);
  char *difference = harness__difference(a, EXPECTED, b, ACTUAL);
  harness__transcript_t *kept = harness__keep_patterns(a, b);
  harness__buffer_t proposal = {0};
  bool failed = false;

  fuzz_check((difference == NULL) == equal);
  if (difference != NULL)
    take_text(difference);
  check_compared(input, a, b, equal);
  harness__propose(&proposal, a, b);
  fuzz_check(!proposal.failed);
  if (proposal.text != NULL)
    output_check_terminal(proposal.text, false);
  harness__buffer_free(&proposal);
  fuzz_check(kept != NULL);
  check_told(kept);
  harness__transcript_free(kept);
  (void)harness__transcript_same_streams(a, b, input_chance(input, 2) == 0, &failed);
  fuzz_check(!failed);
  draw(a, b);
}

void fuzz_chain(const unsigned char *data, size_t size) {
  input_t input;
  harness__transcript_t *transcript;
  harness__transcript_t *changed;
  harness__transcript_t *recorded;

  input_open(&input, data, size);
  transcript = transcripts_take(&input);
  if (transcript == NULL)
    return;
  check_told(transcript);
  check_saved(transcript);
  check_captured(transcript);
  draw(NULL, transcript);
  changed = transcripts_change(&input, transcript);
  check_pair(&input, transcript, changed);
  recorded = transcripts_record(&input, transcript);
  if (recorded != NULL) {
    check_told(recorded);
    check_saved(recorded);
    check_captured(recorded);
    check_pair(&input, transcript, recorded);
  }
  harness__transcript_free(recorded);
  harness__transcript_free(changed);
  harness__transcript_free(transcript);
}
