/* SPDX-License-Identifier: MIT */
/*
 * A terminal that is left in raw mode is of no use to its owner, so it is given back on every way out. The
 * handlers do that themselves (tcsetattr may be called in one) and then let the signal do what it does by
 * default, so the shell sees a process ended, or stopped, by that signal; nothing else is done in them, so
 * there is nothing that they could interrupt half-way but a system call. SIGKILL can't be met: then the
 * shell's own line editor or `stty sane` helps.
 *
 * Signals are only caught between enter and leave. A process in the background must not touch the terminal:
 * what is in the foreground has set it up for itself.
 */
#include "cli/terminal.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "report/compared/compared.h"

/* How long the rest of an escape sequence may take. */
enum { SEQUENCE_MS = 50 };

static const int endings[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};

enum { ENDINGS = sizeof endings / sizeof endings[0] };

static struct termios before;
static struct termios raw;
static volatile sig_atomic_t went_on;
static struct sigaction old_endings[ENDINGS];
static struct sigaction old_stop;
static struct sigaction old_continue;

void harness__terminal_size(size_t *columns, size_t *rows) {
  struct winsize size = {0};

  *columns = HARNESS__WIDTH;
  *rows = 0;
  if (isatty(STDOUT_FILENO) == 0 || ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0)
    return;
  *rows = size.ws_row;
  if (size.ws_col > 0)
    *columns = size.ws_col < HARNESS__WIDTH_LEAST ? HARNESS__WIDTH_LEAST : size.ws_col;
  if (*columns > HARNESS__WIDTH_MOST)
    *columns = HARNESS__WIDTH_MOST;
}

static bool has_color(void) {
  const char *refused = getenv("NO_COLOR");
  const char *terminal = getenv("TERM");

  return isatty(STDOUT_FILENO) != 0 && (refused == NULL || *refused == '\0') && terminal != NULL &&
         *terminal != '\0' && strcmp(terminal, "dumb") != 0;
}

bool harness__terminal_color(const char *command, const char *when, bool *color) {
  if (strcmp(when, "auto") == 0) {
    *color = has_color();
  } else if (strcmp(when, "always") == 0 || strcmp(when, "never") == 0) {
    *color = *when == 'a';
  } else {
    (void)fprintf(stderr, "harness %s: '%s' is no time for colour: auto, always or never\n", command, when);
    return false;
  }
  return true;
}

static bool in_foreground(void) {
  return tcgetpgrp(STDIN_FILENO) == getpgrp();
}

/* SIGTTOU is blocked while this runs, else giving the terminal back could stop the process. */
static void on_ending(int number) {
  if (in_foreground())
    (void)tcsetattr(STDIN_FILENO, TCSANOW, &before);
  (void)signal(number, SIG_DFL);
  (void)raise(number); /* takes effect when this returns */
}

static void on_continue(int number) {
  int error = errno;

  (void)number;
  if (in_foreground())
    (void)tcsetattr(STDIN_FILENO, TCSANOW, &raw);
  went_on = 1;
  errno = error;
}

static void catch (int number, void (*handler)(int), struct sigaction *old) {
  struct sigaction action = {.sa_handler = handler};

  (void)sigemptyset(&action.sa_mask);
  (void)sigaddset(&action.sa_mask, SIGTTOU);
  (void)sigaction(number, &action, old);
}

static void on_stop(int number) {
  int error = errno;
  sigset_t stop;
  sigset_t masked;

  if (in_foreground())
    (void)tcsetattr(STDIN_FILENO, TCSANOW, &before);
  (void)signal(number, SIG_DFL);
  (void)raise(number);
  (void)sigemptyset(&stop);
  (void)sigaddset(&stop, number);
  (void)sigprocmask(SIG_UNBLOCK, &stop, &masked); /* stops here, and goes on here */
  (void)sigprocmask(SIG_SETMASK, &masked, NULL);
  catch (number, on_stop, NULL);
  on_continue(SIGCONT);
  errno = error;
}

static bool is_ignored(int number) {
  struct sigaction action;
  return sigaction(number, NULL, &action) == 0 && action.sa_handler == SIG_IGN;
}

bool harness__terminal_enter(void) {
  if (tcgetattr(STDIN_FILENO, &before) != 0)
    return false;
  raw = before;
  raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
  raw.c_cc[VMIN] = 1;
  raw.c_cc[VTIME] = 0;
  went_on = 0;
  for (size_t i = 0; i < ENDINGS; i++) {
    (void)sigaction(endings[i], NULL, &old_endings[i]);
    if (!is_ignored(endings[i]))
      catch (endings[i], on_ending, NULL);
  }
  (void)sigaction(SIGTSTP, NULL, &old_stop);
  if (!is_ignored(SIGTSTP))
    catch (SIGTSTP, on_stop, NULL);
  catch (SIGCONT, on_continue, &old_continue);
  if (tcsetattr(STDIN_FILENO, TCSADRAIN, &raw) == 0)
    return true;
  harness__terminal_leave();
  return false;
}

void harness__terminal_leave(void) {
  int error = errno;

  (void)tcsetattr(STDIN_FILENO, TCSADRAIN, &before);
  for (size_t i = 0; i < ENDINGS; i++)
    (void)sigaction(endings[i], &old_endings[i], NULL);
  (void)sigaction(SIGTSTP, &old_stop, NULL);
  (void)sigaction(SIGCONT, &old_continue, NULL);
  errno = error;
}

/* Printed and shown before what was typed is dropped, and dropped before the question is there to be
 * answered. */
static bool print_question(const char *question) {
  if (fflush(stdout) != 0)
    return false;
  (void)tcdrain(STDOUT_FILENO);
  (void)tcflush(STDIN_FILENO, TCIFLUSH);
  (void)fputs(question, stdout);
  return fflush(stdout) == 0;
}

/* Whether there is more to read within that time. */
static bool has_more(int timeout_ms) {
  struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};
  return poll(&input, 1, timeout_ms) > 0 && (input.revents & POLLIN) != 0;
}

/* An arrow is ESC [ A: its last byte must not be taken for a key, however late it comes. */
static int read_key(void) {
  unsigned char bytes[64];
  ssize_t count = read(STDIN_FILENO, bytes, sizeof bytes);

  if (count <= 0)
    return HARNESS__KEY_END;
  if (count == 1 && bytes[0] >= 0x20 && bytes[0] < 0x7f)
    return bytes[0];
  while (has_more(SEQUENCE_MS) && read(STDIN_FILENO, bytes, sizeof bytes) > 0)
    continue;
  return count == 1 && (bytes[0] == '\n' || bytes[0] == '\r') ? '\n' : HARNESS__KEY_NONE;
}

/* Between looking at went_on and waiting nothing may come, so SIGCONT is only let in while waiting. */
static bool await_key(void) {
  struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};
  sigset_t held;
  sigset_t masked;
  int ready = 0;

  (void)sigemptyset(&held);
  (void)sigaddset(&held, SIGCONT);
  (void)sigaddset(&held, SIGTSTP);
  (void)sigprocmask(SIG_BLOCK, &held, &masked);
  while (ready == 0 && went_on == 0) {
    ready = ppoll(&input, 1, NULL, &masked);
    if (ready < 0 && errno == EINTR)
      ready = 0;
  }
  (void)sigprocmask(SIG_SETMASK, &masked, NULL);
  return went_on == 0;
}

int harness__terminal_ask(const char *question) {
  do {
    went_on = 0;
    if (!print_question(question))
      return HARNESS__KEY_END;
  } while (!await_key());
  return read_key();
}
