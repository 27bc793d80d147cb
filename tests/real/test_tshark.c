/* SPDX-License-Identifier: MIT */
/* Captures that `harness export` wrote, read by tshark: it finds nothing to complain of, and each lane's
 * bytes. */
#include <harness/cmocka.h>

#include <arpa/inet.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "base/buffer.h"
#include "base/file.h"
#include "random_talks.h"
#include "record/json.h"
#include "record/load.h"
#include "support.h"

enum { FIRST_ADDRESS = 0x0a000001, WARNING = 0x600000 };

/* Checksums are checked, which is not the default, and nobody's own settings are. */
#define TSHARK                                                                                               \
  "'" TEST_TSHARK "' -o tcp.check_checksum:TRUE -o ip.check_checksum:TRUE -o udp.check_checksum:TRUE "

/* The output of a command in the folder, which the test fails without. The caller frees it. */
static char *run(const char *folder, const char *command) {
  char line[4096];
  int status;

  (void)snprintf(line, sizeof line, "cd '%s' && export HOME=. WIRESHARK_CONFIG_DIR=. && %s >out 2>err",
                 folder, command);
  status = system(line); /* NOLINT(bugprone-command-processor,cert-env33-c): the test's own words */
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
    fail_msg("%s: %s", command, support_read(support_path(folder, "err")));
  return support_read(support_path(folder, "out"));
}

static void export(const char *folder, const char *json, const char *options) {
  char command[4096];

  (void)snprintf(command, sizeof command, "'%s' export %s -o x.pcapng '%s'", TEST_COMMAND, options, json);
  free(run(folder, command));
}

/* What tshark says of a capture: what it complains of, a line each, and what each lane sent and was sent. */
typedef struct finding {
  harness__buffer_t complaints;
  harness__buffer_t *sent;
  harness__buffer_t *received;
  size_t lanes;
  size_t frames;
} finding_t;

enum { SOURCE, TARGET, TCP_BYTES, UDP_BYTES, MALFORMED, ANALYSIS, CHECKSUMS, SEVERITIES, RESET, FIELDS };

static const char fields[] = "-T fields -E occurrence=a -e ip.src -e ip.dst -e tcp.payload -e udp.payload "
                             "-e _ws.malformed -e tcp.analysis.flags -e ip.checksum.status "
                             "-e _ws.expert.severity -e tcp.connection.rst -e tcp.checksum.status "
                             "-e udp.checksum.status";

static void add_hex(harness__buffer_t *lanes, size_t count, const char *address, const char *hex) {
  size_t lane = (size_t)ntohl(inet_addr(address)) - FIRST_ADDRESS;

  for (; lane < count && hex[0] != '\0' && hex[1] != '\0'; hex += 2) {
    char digits[] = {hex[0], hex[1], '\0'};
    harness__buffer_char(&lanes[lane], (char)strtoul(digits, NULL, 16));
  }
}

/* A reset is a warning to tshark, whoever did it: where the transcript has one that is as it should be. */
static bool is_fine(char *const field[], const char *sums, bool may_reset) {
  unsigned long most = 0;
  char *end = field[SEVERITIES];

  while (*end != '\0') {
    unsigned long severity = strtoul(end, &end, 10);
    most = severity > most ? severity : most;
    end += *end == ',';
  }
  return field[MALFORMED][0] == '\0' && field[ANALYSIS][0] == '\0' && strpbrk(sums, "0") == NULL &&
         strpbrk(field[CHECKSUMS], "0") == NULL && (most < WARNING || (may_reset && field[RESET][0] != '\0'));
}

static void read_line(finding_t *finding, char *line, bool may_reset) {
  harness__buffer_t whole = {0};
  char *field[FIELDS];
  char *rest = line;

  harness__buffer_string(&whole, line);
  for (size_t i = 0; i < FIELDS; i++) {
    field[i] = strsep(&rest, "\t");
    assert_non_null(field[i]);
  }
  finding->frames++;
  if (!is_fine(field, rest != NULL ? rest : "", may_reset))
    harness__buffer_printf(&finding->complaints, "frame %zu: %s\n", finding->frames, whole.text);
  harness__buffer_free(&whole);
  if (field[SOURCE][0] == '\0')
    return;
  add_hex(finding->sent, finding->lanes, field[SOURCE], field[TCP_BYTES]);
  add_hex(finding->sent, finding->lanes, field[SOURCE], field[UDP_BYTES]);
  add_hex(finding->received, finding->lanes, field[TARGET], field[TCP_BYTES]);
  add_hex(finding->received, finding->lanes, field[TARGET], field[UDP_BYTES]);
}

static void find(finding_t *finding, const char *folder, size_t lanes, bool may_reset) {
  char command[4096];
  char *text;
  char *rest;
  char *line;

  (void)snprintf(command, sizeof command, TSHARK "-r x.pcapng %s", fields);
  text = rest = run(folder, command);
  memset(finding, 0, sizeof *finding);
  finding->lanes = lanes;
  finding->sent = calloc(lanes + 1, sizeof *finding->sent);
  finding->received = calloc(lanes + 1, sizeof *finding->received);
  assert_true(finding->sent != NULL && finding->received != NULL);
  while ((line = strsep(&rest, "\n")) != NULL)
    if (*line != '\0')
      read_line(finding, line, may_reset);
  free(text);
}

static void free_finding(finding_t *finding) {
  for (size_t i = 0; i < finding->lanes; i++) {
    harness__buffer_free(&finding->sent[i]);
    harness__buffer_free(&finding->received[i]);
  }
  free(finding->sent);
  free(finding->received);
  harness__buffer_free(&finding->complaints);
}

/* Of a client that runs freely nothing may be known but its log, in a lane of its name: what it sends and
 * receives stands in its server's lanes. */
static bool is_observed(const harness__transcript_t *transcript, size_t lane) {
  for (size_t i = 0; i < transcript->count; i++)
    if (transcript->entries[i].lane == lane && transcript->entries[i].kind != HARNESS__EVENT_LOG)
      return true;
  return false;
}

/* A lane was sent what it received, and perhaps what it did not read any more. */
static void assert_finding(const finding_t *finding, const harness__transcript_t *transcript,
                           const harness__buffer_t *sent, const harness__buffer_t *received) {
  if (finding->complaints.length > 0)
    fail_msg("tshark complains:\n%s", finding->complaints.text);
  assert_true(finding->frames >= transcript->count);
  for (size_t i = 0; i < transcript->lane_count; i++) {
    if (!is_observed(transcript, i))
      continue;
    if (finding->sent[i].length != sent[i].length || finding->received[i].length < received[i].length)
      fail_msg("%s sent %zu and received %zu bytes, tshark has %zu and %zu", transcript->lanes[i],
               sent[i].length, received[i].length, finding->sent[i].length, finding->received[i].length);
    if (sent[i].length > 0)
      assert_memory_equal(finding->sent[i].text, sent[i].text, sent[i].length);
    if (received[i].length > 0)
      assert_memory_equal(finding->received[i].text, received[i].text, received[i].length);
  }
}

static void check_fixture(const char *folder, const char *path) {
  char *sentence;
  harness__transcript_t *transcript = harness__transcript_load(path, NULL, &sentence);
  harness__buffer_t *streams[2];
  bool has_reset = false;
  finding_t finding;

  assert_non_null(transcript);
  for (size_t i = 0; i < 2; i++) {
    streams[i] = calloc(transcript->lane_count + 1, sizeof *streams[i]);
    assert_non_null(streams[i]);
  }
  for (size_t i = 0; i < transcript->count; i++) {
    const harness__entry_t *entry = &transcript->entries[i];
    harness__buffer_add(&streams[entry->kind == HARNESS__EVENT_RECEIVE][entry->lane], entry->data.head,
                        entry->data.head_size);
    has_reset = has_reset || entry->kind == HARNESS__EVENT_RESET;
  }
  export(folder, path, "--format pcapng");
  find(&finding, folder, transcript->lane_count, has_reset);
  assert_finding(&finding, transcript, streams[0], streams[1]);
  for (size_t i = 0; i < 2 * transcript->lane_count; i++)
    harness__buffer_free(&streams[i % 2][i / 2]);
  free(streams[0]);
  free(streams[1]);
  free_finding(&finding);
  harness__transcript_free(transcript);
}

static int is_json(const struct dirent *entry) {
  const char *suffix = strrchr(entry->d_name, '.');
  return suffix != NULL && strcmp(suffix, ".json") == 0;
}

static void check_fixtures(const char *folder, const char *suite, int least) {
  struct dirent **entries;
  int count = scandir(suite, &entries, is_json, alphasort);

  assert_in_range(count, least, 1000); /* so that a moved folder is not a pass */
  for (int i = 0; i < count; i++) {
    check_fixture(folder, support_path(suite, entries[i]->d_name));
    free(entries[i]);
  }
  free(entries);
}

static void reads_the_scenarios(void **state) {
  check_fixtures(*state, TEST_FIXTURES "/scenarios", 13);
}

static void reads_the_fixtures_of_real_clients(void **state) {
  check_fixtures(*state, TEST_FIXTURES "/real", 4);
}

static void reads_random_talks(void **state) {
  for (uint64_t seed = 1; seed <= 5; seed++) {
    talks_t talks;
    finding_t finding;
    char *json;

    talks_make(&talks, seed, 200);
    json = harness__transcript_json(talks.transcript);
    assert_non_null(json);
    support_write(support_path(*state, "x.json"), json);
    free(json);
    export(*state, "x.json", "");
    find(&finding, *state, talks.transcript->lane_count, true);
    assert_finding(&finding, talks.transcript, talks.sent, talks.received);
    free_finding(&finding);
    talks_free(&talks);
  }
}

static void assert_says(void **state, const char *command, const char *expected) {
  char *text = run(*state, command);
  assert_string_equal(text, expected);
  free(text);
}

static void knows_http_and_what_a_port_tells(void **state) {
  export(*state, TEST_FIXTURES "/real/libcurl_get.json", "");
  assert_says(state, TSHARK "-r x.pcapng -Y http -T fields -e http.request.uri -e http.response.code",
              "/hello\t\n\t200\n");
  export(*state, TEST_FIXTURES "/real/libcurl_post.json", "");
  assert_says(state, TSHARK "-r x.pcapng -Y http -T fields -e http.request.uri -e http.response.code",
              "/upload\t\n\t201\n");
  export(*state, TEST_FIXTURES "/real/hiredis_commands.json", "--port server=6379");
  assert_says(state, TSHARK "-r x.pcapng -Y tcp.flags.syn==1 -T fields -e tcp.srcport -e tcp.dstport",
              "49152\t6379\n6379\t49152\n");
}

static void shows_lanes_and_logs(void **state) {
  export(*state, TEST_GOLDEN "/cli/hello.json", "");
  assert_says(state, TSHARK "-N n -r x.pcapng -Y tcp.flags.syn==1 -T fields -e ip.src_host -e frame.comment",
              "client\tevent 1: client connect to server\n"
              "server/1\tevent 2: server/1 accept from client\n");
  assert_says(state,
              TSHARK "-r x.pcapng -Y systemd_journal -T fields -e systemd_journal.syslog_id "
                     "-e systemd_journal.message",
              "client\tevent 4: client log: -> Client sending: 'Hello World!'\n");
}

/* A copy made by another tool says the same. */
static void other_tools_read_it(void **state) {
  char *frames;
  char *copied;

  export(*state, TEST_GOLDEN "/cli/hello.json", "");
  assert_says(state, "'" TEST_CAPINFOS "' -M -c -o x.pcapng",
              "File name:           x.pcapng\nNumber of packets:   7\nStrict time order:   True\n");
  frames = run(*state, TSHARK "-r x.pcapng -T fields -e frame.time_epoch -e ip.src -e frame.comment");
  free(run(*state, "'" TEST_EDITCAP "' x.pcapng y.pcapng"));
  copied = run(*state, TSHARK "-r y.pcapng -T fields -e frame.time_epoch -e ip.src -e frame.comment");
  assert_string_equal(copied, frames);
  free(copied);
  free(frames);
}

/* So that silence means something: a wrong byte and a wrong number are complained of. */
static void complains_of_what_is_wrong(void **state) {
  static const struct {
    const char *pattern;
    size_t length;
    size_t offset;
  } places[] = {
      {"Hello World!", 12, 0},                /* a byte of the data */
      {"\x50\x11\xff\xff", 4, (size_t)0 - 8}, /* the sequence number of a FIN */
      {"\x45\x00\x00\x34", 4, 8},             /* the time to live in an IP header */
  };

  for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
    harness__buffer_t bytes = {0};
    finding_t finding;
    char *place;

    export(*state, TEST_GOLDEN "/cli/hello.json", "");
    assert_int_equal(harness__file_read(support_path(*state, "x.pcapng"), &bytes), 0);
    place = memmem(bytes.text, bytes.length, places[i].pattern, places[i].length);
    assert_non_null(place);
    place[places[i].offset] ^= 1;
    assert_int_equal(harness__file_write(support_path(*state, "x.pcapng"), bytes.text, bytes.length), 0);
    find(&finding, *state, 2, true);
    assert_true(finding.complaints.length > 0);
    free_finding(&finding);
    harness__buffer_free(&bytes);
  }
}

#define in_folder(test) cmocka_unit_test_setup_teardown(test, support_make_folder, support_remove_folder)

static const struct CMUnitTest tests[] = {
    in_folder(reads_the_scenarios),        in_folder(reads_the_fixtures_of_real_clients),
    in_folder(reads_random_talks),         in_folder(knows_http_and_what_a_port_tells),
    in_folder(shows_lanes_and_logs),       in_folder(other_tools_read_it),
    in_folder(complains_of_what_is_wrong),
};

HARNESS_CMOCKA_MAIN("real/tshark", tests)
