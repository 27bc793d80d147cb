/* SPDX-License-Identifier: MIT */
#ifndef HARNESS_DELIVERIES_H
#define HARNESS_DELIVERIES_H

#include <harness/core.h>
#include <harness/transcript.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Whether a client works however its bytes are cut into reads: a scenario is run under every delivery policy,
 * each time in a fresh harness, and must do the same each time, up to the cutting of reads. What breaks it is
 * made as small as possible: "after byte 7 of what server/1 writes to client".
 */

/* Servers and clients of one conversation: starts them, runs them, closes what it opened. Called many times,
 * each time in a harness of its own, which it does not close; so it has to set up anew whatever it changes in
 * arg. Returns 0 where all went well, and any other value where not. It returns rather than asserts: an
 * assertion that fails in it would jump out of the check, which then can't tell what broke it. */
typedef int (*harness_scenario_t)(harness_t *h, void *arg);

typedef struct harness_deliveries_options {
  /* How each harness is opened; NULL: defaults. delivery and report are not used (the check sets the one and
   * tells what the other is told), data_limit neither: data is kept whole. */
  const harness_options_t *harness;
  /* How many seeds are tried, from first_seed on; 0: 20. */
  uint32_t seeds;
  /* 0: 1. */
  uint64_t first_seed;
  /* The lanes that have to do the same, ended by NULL; NULL: all. "server" stands for "server/1" … as well.
   * A server that answers each read sends as it is cut: then only {"client", NULL} may be asked for. */
  const char *const *lanes;
  /* Not 0: what a lane writes is compared as one stream, too, for what passes on whatever it reads. */
  int joined_writes;
  /* How many single cuts are tried at most, and how many runs the search for the smallest cut may take; 0:
   * 2000. Where there are more places, those next to the ends of writes go first. */
  uint32_t most_runs;
} harness_deliveries_options_t;

/* Runs the scenario as written, twice; then bytewise, with a single cut in every place, coalesced, and with
 * seeded cuts, up to the first policy that breaks it. These are in force whatever the scenario's servers and
 * connections ask for. Where HARNESS_DELIVERY is set, that policy only is tried.
 *
 * A policy breaks the scenario where that returns another value than 0, a harness reports something (a
 * deadlock, things left open), or a lane's events differ: receives are compared as one stream of bytes, and
 * may stand elsewhere among the events of their lane; the order between lanes is not looked at; times are.
 * Then the smallest cut is looked for: one cut more in one direction of one connection, the lowest offset
 * first; else a set of which none can be left out.
 *
 * What free-running parties (background calls, other processes) write and read is cut by the kernel, and not
 * varied.
 *
 * Returns HARNESS_CHECK_SAME; HARNESS_CHECK_DIFFERENT where a policy breaks the scenario;
 * HARNESS_CHECK_TROUBLE where an argument is bad, a harness can't be opened, the scenario fails as written
 * already, or does two things in two runs as written. For the last two *report (report may be NULL) says
 * which policy and cut, what differs and how to see it again; the caller frees it with free(). NULL for SAME,
 * and where memory is exhausted. harness_error(NULL) has it too, cut to 511 bytes. Any thread, outside of
 * coroutines. Blocks; memory does not grow with the number of runs. */
HARNESS_API harness_check_result_t harness_check_all_deliveries(harness_scenario_t scenario, void *arg,
                                                                const harness_deliveries_options_t *options,
                                                                char **report);

#ifdef __cplusplus
}
#endif

#endif
