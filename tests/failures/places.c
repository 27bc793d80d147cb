/* SPDX-License-Identifier: MIT */
/*
 * Each place opens what leads to it, calls act_here there once, and, where that has returned, goes on as a
 * test that passes does, so that what it opened is closed. What is run in the foreground is not looked at: a
 * failure has to end the test by itself.
 */
#include "places.h"
#include "callbacks.h"

#include <pthread.h>
#include <stdbool.h>
#include <uv.h>

void (*act_here)(harness_t *h);

harness_t *place_world;
static bool acted; /* most callbacks are called for more than one connection, or again */

void place_act(void) {
  if (acted)
    return;
  acted = true;
  act_here(place_world);
}

void place_begin(harness_t *h) {
  place_world = h;
  acted = false;
}

static void in_the_test(harness_t *h) {
  place_begin(h);
  place_act();
}

static void *act_in(void *arg) {
  place_act();
  return arg;
}

static void in_a_coroutine(harness_t *h) {
  place_begin(h);
  (void)harness_run_in_foreground(h, harness_schedule_coroutine(h, act_in, NULL));
}

static int deeper(int levels) {
  volatile int below;

  if (levels > 0) {
    below = deeper(levels - 1);
    return below + 1;
  }
  (void)harness_sleep(place_world, 5);
  place_act();
  return 0;
}

static void *go_down(void *arg) {
  return deeper(20) >= 0 ? arg : NULL;
}

static void in_a_nested_call(harness_t *h) {
  place_begin(h);
  (void)harness_run_in_foreground(h, harness_schedule_coroutine(h, go_down, NULL));
}

static void on_timer(void *arg) {
  (void)arg;
  place_act();
}

static void in_a_timer(harness_t *h) {
  place_begin(h);
  (void)harness_run_in_foreground(h, harness_call_later(h, 5, on_timer, NULL));
}

static void in_a_periodic_timer(harness_t *h) {
  harness_task_t *timer;

  place_begin(h);
  timer = harness_call_every(h, 5, on_timer, NULL);
  (void)harness_run_in_foreground(h, harness_call_later(h, 12, on_timer, NULL));
  (void)harness_task_cancel(timer);
  (void)harness_settle(h);
}

static harness_task_t *future;

static void on_closed(uv_handle_t *handle) {
  (void)handle;
  (void)harness_future_resolve(future, NULL);
}

static void on_async(uv_async_t *async) {
  place_act();
  uv_close((uv_handle_t *)async, on_closed);
}

/* Code of others on the loop; its handle outlives a failure, and is closed with the harness. */
static void in_a_foreign_callback(harness_t *h) {
  static uv_async_t async;

  place_begin(h);
  future = harness_future_new(h);
  (void)uv_async_init(harness_loop(h), &async, on_async);
  (void)uv_async_send(&async);
  (void)harness_run_in_foreground(h, future);
}

static void sink(const char *lane, const char *text, void *arg) {
  (void)lane;
  (void)text;
  (void)arg;
  place_act();
}

static void *log_a_line(void *arg) {
  harness_log(place_world, "a line");
  return arg;
}

static void in_a_log_sink(harness_t *h) {
  place_begin(h);
  harness_set_log_sink(h, sink, NULL);
  (void)harness_run_in_foreground(h, harness_schedule_coroutine(h, log_a_line, NULL));
  harness_set_log_sink(h, NULL, NULL);
}

static void in_a_log_sink_of_a_call(harness_t *h) {
  place_begin(h);
  harness_set_log_sink(h, sink, NULL);
  (void)harness_run_in_foreground(h, harness_call_in_background(h, log_a_line, NULL));
  harness_set_log_sink(h, NULL, NULL);
}

static void *log_and_resolve(void *arg) {
  harness_log(place_world, "a line");
  (void)harness_future_resolve(arg, NULL);
  return NULL;
}

static void in_a_log_sink_of_a_thread(harness_t *h) {
  pthread_t thread;

  place_begin(h);
  harness_set_log_sink(h, sink, NULL);
  future = harness_future_new_foreign(h, NULL);
  (void)pthread_create(&thread, NULL, log_and_resolve, future);
  (void)pthread_detach(thread);
  (void)harness_run_in_foreground(h, future);
  harness_set_log_sink(h, NULL, NULL);
}

static void in_a_background_call(harness_t *h) {
  place_begin(h);
  (void)harness_run_in_foreground(h, harness_call_in_background(h, act_in, NULL));
}

/* What is run is another thing: the test does not look at the call at all. */
static void *wait_for_ever(void *arg) {
  (void)harness_await(arg, NULL);
  return NULL;
}

static void in_a_call_beside(harness_t *h) {
  place_begin(h);
  future = harness_future_new(h);
  (void)harness_run_in_foreground(
      h, harness_wait_first(h,
                            (harness_task_t *[]){harness_schedule_coroutine(h, wait_for_ever, future),
                                                 harness_call_in_background(h, act_in, NULL)},
                            2));
  (void)harness_future_resolve(future, NULL);
  (void)harness_settle(h);
}

static void *act_and_resolve(void *arg) {
  place_act();
  (void)harness_future_resolve(arg, NULL);
  return NULL;
}

static void in_a_thread(harness_t *h) {
  pthread_t thread;

  place_begin(h);
  future = harness_future_new_foreign(h, NULL);
  (void)pthread_create(&thread, NULL, act_and_resolve, future);
  (void)pthread_detach(thread);
  (void)harness_run_in_foreground(h, future);
}

/* Nothing of the harness is in use when it fails, and no call of it comes after. */
static void in_a_thread_that_is_joined(harness_t *h) {
  pthread_t thread;

  place_begin(h);
  (void)pthread_create(&thread, NULL, act_in, NULL);
  (void)pthread_join(thread, NULL);
}

const place_t places[] = {
    {"test", "the test's function", in_the_test},
    {"coroutine", "a coroutine", in_a_coroutine},
    {"nested", "a function 20 calls deep in a coroutine, after it was parked", in_a_nested_call},
    {"factory", "a protocol's factory", in_factory},
    {"connection_made", "`connection_made`", in_connection_made},
    {"data_received", "`data_received`", in_data_received},
    {"eof_received", "`eof_received`", in_eof_received},
    {"connection_lost", "`connection_lost`", in_connection_lost},
    {"pause_writing", "`pause_writing`", in_pause_writing},
    {"resume_writing", "`resume_writing`", in_resume_writing},
    {"client", "a client's protocol", in_a_client},
    {"datagram_made", "a datagram protocol's `connection_made`", in_datagram_made},
    {"datagram_received", "`datagram_received`", in_datagram_received},
    {"error_received", "`error_received`", in_error_received},
    {"datagram_lost", "a datagram protocol's `connection_lost`", in_datagram_lost},
    {"framed", "a framed server's handler", in_a_framed_handler},
    {"handler", "a server's handler", in_a_server_handler},
    {"timer", "a callback of `harness_call_later`", in_a_timer},
    {"every", "a callback of `harness_call_every`", in_a_periodic_timer},
    {"foreign", "a callback of a libuv handle of others", in_a_foreign_callback},
    {"sink", "a log sink, for a coroutine's line", in_a_log_sink},
    {"sink_call", "a log sink, for a background call's line", in_a_log_sink_of_a_call},
    {"sink_thread", "a log sink, for the line of a thread outside", in_a_log_sink_of_a_thread},
    {"call", "a background call", in_a_background_call},
    {"call_beside", "a background call, while something else is run", in_a_call_beside},
    {"thread", "a thread that resolves a foreign future", in_a_thread},
    {"thread_joined", "a thread that the test's function joins", in_a_thread_that_is_joined},
};

const size_t place_count = sizeof places / sizeof places[0];
