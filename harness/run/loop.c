/* SPDX-License-Identifier: MIT */
/*
 * The libuv loop is made on first use: a harness whose parties all run on it never needs one, since
 * the ledger knows what is on its way. It is asked only when something free-running takes part.
 *
 * The harness's own handles on it are not referenced, so that uv_loop_alive tells whether foreign
 * ones are at work.
 *
 * The loop runs on a stack of its own. A foreign callback may be left by a jump (a failed assertion of a test
 * framework), and libuv keeps pointers into the frames that were jumped over: on the main stack they would
 * soon be somebody else's. A stack that was left stays as it is until the loop is closed, and the loop goes
 * on on another one. It also tells whether a caller is inside a callback: by the stack it is on.
 *
 * libuv calls timers that are due before it waits for anything else, the alarm too, where the machine was
 * slow. What they did may be all that was waited for, and nothing would end the wait: so just before libuv
 * waits it is asked whether there is still something to wait for.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "run/crash.h"
#include "run/run.h"

static void on_alarm(uv_timer_t *timer) {
  (void)timer; /* its only purpose is to end the wait */
}

static bool has_happened(const struct harness__run *run) {
  return run->ended != run->wait_ended || run->ready_first != NULL || run->agenda.first != NULL ||
         harness__agenda_next_due(&run->agenda) < run->wait_due_ns ||
         uv_is_active((const uv_handle_t *)&run->alarm) == 0;
}

static void on_before_wait(uv_prepare_t *before_wait) {
  if (has_happened(before_wait->data))
    uv_stop(before_wait->loop);
}

/* What libuv makes for the whole process with the first loop, it aborts without: so it is tried first whether
 * there are enough descriptors for that, and for the loop. */
static int make_sure_of_descriptors(void) {
  static atomic_bool made;
  int ends[4] = {-1, -1, -1, -1};
  int poller;
  int status = 0;

  if (atomic_load(&made))
    return 0;
  poller = epoll_create1(EPOLL_CLOEXEC);
  if (poller < 0 || pipe2(ends, O_CLOEXEC) != 0 || pipe2(ends + 2, O_CLOEXEC) != 0)
    status = uv_translate_sys_error(errno);
  for (size_t i = 0; i < 4; i++)
    if (ends[i] >= 0)
      (void)close(ends[i]);
  if (poller >= 0)
    (void)close(poller);
  if (status == 0)
    atomic_store(&made, true);
  return status;
}

static int make_loop(uv_loop_t *loop) {
  int status = make_sure_of_descriptors();

  if (status != 0)
    return status;
  status = uv_loop_init(loop);
  /* libuv leaves the loop's own descriptor open where what it makes after that fails. 0 is what stands there
   * where it failed before: that is not the loop's. */
  if (status != 0 && loop->backend_fd > 0)
    (void)close(loop->backend_fd);
  return status;
}

enum { LOOP_STACK = 1024 * 1024, CLOSE_WAIT_NS = 50 * 1000 * 1000 };

/* A stack that was left by a jump. */
struct harness__left_stack {
  struct harness__left_stack *next;
  harness__coroutine_t *stack;
};

static void run_loop(void *arg) {
  struct harness__run *run = arg;

  for (;;) {
    (void)uv_run(&run->loop, run->loop_mode);
    harness__coroutine_switch(run->loop_stack, run->main);
  }
}

/* Made with the loop, so that closing, which runs it, wants no memory. Returns 0 or UV_ENOMEM. */
static int make_stack(harness_t *h) {
  struct harness__run *run = h->run;

  if (run->loop_stack == NULL)
    run->loop_stack = harness__coroutine_new(LOOP_STACK, run_loop, run, run->main);
  return run->loop_stack != NULL ? 0 : UV_ENOMEM;
}

uv_loop_t *harness__loop(harness_t *h) {
  struct harness__run *run = h->run;
  int status;

  if (run->has_loop)
    return &run->loop;
  if (run->closing) {
    harness__fail(h, UV_ECANCELED, "the harness is being closed: no new loop");
    return NULL;
  }
  status = make_stack(h);
  if (status == 0)
    status = make_loop(&run->loop);
  if (status != 0) {
    harness__fail(h, status, "the loop can't be made: %s", uv_strerror(status));
    return NULL;
  }
  (void)uv_timer_init(&run->loop, &run->alarm);
  uv_unref((uv_handle_t *)&run->alarm);
  (void)uv_prepare_init(&run->loop, &run->before_wait);
  uv_unref((uv_handle_t *)&run->before_wait);
  run->before_wait.data = run;
  harness__inbox_hang_bell(h, &run->loop);
  run->has_loop = true;
  return &run->loop;
}

struct uv_loop_s *harness_loop(harness_t *h) {
  uv_loop_t *loop;

  if (h == NULL) {
    harness__fail(NULL, UV_EINVAL, "harness_loop: the harness is NULL");
    return NULL;
  }
  if (h->run->hooks.free_running != NULL)
    h->run->hooks.free_running(h);
  loop = harness__loop(h);
  if (loop != NULL)
    uv_update_time(loop); /* a timer set now counts from now, not from when the loop was last asked */
  return loop;
}

bool harness__is_free_running(harness_t *h) {
  struct harness__run *run = h->run;

  return harness__others_work(h) || run->free_peers > 0 || (run->has_loop && uv_loop_alive(&run->loop) != 0);
}

/* Asks the loop once, in that mode. Returns 0 or UV_ENOMEM. */
static int turn_loop(harness_t *h, uv_run_mode mode) {
  struct harness__run *run = h->run;

  if (make_stack(h) != 0) /* the one before was left by a jump */
    return harness__fail(h, UV_ENOMEM, "no memory for the loop's stack");
  run->loop_mode = mode;
  run->polling = true;
  harness__crash_loop(run->loop_stack);
  harness__coroutine_switch(run->main, run->loop_stack);
  harness__crash_loop(NULL);
  run->polling = false;
  return 0;
}

void harness__loop_left(harness_t *h) {
  struct harness__run *run = h->run;
  struct harness__left_stack *left;

  if (!run->polling)
    return;
  run->polling = false;
  harness__crash_loop(NULL);
  harness__clock_stop(h);
  harness__coroutine_left_by_jump(run->loop_stack, run->main);
  left = harness__arena_alloc(&run->arena, sizeof *left);
  if (left != NULL) { /* else it stays mapped for good, which is the lesser evil */
    left->stack = run->loop_stack;
    left->next = run->left_stacks;
    run->left_stacks = left;
  }
  run->loop_stack = NULL;
  run->loop_was_left = true;
}

static int wait_on_loop(harness_t *h, uint64_t wait_ns) {
  struct harness__run *run = h->run;
  int status;

  uv_update_time(&run->loop);
  (void)uv_timer_start(&run->alarm, on_alarm, (wait_ns + 999999) / 1000000, 0);
  uv_ref((uv_handle_t *)&run->alarm);
  (void)uv_prepare_start(&run->before_wait, on_before_wait);
  run->wait_ended = run->ended;
  run->wait_due_ns = harness__agenda_next_due(&run->agenda);
  harness__clock_start(h);
  status = turn_loop(h, UV_RUN_ONCE);
  harness__clock_stop(h);
  uv_unref((uv_handle_t *)&run->alarm);
  (void)uv_timer_stop(&run->alarm);
  (void)uv_prepare_stop(&run->before_wait);
  return status;
}

/* Without waiting. A loop on which nothing is referenced would not look at what is polled on it either. */
static int look_at_loop(harness_t *h) {
  struct harness__run *run = h->run;
  int status;

  (void)uv_prepare_start(&run->before_wait, on_before_wait);
  uv_ref((uv_handle_t *)&run->before_wait);
  status = turn_loop(h, UV_RUN_NOWAIT);
  uv_unref((uv_handle_t *)&run->before_wait);
  (void)uv_prepare_stop(&run->before_wait);
  return status;
}

int harness__loop_poll(harness_t *h, uint64_t wait_ns) {
  int status = 0;

  if (harness__loop(h) == NULL)
    return harness_error_code(h);
  if (harness__inbox_take(h))
    wait_ns = 0; /* nobody rings for what came before there was a bell, or was left by a jump */
  if (h->run->hooks.before_wait != NULL)
    status = h->run->hooks.before_wait(h);
  if (status != 0)
    return status;
  status = wait_ns > 0 ? wait_on_loop(h, wait_ns) : look_at_loop(h);
  (void)harness__inbox_take(h);
  return status;
}

bool harness__loop_has_events(harness_t *h) {
  struct pollfd poll_fd = {.events = POLLIN};
  int count;

  if (!h->run->has_loop)
    return false;
  poll_fd.fd = uv_backend_fd(&h->run->loop);
  do
    count = poll(&poll_fd, 1, 0);
  while (count < 0 && errno == EINTR);
  return count > 0;
}

static bool is_own(const struct harness__run *run, const uv_handle_t *handle) {
  return handle == (const uv_handle_t *)&run->alarm || handle == (const uv_handle_t *)&run->before_wait ||
         handle == (const uv_handle_t *)&run->inbox.bell;
}

typedef struct listing {
  harness__buffer_t *out;
  const struct harness__run *run;
} listing_t;

static void list_foreign(uv_handle_t *handle, void *arg) {
  const listing_t *listing = arg;
  bool active = uv_is_active(handle) != 0;
  bool referenced = uv_has_ref(handle) != 0;

  /* Polls without a reference are the harness's own, or keep nothing from ending. */
  if (is_own(listing->run, handle) || (handle->type == UV_POLL && !referenced))
    return;
  harness__buffer_printf(listing->out, "  on the loop: a libuv handle of type %s, %s%s%s\n",
                         uv_handle_type_name(handle->type), active ? "active" : "not active",
                         referenced ? "" : ", not referenced",
                         uv_is_closing(handle) != 0 ? ", being closed" : "");
}

void harness__loop_describe(harness_t *h, harness__buffer_t *out) {
  listing_t listing = {.out = out, .run = h->run};

  if (h->run->has_loop)
    uv_walk(&h->run->loop, list_foreign, &listing);
}

typedef struct closing {
  harness__buffer_t *out;
  const struct harness__run *run;
  int *open;
} closing_t;

static void close_foreign(uv_handle_t *handle, void *arg) {
  closing_t *closing = arg;

  if (uv_is_closing(handle) != 0 || is_own(closing->run, handle))
    return;
  ++*closing->open;
  harness__buffer_printf(closing->out, "  a libuv handle of type %s was still open\n",
                         uv_handle_type_name(handle->type));
  uv_close(handle, NULL);
}

static bool is_at_work(struct harness__run *run) {
  return harness__run_is_held(run) || uv_loop_alive(&run->loop) != 0;
}

/* Callbacks that are told of the end may make new handles (a client that connects again), and work may still
 * be on its way: closing goes on until nothing is left, or the time is up. */
bool harness__run_close_loop(harness_t *h, harness__buffer_t *out, int *open) {
  struct harness__run *run = h->run;
  closing_t closing = {.out = out, .run = run, .open = open};
  uint64_t deadline = harness__run_deadline(h);

  if (!run->has_loop)
    return true;
  do {
    uv_walk(&run->loop, close_foreign, &closing);
    if (is_at_work(run) && wait_on_loop(h, CLOSE_WAIT_NS) != 0) {
      ++*open;
      harness__buffer_string(
          out, "  there is no memory to run the loop once more: what it uses is left as it is\n");
      return false;
    }
    (void)harness__inbox_take(h);
  } while (is_at_work(run) && uv_hrtime() < deadline);
  if (is_at_work(run)) {
    ++*open;
    harness__buffer_string(out,
                           "  what runs on the loop did not end in time: what it uses is left as it is\n");
    return false;
  }
  harness__inbox_take_bell_down(h);
  uv_close((uv_handle_t *)&run->alarm, NULL);
  uv_close((uv_handle_t *)&run->before_wait, NULL);
  (void)turn_loop(h, UV_RUN_NOWAIT);
  run->has_loop = uv_loop_close(&run->loop) != 0;
  return !run->has_loop;
}

void harness__loop_free_stacks(struct harness__run *run) {
  for (struct harness__left_stack *left = run->left_stacks; left != NULL; left = left->next)
    harness__coroutine_delete(left->stack, false);
  harness__coroutine_delete(run->loop_stack, false);
}
