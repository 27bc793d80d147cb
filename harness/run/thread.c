/* SPDX-License-Identifier: MIT */
/*
 * What a thread of this process waits for in the kernel: /proc/self/task/N/syscall begins with the number of
 * the system call that it is blocked in, or with "running". Numbers differ between machines and names don't:
 * so there is a table of the calls that a network client is found in. Nothing is said where the kernel tells
 * nothing.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>

#include "run/graph.h"

static const struct {
  long number;
  const char *name;
} calls[] = {
#ifdef SYS_accept
    {SYS_accept, "accept"},
#endif
    {SYS_accept4, "accept"},
    {SYS_clock_nanosleep, "sleep"},
    {SYS_connect, "connect"},
#ifdef SYS_epoll_wait
    {SYS_epoll_wait, "epoll_wait"},
#endif
    {SYS_epoll_pwait, "epoll_wait"},
    {SYS_fcntl, "fcntl"},
    {SYS_flock, "flock"},
    {SYS_fsync, "fsync"},
    {SYS_futex, "futex"},
    {SYS_nanosleep, "sleep"},
    {SYS_openat, "open"},
#ifdef SYS_pause
    {SYS_pause, "pause"},
#endif
#ifdef SYS_poll
    {SYS_poll, "poll"},
#endif
    {SYS_ppoll, "poll"},
    {SYS_pselect6, "select"},
    {SYS_read, "read"},
    {SYS_readv, "read"},
    {SYS_recvfrom, "recv"},
    {SYS_recvmsg, "recvmsg"},
#ifdef SYS_select
    {SYS_select, "select"},
#endif
    {SYS_sendmsg, "sendmsg"},
    {SYS_sendto, "send"},
    {SYS_wait4, "wait"},
    {SYS_waitid, "wait"},
    {SYS_write, "write"},
    {SYS_writev, "write"},
};

static const char *name_of(long number) {
  for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
    if (calls[i].number == number)
      return calls[i].name;
  }
  return "a system call";
}

void harness__thread_describe(long thread, harness__buffer_t *out) {
  char line[256];
  char path[64];
  char *end;
  FILE *file;

  (void)snprintf(path, sizeof path, "/proc/self/task/%ld/syscall", thread);
  file = fopen(path, "re");
  if (file == NULL)
    return;
  if (fgets(line, sizeof line, file) != NULL) {
    long number = strtol(line, &end, 10);
    if (end != line && number >= 0)
      harness__buffer_printf(out, ", blocked in %s", name_of(number));
  }
  (void)fclose(file);
}
