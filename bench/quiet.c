/* SPDX-License-Identifier: MIT */
#include "quiet.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "bench.h"

static int keep(int fd, int other) {
  int kept = fcntl(fd, F_DUPFD_CLOEXEC, 3);

  bench_check(kept < 0 || dup2(other, fd) < 0 ? -errno : 0, "dup");
  return kept;
}

bench_quiet_t bench_quiet(void) {
  int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
  bench_quiet_t quiet;

  bench_check(null < 0 ? -errno : 0, "/dev/null");
  fflush(NULL);
  quiet = (bench_quiet_t){.out = keep(STDOUT_FILENO, null), .err = keep(STDERR_FILENO, null)};
  close(null);
  return quiet;
}

void bench_loud(bench_quiet_t quiet) {
  fflush(NULL);
  bench_check(dup2(quiet.out, STDOUT_FILENO) < 0 || dup2(quiet.err, STDERR_FILENO) < 0 ? -errno : 0, "dup");
  close(quiet.out);
  close(quiet.err);
}
