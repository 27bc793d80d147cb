/* SPDX-License-Identifier: MIT */
#include <harness/cmocka.h>

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "support.h"

static int read_error(const char *path) {
  harness__buffer_t out = {0};
  int error = harness__file_read(path, &out);

  harness__buffer_free(&out);
  return error;
}

static void reads_what_was_written(void **state) {
  const char *path = support_path(*state, "a/b/c.txt");
  harness__buffer_t out = {0};
  char bytes[70000];

  for (size_t i = 0; i < sizeof bytes; i++)
    bytes[i] = (char)(i * 7);
  assert_int_equal(harness__file_write(path, bytes, sizeof bytes), 0);
  assert_int_equal(harness__file_read(path, &out), 0);
  assert_int_equal(out.length, sizeof bytes);
  assert_memory_equal(out.text, bytes, sizeof bytes);
  harness__buffer_free(&out);
  assert_int_equal(support_count(support_path(*state, "a/b")), 1);
}

static void replaces_a_file_and_keeps_its_mode(void **state) {
  const char *path = support_path(*state, "file");
  struct stat status;
  char *text;

  support_write(path, "old, and longer");
  assert_int_equal(stat(path, &status), 0);
  assert_int_equal(status.st_mode & 0777, 0644);
  assert_int_equal(chmod(path, 0600), 0);
  support_write(path, "new");
  text = support_read(path);
  assert_string_equal(text, "new");
  free(text);
  assert_int_equal(stat(path, &status), 0);
  assert_int_equal(status.st_mode & 0777, 0600);
}

static void tells_why_a_file_cannot_be_read(void **state) {
  assert_int_equal(read_error(support_path(*state, "none")), ENOENT);
  assert_int_equal(read_error(*state), EISDIR);
  assert_int_equal(read_error("/dev/null"), EINVAL);
  assert_int_equal(mkfifo(support_path(*state, "fifo"), 0600), 0);
  assert_int_equal(read_error(support_path(*state, "fifo")), EINVAL);
  support_write(support_path(*state, "file"), "");
  assert_int_equal(read_error(support_path(*state, "file/below")), ENOTDIR);
}

static void tells_why_a_file_cannot_be_written(void **state) {
  support_write(support_path(*state, "file"), "a file");
  assert_int_equal(harness__file_write("", "x", 1), ENOENT);
  assert_int_equal(harness__file_write(support_path(*state, "file/below/it"), "x", 1), ENOTDIR);
  assert_int_not_equal(harness__file_write("/proc/harness/x", "x", 1), 0);
  assert_int_equal(mkdir(support_path(*state, "folder"), 0700), 0);
  assert_int_equal(harness__file_write(support_path(*state, "folder"), "x", 1), EISDIR);
  assert_int_equal(support_count(*state), 2);
}

static void leaves_the_old_file_when_the_disk_is_full(void **state) {
  const char *path = support_path(*state, "file");
  struct rlimit limit;
  struct rlimit small;
  char large[8192];
  char *text;
  int error;

  memset(large, 'x', sizeof large);
  support_write(path, "old");
  assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
  small = (struct rlimit){.rlim_cur = 4096, .rlim_max = limit.rlim_max};
  (void)signal(SIGXFSZ, SIG_IGN);
  assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
  error = harness__file_write(path, large, sizeof large);
  assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
  (void)signal(SIGXFSZ, SIG_DFL);
  assert_int_equal(error, EFBIG);
  text = support_read(path);
  assert_string_equal(text, "old");
  free(text);
  assert_int_equal(support_count(*state), 1);
}

#define in_folder(test) cmocka_unit_test_setup_teardown(test, support_make_folder, support_remove_folder)

static void renames_and_removes(void **state) {
  const char *from = support_path(*state, "from");
  const char *to = support_path(*state, "to");

  support_write(from, "new");
  support_write(to, "old");
  assert_int_equal(harness__file_rename(from, to), 0);
  assert_int_equal(support_count(*state), 1);
  assert_int_equal(harness__file_rename(from, to), ENOENT);
  assert_int_equal(harness__file_remove(to), 0);
  assert_int_equal(harness__file_remove(to), ENOENT);
  assert_int_equal(support_count(*state), 0);
}

static const struct CMUnitTest tests[] = {
    in_folder(reads_what_was_written),
    in_folder(replaces_a_file_and_keeps_its_mode),
    in_folder(tells_why_a_file_cannot_be_read),
    in_folder(tells_why_a_file_cannot_be_written),
    in_folder(leaves_the_old_file_when_the_disk_is_full),
    in_folder(renames_and_removes),
};

HARNESS_CMOCKA_MAIN("base/file", tests)
