/* SPDX-License-Identifier: MIT */
/* What is redacted is in no transcript, however it was cut. */
#include <harness/cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "record/recorder.h"
#include "texts.h"

static void receive(harness__recorder_t *recorder, const char *text) {
  record(recorder, "a", HARNESS__EVENT_RECEIVE, text, strlen(text));
}

static void replaces_values(void **state) {
  harness__recorder_t *recorder = redacting("key=(\\w+)");

  (void)state;
  receive(recorder, "key=abc; key=d key= key");
  record(recorder, "a", HARNESS__EVENT_SEND, "", 0);
  record(recorder, "a", HARNESS__EVENT_CLOSE, NULL, 0);
  assert_text(recorder, "a  receive  'key=${secret}; key=${secret} key= key'\n"
                        "a  send     ''\n"
                        "a  close\n");
  harness__recorder_free(recorder);
}

static void finds_what_is_cut(void **state) {
  harness__recorder_t *recorder = redacting("key=(\\w+)");

  (void)state;
  receive(recorder, "a ke");
  record(recorder, "b", HARNESS__EVENT_RECEIVE, "key=zz.", 7);
  receive(recorder, "y=a");
  record(recorder, "a", HARNESS__EVENT_SEND, "y=a", 3);
  receive(recorder, "b");
  receive(recorder, "c d");
  record(recorder, "a", HARNESS__EVENT_CLOSE, NULL, 0);
  assert_text(recorder, "a  receive  'a ke'\n"
                        "b  receive  'key=${secret}.'\n"
                        "a  receive  'y=${secret}'\n"
                        "a  send     'y=a'\n"
                        "a  receive  ''\n"
                        "a  receive  ' d'\n"
                        "a  close\n");
  harness__recorder_free(recorder);
}

/* What is held back stands in a transcript as if the stream ended there, and is decided by what follows. */
static void decides_when_the_stream_goes_on(void **state) {
  harness__recorder_t *recorder = redacting("key=\\w{4}");

  (void)state;
  receive(recorder, "1 key=ab");
  assert_text(recorder, "a  receive  '1 key=ab'\n");
  receive(recorder, "c");
  assert_text(recorder, "a  receive  '1 key=ab'\na  receive  'c'\n");
  receive(recorder, "d 2");
  assert_text(recorder, "a  receive  '1 ${secret}'\na  receive  ''\na  receive  ' 2'\n");
  receive(recorder, "key=x");
  record(recorder, "a", HARNESS__EVENT_CONNECT, NULL, 0);
  receive(recorder, "yzz");
  assert_text(recorder, "a  receive  '1 ${secret}'\na  receive  ''\na  receive  ' 2'\n"
                        "a  receive  'key=x'\na  connect  to ?\na  receive  'yzz'\n");
  harness__recorder_free(recorder);
}

static void ends_each_direction_by_itself(void **state) {
  harness__recorder_t *recorder = redacting("se+t");
  harness__note_t eof = {.kind = HARNESS__EVENT_EOF, .from = true};

  (void)state;
  receive(recorder, "s");
  record(recorder, "a", HARNESS__EVENT_SEND, "s", 1);
  assert_int_not_equal(harness__record(recorder, lane_of(recorder, "a"), &eof), 0);
  receive(recorder, "et");
  record(recorder, "a", HARNESS__EVENT_SEND, "eet", 3);
  record(recorder, "a", HARNESS__EVENT_RESET, NULL, 0);
  assert_text(recorder, "a  receive  's'\n"
                        "a  send     '${secret}'\n"
                        "a  eof      from ?\n"
                        "a  receive  'et'\n"
                        "a  send     ''\n"
                        "a  reset    to ?\n");
  harness__recorder_free(recorder);
}

static void looks_behind_and_ahead(void **state) {
  static const char *const regexes[] = {"(?<=key=)\\w+(?=;)", "key=\\K\\w+(?=;)", "(?<==)\\b\\w++(?!x)(?=;)"};

  (void)state;
  for (size_t i = 0; i < 3; i++) {
    harness__recorder_t *recorder = redacting(regexes[i]);
    for (const char *p = "key=ab;key=cd."; *p != '\0'; p++)
      record(recorder, "a", HARNESS__EVENT_RECEIVE, p, 1);
    assert_text(recorder, "a  receive  'k'\na  receive  'e'\na  receive  'y'\na  receive  '='\n"
                          "a  receive  '${secret}'\na  receive  ''\na  receive  ';'\n"
                          "a  receive  'k'\na  receive  'e'\na  receive  'y'\na  receive  '='\n"
                          "a  receive  'c'\na  receive  'd'\na  receive  '.'\n");
    harness__recorder_free(recorder);
  }
}

/* What an expression asks for behind its value may be what another begins with. */
static void finds_a_value_behind_another(void **state) {
  static const char stream[] = "user=bob pass=hunter2;";

  (void)state;
  for (size_t part = 1; part <= strlen(stream); part++) {
    harness__recorder_t *recorder = redacting("user=(\\w+) pass=");
    harness__transcript_t *transcript;
    harness__buffer_t out = {0};
    char *sentence;
    char *text;

    assert_true(harness__recorder_add_redaction(recorder, "password", "pass=(\\w+)", &sentence));
    for (size_t at = 0; at < strlen(stream); at += part)
      record(recorder, "a", HARNESS__EVENT_SEND, stream + at,
             part < strlen(stream) - at ? part : strlen(stream) - at);
    transcript = harness__recorder_transcript(recorder);
    assert_non_null(transcript);
    for (size_t i = 0; i < transcript->count; i++)
      harness__buffer_add(&out, transcript->entries[i].data.head, transcript->entries[i].data.head_size);
    text = harness__buffer_take(&out);
    assert_string_equal(text, "user=${secret} pass=${password};");
    free(text);
    harness__transcript_free(transcript);
    harness__recorder_free(recorder);
  }
}

/* A lookbehind may stand in another, and look back from where that one has got to. */
static void looks_behind_from_behind(void **state) {
  static const char *const regexes[] = {"(?<=(?<=(?<=xyz)abc)def)\\w+", "(?<=(?=(?<=xyzabc))def)\\w+",
                                        "(*plb:(*plb:(*plb:xyz)abc)def)\\w+",
                                        "(?<=\\Bdef)(?<=(?<!o)xyzabcdef)\\w+"};

  (void)state;
  for (size_t i = 0; i < sizeof regexes / sizeof regexes[0]; i++) {
    harness__recorder_t *recorder = redacting(regexes[i]);
    for (const char *p = "-xyzabcdefpw."; *p != '\0'; p++)
      record(recorder, "a", HARNESS__EVENT_RECEIVE, p, 1);
    assert_text(recorder, "a  receive  '-'\na  receive  'x'\na  receive  'y'\na  receive  'z'\n"
                          "a  receive  'a'\na  receive  'b'\na  receive  'c'\na  receive  'd'\n"
                          "a  receive  'e'\na  receive  'f'\na  receive  '${secret}'\na  receive  ''\n"
                          "a  receive  '.'\n");
    harness__recorder_free(recorder);
  }
}

/* Where lines are set to end with two bytes, their end is looked for two bytes back. */
static void looks_behind_for_the_end_of_a_line(void **state) {
  harness__recorder_t *recorder = redacting("(*CRLF)(?m)^ab");

  (void)state;
  for (const char *p = "x\r\nab\nab"; *p != '\0'; p++)
    record(recorder, "a", HARNESS__EVENT_RECEIVE, p, 1);
  assert_text(recorder, "a  receive  'x'\na  receive  '\\r'\na  receive  '\\n'\na  receive  '${secret}'\n"
                        "a  receive  ''\na  receive  '\\n'\na  receive  'a'\na  receive  'b'\n");
  harness__recorder_free(recorder);
}

/* A line begins behind the end of another, also where what was received so far ends there. */
static void finds_a_value_in_the_next_line(void **state) {
  harness__recorder_t *recorder = redacting("(?m)^user\\n^(\\w+)");

  (void)state;
  receive(recorder, "user");
  receive(recorder, "\n");
  receive(recorder, "pw");
  receive(recorder, ".");
  assert_text(recorder, "a  receive  'user'\na  receive  '\\n'\na  receive  '${secret}'\na  receive  '.'\n");
  harness__recorder_free(recorder);
}

static void takes_the_beginning_of_a_stream_for_one_only(void **state) {
  harness__recorder_t *recorder = redacting("^ab|(?<=^x)y|\\Ac");

  (void)state;
  for (const char *p = "abxyabccab"; *p != '\0'; p++)
    record(recorder, "a", HARNESS__EVENT_SEND, p, 1);
  record(recorder, "a", HARNESS__EVENT_CLOSE, NULL, 0);
  record(recorder, "a", HARNESS__EVENT_SEND, "xyc", 3);
  record(recorder, "a", HARNESS__EVENT_CLOSE, NULL, 0);
  record(recorder, "a", HARNESS__EVENT_SEND, "cc", 2);
  assert_text(recorder,
              "a  send     '${secret}'\na  send     ''\na  send     'x'\na  send     'y'\n"
              "a  send     'a'\na  send     'b'\na  send     'c'\na  send     'c'\na  send     'a'\n"
              "a  send     'b'\na  close\na  send     'x${secret}c'\na  close\n"
              "a  send     '${secret}c'\n");
  harness__recorder_free(recorder);
}

static void takes_datagrams_by_themselves(void **state) {
  harness__recorder_t *recorder = redacting("ab+c");
  harness__lane_t b = lane_of(recorder, "b");

  (void)state;
  assert_int_not_equal(
      harness__record(recorder, lane_of(recorder, "a"),
                      &(harness__note_t){.kind = HARNESS__EVENT_SEND, .data = "ab", .size = 2, .peer = b}),
      0);
  assert_int_not_equal(
      harness__record(recorder, lane_of(recorder, "a"),
                      &(harness__note_t){.kind = HARNESS__EVENT_SEND, .data = "cabc", .size = 4, .peer = b}),
      0);
  assert_text(recorder, "a  send     to b  'ab'\na  send     to b  'c${secret}'\n");
  harness__recorder_free(recorder);
}

static void redacts_lines(void **state) {
  harness__recorder_t *recorder = redacting("ab+c");
  size_t size = 7;
  char *text = harness__recorder_redact(recorder, "-abbc-a", &size);

  (void)state;
  assert_string_equal(text, "-${secret}-a");
  assert_int_equal(size, strlen(text));
  free(text);
  size = 0;
  text = harness__recorder_redact(recorder, "", &size);
  assert_string_equal(text, "");
  assert_int_equal(size, 0);
  free(text);
  harness__recorder_free(recorder);
}

static void write_into(char *bytes, size_t size, const char *text) {
  memset(bytes, '-', size);
  for (size_t i = 0; text[i] != '\0'; i++)
    bytes[200 + i] = text[i];
}

static void digests_what_is_long_without_it(void **state) {
  enum { SIZE = 400, RENAMED = SIZE - 3 + 9 };
  harness__recorder_t *plain = harness__recorder_new(100);
  char bytes[RENAMED];
  char *expected;

  (void)state;
  write_into(bytes, sizeof bytes, "key=${secret}");
  record(plain, "a", HARNESS__EVENT_SEND, bytes, RENAMED);
  expected = text_of(plain);
  assert_non_null(strstr(expected, "406 bytes, xxh3-128:"));
  for (int i = 0; i < 2; i++) {
    harness__recorder_t *recorder = harness__recorder_new(100);
    char *sentence;
    assert_true(harness__recorder_add_redaction(recorder, "secret", "key=(\\w+)", &sentence));
    write_into(bytes, sizeof bytes, i == 0 ? "key=one" : "key=two");
    record(recorder, "a", HARNESS__EVENT_SEND, bytes, SIZE);
    assert_text(recorder, expected);
    harness__recorder_free(recorder);
  }
  free(expected);
  harness__recorder_free(plain);
}

static void gives_no_transcript_that_could_be_misread(void **state) {
  harness__recorder_t *recorder = redacting("key=(\\w+)");

  (void)state;
  receive(recorder, "say $secret, $");
  receive(recorder, "{sec");
  free(text_of(recorder));
  receive(recorder, "ret} key=x");
  assert_trouble(recorder,
                 "the text \"${secret}\" occurs by itself, and can't be told from what stands for the "
                 "redaction \"secret\": give that another name");
}

static void gives_up_rather_than_hold_all(void **state) {
  harness__recorder_t *recorder = redacting("<[^>]*>");
  char bytes[5000];

  (void)state;
  memset(bytes, '<', sizeof bytes);
  for (int i = 0; i < 300; i++)
    record(recorder, "a", HARNESS__EVENT_SEND, bytes, sizeof bytes);
  assert_trouble(recorder,
                 "more than 1048576 bytes in a row may be the beginning of what is to be redacted: the "
                 "expression must say where it ends");
}

/* Once is enough: if each of these gave up anew, it would take minutes. */
static void looks_at_nothing_behind_trouble(void **state) {
  harness__recorder_t *recorder = redacting("(a|aa|b)+[^a]$");
  char bytes[100];

  (void)state;
  memset(bytes, 'a', sizeof bytes);
  for (int i = 0; i < 20000; i++) {
    record(recorder, "a", HARNESS__EVENT_SEND, bytes, sizeof bytes);
    record(recorder, "a", HARNESS__EVENT_CLOSE, NULL, 0);
  }
  assert_trouble(recorder,
                 "the redaction \"secret\" gave up: it takes more than 1,000,000 steps at one place");
}

static void gives_no_transcript_where_a_rule_gave_up(void **state) {
  harness__recorder_t *recorder = redacting("(a|aa|b)+[^a]$");
  char bytes[3000];

  (void)state;
  memset(bytes, 'a', sizeof bytes);
  record(recorder, "a", HARNESS__EVENT_SEND, bytes, sizeof bytes);
  record(recorder, "a", HARNESS__EVENT_CLOSE, NULL, 0);
  assert_trouble(recorder,
                 "the redaction \"secret\" gave up: it takes more than 1,000,000 steps at one place");
}

static void assert_refused(harness__recorder_t *recorder, const char *name, const char *regex,
                           const char *expected) {
  char *sentence;

  assert_false(harness__recorder_add_redaction(recorder, name, regex, &sentence));
  assert_string_equal(sentence, expected);
  free(sentence);
}

static void refuses_what_is_no_rule(void **state) {
  harness__recorder_t *recorder = redacting("a");
  char *sentence;

  (void)state;
  assert_refused(recorder, "x", "(", "the redaction \"x\": missing closing parenthesis, at byte 1 of \"(\"");
  assert_refused(recorder, "x", "(a)(b)",
                 "the redaction \"x\" has 2 groups, and one can be the value: write (?:…) for the others");
  assert_refused(recorder, "x", "a|\\Gb",
                 "the redaction \"x\" has \\G: what it finds would depend on how the data is cut");
  assert_refused(recorder, "x", "a(*COMMIT:m)b",
                 "the redaction \"x\" has (*COMMIT: what it finds would depend on how the data is cut");
  assert_refused(recorder, "x", "a(*SKIP)b",
                 "the redaction \"x\" has (*SKIP: what it finds would depend on how the data is cut");
  assert_true(harness__recorder_add_redaction(recorder, "backslash", "a\\\\G", &sentence));
  assert_refused(recorder, "secret", "b", "there is a placeholder or redaction \"secret\" already");
  assert_refused(recorder, "", "b",
                 "the name of a redaction must be letters, digits and _, at most 64, with no digit first or "
                 "last, not \"\"");
  for (const char *const *name =
           (const char *const[]){"a1", "1a", "a-b", "a.b",
                                 "0123456789012345678901234567890123456789012345678901234567890123a", "ä",
                                 "a b", NULL};
       *name != NULL; name++) {
    assert_false(harness__recorder_add_redaction(recorder, *name, "b", &sentence));
    assert_non_null(strstr(sentence, "must be letters"));
    free(sentence);
  }
  assert_true(harness__recorder_add_placeholder(recorder, "token", "t", false, &sentence));
  assert_refused(recorder, "token", "b", "there is a placeholder or redaction \"token\" already");
  receive(recorder, "x");
  assert_refused(recorder, "y", "b", "a redaction must be made before anything is recorded");
  harness__recorder_free(recorder);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(replaces_values),
    cmocka_unit_test(finds_what_is_cut),
    cmocka_unit_test(decides_when_the_stream_goes_on),
    cmocka_unit_test(ends_each_direction_by_itself),
    cmocka_unit_test(looks_behind_and_ahead),
    cmocka_unit_test(finds_a_value_behind_another),
    cmocka_unit_test(looks_behind_from_behind),
    cmocka_unit_test(looks_behind_for_the_end_of_a_line),
    cmocka_unit_test(finds_a_value_in_the_next_line),
    cmocka_unit_test(takes_the_beginning_of_a_stream_for_one_only),
    cmocka_unit_test(takes_datagrams_by_themselves),
    cmocka_unit_test(redacts_lines),
    cmocka_unit_test(digests_what_is_long_without_it),
    cmocka_unit_test(gives_no_transcript_that_could_be_misread),
    cmocka_unit_test(gives_up_rather_than_hold_all),
    cmocka_unit_test(gives_no_transcript_where_a_rule_gave_up),
    cmocka_unit_test(looks_at_nothing_behind_trouble),
    cmocka_unit_test(refuses_what_is_no_rule),
};

HARNESS_CMOCKA_MAIN("record/redact", tests)
