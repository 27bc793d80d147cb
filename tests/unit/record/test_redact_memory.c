/* SPDX-License-Identifier: MIT */
/* What is redacted, however the bytes are cut: the same transcript, and nothing of it in memory. */
#include <harness/cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "record/recorder.h"
#include "texts.h"

/* All that the lane received, joined. */
static char *joined(harness__recorder_t *recorder) {
  harness__transcript_t *transcript = harness__recorder_transcript(recorder);
  harness__buffer_t out = {0};

  assert_non_null(transcript);
  for (size_t i = 0; i < transcript->count; i++)
    harness__buffer_add(&out, transcript->entries[i].data.head, transcript->entries[i].data.head_size);
  harness__transcript_free(transcript);
  return harness__buffer_take(&out);
}

static char *cut_at_random(const char *regex, const char *other, const char *stream, size_t size,
                           uint32_t most, uint32_t *random) {
  harness__recorder_t *recorder = redacting(regex);
  char *sentence;
  char *text;

  assert_true(harness__recorder_add_redaction(recorder, "other", other, &sentence));
  for (size_t at = 0; at < size;) {
    size_t part = 1 + next_random(random) % most;
    part = part < size - at ? part : size - at;
    record(recorder, "a", HARNESS__EVENT_RECEIVE, stream + at, part);
    if (next_random(random) % 16 == 0)
      free(joined(recorder));
    at += part;
  }
  text = joined(recorder);
  harness__recorder_free(recorder);
  return text;
}

/* Property: whatever the bytes, the cuts, and the transcripts made in between. */
static void does_not_depend_on_cuts(void **state) {
  static const char *const regexes[][2] = {{"ab+c", "b(a*)b"},
                                           {"a(b|bc)+d?", "c+"},
                                           {"(?<=a)b+|c{2,}", "ba"},
                                           {"\\bab\\b|da*d", "(?<!b)c(.*)d"},
                                           {"a[^d]*d", "b++"},
                                           {"(?m)^b+$|c\\n", "(?i)A+?B"},
                                           {"a(b+)c", "c(.)(?=.d)"},
                                           {"(?<=a(?<=[bc]a)b)\\w", "(b)ab|d(?=c)"},
                                           {"b\\n(?m)^", "(?m)c$\\n^(a)"},
                                           {".*?(b*)[^d].", "(.\\n*?\\w)(?:\\w?){1,2}.++"},
                                           {".*b(?=c)", "(?<=b).*(a)|\\bc"}};
  static const char letters[] = "aabbccd\n";
  uint32_t random = 1;

  (void)state;
  for (int round = 0; round < 1100; round++) {
    const char *const *pair = regexes[round % 11];
    char stream[200];
    size_t size = 1 + next_random(&random) % sizeof stream;
    char *whole;

    for (size_t i = 0; i < size; i++)
      stream[i] = letters[next_random(&random) % 8];
    whole = cut_at_random(pair[0], pair[1], stream, size, UINT32_MAX, &random);
    for (uint32_t most = 1; most < 30; most *= 3) {
      char *cut = cut_at_random(pair[0], pair[1], stream, size, most, &random);
      if (strcmp(cut, whole) != 0)
        fail_msg("round %d, cuts of %u: '%.*s' is\n%s\nand\n%s", round, most, (int)size, stream, whole, cut);
      free(cut);
    }
    free(whole);
  }
}

/* The secret's bytes, masked, so that the test does not find its own. */
static char secret_byte(size_t at) {
  static const unsigned char masked[] = "\x3d\x20\x3b\x21\x30\x27\x04\x0f\x62\x66\x6c\x1e"
                                        "\x18\x61\x0d\x37\x63\x03\x2d\x14\x65\x3e\x1f\x2f";
  return (char)(masked[at % 24] ^ 0x55);
}

/* How often eight bytes in a row of the secret stand in the heap; sets *looked to its size. */
static size_t find_in_heap(size_t *looked) {
  enum { SIZE = 24, PART = 8 };
  FILE *maps = fopen("/proc/self/maps", "re");
  FILE *memory = fopen("/proc/self/mem", "re");
  char line[512];
  size_t found = 0;

  assert_non_null(maps);
  assert_non_null(memory);
  *looked = 0;
  while (fgets(line, sizeof line, maps) != NULL) {
    char *end;
    unsigned long from = strtoul(line, &end, 16);
    size_t size = strtoul(end + 1, NULL, 16) - from;
    char *bytes = strstr(line, "[heap]") != NULL ? malloc(size) : NULL;
    if (bytes == NULL)
      continue;
    assert_int_equal(fseek(memory, (long)from, SEEK_SET), 0);
    size = fread(bytes, 1, size, memory);
    *looked += size;
    for (size_t i = 0; i + PART <= size; i++) {
      for (size_t part = 0; part + PART <= SIZE; part++) {
        size_t same = 0;
        while (same < PART && bytes[i + same] == secret_byte(part + same))
          same++;
        found += same == PART;
      }
    }
    free(bytes);
  }
  (void)fclose(maps);
  (void)fclose(memory);
  return found;
}

/* What was held back was overwritten when the stream ended. Before, it is there, which shows that it would be
 * found. */
static void leaves_nothing_in_memory(void **state) {
  harness__recorder_t *recorder = redacting("(?<=KEY )\\w+");
  size_t looked;
  size_t before;
  size_t after;

  (void)state;
  record(recorder, "a", HARNESS__EVENT_RECEIVE, "a longer beginning KEY ", 23);
  for (size_t i = 0; i < 24; i++) {
    char byte = secret_byte(i);
    record(recorder, "a", HARNESS__EVENT_RECEIVE, &byte, 1);
  }
  before = find_in_heap(&looked);
  record(recorder, "a", HARNESS__EVENT_CLOSE, NULL, 0);
  after = find_in_heap(&looked);
  harness__recorder_free(recorder);
  if (looked == 0)
    skip(); /* a sanitizer's allocator has no such mapping */
  assert_int_not_equal(before, 0);
  assert_int_equal(after, 0);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(does_not_depend_on_cuts),
    cmocka_unit_test(leaves_nothing_in_memory),
};

HARNESS_CMOCKA_MAIN("record/redact_memory", tests)
