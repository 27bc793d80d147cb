/* SPDX-License-Identifier: MIT */
/* Captures as people read them, and, read strictly, of any transcript. */
#include <harness/cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/file.h"
#include "random_talks.h"
#include "reading.h"
#include "record/load.h"
#include "report/capture/capture.h"
#include "report/capture/packet.h"
#include "support.h"

#define CONNECT "{'lane': 'client', 'event': 'connect', 'to': 'server'}"
#define ACCEPT "{'lane': 'server/1', 'event': 'accept', 'from': 'client'}"
#define CLIENT(rest) ", {'lane': 'client', 'event': " rest "}"
#define SERVER(rest) ", {'lane': 'server/1', 'event': " rest "}"
#define BOTH "'client', 'server/1'"

/* The capture of a transcript, which is freed. */
static void read_capture(reading_t *reading, harness__buffer_t *bytes, harness__transcript_t *transcript) {
  char *sentence;
  size_t count = transcript->count;

  memset(bytes, 0, sizeof *bytes);
  if (!harness__capture(bytes, transcript, NULL, 0, &sentence))
    fail_msg("%s", sentence);
  reading_open(reading, bytes->text, bytes->length);
  reading_assert_events(reading, count);
  harness__transcript_free(transcript);
}

/* The golden file is the capture, a frame a line. */
static void assert_capture(const char *name, const char *lanes, const char *events) {
  harness__buffer_t bytes;
  reading_t reading;
  char golden[64];
  char *text;

  read_capture(&reading, &bytes, support_transcript(lanes, events));
  text = reading_text(&reading);
  (void)snprintf(golden, sizeof golden, "capture/%s.txt", name);
  support_assert_golden(golden, text);
  free(text);
  reading_close(&reading);
  harness__buffer_free(&bytes);
}

static void shows_a_connection(void **state) {
  (void)state;
  assert_capture("connection", BOTH,
                 CONNECT "," ACCEPT CLIENT("'send', 'data': 'Hello '") CLIENT("'send', 'data': 'World!'")
                     SERVER("'receive', 'data': 'Hello World!'") SERVER("'log', 'text': 'a\\nb'")
                         SERVER("'send', 'data': 'Bye', 'at_ms': 5000") SERVER("'close', 'at_ms': 5000")
                             CLIENT("'receive', 'data': 'By', 'at_ms': 5000")
                                 CLIENT("'receive', 'data': 'e', 'at_ms': 5000")
                                     CLIENT("'eof', 'from': 'server/1', 'at_ms': 5000")
                                         CLIENT("'close', 'at_ms': 5001"));
}

static void shows_half_closes(void **state) {
  (void)state;
  assert_capture("half_closes", BOTH,
                 CONNECT "," ACCEPT CLIENT("'send', 'data': 'a'") CLIENT("'eof', 'to': 'server/1'")
                     SERVER("'receive', 'data': 'a'") SERVER("'eof', 'from': 'client'")
                         SERVER("'send', 'data': 'b'") SERVER("'eof', 'to': 'client'") SERVER("'close'")
                             CLIENT("'receive', 'data': 'b'") CLIENT("'eof', 'from': 'server/1'")
                                 CLIENT("'close'"));
}

/* One that was not observed does what the lane saw of it. */
static void shows_a_blocking_client(void **state) {
  (void)state;
  assert_capture("blocking_client", "'server/1', 'server/2'",
                 ACCEPT SERVER("'receive', 'data': 'a'") SERVER("'send', 'data': 'b'")
                     SERVER("'send', 'data': ''") SERVER("'eof', 'from': 'client'")
                         SERVER("'close'") ",{'lane': 'server/2', 'event': 'accept', 'from': 'client'},"
                                           "{'lane': 'server/2', 'event': 'reset', 'from': 'client'},"
                                           "{'lane': 'server/2', 'event': 'close'}");
}

/* What was sent before it was accepted goes over a connection that the kernel made. */
static void shows_a_late_accept(void **state) {
  (void)state;
  assert_capture("late_accept", BOTH,
                 CONNECT CLIENT("'send', 'data': 'a'")
                     CLIENT("'close'") "," ACCEPT SERVER("'receive', 'data': 'a'")
                         SERVER("'eof', 'from': 'client'") SERVER("'close'"));
}

/* The second try is the one that was accepted; one was never accepted, one is not over. */
static void shows_connects_that_fail(void **state) {
  (void)state;
  assert_capture("refused", BOTH,
                 CONNECT CLIENT("'error', 'code': 'ECONNREFUSED'") "," CONNECT "," ACCEPT CLIENT("'close'")
                     SERVER("'eof', 'from': 'client'")
                         SERVER("'close'") "," CONNECT CLIENT("'send', 'data': 'a'")
                             CLIENT("'reset', 'from': 'server'")
                                 CLIENT("'close'") "," CONNECT CLIENT("'error', 'code': 'ETIMEDOUT'")
                                     CLIENT("'close'") "," CONNECT);
}

/* A close with bytes unread resets; so does a closed end that gets bytes, and an abort. */
static void shows_resets(void **state) {
  (void)state;
  assert_capture("close_unread", BOTH,
                 CONNECT "," ACCEPT CLIENT("'send', 'data': 'abc'") SERVER("'receive', 'data': 'a'")
                     SERVER("'close'") CLIENT("'reset', 'from': 'server/1'") CLIENT("'close'"));
  assert_capture("write_to_closed", BOTH,
                 CONNECT "," ACCEPT SERVER("'close'") CLIENT("'send', 'data': 'abc'")
                     CLIENT("'eof', 'from': 'server/1'") CLIENT("'error', 'code': 'EPIPE'")
                         CLIENT("'close'"));
  assert_capture("close_in_flight", BOTH,
                 CONNECT "," ACCEPT CLIENT("'send', 'data': 'abc'") SERVER("'close'")
                     CLIENT("'eof', 'from': 'server/1'") CLIENT("'close'"));
  assert_capture("abort", BOTH,
                 CONNECT "," ACCEPT CLIENT("'send', 'data': 'abc'") CLIENT("'reset', 'to': 'server/1'")
                     SERVER("'send', 'data': 'd'") SERVER("'receive', 'data': 'abc'")
                         SERVER("'reset', 'from': 'client'") SERVER("'close'"));
}

/* Fixtures that were cut by hand: a lane without connect, one that received what nobody sent. */
static void makes_up_what_is_missing(void **state) {
  (void)state;
  assert_capture("missing", "'a', 'client', 'server/1'",
                 "{'lane': 'a', 'event': 'send', 'data': 'x'}, {'lane': 'a', 'event': 'close'}, " CONNECT
                 "," ACCEPT CLIENT("'send', 'data': 'ab'") SERVER("'receive', 'data': 'abcd'")
                     SERVER("'eof', 'from': 'client'") CLIENT("'close'") SERVER("'send', 'data': 'e'"));
}

static void shows_datagrams(void **state) {
  (void)state;
  assert_capture("datagrams", "'ask', 'time', 'time/1'",
                 "{'lane': 'ask', 'event': 'send', 'to': 'time', 'data': 'now?'},"
                 "{'lane': 'time', 'event': 'receive', 'from': 'ask', 'data': 'now?'},"
                 "{'lane': 'time', 'event': 'send', 'to': 'ask', 'data': ''},"
                 "{'lane': 'ask', 'event': 'receive', 'from': 'time', 'data': ''},"
                 "{'lane': 'time/1', 'event': 'receive', 'from': 'peer', 'data': 'now?'},"
                 "{'lane': 'time/1', 'event': 'send', 'to': 'peer', 'data': 'soon'},"
                 "{'lane': 'time', 'event': 'close'}");
}

/* Of long data the head is captured and the size is told; more than a segment holds is several. */
static void cuts_long_data_short(void **state) {
  char events[2048];

  (void)state;
  (void)snprintf(events, sizeof events,
                 CONNECT CLIENT("'send', 'data': {'bytes': 150000, 'digest': "
                                "'xxh3-128:81398c275461d23effab579dd90bfab7', 'head': '%064d'}"),
                 0);
  assert_capture("long", "'client'", events);
}

/* Marks take no columns, so that a width alone would not bound a name, and an option has a largest size. */
static void bounds_what_takes_no_columns(void **state) {
  enum { MARKS = 40000 };
  harness__transcript_t *transcript =
      support_transcript("'client'", "{'lane': 'client', 'event': 'connect', 'to': 'server'}, "
                                     "{'lane': 'client', 'event': 'log', 'text': 'x'}");
  harness__buffer_t marks = {0};
  harness__buffer_t bytes;
  reading_t reading;

  (void)state;
  harness__buffer_char(&marks, 'x');
  for (size_t i = 0; i < MARKS; i++)
    harness__buffer_string(&marks, "\xcc\x81");
  assert_false(marks.failed);
  transcript->lanes[0] = marks.text;
  transcript->entries[0].to = marks.text;
  read_capture(&reading, &bytes, transcript);
  assert_int_equal(reading.name_count, 1);
  assert_true(strlen(reading.names[0]) < 1000);
  assert_memory_equal(reading.names[0], marks.text, 101);
  assert_string_equal(reading.names[0] + strlen(reading.names[0]) - 3, "…");
  reading_close(&reading);
  harness__buffer_free(&bytes);
  harness__buffer_free(&marks);
}

static void gives_the_ports_asked_for(void **state) {
  harness__port_t ports[] = {{.name = "server", .port = 80}, {.name = "serve", .port = 81}};
  harness__transcript_t *transcript = support_transcript(BOTH, CONNECT "," ACCEPT);
  harness__buffer_t bytes = {0};
  reading_t reading;
  char *sentence;

  (void)state;
  assert_true(harness__capture(&bytes, transcript, ports, 1, &sentence));
  reading_open(&reading, bytes.text, bytes.length);
  assert_int_equal(reading.frames[0].to_port, 80);
  reading_close(&reading);
  harness__buffer_free(&bytes);
  assert_false(harness__capture(&bytes, transcript, ports, 2, &sentence));
  assert_string_equal(sentence, "there is no server or endpoint \"serve\"");
  free(sentence);
  harness__buffer_free(&bytes);
  harness__transcript_free(transcript);
}

static void refuses(const char *event, const char *expected) {
  char events[1024];
  harness__transcript_t *transcript;
  harness__buffer_t bytes = {0};
  char *sentence;

  (void)snprintf(events, sizeof events,
                 "{'lane': 'a', 'event': %s, 'digest': 'xxh3-128:81398c275461d23effab579dd90bfab7', "
                 "'head': '%064d'}}",
                 event, 0);
  transcript = support_transcript("'a'", events);
  assert_false(harness__capture(&bytes, transcript, NULL, 0, &sentence));
  assert_string_equal(sentence, expected);
  assert_int_equal(bytes.length, 0);
  free(sentence);
  harness__transcript_free(transcript);
}

static void refuses_what_no_capture_holds(void **state) {
  (void)state;
  refuses("'send', 'data': {'bytes': 9223372036854775807",
          "event 1: 9223372036854775807 bytes are more than an event of a capture can have: 1073741824");
  refuses("'send', 'to': 'b', 'data': {'bytes': 65508",
          "event 1: 65508 bytes are more than a datagram over IPv4 can have: 65507");
}

/* A pattern is shown where it stands for a log line, and refused where it stands for bytes. */
static void shows_patterns_of_logs(void **state) {
  harness__transcript_t *transcript =
      support_transcript("'a'", "{'lane': 'a', 'event': 'send', 'data': {'regex': '[0-9]+'}}");
  harness__buffer_t bytes = {0};
  char *sentence;

  (void)state;
  assert_capture("pattern", "'a'", "{'lane': 'a', 'event': 'log', 'text': {'regex': 'id [0-9]+'}}");
  assert_false(harness__capture(&bytes, transcript, NULL, 0, &sentence));
  assert_string_equal(sentence, "event 1: the data is a pattern, which has no bytes to capture");
  free(sentence);
  harness__transcript_free(transcript);
}

/* More than half of what the windows allow is acknowledged by the kernel; sequence numbers wrap. */
static void carries_gigabytes(void **state) {
  harness__transcript_t *transcript = support_transcript(BOTH, CONNECT "," ACCEPT);
  harness__entry_t *entries = harness__arena_alloc(&transcript->arena, 7 * sizeof *entries);
  harness__buffer_t bytes;
  reading_t reading;

  (void)state;
  assert_non_null(entries);
  memcpy(entries, transcript->entries, 2 * sizeof *entries);
  for (size_t i = 2; i < 7; i++)
    entries[i] = (harness__entry_t){
        .kind = HARNESS__EVENT_SEND,
        .data = {.head = "x", .head_size = 1, .bytes = HARNESS__CAPTURE_MOST, .digest = "a digest"}};
  transcript->entries = entries;
  transcript->count = 7;
  read_capture(&reading, &bytes, transcript);
  assert_true(reading.talks[0].next[0] == 1 + 5 * (uint64_t)HARNESS__CAPTURE_MOST);
  reading_close(&reading);
  harness__buffer_free(&bytes);
}

/* To the byte, on every machine: the golden file opens in Wireshark. */
static void writes_the_same_bytes(void **state) {
  const char *path = support_path(TEST_GOLDEN, "capture/hello.pcapng");
  harness__transcript_t *transcript;
  harness__buffer_t bytes = {0};
  harness__buffer_t golden = {0};
  char *sentence;

  (void)state;
  transcript = harness__transcript_load(TEST_GOLDEN "/cli/hello.json", NULL, &sentence);
  assert_non_null(transcript);
  assert_true(harness__capture(&bytes, transcript, NULL, 0, &sentence));
  if (getenv("SUPPORT_UPDATE_GOLDEN") != NULL)
    assert_int_equal(harness__file_write(path, bytes.text, bytes.length), 0);
  assert_int_equal(harness__file_read(path, &golden), 0);
  assert_int_equal(bytes.length, golden.length);
  assert_memory_equal(bytes.text, golden.text, golden.length);
  harness__buffer_free(&bytes);
  harness__buffer_free(&golden);
  harness__transcript_free(transcript);
}

static const harness__buffer_t *find_stream(const reading_t *reading, const char *from, const char *to,
                                            bool of_from) {
  for (size_t i = 0; i < reading->talk_count; i++) {
    const talk_t *talk = &reading->talks[i];

    for (int end = 0; end < 2; end++) {
      const char *name = reading_name(reading, talk->address[end]);
      if ((from != NULL && of_from && strcmp(name, from) == 0) ||
          (to != NULL && !of_from && strcmp(reading_name(reading, talk->address[!end]), to) == 0))
        return &talk->bytes[end];
    }
  }
  return NULL;
}

static void assert_begins_with(const harness__buffer_t *stream, const harness__buffer_t *expected,
                               bool is_whole) {
  size_t length = stream != NULL ? stream->length : 0;

  assert_true(is_whole ? length == expected->length : length >= expected->length);
  if (stream != NULL && expected->length > 0)
    assert_memory_equal(stream->text, expected->text, expected->length);
}

/* Datagrams of a lane, one after another. */
static void collect_datagrams(const reading_t *reading, const char *lane, harness__buffer_t *sent,
                              harness__buffer_t *received) {
  for (size_t i = 0; i < reading->count; i++) {
    const frame_t *frame = &reading->frames[i];

    if (frame->protocol != 17)
      continue;
    if (strcmp(reading_name(reading, frame->from), lane) == 0)
      harness__buffer_add(sent, frame->data, frame->size);
    if (strcmp(reading_name(reading, frame->to), lane) == 0)
      harness__buffer_add(received, frame->data, frame->size);
  }
}

static void check_talks(uint64_t seed, size_t count) {
  talks_t talks;
  harness__buffer_t bytes = {0};
  reading_t reading;
  char *sentence;

  talks_make(&talks, seed, count);
  assert_true(harness__capture(&bytes, talks.transcript, NULL, 0, &sentence));
  reading_open(&reading, bytes.text, bytes.length);
  reading_assert_events(&reading, talks.transcript->count);
  for (size_t i = 0; i < talks.transcript->lane_count; i++) {
    const char *lane = talks.transcript->lanes[i];
    const harness__buffer_t *sent = find_stream(&reading, lane, NULL, true);
    harness__buffer_t datagrams[2] = {{0}};

    collect_datagrams(&reading, lane, &datagrams[0], &datagrams[1]);
    if (sent != NULL) {
      assert_begins_with(sent, &talks.sent[i], true);
      assert_begins_with(find_stream(&reading, NULL, lane, false), &talks.received[i], false);
    } else {
      assert_begins_with(&datagrams[0], &talks.sent[i], true);
      assert_begins_with(&datagrams[1], &talks.received[i], false);
    }
    harness__buffer_free(&datagrams[0]);
    harness__buffer_free(&datagrams[1]);
  }
  reading_close(&reading);
  harness__buffer_free(&bytes);
  talks_free(&talks);
}

static void keeps_the_bytes_of_random_talks(void **state) {
  (void)state;
  for (uint64_t seed = 1; seed <= 100; seed++)
    check_talks(seed, 1 + seed % 20);
}

static void makes_sense_of_nonsense(void **state) {
  (void)state;
  for (uint64_t seed = 1; seed <= 1000; seed++) {
    harness__buffer_t bytes;
    reading_t reading;

    read_capture(&reading, &bytes, talks_nonsense(seed, 1 + seed % 60));
    reading_close(&reading);
    harness__buffer_free(&bytes);
  }
}

/* An event costs the same however many there are: no list is gone through for each. */
static void is_as_long_as_its_transcript(void **state) {
  size_t lengths[2] = {0};

  (void)state;
  for (size_t i = 0; i < 2; i++) {
    harness__transcript_t *transcript = talks_nonsense(7, i == 0 ? 10000 : 100000);
    harness__buffer_t bytes = {0};
    char *sentence;

    assert_true(harness__capture(&bytes, transcript, NULL, 0, &sentence));
    lengths[i] = bytes.length;
    harness__buffer_free(&bytes);
    harness__transcript_free(transcript);
  }
  assert_in_range(lengths[1], lengths[0] * 9, lengths[0] * 11);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(shows_a_connection),        cmocka_unit_test(shows_half_closes),
    cmocka_unit_test(shows_a_blocking_client),   cmocka_unit_test(shows_a_late_accept),
    cmocka_unit_test(shows_connects_that_fail),  cmocka_unit_test(shows_resets),
    cmocka_unit_test(makes_up_what_is_missing),  cmocka_unit_test(shows_datagrams),
    cmocka_unit_test(cuts_long_data_short),      cmocka_unit_test(bounds_what_takes_no_columns),
    cmocka_unit_test(gives_the_ports_asked_for), cmocka_unit_test(refuses_what_no_capture_holds),
    cmocka_unit_test(shows_patterns_of_logs),    cmocka_unit_test(carries_gigabytes),
    cmocka_unit_test(writes_the_same_bytes),     cmocka_unit_test(keeps_the_bytes_of_random_talks),
    cmocka_unit_test(makes_sense_of_nonsense),   cmocka_unit_test(is_as_long_as_its_transcript),
};

HARNESS_CMOCKA_MAIN("report/capture", tests)
