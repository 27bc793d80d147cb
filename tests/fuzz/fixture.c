/* SPDX-License-Identifier: MIT */
/*
 * A text in the layout that is written is read line by line, any other as a document, and a space behind it
 * makes the one into the other. Both must come to the same transcript, or refuse it with a sentence. What was
 * taken is written and taken again, and is the same.
 */
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "output.h"
#include "record/compare.h"
#include "record/json.h"
#include "record/load.h"

static harness__transcript_t *parse(const void *text, size_t size) {
  char *sentence;
  harness__transcript_t *transcript = harness__transcript_parse("fixture", text, size, &sentence);

  if (transcript == NULL)
    output_take_sentence(sentence, "fixture: ");
  else
    fuzz_check(sentence == NULL);
  return transcript;
}

static harness__transcript_t *parse_as_document(const void *text, size_t size) {
  char *longer = malloc(size + 1);
  harness__transcript_t *transcript;

  fuzz_check(longer != NULL);
  if (size > 0)
    memcpy(longer, text, size);
  longer[size] = ' ';
  transcript = parse(longer, size + 1);
  free(longer);
  return transcript;
}

static void check_same(const harness__transcript_t *one, const harness__transcript_t *other) {
  char *json = harness__transcript_json(one);
  char *other_json = harness__transcript_json(other);

  fuzz_check(json != NULL && other_json != NULL && strcmp(json, other_json) == 0);
  fuzz_check(harness__transcript_equal(one, other, NULL));
  free(json);
  free(other_json);
}

void fuzz_fixture(const unsigned char *data, size_t size) {
  harness__transcript_t *transcript = parse(data, size);
  harness__transcript_t *document = parse_as_document(data, size);
  harness__transcript_t *again;
  char *json;

  fuzz_check((transcript != NULL) == (document != NULL));
  if (transcript == NULL)
    return;
  check_same(transcript, document);
  json = harness__transcript_json(transcript);
  again = parse(json, strlen(json));
  fuzz_check(again != NULL);
  check_same(transcript, again);
  free(json);
  harness__transcript_free(again);
  harness__transcript_free(document);
  harness__transcript_free(transcript);
}
