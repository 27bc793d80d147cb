/* SPDX-License-Identifier: MIT */
/* What is drawn is compared with tests/golden/render/<name>.{mmd,svg,html}; and whatever a transcript holds,
 * what is drawn is well-formed, and the same each time. */
#include <harness/cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "record/load.h"
#include "report/picture/html.h"
#include "report/picture/mermaid.h"
#include "report/picture/svg.h"
#include "support.h"
#include "xml.h"

typedef struct pictures {
  char *mermaid;
  char *svg;
  char *html;
} pictures_t;

static pictures_t draw(const harness__transcript_t *expected, const char *expected_name,
                       const harness__transcript_t *actual, const char *name) {
  harness__diagram_t diagram;
  harness__picture_t picture;
  pictures_t pictures;

  assert_true(harness__diagram_make(&diagram, expected, actual));
  assert_true(harness__picture_make(&picture, &diagram, expected_name, name));
  pictures = (pictures_t){harness__mermaid(&diagram, expected_name, name), harness__svg(&picture),
                          harness__html(&picture)};
  harness__diagram_free(&diagram);
  assert_non_null(pictures.mermaid);
  assert_non_null(pictures.svg);
  assert_non_null(pictures.html);
  return pictures;
}

static void free_pictures(pictures_t *pictures) {
  free(pictures->mermaid);
  free(pictures->svg);
  free(pictures->html);
}

static void assert_well_formed(const char *text) {
  const char *fault = xml_fault(text);

  if (fault != NULL)
    fail_msg("%s:\n%s", fault, text);
}

static void assert_safe(const char *mermaid) {
  const char *fault = mermaid_fault(mermaid);

  if (fault != NULL)
    fail_msg("%s:\n%s", fault, mermaid);
}

static void assert_golden(const char *name, const harness__transcript_t *expected, const char *expected_name,
                          const harness__transcript_t *actual, const char *actual_name) {
  pictures_t pictures = draw(expected, expected_name, actual, actual_name);
  char path[128];

  assert_safe(pictures.mermaid);
  assert_well_formed(pictures.svg);
  assert_well_formed(pictures.html);
  (void)snprintf(path, sizeof path, "render/%s.mmd", name);
  support_assert_golden(path, pictures.mermaid);
  (void)snprintf(path, sizeof path, "render/%s.svg", name);
  support_assert_golden(path, pictures.svg);
  (void)snprintf(path, sizeof path, "render/%s.html", name);
  support_assert_golden(path, pictures.html);
  free_pictures(&pictures);
}

static harness__transcript_t *load(const char *path) {
  char *sentence;
  harness__transcript_t *transcript = harness__transcript_load(path, NULL, &sentence);

  if (transcript == NULL)
    fail_msg("%s", sentence);
  return transcript;
}

static void assert_file(const char *name, const char *path, const char *shown) {
  harness__transcript_t *transcript = load(path);

  assert_golden(name, NULL, NULL, transcript, shown);
  harness__transcript_free(transcript);
}

static void draws_an_exchange(void **state) {
  (void)state;
  assert_file("A1", TEST_FIXTURES "/scenarios/A1.json", "A1.json");
}

static void draws_clients_that_block(void **state) {
  (void)state;
  assert_file("A4", TEST_FIXTURES "/scenarios/A4.json", "A4.json");
}

static void draws_joined_reads(void **state) {
  (void)state;
  assert_file("B2", TEST_FIXTURES "/scenarios/B2.json", "B2.json");
}

static void draws_many_lanes(void **state) {
  (void)state;
  assert_file("D", TEST_FIXTURES "/scenarios/D.json", "D.json");
}

static void draws_hostile_text(void **state) {
  (void)state;
  assert_file("hostile", TEST_GOLDEN "/render/hostile.json", "</title>\n<hostile>\".json");
}

static void draws_nothing(void **state) {
  harness__transcript_t *transcript = support_transcript("", "");

  (void)state;
  assert_golden("empty", NULL, NULL, transcript, "empty.json");
  harness__transcript_free(transcript);
}

static void draws_differences(void **state) {
  harness__transcript_t *expected = load(TEST_GOLDEN "/render/expected.json");
  harness__transcript_t *actual = load(TEST_GOLDEN "/render/actual.json");

  (void)state;
  assert_golden("difference", expected, "expected.json", actual, "actual.json");
  harness__transcript_free(expected);
  harness__transcript_free(actual);
}

static void draws_another_cut(void **state) {
  harness__transcript_t *expected = load(TEST_FIXTURES "/scenarios/B2.json");
  harness__transcript_t *actual = load(TEST_FIXTURES "/scenarios/B3.json");

  (void)state;
  assert_golden("B2-B3", expected, "B2.json", actual, "B3.json");
  harness__transcript_free(expected);
  harness__transcript_free(actual);
}

/* Random transcripts: names and data of the characters that mean something somewhere, and of any byte. */
typedef struct source {
  uint64_t state;
  harness__arena_t arena;
} source_t;

static size_t draw_number(source_t *source, size_t below) {
  source->state = source->state * 6364136223846793005U + 1442695040888963407U;
  return (size_t)(source->state >> 33) % below;
}

static const char *draw_bytes(source_t *source, size_t most, bool is_text, size_t *size) {
  static const char special[] = "<>&\"';#:%{}[]()`$|\\/-=\n\r\t end";
  char *bytes;

  *size = draw_number(source, most) + is_text;
  bytes = harness__arena_bytes(&source->arena, *size + 1);
  assert_non_null(bytes);
  for (size_t i = 0; i < *size; i++) {
    bytes[i] = draw_number(source, 3) != 0 ? special[draw_number(source, sizeof special - 1)]
                                           : (char)draw_number(source, 256);
    if (is_text && bytes[i] == '\0')
      bytes[i] = '~';
  }
  bytes[*size] = '\0';
  return bytes;
}

static const char *draw_name(source_t *source, const harness__transcript_t *transcript) {
  size_t size;
  size_t lane = draw_number(source, transcript->lane_count + 1);

  return lane < transcript->lane_count ? transcript->lanes[lane] : draw_bytes(source, 12, true, &size);
}

static void draw_entry(source_t *source, const harness__transcript_t *transcript, harness__entry_t *entry) {
  bool is_to = draw_number(source, 2) == 0;
  size_t size;

  *entry = (harness__entry_t){.lane = (uint32_t)draw_number(source, transcript->lane_count),
                              .kind = (harness__event_kind_t)draw_number(source, HARNESS__EVENT_KINDS)};
  entry->at_ms = draw_number(source, 4) == 0 ? draw_number(source, 100000) : 0;
  switch (entry->kind) {
  case HARNESS__EVENT_CONNECT:
    entry->to = draw_name(source, transcript);
    break;
  case HARNESS__EVENT_ACCEPT:
    entry->from = draw_name(source, transcript);
    break;
  case HARNESS__EVENT_SEND:
  case HARNESS__EVENT_RECEIVE:
    entry->data.head = draw_bytes(source, 160, false, &size);
    entry->data.head_size = size;
    entry->data.bytes = size;
    if (draw_number(source, 8) == 0)
      memcpy(entry->data.digest, "xxh3-128:00", sizeof "xxh3-128:00");
    if (draw_number(source, 4) == 0)
      *(entry->kind == HARNESS__EVENT_SEND ? &entry->to : &entry->from) = draw_name(source, transcript);
    break;
  case HARNESS__EVENT_EOF:
  case HARNESS__EVENT_RESET:
    *(is_to ? &entry->to : &entry->from) = draw_name(source, transcript);
    break;
  case HARNESS__EVENT_ERROR:
    entry->code = draw_bytes(source, 12, true, &size);
    break;
  case HARNESS__EVENT_LOG:
    entry->text = draw_bytes(source, 160, false, &size);
    entry->text_size = size;
    break;
  default:
    break;
  }
}

static harness__transcript_t draw_transcript(source_t *source) {
  harness__transcript_t transcript = {.lane_count = 1 + draw_number(source, 6),
                                      .count = draw_number(source, 40)};
  size_t size;

  transcript.lanes = harness__arena_alloc(&source->arena, transcript.lane_count * sizeof *transcript.lanes);
  transcript.entries =
      harness__arena_alloc(&source->arena, (transcript.count + 1) * sizeof *transcript.entries);
  assert_non_null(transcript.lanes);
  assert_non_null(transcript.entries);
  for (size_t i = 0; i < transcript.lane_count; i++)
    transcript.lanes[i] = draw_bytes(source, 40, true, &size);
  for (size_t i = 0; i < transcript.count; i++)
    draw_entry(source, &transcript, &transcript.entries[i]);
  return transcript;
}

static void assert_random(const harness__transcript_t *expected, const harness__transcript_t *actual) {
  const char *name = expected != NULL ? "a<b>&.json" : NULL;
  pictures_t first = draw(expected, name, actual, "\"actual\".json");
  pictures_t second = draw(expected, name, actual, "\"actual\".json");

  assert_safe(first.mermaid);
  assert_well_formed(first.svg);
  assert_well_formed(first.html);
  assert_string_equal(first.mermaid, second.mermaid);
  assert_string_equal(first.svg, second.svg);
  assert_string_equal(first.html, second.html);
  assert_null(strstr(first.html, "<script"));
  free_pictures(&first);
  free_pictures(&second);
}

static void is_well_formed_whatever_it_draws(void **state) {
  (void)state;
  for (uint64_t seed = 1; seed <= 30; seed++) {
    source_t source = {.state = seed};
    harness__transcript_t one = draw_transcript(&source);
    harness__transcript_t other = draw_transcript(&source);
    assert_random(NULL, &one);
    assert_random(&one, &other);
    /* A few events less are a difference, too, and one with much in common. */
    other = one;
    other.count = draw_number(&source, one.count + 1);
    assert_random(&one, &other);
    assert_random(&other, &one);
    harness__arena_free(&source.arena);
  }
}

/* The check must be able to fail. */
static void knows_what_is_not_well_formed(void **state) {
  static const char *const wrong[] = {"<a>",      "<a></b>",       "<a b></a>",   "<a b=\"<\"></a>",
                                      "<a>&</a>", "<a>&nbsp;</a>", "<a>\x01</a>", "<a b=\"1\" b=\"2\"/>",
                                      "<a/>text", "<a b=\"1></a>", "<a></a",      "</a>"};

  (void)state;
  assert_null(xml_fault("<!DOCTYPE html>\n<a b=\"&lt;\">&amp;<c d-e=\"f\"/></a>\n"));
  for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
    assert_non_null(xml_fault(wrong[i]));
  assert_null(mermaid_fault("sequenceDiagram\n  p1->>p2: a #59; b\n"));
  assert_non_null(mermaid_fault("a; b"));
  assert_non_null(mermaid_fault("a #x"));
  assert_non_null(mermaid_fault("a\r"));
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(draws_an_exchange),
    cmocka_unit_test(draws_clients_that_block),
    cmocka_unit_test(draws_joined_reads),
    cmocka_unit_test(draws_many_lanes),
    cmocka_unit_test(draws_hostile_text),
    cmocka_unit_test(draws_nothing),
    cmocka_unit_test(draws_differences),
    cmocka_unit_test(draws_another_cut),
    cmocka_unit_test(is_well_formed_whatever_it_draws),
    cmocka_unit_test(knows_what_is_not_well_formed),
};

HARNESS_CMOCKA_MAIN("report/pictures", tests)
