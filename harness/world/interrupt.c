/* SPDX-License-Identifier: MIT */
/*
 * Signals may come to any thread of the process, so blocking them in one would not keep them back: they are
 * caught, and told by a pipe. Those that the test catches or ignores are its own affair.
 */
#include "world/interrupt.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <unistd.h>

static struct {
  int signal;
  bool is_held;
} held[] = {{SIGINT, false}, {SIGTERM, false}, {SIGHUP, false}};

enum { SIGNALS = sizeof held / sizeof held[0] };

static int ends[2] = {-1, -1};
static volatile sig_atomic_t came;

static void on_interrupt(int signal) {
  int error = errno;
  ssize_t written = write(ends[1], "!", 1);

  (void)written; /* what is full can be read, too */
  came = signal;
  errno = error;
}

int harness__interrupt_hold(void) {
  struct sigaction ours = {.sa_handler = on_interrupt, .sa_flags = SA_RESTART};

  came = 0;
  if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0)
    return -1;
  for (size_t i = 0; i < SIGNALS; i++) {
    struct sigaction now;

    held[i].is_held = sigaction(held[i].signal, NULL, &now) == 0 && now.sa_handler == SIG_DFL &&
                      sigaction(held[i].signal, &ours, NULL) == 0;
  }
  return ends[0];
}

void harness__interrupt_release(void) {
  struct sigaction plain = {.sa_handler = SIG_DFL};

  if (ends[0] < 0)
    return;
  for (size_t i = 0; i < SIGNALS; i++)
    if (held[i].is_held)
      (void)sigaction(held[i].signal, &plain, NULL);
  (void)close(ends[0]);
  (void)close(ends[1]);
  ends[0] = ends[1] = -1;
  if (came != 0)
    (void)raise(came);
}
