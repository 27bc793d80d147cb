/* SPDX-License-Identifier: MIT */
/*
 * What time it is. The harness's time is a number, agenda.now_ns, that others move: it jumps to the next
 * timer when nothing else can happen (run/foreground.c), and it passes as real time does while the loop is
 * waited for on behalf of something free-running. Two things could go wrong in such a wait. A callback on the
 * loop asks for the time, or sets a timer, in its middle: the time at its beginning would be too early by all
 * that was waited, and the timer would fire at once. So whoever looks at the time brings it up to date. And
 * the machine may be late: a wait that should have ended at a timer ends after it, and what was due then
 * would be seen too late by a chance amount. So time stops at the next timer until that has fired.
 *
 * Where the harness's time is real throughout, neither jumps nor stops are for it: it is what the machine's
 * clock says, also while a coroutine computes.
 */
#include "run/run.h"

/* What came in time is seen in time, however late we are: no later than the next timer. */
static void pass(struct harness__run *run, uint64_t duration_ns) {
  uint64_t next = harness__agenda_next_due(&run->agenda);

  run->agenda.now_ns += duration_ns;
  if (!run->real_time && run->agenda.now_ns > next)
    run->agenda.now_ns = next;
}

uint64_t harness__clock_look(const harness_t *h) {
  struct harness__run *run = h->run;
  uint64_t real;

  if (!harness__run_is_own_thread(h)) /* another thread's may not move it */
    return run->agenda.now_ns;
  real = uv_hrtime();
  pass(run, real - run->clock_seen_ns);
  run->clock_seen_ns = real;
  return run->agenda.now_ns;
}

void harness__clock_start(harness_t *h) {
  struct harness__run *run = h->run;

  if (run->clock_runs)
    return;
  run->clock_runs = true;
  run->clock_seen_ns = uv_hrtime();
}

void harness__clock_stop(harness_t *h) {
  (void)harness__now_ns(h);
  h->run->clock_runs = h->run->real_time;
}

void harness__clock_pass(harness_t *h, uint64_t duration_ns) {
  if (!h->run->clock_runs)
    pass(h->run, duration_ns);
}

void harness__clock_set_real(harness_t *h) {
  h->run->real_time = true;
  harness__clock_start(h);
}

/* The last due time is UINT64_MAX - 1, since UINT64_MAX is none; times end at whole milliseconds before it.
 */
uint64_t harness__due_after(const harness_t *h, uint64_t duration_ms) {
  uint64_t now = harness__now_ns(h);
  uint64_t most = (UINT64_MAX - 1 - now) / 1000000;

  return now + (duration_ms < most ? duration_ms : most) * 1000000;
}

uint64_t harness_now_ms(const harness_t *h) {
  return h != NULL ? harness__now_ns(h) / 1000000 : 0;
}
