/* SPDX-License-Identifier: MIT */
#include "process.h"

#include <errno.h>
#include <fcntl.h>
#include <harness/cmocka.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { WAIT_SECONDS = 60, MOST_LEFT = 8 };

static pid_t left[MOST_LEFT]; /* started, not waited for */

static void remember(pid_t before, pid_t after) {
  for (size_t i = 0; i < MOST_LEFT; i++) {
    if (left[i] == before) {
      left[i] = after;
      return;
    }
  }
}

void process_kill_left(void) {
  for (size_t i = 0; i < MOST_LEFT; i++) {
    if (left[i] == 0)
      continue;
    (void)kill(left[i], SIGKILL);
    (void)waitpid(left[i], NULL, 0);
    left[i] = 0;
  }
}

static void add(output_t *output, const char *data, size_t size) {
  if (output->size + size >= output->room) {
    output->room = 2 * (output->size + size + 1);
    output->text = realloc(output->text, output->room);
    if (output->text == NULL)
      abort();
  }
  memcpy(output->text + output->size, data, size);
  output->size += size;
  output->text[output->size] = '\0';
}

static void *read_output(void *arg) {
  output_t *output = arg;
  char data[16384];
  ssize_t size;

  do {
    size = read(output->fd, data, sizeof data);
    (void)pthread_mutex_lock(&output->lock);
    if (size > 0)
      add(output, data, (size_t)size);
    else
      output->ended = true;
    (void)pthread_cond_broadcast(&output->grown);
    (void)pthread_mutex_unlock(&output->lock);
  } while (size > 0);
  return NULL;
}

/* Returns the end that the process gets. */
static int open_output(output_t *output) {
  int ends[2];

  memset(output, 0, sizeof *output);
  assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
  output->fd = ends[0];
  add(output, "", 0);
  (void)pthread_mutex_init(&output->lock, NULL);
  (void)pthread_cond_init(&output->grown, NULL);
  assert_int_equal(pthread_create(&output->reader, NULL, read_output, output), 0);
  return ends[1];
}

void process_start(process_t *process, const char *const *argv) {
  posix_spawn_file_actions_t actions;
  int out = open_output(&process->out);
  int err = open_output(&process->err);

  assert_int_equal(posix_spawn_file_actions_init(&actions), 0);
  assert_int_equal(posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO), 0);
  assert_int_equal(posix_spawn_file_actions_adddup2(&actions, err, STDERR_FILENO), 0);
  assert_int_equal(posix_spawnp(&process->pid, argv[0], &actions, NULL, (char *const *)argv, environ), 0);
  (void)posix_spawn_file_actions_destroy(&actions);
  (void)close(out);
  (void)close(err);
  remember(0, process->pid);
}

static size_t count_of(const char *text, const char *word) {
  size_t count = 0;

  for (const char *p = strstr(text, word); p != NULL; p = strstr(p + strlen(word), word))
    count++;
  return count;
}

/* Waits until the output holds the text so many times, or (text NULL) until it has ended. */
static bool await(output_t *output, const char *text, size_t count) {
  struct timespec until;
  bool there = false;
  int status = 0;

  (void)clock_gettime(CLOCK_REALTIME, &until);
  until.tv_sec += WAIT_SECONDS;
  (void)pthread_mutex_lock(&output->lock);
  for (;;) {
    there = text != NULL ? count_of(output->text, text) >= count : output->ended;
    if (there || output->ended || status != 0)
      break;
    status = pthread_cond_timedwait(&output->grown, &output->lock, &until);
  }
  (void)pthread_mutex_unlock(&output->lock);
  return there;
}

/* Ends a process that was waited for in vain, and its readers, which use what a failing test leaves. */
static void give_up(process_t *process) {
  (void)kill(process->pid, SIGKILL);
  (void)pthread_join(process->out.reader, NULL);
  (void)pthread_join(process->err.reader, NULL);
  (void)waitpid(process->pid, NULL, 0);
  remember(process->pid, 0);
}

void process_await(process_t *process, const char *text, size_t count) {
  if (await(&process->out, text, count))
    return;
  give_up(process);
  fail_msg("\"%s\" was not printed %zu times: %s", text, count, process->out.text);
}

char *process_first_line(process_t *process) {
  char *line;

  process_await(process, "\n", 1);
  (void)pthread_mutex_lock(&process->out.lock);
  line = strndup(process->out.text, strcspn(process->out.text, "\n"));
  (void)pthread_mutex_unlock(&process->out.lock);
  assert_non_null(line);
  return line;
}

int process_wait(process_t *process) {
  int status = 0;

  if (!await(&process->out, NULL, 0) || !await(&process->err, NULL, 0)) {
    give_up(process);
    fail_msg("the process did not end: %s", process->out.text);
  }
  (void)pthread_join(process->out.reader, NULL);
  (void)pthread_join(process->err.reader, NULL);
  assert_int_equal(waitpid(process->pid, &status, 0), process->pid);
  remember(process->pid, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static void free_output(output_t *output) {
  (void)close(output->fd);
  (void)pthread_mutex_destroy(&output->lock);
  (void)pthread_cond_destroy(&output->grown);
  free(output->text);
}

void process_free(process_t *process) {
  free_output(&process->out);
  free_output(&process->err);
}
