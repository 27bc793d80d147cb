/* SPDX-License-Identifier: MIT */
/*
 * A test that has failed by harness_fail. Any thread may say so; the sentence lies in the inbox, under its
 * lock (run/inbox.c), and the first one stays. The harness's thread looks before each step of a turn: there
 * it tells the runner, which may leave by a jump and have the rest done by harness_close; else tasks are
 * cancelled and unwind here, and whatever was being waited for ends.
 */
#include <harness/fail.h>
#include <harness/runner.h>

#include <stdarg.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "base/buffer.h"
#include "run/run.h"

static _Atomic(harness_raise_t) runners_raise;

void harness_set_raise(harness_raise_t raise) {
  atomic_store(&runners_raise, raise);
}

int harness_fail_at(harness_t *h, const char *file, int line, const char *format, ...) {
  harness__buffer_t text = {0};
  va_list values;
  char *sentence;
  int status;

  if (format == NULL)
    format = "harness_fail: the format is NULL";
  va_start(values, format);
  harness__buffer_vprintf(&text, format, values);
  va_end(values);
  while (text.length > 0 && text.text[text.length - 1] == '\n')
    text.text[--text.length] = '\0';
  sentence = harness__buffer_take(&text);
  status = harness__inbox_fail(h, file != NULL ? file : "?", line, sentence);
  free(sentence);
  return status;
}

int harness_check_failed(harness_t *h, const char *expression, const char *file, int line) {
  (void)harness_fail_at(h, file, line, "this does not hold: %s", expression != NULL ? expression : "?");
  return 0;
}

const char *harness_failure(const harness_t *h, const char **file, int *line) {
  const harness__inbox_t *inbox = h != NULL ? &h->run->inbox : NULL;

  if (inbox == NULL || !atomic_load(&inbox->failed))
    return NULL;
  if (file != NULL)
    *file = inbox->failure.file;
  if (line != NULL)
    *line = inbox->failure.line;
  return inbox->failure.text != NULL ? inbox->failure.text : "memory is exhausted";
}

int harness__failure_tell(harness_t *h) {
  harness_raise_t raise = atomic_load(&runners_raise);
  harness__buffer_t text = {0};
  const char *file = "";
  int line = 0;
  const char *sentence = harness_failure(h, &file, &line);
  bool is_new = !h->run->failure_told;

  h->run->failure_told = true;
  if (raise != NULL)
    raise(h);
  harness__run_unwind(h);
  harness__buffer_printf(&text, "%s:%d: %s", file, line, sentence);
  if (is_new)
    harness__run_tell(h, UV_ECANCELED, &text);
  else
    harness__fail_text(h, UV_ECANCELED, harness__buffer_take(&text));
  return UV_ECANCELED;
}
