/* SPDX-License-Identifier: MIT */
#ifndef HARNESS_RUNNER_H
#define HARNESS_RUNNER_H

#include <harness/core.h>
#include <harness/transcript.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * For those who run tests: the adapter of a test runner, or a program with a main of its own. A test that has
 * a harness_unit_test and HARNESS_CMOCKA_MAIN (harness/cmocka.h) needs none of this.
 *
 * Nothing is written that came out once only. What harness_check_transcript would write, a fixture or a
 * proposal beside it, is held back; the test is run again, several times and perturbed; and only when every
 * run gave the same transcript, to the byte, is it written. Who can run a test again is its runner, hence
 * these calls. Where nobody made one, harness_check_transcript writes nothing and says why. Where nothing is
 * to be written, no test is run twice.
 *
 * Runs again: HARNESS_GATE_RUNS, from 1 to 100, 3 without it. In all but the first of them, or in a single
 * one, background calls begin a moment later and in another order (HARNESS_JITTER), and where the run is a
 * process of its own it has one processor, which something else uses, too. The last begins in another second
 * of the clock than the first run of all, so that a time of day does not pass for a constant. A test that has
 * something to write has to bear being run so often.
 *
 * Any thread, but one test at a time in a process.
 */

typedef enum harness_test_ending {
  HARNESS_TEST_PASSED,
  HARNESS_TEST_SKIPPED,
  HARNESS_TEST_FAILED
} harness_test_ending_t;

/* A test begins. Its name is what HARNESS_TEST says (harness_discover_tests sets it to the name that ctest
 * knows), else this one, which is copied; NULL is refused with UV_EINVAL. A test that was begun and not ended
 * is forgotten: nothing of it is written. Returns 0 or a negative code, with a sentence from
 * harness_error(NULL).
 *
 * Where HARNESS_TOUCHED names a folder, a record is kept there of the fixtures that the test checks: harness
 * orphans makes the union of them. */
HARNESS_API int harness_test_begin(const char *name);

/* The test has ended, its harnesses are closed. argv is the command that runs this test alone, ended by NULL;
 * argv[0] is looked for in PATH. It gets HARNESS_REHEARSAL, which makes it write nothing but its transcripts
 * for this call. It is ended when it takes longer than a foreground run may (HARNESS_TIMEOUT_MS) and ten
 * times the first run together. argv may be NULL: then nothing is written.
 *
 * Proposals (mode new) are written when each of those runs checked the same transcript. Fixtures (mode
 * update) are written when, besides, the test has passed, and passed in each run. What another test of the
 * same ctest run (HARNESS_TOUCHED), or an earlier one of the same process, checked with another transcript is
 * not written: a fixture belongs to one conversation. Each file is written whole or not at all.
 *
 * Returns HARNESS_CHECK_SAME where there was nothing to write; HARNESS_CHECK_WRITTEN where all of it was
 * written; HARNESS_CHECK_DIFFERENT where the runs differed, and HARNESS_CHECK_TROUBLE where something else
 * was in the way: then nothing was written, but for what comes before a file that can't be. For all but SAME
 * *report (report may be NULL) says which files, or what differs, with a placeholder where a value varies;
 * the caller frees it with free(). NULL also where memory is exhausted. Blocks. */
HARNESS_API harness_check_result_t harness_test_end(harness_test_ending_t ending, const char *const *argv,
                                                    char **report);

/* Opens harnesses, checks transcripts, closes; 0 where all went well. */
typedef int (*harness_recording_t)(void *arg);

typedef struct harness_recording_options {
  /* Not 0: the transcripts must not depend on how bytes are cut into reads. Where something is to be written,
   * there are also runs under bytewise, coalesced and two seeds, by HARNESS_DELIVERY, which is set for that
   * time; they are compared up to the cutting of reads. Data longer than a harness's data_limit can't be
   * compared so. */
  int any_delivery;
} harness_recording_options_t;

/* The same without a runner: runs the function in this process, once, and where it leaves something to write,
 * again. It may stand inside a test that was begun, and is by itself there: what it holds back is written
 * when it returns.
 *
 * Returns the worst result of the checks (WRITTEN is none worse than SAME; where all was written that is what
 * it returns); HARNESS_CHECK_DIFFERENT, also, where the runs differed; HARNESS_CHECK_TROUBLE where the
 * function returned something else than 0 and no check tells why, or is NULL. *report as harness_test_end,
 * and for all that is not SAME. */
HARNESS_API harness_check_result_t harness_record_stable(harness_recording_t recording, void *arg,
                                                         const harness_recording_options_t *options,
                                                         char **report);

/* What a crash (SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT) says, on standard error, before it takes its
 * course: the lane and the task that ran, and whether its stack has overflowed (docs/failures.md, "Crashes").
 * The harness does this by itself, at its first foreground run or background call; a runner that installs
 * handlers of its own around each test calls it in front of the test, so that what crashes before the first
 * run is told, too. What the handlers were before is called next. HARNESS_CRASH_REPORTS=0 in the environment:
 * nothing is installed. Any thread; gives it a stack for signals where it has none. Does not park. */
HARNESS_API void harness_watch_crashes(void);

/* How many background calls go on though their harness was closed: harness_close has closed their
 * connections, which wakes those that wait there, has waited as long as a foreground run may take, and
 * reported what is left. Nobody can end a thread that does not return, and what it touches may be another
 * test's by now: where this is not 0 a runner had better end the process, with the tests that have not run
 * reported as such, as harness_cmocka_main does. Any thread. */
HARNESS_API int harness_left_running(void);

/* What a runner does when a test is found to have failed by harness_fail, which may have been on another
 * thread: called on the harness's thread, outside of coroutines and callbacks, by harness_run_in_foreground,
 * harness_settle and what settles, before they return. It may leave them by a jump; then harness_close does
 * the rest. harness_failure tells it why. One for the process; NULL: none. Any thread. */
typedef void (*harness_raise_t)(harness_t *h);
HARNESS_API void harness_set_raise(harness_raise_t raise);

/* For a runner's assertion that has failed on another thread than the test's, after harness_fail: leaves what
 * runs there. A background call ends with UV_ECANCELED, by a jump out of its function; its thread goes back
 * to the pool. Any other thread ends, by pthread_exit. What the function or thread held (memory, locks,
 * descriptors) stays as it is; foreign futures that nobody has resolved are not waited for any more by the
 * harnesses that are open now, whose memory for futures is kept when they close, so that resolving one later
 * does no harm. Never returns. */
HARNESS_API void harness_leave_thread(void) HARNESS_NORETURN;

/* A line for GitHub Actions, which shows the text beside a line of a file: "::error
 * file=…,line=…,title=…::text". NULL where GITHUB_ACTIONS is not "true", an argument is NULL or memory is
 * exhausted; the caller frees it with free(). A file below GITHUB_WORKSPACE is told relative to that. */
HARNESS_API char *harness_annotation(const char *file, int line, const char *title, const char *text);

#ifdef __cplusplus
}
#endif

#endif
