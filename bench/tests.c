/* SPDX-License-Identifier: MIT */
#include "tests.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "bench.h"

/* What cmocka prints of many tests would be more than what it does. */
typedef struct quiet {
  int out;
  int err;
} quiet_t;

static int keep(int fd, int other) {
  int kept = fcntl(fd, F_DUPFD_CLOEXEC, 3);

  bench_check(kept < 0 || dup2(other, fd) < 0 ? -errno : 0, "dup");
  return kept;
}

static quiet_t be_quiet(void) {
  int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
  quiet_t quiet;

  bench_check(null < 0 ? -errno : 0, "/dev/null");
  fflush(NULL);
  quiet = (quiet_t){.out = keep(STDOUT_FILENO, null), .err = keep(STDERR_FILENO, null)};
  close(null);
  return quiet;
}

static void be_loud(quiet_t quiet) {
  fflush(NULL);
  bench_check(dup2(quiet.out, STDOUT_FILENO) < 0 || dup2(quiet.err, STDERR_FILENO) < 0 ? -errno : 0, "dup");
  close(quiet.out);
  close(quiet.err);
}

uint64_t bench_tests(struct CMUnitTest test, size_t count) {
  struct CMUnitTest *tests = calloc(count, sizeof *tests);
  uint64_t start;
  quiet_t quiet;
  int failed;

  bench_check(tests == NULL ? -ENOMEM : 0, "tests");
  for (size_t i = 0; i < count; i++)
    tests[i] = test;
  quiet = be_quiet();
  start = bench_now_ns();
  failed = _cmocka_run_group_tests("whole_tests", tests, count, NULL, NULL);
  start = bench_now_ns() - start;
  be_loud(quiet);
  bench_check(failed == 0 ? 0 : -EPROTO, "tests");
  free(tests);
  return start;
}
