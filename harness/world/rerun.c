/* SPDX-License-Identifier: MIT */
/*
 * A test as a process, once more. A process of its own has fresh addresses, an empty heap, another number and
 * nothing that earlier tests left, and it may crash, exit or hang. A perturbed one has to share a processor
 * with a thread of ours that does nothing else, so that its own threads are interrupted anywhere.
 *
 * The child must not outlive us, and we must not wait for ever: it dies with its parent (PR_SET_PDEATHSIG),
 * it has a process group that can be killed as a whole, and its end is waited for at a pipe that it holds,
 * with a limit. An interrupt meanwhile is kept back until the child has gone and its folder is removed.
 */
#include "world/rerun.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"
#include "base/folder.h"
#include "report/unstable.h"
#include "world/interrupt.h"
#include "world/recording.h"

enum { EXIT_NO_PROGRAM = 127 };

struct harness__load {
  pthread_t thread;
  atomic_bool stopped;
};

static void *use_processor(void *arg) {
  harness__load_t *load = arg;

  while (!atomic_load(&load->stopped))
    ;
  return NULL;
}

static void stay_on(pthread_t thread, int processor) {
  cpu_set_t set;

  CPU_ZERO(&set);
  CPU_SET((size_t)processor, &set);
  (void)pthread_setaffinity_np(thread, sizeof set, &set);
}

harness__load_t *harness__load_start(int processor) {
  harness__load_t *load = malloc(sizeof *load);

  if (load == NULL)
    return NULL;
  atomic_init(&load->stopped, false);
  if (pthread_create(&load->thread, NULL, use_processor, load) != 0) {
    free(load);
    return NULL;
  }
  if (processor >= 0)
    stay_on(load->thread, processor);
  return load;
}

void harness__load_stop(harness__load_t *load) {
  if (load == NULL)
    return;
  atomic_store(&load->stopped, true);
  (void)pthread_join(load->thread, NULL);
  free(load);
}

/* The environment of the child: that of the test, but for the names that it must not have or has of its own.
 */
static const char **make_environment(const harness__rerun_t *rerun, char *rehearsal, char *jitter) {
  static const char *const left_out[] = {
      "HARNESS_REHEARSAL=", "HARNESS_JITTER=", "HARNESS_TOUCHED=", "GITHUB_ACTIONS="};
  size_t count = 0;
  size_t kept = 0;
  const char **list;

  while (rerun->environment[count] != NULL)
    count++;
  list = calloc(count + 3, sizeof *list);
  if (list == NULL || rehearsal == NULL || jitter == NULL) {
    free(list);
    return NULL;
  }
  for (size_t i = 0; i < count; i++) {
    size_t j = 0;

    while (j < sizeof left_out / sizeof left_out[0] &&
           strncmp(rerun->environment[i], left_out[j], strlen(left_out[j])) != 0)
      j++;
    if (j == sizeof left_out / sizeof left_out[0])
      list[kept++] = rerun->environment[i];
  }
  list[kept++] = rehearsal;
  if (rerun->is_perturbed)
    list[kept] = jitter;
  return list;
}

/* In the child of a process with threads: system calls only, up to the exec. */
static _Noreturn void become(const harness__rerun_t *rerun, const char *const *environment, int output,
                             int input, int processor, pid_t parent) {
  sigset_t none;

  (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent)
    _exit(EXIT_NO_PROGRAM);
  (void)setpgid(0, 0);
  (void)sigemptyset(&none);
  (void)sigprocmask(SIG_SETMASK, &none, NULL);
  if (processor >= 0) {
    cpu_set_t set;

    CPU_ZERO(&set);
    CPU_SET((size_t)processor, &set);
    (void)sched_setaffinity(0, sizeof set, &set);
  }
  if (chdir(rerun->folder_of_start) == 0 && dup2(input, STDIN_FILENO) >= 0 &&
      dup2(output, STDOUT_FILENO) >= 0 && dup2(output, STDERR_FILENO) >= 0)
    (void)execvpe(rerun->argv[0], (char *const *)(uintptr_t)rerun->argv,
                  (char *const *)(uintptr_t)environment);
  _exit(EXIT_NO_PROGRAM);
}

static int64_t now_ms(void) {
  struct timespec now = {0};

  (void)clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Whether there is something to read, or the end of it, before that time, and before an interrupt. */
static bool await_input(int fd, int64_t end_ms, int interrupt) {
  struct pollfd waits[] = {{.fd = fd, .events = POLLIN}, {.fd = interrupt, .events = POLLIN}};
  int64_t rest_ms;

  while ((rest_ms = end_ms - now_ms()) > 0)
    if (poll(waits, 2, rest_ms > 60000 ? 60000 : (int)rest_ms) > 0)
      return waits[1].revents == 0;
  return false;
}

/* A descriptor that can be read when the process has ended; negative where there is none (before Linux 5.3).
 */
static int open_process(pid_t process) {
#ifdef SYS_pidfd_open
  return (int)syscall(SYS_pidfd_open, process, 0);
#else
  (void)process;
  return -1;
#endif
}

/* The pipe gives EOF when the child, and all that it left behind, have closed it. A child that closes
 * whatever it has open may be there still: then its own descriptor tells. It is asked for its end after all
 * of its group were killed, so that the number is still theirs. */
static void await(harness__rerun_t *rerun, pid_t child, int pipe_end) {
  int64_t end_ms = now_ms() + rerun->limit_ms;
  bool ended = await_input(pipe_end, end_ms, rerun->interrupt);
  int own = open_process(child);
  siginfo_t info = {0};
  pid_t asked;

  if (ended && own >= 0)
    ended = await_input(own, end_ms, rerun->interrupt);
  if (own >= 0)
    (void)close(own);
  while (waitid(P_PID, (id_t)child, &info, WEXITED | WNOWAIT | (ended ? 0 : WNOHANG)) != 0 && errno == EINTR)
    ;
  rerun->timed_out = !ended && info.si_pid == 0;
  (void)kill(-child, SIGKILL);
  if (rerun->timed_out)
    (void)kill(child, SIGKILL);
  while ((asked = waitpid(child, &rerun->status, 0)) < 0 && errno == EINTR)
    ;
  rerun->is_lost = asked != child;
}

/* Returns 0 or an errno value. What the test left to be done about ended children (ignore them, ask for all
 * of them) would take ours from us. */
static int run(harness__rerun_t *rerun, const char *const *environment, int output, int input) {
  int processor = rerun->is_perturbed ? sched_getcpu() : -1;
  struct sigaction plain = {.sa_handler = SIG_DFL};
  struct sigaction before;
  int ends[2];
  pid_t parent = getpid();
  harness__load_t *load;
  pid_t child;
  int error;

  if (pipe2(ends, O_CLOEXEC) != 0)
    return errno;
  (void)sigaction(SIGCHLD, &plain, &before);
  load = rerun->is_perturbed ? harness__load_start(processor) : NULL;
  child = fork();
  if (child == 0) {
    (void)fcntl(ends[1], F_SETFD, 0);
    become(rerun, environment, output, input, processor, parent);
  }
  error = child > 0 ? 0 : errno;
  (void)close(ends[1]);
  if (child > 0)
    await(rerun, child, ends[0]);
  harness__load_stop(load);
  (void)sigaction(SIGCHLD, &before, NULL);
  (void)close(ends[0]);
  return error;
}

/* Whether the child's output and input are there. Returns 0 or an errno value. */
static int open_files(int *output, int *input) {
  *output = memfd_create("harness-rehearsal", MFD_CLOEXEC);
  if (*output < 0 || fcntl(*output, F_SETFL, O_APPEND) != 0)
    return errno;
  *input = harness__file_open("/dev/null", O_RDONLY, 0);
  return *input < 0 ? errno : 0;
}

/* Reads what the child has printed. */
static int read_output(harness__rerun_t *rerun, int output) {
  char path[64];

  (void)snprintf(path, sizeof path, "/proc/self/fd/%d", output);
  return harness__file_read(path, &rerun->output);
}

/* What the child prints is kept in memory: where the disk is full, that is what it has to say. */
static int run_with_files(harness__rerun_t *rerun) {
  harness__buffer_t rehearsal = {0};
  harness__buffer_t jitter = {0};
  const char **environment;
  int output = -1;
  int input = -1;
  int error = open_files(&output, &input);

  harness__buffer_printf(&rehearsal, "HARNESS_REHEARSAL=%s", rerun->folder);
  harness__buffer_printf(&jitter, "HARNESS_JITTER=%u", rerun->number);
  environment = make_environment(rerun, rehearsal.text, jitter.text);
  if (environment == NULL && error == 0)
    error = ENOMEM;
  if (error == 0)
    error = run(rerun, environment, output, input);
  if (error == 0)
    error = read_output(rerun, output);
  if (output >= 0)
    (void)close(output);
  if (input >= 0)
    (void)close(input);
  free(environment);
  harness__buffer_free(&jitter);
  harness__buffer_free(&rehearsal);
  return error;
}

/* By its whole path, since the child may be in another one. */
static bool make_folder(harness__rerun_t *rerun, harness__buffer_t *out) {
  const char *parent = getenv("TMPDIR");
  harness__buffer_t path = {0};
  int error = ENOMEM;

  if (parent == NULL || parent[0] == '\0')
    parent = "/tmp";
  harness__buffer_printf(&path, "%s/harness-rehearsal-XXXXXX", parent);
  if (!path.failed && mkdtemp(path.text) == NULL)
    error = errno;
  else if (!path.failed && (rerun->folder = realpath(path.text, NULL)) == NULL)
    (void)rmdir(path.text);
  if (rerun->folder == NULL)
    harness__buffer_printf(out, "there can be no folder in %s: %s\n", parent, strerror(error));
  harness__buffer_free(&path);
  return rerun->folder != NULL;
}

bool harness__rerun(harness__rerun_t *rerun, harness__buffer_t *out) {
  int error;

  rerun->interrupt = harness__interrupt_hold();
  if (!make_folder(rerun, out))
    return false;
  rerun->name = harness__recording_run_name(rerun->number, rerun->is_perturbed);
  error = rerun->name != NULL ? run_with_files(rerun) : ENOMEM;
  if (error == 0)
    return true;
  harness__buffer_printf(out, "%s\n", strerror(error));
  return false;
}

void harness__rerun_free(harness__rerun_t *rerun) {
  if (rerun->folder != NULL)
    harness__folder_remove(rerun->folder);
  free(rerun->folder);
  free(rerun->name);
  harness__buffer_free(&rerun->output);
  harness__interrupt_release();
}

bool harness__rerun_passed(const harness__rerun_t *rerun) {
  return !rerun->timed_out && !rerun->is_lost && WIFEXITED(rerun->status) && WEXITSTATUS(rerun->status) == 0;
}

void harness__rerun_explain(const harness__rerun_t *rerun, harness__buffer_t *out) {
  if (rerun->timed_out)
    harness__buffer_printf(out, "it was ended after %lld ms", (long long)rerun->limit_ms);
  else if (rerun->is_lost)
    harness__buffer_string(out, "something else in this process asked for its end");
  else if (WIFSIGNALED(rerun->status))
    harness__buffer_printf(out, "it was killed by signal %d", WTERMSIG(rerun->status));
  else if (WEXITSTATUS(rerun->status) == EXIT_NO_PROGRAM)
    harness__buffer_printf(out, "%s can't be run", rerun->argv[0]);
  else
    harness__buffer_printf(out, "it ended with exit code %d", WEXITSTATUS(rerun->status));
  harness__buffer_string(out, rerun->output.length > 0 ? " and printed\n" : " and printed nothing\n");
  harness__report_output(out, rerun->output.text, rerun->output.length);
}
