/* SPDX-License-Identifier: MIT */
#include "pty.h"

#include <errno.h>
#include <fcntl.h>
#include <harness/cmocka.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { WAIT_MS = 50000 };

void pty_resize(pty_t *pty, unsigned short columns, unsigned short rows) {
  struct winsize size = {.ws_col = columns, .ws_row = rows};
  assert_int_equal(ioctl(pty->master, TIOCSWINSZ, &size), 0);
}

void pty_open(pty_t *pty, unsigned short columns, unsigned short rows) {
  const char *name;

  *pty =
      (pty_t){.master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC), .slave = -1, .events = -1, .orders = -1};
  assert_true(pty->master >= 0);
  assert_int_equal(grantpt(pty->master), 0);
  assert_int_equal(unlockpt(pty->master), 0);
  name = ptsname(pty->master);
  assert_non_null(name);
  pty->slave = open(name, O_RDWR | O_NOCTTY | O_CLOEXEC);
  assert_true(pty->slave >= 0);
  assert_int_equal(tcgetattr(pty->slave, &pty->modes), 0);
  pty_resize(pty, columns, rows);
}

/* Between fork and exec: only what may be called there. */
static void run_program(const pty_t *pty, const char *folder, const char *const *argv) {
  (void)setpgid(0, 0);
  (void)tcsetpgrp(pty->slave, getpid());
  (void)signal(SIGTTOU, SIG_DFL);
  (void)dup2(pty->slave, STDIN_FILENO);
  (void)dup2(pty->slave, STDOUT_FILENO);
  (void)dup2(pty->slave, STDERR_FILENO);
  if (chdir(folder) == 0)
    (void)execv(argv[0], (char *const *)argv);
  _exit(127);
}

/* The shell ends with its program. */
static void run_shell(const pty_t *pty, int events, int orders, const char *folder, const char *const *argv) {
  int status = 0;
  char order;
  pid_t pid;

  (void)setsid();
  (void)ioctl(pty->slave, TIOCSCTTY, 0);
  (void)signal(SIGTTOU, SIG_IGN);
  (void)signal(SIGHUP, SIG_DFL);
  pid = fork();
  if (pid == 0)
    run_program(pty, folder, argv);
  (void)setpgid(pid, pid);
  (void)tcsetpgrp(pty->slave, pid);
  if (write(events, &pid, sizeof pid) < 0)
    _exit(1);
  while (waitpid(pid, &status, WUNTRACED) == pid && write(events, &status, sizeof status) > 0 &&
         WIFSTOPPED(status)) {
    (void)tcsetpgrp(pty->slave, getpid());
    if (read(orders, &order, 1) != 1)
      break;
    (void)tcsetpgrp(pty->slave, pid);
    (void)kill(-pid, SIGCONT);
  }
  (void)kill(pid, SIGKILL);
  _exit(0);
}

/* Takes what the program has printed so far. */
static void read_output(pty_t *pty) {
  char data[4096];
  ssize_t size = read(pty->master, data, sizeof data);

  if (size > 0)
    harness__buffer_add(&pty->output, data, (size_t)size);
}

/* Waits for output or, where wanted, for an event; returns whether there is one of those. */
static bool await_either(pty_t *pty, bool wants_event) {
  struct pollfd ends[2] = {{.fd = pty->master, .events = POLLIN},
                           {.fd = wants_event ? pty->events : -1, .events = POLLIN}};
  int ready;

  do
    ready = poll(ends, 2, WAIT_MS);
  while (ready < 0 && errno == EINTR);
  if (ready <= 0)
    fail_msg("nothing comes after: %s", pty->output.text != NULL ? pty->output.text + pty->read : "");
  if ((ends[0].revents & POLLIN) != 0)
    read_output(pty);
  return ends[1].revents != 0;
}

static void read_event(pty_t *pty, void *event, size_t size) {
  while (!await_either(pty, true))
    continue;
  assert_int_equal(read(pty->events, event, size), size);
}

void pty_start(pty_t *pty, const char *folder, const char *const *argv) {
  int events[2];
  int orders[2];

  assert_int_equal(pipe2(events, O_CLOEXEC), 0);
  assert_int_equal(pipe2(orders, O_CLOEXEC), 0);
  pty->shell = fork();
  assert_true(pty->shell >= 0);
  if (pty->shell == 0) {
    (void)close(orders[1]);
    run_shell(pty, events[1], orders[0], folder, argv);
  }
  (void)close(events[1]);
  (void)close(orders[0]);
  pty->events = events[0];
  pty->orders = orders[1];
  read_event(pty, &pty->pid, sizeof pty->pid);
}

void pty_type(pty_t *pty, const char *keys) {
  assert_int_equal(write(pty->master, keys, strlen(keys)), strlen(keys));
}

const char *pty_await(pty_t *pty, const char *text) {
  for (;;) {
    char *from = pty->output.text != NULL ? pty->output.text + pty->read : NULL;
    const char *found = from != NULL ? strstr(from, text) : NULL;
    if (found != NULL) {
      static char *came;
      size_t size = (size_t)(found - from) + strlen(text);
      free(came);
      came = strndup(from, size);
      assert_non_null(came);
      pty->read += size;
      return came;
    }
    (void)await_either(pty, false);
  }
}

int pty_wait(pty_t *pty) {
  int status = 0;

  read_event(pty, &status, sizeof status);
  return status;
}

void pty_continue(pty_t *pty) {
  assert_int_equal(write(pty->orders, "c", 1), 1);
}

bool pty_is_restored(pty_t *pty) {
  struct termios now;

  assert_int_equal(tcgetattr(pty->slave, &now), 0);
  return now.c_iflag == pty->modes.c_iflag && now.c_oflag == pty->modes.c_oflag &&
         now.c_cflag == pty->modes.c_cflag && now.c_lflag == pty->modes.c_lflag &&
         memcmp(now.c_cc, pty->modes.c_cc, sizeof now.c_cc) == 0;
}

static void close_one(int *fd) {
  if (*fd > 0)
    (void)close(*fd);
  *fd = -1;
}

void pty_close(pty_t *pty) {
  if (pty->pid > 0)
    (void)kill(pty->pid, SIGKILL);
  close_one(&pty->orders);
  if (pty->shell > 0)
    (void)waitpid(pty->shell, NULL, 0);
  close_one(&pty->events);
  close_one(&pty->slave);
  close_one(&pty->master);
  harness__buffer_free(&pty->output);
  pty->pid = 0;
  pty->shell = 0;
}
