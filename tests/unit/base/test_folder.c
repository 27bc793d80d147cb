/* SPDX-License-Identifier: MIT */
#include <harness/cmocka.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/folder.h"
#include "support.h"

static void lists_a_tree_in_order(void **state) {
  static const char *const expected[] = {"a.json", "b/10.json", "b/9.json", "b/c/x", "z"};
  size_t length = strlen(*state);
  harness__files_t files = {0};
  char *trouble;

  support_write(support_path(*state, "z"), "");
  support_write(support_path(*state, "b/9.json"), "");
  support_write(support_path(*state, "b/10.json"), "");
  support_write(support_path(*state, "b/c/x"), "");
  support_write(support_path(*state, "b/.hidden"), "");
  support_write(support_path(*state, ".git/x"), "");
  support_write(support_path(*state, "a.json"), "");
  assert_int_equal(harness__files_add(&files, *state, &trouble), 0);
  assert_null(trouble);
  assert_int_equal(files.count, 5);
  for (size_t i = 0; i < files.count; i++)
    assert_string_equal(files.list[i] + length + 1, expected[i]);
  harness__files_free(&files);
  assert_int_equal(files.count, 0);
}

/* A link to a folder above would never end. */
static void follows_no_links_below(void **state) {
  harness__files_t files = {0};

  support_write(support_path(*state, "a/file"), "");
  assert_int_equal(symlink(*state, support_path(*state, "a/up")), 0);
  assert_int_equal(symlink("a", support_path(*state, "link")), 0);
  assert_int_equal(harness__files_add(&files, support_path(*state, "link"), NULL), 0);
  assert_int_equal(files.count, 2);
  assert_non_null(strstr(files.list[0], "link/file"));
  assert_non_null(strstr(files.list[1], "link/up"));
  harness__files_free(&files);
}

static void tells_what_is_missing(void **state) {
  harness__files_t files = {0};
  char *trouble;

  assert_int_equal(harness__files_add(&files, support_path(*state, "none"), &trouble), ENOENT);
  assert_string_equal(trouble, support_path(*state, "none"));
  free(trouble);
  support_write(support_path(*state, "file"), "");
  assert_int_equal(harness__files_add(&files, support_path(*state, "file"), &trouble), 0);
  assert_int_equal(files.count, 1);
  harness__files_free(&files);
}

static void removes_a_folder_of_files(void **state) {
  char *folder = strdup(support_path(*state, "folder"));

  support_write(support_path(folder, "a"), "");
  support_write(support_path(folder, "b"), "");
  harness__folder_remove(folder);
  assert_false(support_exists(folder));
  harness__folder_remove(folder);
  free(folder);
}

#define in_folder(test) cmocka_unit_test_setup_teardown(test, support_make_folder, support_remove_folder)

static const struct CMUnitTest tests[] = {
    in_folder(lists_a_tree_in_order),
    in_folder(follows_no_links_below),
    in_folder(tells_what_is_missing),
    in_folder(removes_a_folder_of_files),
};

HARNESS_CMOCKA_MAIN("base/folder", tests)
