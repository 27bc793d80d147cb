/* SPDX-License-Identifier: MIT */
/* `harness export` as its users meet it: where the capture goes, and what is said when it can't. */
#include <harness/cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/file.h"
#include "process.h"
#include "support.h"

#define HELLO TEST_GOLDEN "/cli/hello.json"

/* Runs a line of the shell in which "$H" is the command and "$D" the test's folder. */
static int run(void **state, process_t *process, const char *line) {
  char script[4096];
  const char *const argv[] = {"/bin/sh", "-c", script, NULL};

  (void)snprintf(script, sizeof script, "H='%s' D='%s'; %s", TEST_COMMAND, (const char *)*state, line);
  process_start(process, argv);
  return process_wait(process);
}

/* A line that fails with a sentence, and writes nothing. */
static void assert_trouble(void **state, const char *line, const char *word) {
  process_t process;
  int code = run(state, &process, line);

  if (code != 2 || process.out.size != 0 || strstr(process.err.text, word) == NULL)
    fail_msg("%s: exit code %d, %zu bytes, \"%s\" instead of \"%s\"", line, code, process.out.size,
             process.err.text, word);
  process_free(&process);
}

static void assert_quiet(void **state, const char *line) {
  process_t process;
  int code = run(state, &process, line);

  if (code != 0 || process.out.size != 0 || process.err.size != 0)
    fail_msg("%s: exit code %d, %s%s", line, code, process.out.text, process.err.text);
  process_free(&process);
}

/* The file in the test's folder is the golden capture. */
static void assert_capture(void **state, const char *name) {
  harness__buffer_t bytes = {0};
  harness__buffer_t golden = {0};

  assert_int_equal(harness__file_read(support_path(*state, name), &bytes), 0);
  assert_int_equal(harness__file_read(TEST_GOLDEN "/capture/hello.pcapng", &golden), 0);
  assert_int_equal(bytes.length, golden.length);
  assert_memory_equal(bytes.text, golden.text, golden.length);
  harness__buffer_free(&bytes);
  harness__buffer_free(&golden);
}

static void writes_to_a_file_or_a_pipe(void **state) {
  assert_quiet(state, "\"$H\" export -o \"$D/a.pcapng\" " HELLO);
  assert_capture(state, "a.pcapng");
  assert_quiet(state, "\"$H\" export --format pcapng " HELLO " | cat >\"$D/b.pcapng\"");
  assert_capture(state, "b.pcapng");
  assert_quiet(state, "\"$H\" export --output \"$D/new/folder/c.pcapng\" " HELLO);
  assert_capture(state, "new/folder/c.pcapng");
  assert_quiet(state, "\"$H\" export -o /dev/stdout " HELLO " | cat >\"$D/d.pcapng\"");
  assert_capture(state, "d.pcapng");
}

/* A link leads to the file that is written; a device stays one. */
static void writes_to_what_is_there(void **state) {
  struct stat status;

  support_write(support_path(*state, "old"), "old");
  assert_int_equal(symlink("old", support_path(*state, "link")), 0);
  assert_quiet(state, "\"$H\" export -o \"$D/link\" " HELLO);
  assert_capture(state, "old");
  assert_int_equal(lstat(support_path(*state, "link"), &status), 0);
  assert_true(S_ISLNK(status.st_mode));
  assert_quiet(state, "\"$H\" export -o /dev/null " HELLO);
  assert_int_equal(stat("/dev/null", &status), 0);
  assert_true(S_ISCHR(status.st_mode));
}

static void keeps_the_old_file_in_trouble(void **state) {
  char *text;

  support_write(support_path(*state, "old"), "old");
  assert_trouble(state, "\"$H\" export -o \"$D/old\" none.json", "none.json: No such file");
  /* A file that may not grow is a disk that is full. */
  assert_trouble(state, "trap '' XFSZ; ulimit -f 0; \"$H\" export -o \"$D/old\" " HELLO,
                 "/old: File too large");
  text = support_read(support_path(*state, "old"));
  assert_string_equal(text, "old");
  assert_int_equal(support_count(*state), 1);
  free(text);
}

static void tells_trouble_with_its_output(void **state) {
  assert_trouble(state, "\"$H\" export -o \"$D\" " HELLO, ": Is a directory\n");
  assert_trouble(state, "\"$H\" export -o /dev/full " HELLO, "harness: /dev/full: No space left on device\n");
  assert_trouble(state, "\"$H\" export " HELLO " >/dev/full", "standard output: No space left on device");
  assert_trouble(state, "\"$H\" export " HELLO " >&-", "standard output: Bad file descriptor");
}

static void refuses_a_terminal(void **state) {
  int terminal = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
  char line[512];

  assert_true(terminal >= 0);
  assert_int_equal(grantpt(terminal), 0);
  assert_int_equal(unlockpt(terminal), 0);
  (void)snprintf(line, sizeof line, "\"$H\" export %s >'%s'", HELLO, ptsname(terminal));
  assert_trouble(state, line, "a capture is not for a terminal: use -o FILE or a pipe");
  (void)close(terminal);
}

static void tells_wrong_usage(void **state) {
  assert_trouble(state, "\"$H\" export", "a file is missing\nusage: harness export");
  assert_trouble(state, "\"$H\" export a b", "too many arguments");
  assert_trouble(state, "\"$H\" export --format pcap a", "the only format is pcapng");
  assert_trouble(state, "\"$H\" export --wrong a", "usage: harness export");
  assert_trouble(state, "\"$H\" export --port 80 a", "'80' is no NAME=PORT");
  assert_trouble(state, "\"$H\" export --port =80 a", "'=80' is no NAME=PORT");
  assert_trouble(state, "\"$H\" export --port a=0 a", "'a=0' is no NAME=PORT");
  assert_trouble(state, "\"$H\" export --port a=65536 a", "'a=65536' is no NAME=PORT");
  assert_trouble(state, "\"$H\" export --port a=80x a", "'a=80x' is no NAME=PORT");
  assert_trouble(state, "\"$H\" export --port api=80 " HELLO, "there is no server or endpoint \"api\"");
}

#define in_folder(test) cmocka_unit_test_setup_teardown(test, support_make_folder, support_remove_folder)

static const struct CMUnitTest tests[] = {
    in_folder(writes_to_a_file_or_a_pipe),
    in_folder(writes_to_what_is_there),
    in_folder(keeps_the_old_file_in_trouble),
    in_folder(tells_trouble_with_its_output),
    in_folder(refuses_a_terminal),
    in_folder(tells_wrong_usage),
};

HARNESS_CMOCKA_MAIN("cli/export", tests)
