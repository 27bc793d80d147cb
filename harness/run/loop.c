/* SPDX-License-Identifier: MIT */
/*
 * The libuv loop is made on first use: a harness whose parties all run on it never needs one, since
 * the ledger knows what is on its way. It is asked only when something free-running takes part.
 *
 * The harness's own handles on it are not referenced, so that uv_loop_alive tells whether foreign
 * ones are at work.
 */
#include "run/run.h"

static void on_alarm(uv_timer_t *timer) {
  (void)timer; /* its only purpose is to end the wait */
}

uv_loop_t *harness__loop(harness_t *h) {
  struct harness__run *run = h->run;
  int status;

  if (run->has_loop)
    return &run->loop;
  status = uv_loop_init(&run->loop);
  if (status != 0) {
    harness__fail(h, status, "the loop can't be made: %s", uv_strerror(status));
    return NULL;
  }
  (void)uv_timer_init(&run->loop, &run->alarm);
  uv_unref((uv_handle_t *)&run->alarm);
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

  return run->calls > 0 || run->free_peers > 0 || (run->has_loop && uv_loop_alive(&run->loop) != 0);
}

static void wait_on_loop(struct harness__run *run, uint64_t wait_ns) {
  uint64_t start = uv_hrtime();
  uint64_t next;

  uv_update_time(&run->loop);
  (void)uv_timer_start(&run->alarm, on_alarm, (wait_ns + 999999) / 1000000, 0);
  uv_ref((uv_handle_t *)&run->alarm);
  (void)uv_run(&run->loop, UV_RUN_ONCE);
  uv_unref((uv_handle_t *)&run->alarm);
  (void)uv_timer_stop(&run->alarm);
  run->agenda.now_ns += uv_hrtime() - start;
  next = harness__agenda_next_due(&run->agenda);
  if (run->agenda.now_ns > next)
    run->agenda.now_ns = next; /* what came in time is seen in time, however late we are */
}

void harness__loop_poll(harness_t *h, uint64_t wait_ns) {
  struct harness__run *run = h->run;

  if (harness__loop(h) == NULL)
    return;
  if (run->hooks.before_wait != NULL)
    run->hooks.before_wait(h);
  run->poll_frame = __builtin_frame_address(0);
  if (wait_ns > 0)
    wait_on_loop(run, wait_ns);
  else
    (void)uv_run(&run->loop, UV_RUN_NOWAIT);
  run->poll_frame = NULL;
}
