/* SPDX-License-Identifier: MIT */
#include "contender.h"

#include <errno.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

void bench_call(uint16_t port) {
  struct sockaddr_in address = {
      .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  char data[BENCH_ECHO_SIZE] = "Hello World";
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

  bench_check(fd < 0 ? -errno : 0, "socket");
  bench_check(connect(fd, (const struct sockaddr *)&address, sizeof address) < 0 ? -errno : 0, "connect");
  bench_check(send(fd, data, sizeof data, MSG_NOSIGNAL) == sizeof data ? 0 : -EPIPE, "send");
  bench_check(recv(fd, data, sizeof data, MSG_WAITALL) == sizeof data ? 0 : -EPIPE, "recv");
  close(fd);
}

/* statm is read in a moment, but each processor counts some pages by itself before it tells: a hundred
 * connections may be missing there. */
uint64_t bench_resident(void) {
  FILE *file = fopen("/proc/self/smaps_rollup", "re");
  unsigned long kib = 0;

  bench_check(file == NULL || fscanf(file, "%*[^\n] Rss: %lu kB", &kib) != 1 ? -EIO : 0,
              "/proc/self/smaps_rollup");
  (void)fclose(file);
  return (uint64_t)kib * 1024;
}

int main(void) {
  char name[64];
  size_t count;

  while (scanf("%63s %zu", name, &count) == 2) {
    const bench_workload_t *workload = bench_workloads;

    while (workload->name != NULL && strcmp(workload->name, name) != 0)
      workload++;
    if (workload->name != NULL)
      printf("%" PRIu64 "\n", workload->run(count));
    else
      puts("-");
    fflush(stdout);
  }
  return 0;
}
