/* SPDX-License-Identifier: MIT */
#include "cases.h"

#include <harness/cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "support.h"

void cases_put(const char *folder, const case_file_t *files) {
  for (; files->name != NULL; files++)
    support_write(support_path(folder, files->name), files->text);
}

void cases_assert(const char *folder, const case_file_t *files) {
  size_t count = 0;

  for (; files->name != NULL; files++) {
    const char *path = support_path(folder, files->name);
    char *text;
    if (files->text == NULL) {
      if (support_exists(path))
        fail_msg("%s is there", files->name);
      continue;
    }
    if (!support_exists(path))
      fail_msg("%s is not there", files->name);
    text = support_read(path);
    if (strcmp(text, files->text) != 0)
      fail_msg("%s is\n%s", files->name, text);
    free(text);
    count += strchr(files->name, '/') == NULL;
  }
  assert_int_equal(support_count(folder), count);
}
