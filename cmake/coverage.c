/* SPDX-License-Identifier: MIT */
/*
 * Linked into each program where HARNESS_COVERAGE is on. A process that ends by _exit, by a signal that it
 * raises itself, or becomes another program writes no counters, and tests are full of such: children of a
 * fork, a run of the gate, a failed assertion on a thread. The linker finds these definitions before libc's,
 * whose exit() is not concerned. What a signal from outside ends stays uncounted.
 */
#include <dlfcn.h>
#include <gcov.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

/* What is written is added to what the files hold, so that it may be written only once. */
static void write_counters(void) {
  __gcov_dump();
  __gcov_reset();
}

void _exit(int status) {
  write_counters();
  for (;;)
    (void)syscall(SYS_exit_group, status);
}

int raise(int number) {
  write_counters();
  return (int)syscall(SYS_tgkill, getpid(), gettid(), number);
}

/* gcc sees to the other functions of this family by itself. */
int execvpe(const char *file, char *const argv[], char *const environment[]) {
  int (*function)(const char *, char *const[], char *const[]);

  write_counters();
  *(void **)&function = dlsym(RTLD_NEXT, "execvpe");
  return function(file, argv, environment);
}
