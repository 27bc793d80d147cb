/* SPDX-License-Identifier: MIT */
#include "descriptors.h"

#include <harness/cmocka.h>

#include <sys/resource.h>
#include <unistd.h>

enum { PLACES = 256 };
static int taken[PLACES];
static size_t taken_count;
static struct rlimit limit_before;

void leave_descriptors(size_t left) {
  struct rlimit limit;
  int fd;

  assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit_before), 0);
  limit = limit_before;
  limit.rlim_cur = PLACES;
  assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
  for (taken_count = 0; (fd = dup(1)) >= 0; taken_count++)
    taken[taken_count] = fd;
  assert_true(taken_count > left);
  while (left-- > 0)
    close(taken[--taken_count]);
}

void give_descriptors_back(void) {
  while (taken_count > 0)
    close(taken[--taken_count]);
  assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit_before), 0);
}
