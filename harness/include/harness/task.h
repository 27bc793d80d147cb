/* SPDX-License-Identifier: MIT */
#ifndef HARNESS_TASK_H
#define HARNESS_TASK_H

#include <harness/core.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Something to wait for, with a result: a coroutine, a background call, a timer, a future, or a combination.
 * A task's status is UV_EAGAIN until it has ended; then 0, UV_ECANCELED, UV_ETIMEDOUT, or the code
 * its maker gave. */
typedef struct harness_task harness_task_t;

/* A coroutine or a background call, in the shape of pthread_create. What it returns is the task's result. */
typedef void *(*harness_function_t)(void *arg);

/* Schedules fn(arg) as a coroutine: a function with its own stack on the loop's thread, first run
 * by the next foreground run. The named form names its lane; without a name (or with NULL) lanes are
 * "client", "client2", "client3" …. The name is copied. Returns NULL with a sentence when h or fn is NULL,
 * the name is taken or empty, or memory is exhausted. Does not park.
 * Its stack is harness_options_t.stack_size, 256 KiB unless told: more in local arrays is a crash. Its time
 * limit is looked at when it parks: one that blocks, or loops without parking, is not interrupted; what
 * blocks belongs in harness_call_in_background. */
HARNESS_API harness_task_t *harness_schedule_coroutine(harness_t *h, harness_function_t fn, void *arg);
HARNESS_API harness_task_t *harness_schedule_coroutine_named(harness_t *h, const char *name,
                                                             harness_function_t fn, void *arg);

/* Calls fn(arg), which may block, on libuv's thread pool. The call starts at once. The pool has
 * UV_THREADPOOL_SIZE threads; where that is not set, the harness sets it to 128 before the process uses the
 * pool. Returns NULL as harness_schedule_coroutine does. Does not park. */
HARNESS_API harness_task_t *harness_call_in_background(harness_t *h, harness_function_t fn, void *arg);
HARNESS_API harness_task_t *harness_call_in_background_named(harness_t *h, const char *name,
                                                             harness_function_t fn, void *arg);

/* A task that callback code completes by hand with harness_future_resolve or _fail. The named form names its
 * lane (harness_future_log); without a name, or with NULL, it is "future", "future2" …. Returns NULL as
 * harness_schedule_coroutine does. Does not park.
 * A future is no party: where every party waits for one, nobody is left to resolve it, and that is a
 * deadlock, unless something free-running is under way (a background call, an active handle on the loop). */
HARNESS_API harness_task_t *harness_future_new(harness_t *h);
HARNESS_API harness_task_t *harness_future_new_named(harness_t *h, const char *name);

/* The same for a future that a thread outside will resolve, one that the harness did not make. Until then
 * that thread is a free-running party: time passes as real time does, there is no deadlock, settling waits
 * for it, and so does harness_close, after it has cancelled the future and reported it: whoever was given one
 * can rely on the pointer until it has called harness_future_resolve or _fail, and must call one of them,
 * also where the future was cancelled. name may be NULL. */
HARNESS_API harness_task_t *harness_future_new_foreign(harness_t *h, const char *name);

/* Ends a future with a result, or with a failure (status: a negative libuv code). Any thread. On the
 * harness's own the future has ended when this returns. From another thread the end is handed over: it
 * happens on the harness's thread, after what that thread logged before, and harness_task_status tells then.
 * What the resolver logged before comes before what waits for the future goes on to do (docs/conventions.md,
 * "Foreign code"). Returns 0, UV_EINVAL where future is NULL or no future (or status is not negative),
 * UV_EALREADY where it has been resolved, or cancelled, before; UV_ECANCELED where the harness is closed. */
HARNESS_API int harness_future_resolve(harness_task_t *future, void *result);
HARNESS_API int harness_future_fail(harness_task_t *future, int status);

/* Records a line in the future's lane, as harness_log does in the caller's. Any thread, until the future has
 * been resolved; after that it is refused, and harness_error(NULL) says so. Callbacks on the loop share the
 * lane "main", and threads of a pool do the library's work by turns, as chance has it: so what an operation
 * of callback code logs belongs into the lane of its future, which is named and has one order. */
HARNESS_API void harness_future_log(harness_task_t *future, const char *format, ...) HARNESS_PRINTF(2, 3);

/* Turns the loop until the task has ended and returns its result, as asyncio's run_until_complete.
 * What others had still to do stays undone until the next run. Returns NULL with a sentence when an argument
 * is NULL, the task belongs to another harness, the caller is inside a coroutine or another run, every party
 * waits and nothing can happen (deadlock), or the time is up. The last two are reported with who waits for
 * what, and leave everything as it was. A task that ended with a status other than 0 gives NULL and the
 * sentence too. */
HARNESS_API void *harness_run_in_foreground(harness_t *h, harness_task_t *task);

/* Parks until the task has ended. *result (may be NULL) gets its result. Returns the task's status,
 * UV_ECANCELED where the calling coroutine is cancelled meanwhile, or, at once, UV_EINVAL for NULL or the
 * calling task itself and UV_EPERM outside a coroutine of the task's harness. */
HARNESS_API int harness_await(harness_task_t *task, void **result);

/* Tasks made of tasks. The array is copied; the tasks must belong to h; count must not be 0.
 * all: ends when every one has ended, with 0 or the first status in the array's order that is not 0.
 * first: ends when one has ended; its result is that harness_task_t. The others go on.
 * for: ends as the task does, or after timeout_ms with UV_ETIMEDOUT, and then cancels the task (a background
 * call that runs goes on). With 0 the task gets only what it can do without anything else happening.
 * Return NULL with a sentence on bad arguments. Do not park: run them in the foreground, or await them. */
HARNESS_API harness_task_t *harness_wait_all(harness_t *h, harness_task_t *const *tasks, size_t count);
HARNESS_API harness_task_t *harness_wait_first(harness_t *h, harness_task_t *const *tasks, size_t count);
HARNESS_API harness_task_t *harness_wait_for(harness_t *h, harness_task_t *task, uint64_t timeout_ms);

/* Asks a task to end. A coroutine that has not started never does; one that is parked is woken: the
 * call it waits in, and every parking call after it, returns UV_ECANCELED at once, so that it can release
 * what it holds and return. So it is for a coroutine that cancels itself. A future or a combination ends with
 * UV_ECANCELED at once; harness_wait_for's cancels its task too, the others leave theirs alone. A timer is
 * never called again, and ends with UV_ECANCELED: at once, or when its callback returns. A background call
 * can't be stopped: it ends with UV_ECANCELED where no thread has begun it. Returns 0, UV_EALREADY where the
 * task has ended, UV_EBUSY for a background call that runs, UV_EINVAL for NULL. Does not park. */
HARNESS_API int harness_task_cancel(harness_task_t *task);

/* The task's result: what its function returned, NULL while it has not ended. */
HARNESS_API void *harness_task_result(const harness_task_t *task);

/* UV_EAGAIN while it has not ended, else how it ended; UV_EINVAL for NULL. */
HARNESS_API int harness_task_status(const harness_task_t *task);

/* The name of the task's lane. */
HARNESS_API const char *harness_task_name(const harness_task_t *task);

/* The coroutine that calls, or NULL outside of coroutines. */
HARNESS_API harness_task_t *harness_current_task(const harness_t *h);

/* Parks for that long in the harness's time (virtual wherever nothing free-running is under way).
 * Returns 0, UV_ECANCELED, or UV_EPERM outside a coroutine. */
HARNESS_API int harness_sleep(harness_t *h, uint64_t duration_ms);

/* Milliseconds since harness_open in the harness's time (docs/conventions.md, "Time"). */
HARNESS_API uint64_t harness_now_ms(const harness_t *h);

/* A function that a timer calls. */
typedef void (*harness_callback_t)(void *arg);

/* Calls fn(arg) once, after delay_ms of the harness's time, or every interval_ms: the nth call is due at
 * n * interval_ms from now, whatever the calls before it did, and none is left out. Timers that are due at
 * the same time are called in the order in which they were set; a periodic one is set again just before its
 * call. fn runs on a coroutine's stack, so that an assertion may fail in it, and in a lane of its own
 * ("timer", "timer2", ...), but may not park: parking calls return UV_EPERM. The task ends with status 0 and
 * result NULL when the one call has returned; a periodic one goes on until harness_task_cancel. One that is
 * still set when the harness closes is reported as unfinished. Coroutines, the harness's thread and callbacks
 * on its loop may call these. Return NULL with a sentence when h or fn is NULL, the interval is 0, the thread
 * is another, the harness is being closed, or memory is exhausted. Do not park. */
HARNESS_API harness_task_t *harness_call_later(harness_t *h, uint64_t delay_ms, harness_callback_t fn,
                                               void *arg);
HARNESS_API harness_task_t *harness_call_every(harness_t *h, uint64_t interval_ms, harness_callback_t fn,
                                               void *arg);

/* A deadline, by value; {0} is none. What it holds is the harness's. */
typedef struct harness_deadline {
  uint64_t due_ns;
  uint64_t number;
} harness_deadline_t;

#define HARNESS_NO_DEADLINE UINT64_MAX

/* Limits the time of the calling coroutine, between a begin and its end:
 *
 *   harness_deadline_t outer = harness_begin_deadline(h, 1000);
 *   ... connect, read, drain, await, sleep ...
 *   harness_end_deadline(h, outer);
 *
 * Once timeout_ms have passed since the begin, each parking call of this coroutine that has to wait returns
 * UV_ETIMEDOUT (harness_connect: NULL with that code); one that need not wait succeeds. Nothing is lost:
 * bytes that a read had not returned are there for the next, and what harness_await waited for goes on (then
 * harness_task_status(task) is UV_EAGAIN; a task may also end with UV_ETIMEDOUT itself).
 * Deadlines nest: an inner one can only be earlier, so that no function has more time than its caller. With
 * HARNESS_NO_DEADLINE there is none until the end, for what must be put in order when the time is up. With
 * timeout_ms 0 nothing waits at all. Ties go as between timers: the deadline is set by the begin.
 * A cancelled coroutine's calls return UV_ECANCELED all the same. One that calls on and on past its deadline
 * lets others run now and then, so that a foreground run's time limit holds.
 *
 * begin returns the deadline that held before, for the end. Outside of coroutines, and in callbacks, it
 * returns none, and end UV_EPERM, both with a sentence and no effect; end returns 0 otherwise. They don't
 * park. */
HARNESS_API harness_deadline_t harness_begin_deadline(harness_t *h, uint64_t timeout_ms);
HARNESS_API int harness_end_deadline(harness_t *h, harness_deadline_t outer);

#ifndef HARNESS_NO_PLACES
#define harness_schedule_coroutine(...)                                                                      \
  (harness_at(__FILE__, __LINE__), harness_schedule_coroutine)(__VA_ARGS__)
#define harness_schedule_coroutine_named(...)                                                                \
  (harness_at(__FILE__, __LINE__), harness_schedule_coroutine_named)(__VA_ARGS__)
#define harness_call_in_background(...)                                                                      \
  (harness_at(__FILE__, __LINE__), harness_call_in_background)(__VA_ARGS__)
#define harness_call_in_background_named(...)                                                                \
  (harness_at(__FILE__, __LINE__), harness_call_in_background_named)(__VA_ARGS__)
#define harness_future_new(...) (harness_at(__FILE__, __LINE__), harness_future_new)(__VA_ARGS__)
#define harness_future_new_named(...) (harness_at(__FILE__, __LINE__), harness_future_new_named)(__VA_ARGS__)
#define harness_future_new_foreign(...)                                                                      \
  (harness_at(__FILE__, __LINE__), harness_future_new_foreign)(__VA_ARGS__)
#define harness_wait_all(...) (harness_at(__FILE__, __LINE__), harness_wait_all)(__VA_ARGS__)
#define harness_wait_first(...) (harness_at(__FILE__, __LINE__), harness_wait_first)(__VA_ARGS__)
#define harness_wait_for(...) (harness_at(__FILE__, __LINE__), harness_wait_for)(__VA_ARGS__)
#define harness_call_later(...) (harness_at(__FILE__, __LINE__), harness_call_later)(__VA_ARGS__)
#define harness_call_every(...) (harness_at(__FILE__, __LINE__), harness_call_every)(__VA_ARGS__)
#endif

#ifdef __cplusplus
}
#endif

#endif
