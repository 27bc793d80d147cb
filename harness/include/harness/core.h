/* SPDX-License-Identifier: MIT */
#ifndef HARNESS_CORE_H
#define HARNESS_CORE_H

/*
 * A harness is one closed world: a loop, its tasks, servers, connections, clock and transcript.
 *
 * Threads: every function here belongs to the thread that opened the harness, except where its
 * comment says "any thread". Two harnesses share nothing and may live in two threads.
 *
 * Ownership: everything a harness hands out (tasks, servers, streams, strings) belongs to it and
 * stays valid until harness_close; what the caller must free says so at its declaration.
 *
 * Parking: a function marked "parks" may only be called inside a coroutine; it lets the other
 * parties run until what it waits for has happened.
 */

#include <stddef.h>
#include <stdint.h>

#include <harness/delivery.h>
#include <harness/export.h>
#include <harness/place.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct harness harness_t;

/* The loop's type, as libuv names it; include <uv.h> to use what harness_loop returns. */
struct uv_loop_s;

/* Receives the sentences that a harness says by itself: deadlocks, hangs, what was left open. */
typedef void (*harness_report_t)(const char *text, void *arg);

/* What harness_close makes of what it finds still open: a failure is reported and counted in what it returns,
 * a note is reported only. Things of the harness are tasks, servers, connections, endpoints, and handles on
 * its loop. Others are descriptors and threads that were made meanwhile: they are looked for from the first
 * background call, foreign future or harness_loop on, with FAIL from harness_open on; and where no other
 * harness of the process was open in that time, since whose they are can't be told then. */
typedef enum harness_leaks {
  HARNESS_LEAKS_DEFAULT = 0, /* HARNESS_LEAKS (fail, note, ignore); without it what is the harness's is a
                              * failure, what is not, a note */
  HARNESS_LEAKS_FAIL,        /* all of it is a failure */
  HARNESS_LEAKS_NOTE,        /* all of it is a note */
  HARNESS_LEAKS_IGNORE       /* none of it is reported */
} harness_leaks_t;

typedef struct harness_options {
  /* How written bytes are cut into reads; a server's or a connection's own policy goes first. */
  harness_delivery_t delivery;
  /* Where servers listen that don't say it themselves, as harness_server_options_t.host; NULL: "127.0.0.1".
   * So a suite can run over every transport. Copied. */
  const char *host;
  /* Real milliseconds a foreground run may take; 0: HARNESS_TIMEOUT_MS, or 10,000 without it.
   * Negative: no limit. There is none under a debugger either. */
  int64_t timeout_ms;
  /* Bytes of stack of each coroutine, rounded up to pages; 0: 256 KiB. Only touched pages cost. */
  size_t stack_size;
  /* Data longer than this many bytes is kept as length, digest and head; 0: 4096. */
  size_t data_limit;
  /* Nonzero: events are not kept, so that a server may run for as long as it likes. The log sink still gets
   * its lines; asking for a transcript, or a check of it, is refused with UV_ENOTSUP. */
  int no_transcript;
  /* The folder of the fixtures; NULL: HARNESS_FIXTURES_DIR, or "fixtures" without it. Copied. */
  const char *fixtures;
  /* Not 0: time passes as real time does, and never jumps; timers are really waited for. Then times mean
   * nothing, and transcripts are put in order by cause, without them. */
  int real_time;
  /* What becomes of things left open. What does not end within the timeout is a failure with each. */
  harness_leaks_t leaks;
  /* Where reports go; NULL: standard error. */
  harness_report_t report;
  void *report_arg;
} harness_options_t;

/* Opens a harness. options may be NULL: all defaults. Returns NULL only when memory or descriptors
 * are exhausted, or HARNESS_TIMEOUT_MS, HARNESS_FIXTURES or HARNESS_LEAKS is malformed; then
 * harness_error(NULL) tells. Any thread; the harness belongs to the one that opened it. */
HARNESS_API harness_t *harness_open(const harness_options_t *options);

/* Ends the world: unfinished coroutines are cancelled, background calls waited for (their
 * connections are closed first, so that they wake), connections, servers and foreign handles
 * closed, threads that hold a future of harness_future_new_foreign waited for, the loop proven empty, all
 * memory freed. What does not end within the timeout is reported and keeps the harness's memory; calling
 * again tries again (harness_left_running in harness/runner.h counts the calls). Returns how many things were
 * still open (tasks, connections, servers, handles, and as harness_options_t.leaks has it), after reporting
 * each; 0 for a tidy test or a NULL harness; 1 where the test has failed by harness_fail (harness/fail.h),
 * whatever it left, which is not reported then; UV_EBUSY and no effect inside a coroutine or a foreground
 * run. */
HARNESS_API int harness_close(harness_t *h);

/* The sentence of the last call that failed, or NULL where none has since harness_open or
 * harness_clear_error. With h NULL: the sentence of this thread's last failed harness_open or call
 * without a harness. Valid until the next failure. */
HARNESS_API const char *harness_error(const harness_t *h);

/* The libuv code that goes with harness_error, or 0. */
HARNESS_API int harness_error_code(const harness_t *h);

HARNESS_API void harness_clear_error(harness_t *h);

/* Records a line in the calling party's lane, beside the events that the harness records itself,
 * printf-style. A trailing newline is dropped. Any thread: a coroutine and a background call have a lane of
 * their own; the harness's thread, and callbacks on its loop, have "main"; a thread that the harness did not
 * make has "thread/1", "thread/2" …, which are numbered by content, since which is the first is chance. Lines
 * from such a thread are handed over and recorded when the harness next looks, each thread's in order;
 * checking a transcript looks. Where the harness is closed nothing happens, and harness_error(NULL) says so
 * on that thread. Never parks. See harness_future_log, too. */
HARNESS_API void harness_log(harness_t *h, const char *format, ...) HARNESS_PRINTF(2, 3);

/* Receives each line as it is logged: lane and text. Called on the logging thread, but for threads that the
 * harness did not make: their lines are received on the harness's, where they are recorded, and the lane is
 * "thread", as numbers are not known yet. An assertion may fail in it where one may where the line is logged,
 * and for lines of such threads; it must not run, settle or close the harness. */
typedef void (*harness_log_sink_t)(const char *lane, const char *text, void *arg);
HARNESS_API void harness_set_log_sink(harness_t *h, harness_log_sink_t sink, void *arg);

/* The libuv loop of this harness, for foreign callback code; made on first use. Handles on it are
 * free-running parties: while one is active and referenced, time passes as real time does. Callback code
 * closes its handles itself; harness_close closes those that are left, without a close callback, counts and
 * reports them. The loop is the harness's to run and to close. Returns NULL with a sentence when the loop
 * can't be made. */
HARNESS_API struct uv_loop_s *harness_loop(harness_t *h);

/* Delivers everything that is in flight and runs every party until it is parked; waits for
 * background calls under way, and for foreign futures. Timers do not fire, time does not move. Returns 0,
 * UV_EBUSY inside a coroutine, or UV_ETIMEDOUT when that takes longer than the harness's timeout. */
HARNESS_API int harness_settle(harness_t *h);

/* "1.2.3", of the library that is running. Any thread. */
HARNESS_API const char *harness_version(void);

#ifndef HARNESS_NO_PLACES
#define harness_open(...) (harness_at(__FILE__, __LINE__), harness_open)(__VA_ARGS__)
#endif

#ifdef __cplusplus
}
#endif

#endif
