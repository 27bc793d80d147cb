/* SPDX-License-Identifier: MIT */
/* The macros that say places stand wherever the functions could, in C11 and in C++: as statements, values and
 * arguments, and as what is no call. */
#include <harness/harness.h>

harness_task_t *in_arguments(harness_t *h, harness_function_t fn, harness_server_t *server);
harness_task_t *(*by_pointer(void))(harness_t *h, harness_function_t fn, void *arg);

harness_task_t *in_arguments(harness_t *h, harness_function_t fn, harness_server_t *server) {
  harness_task_t *tasks[] = {harness_call_in_background_named(h, "a", fn, server),
                             harness_wait_for(h, harness_wait_for(h, harness_future_new(h), 2), 1)};

  harness_connect_to(h, server);
  (void)harness_connect(h, harness_server_host(server), harness_server_port(server));
  if (!harness_schedule_coroutine(h, fn, h))
    return harness_framed_call(harness_framed_client_new(h, NULL, NULL), "", 0);
  return tasks[0] ? harness_wait_first(h, tasks, 2)
                  : harness_wait_all(h, tasks, sizeof tasks / sizeof *tasks);
}

harness_task_t *(*by_pointer(void))(harness_t *h, harness_function_t fn, void *arg) {
  return harness_schedule_coroutine;
}
