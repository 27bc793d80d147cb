/* SPDX-License-Identifier: MIT */
/* The conversations with real clients, blocking and on the loop, many times. */
#include "real.h"
#include "repeat.h"

static const char *run(harness_t *h, const void *what) {
  return ((const real_scenario_t *)what)->run(h);
}

static int repeat_all(const repeat_t *repeat, const real_scenario_t *scenarios, size_t count) {
  int same = 1;

  for (size_t i = 0; i < count; i++)
    same &= repeat_run(repeat, &(repeat_case_t){.name = scenarios[i].name,
                                                .fixture = scenarios[i].fixture,
                                                .run = run,
                                                .what = &scenarios[i]});
  return same;
}

int main(int argc, char **argv) {
  const real_scenario_t *scenarios;
  repeat_t repeat;
  size_t count;
  int same = 1;

  if (!repeat_begin(&repeat, argc, argv))
    return 2;
#ifdef REAL_HIREDIS
  scenarios = real_hiredis_scenarios(&count);
  same &= repeat_all(&repeat, scenarios, count);
  scenarios = real_hiredis_async_scenarios(&count);
  same &= repeat_all(&repeat, scenarios, count);
#endif
#ifdef REAL_LIBCURL
  if (real_libcurl_begin() != 0)
    return 2;
  scenarios = real_libcurl_scenarios(&count);
  same &= repeat_all(&repeat, scenarios, count);
  scenarios = real_libcurl_multi_scenarios(&count);
  same &= repeat_all(&repeat, scenarios, count);
  real_libcurl_end();
#endif
  return same ? 0 : 1;
}
