/* SPDX-License-Identifier: MIT */
#include "real.h"

const char *real_complaint(const harness_t *h) {
  const char *sentence = harness_error(h);

  return sentence != NULL ? sentence : "the client did not get what it should";
}

const char *real_serve(harness_t *h, harness_server_t **server, harness_handler_t handler, void *arg) {
  *server = harness_start_server(h, handler, arg, NULL);
  return *server != NULL ? NULL : real_complaint(h);
}

const char *real_run(harness_t *h, harness_task_t *task) {
  (void)harness_run_in_foreground(h, task);
  return harness_task_status(task) == 0 ? NULL : real_complaint(h);
}
