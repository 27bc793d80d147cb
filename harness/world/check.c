/* SPDX-License-Identifier: MIT */
/* Transcripts, once settled: checked, shown, saved. */
#include <harness/transcript.h>

#include <stdlib.h>

#include "base/fault.h"
#include "record/json.h"
#include "record/recorder.h"
#include "report/check.h"
#include "report/text.h"
#include "run/graph.h"
#include "run/run.h"
#include "world/recording.h"
#include "world/world.h"

int harness_settle(harness_t *h) {
  harness__buffer_t text = {0};
  int status = harness__check_outside(h, "harness_settle");

  if (h == NULL || status != 0)
    return status;
  status = harness__run_until(h, NULL);
  if (harness__has_failed(h))
    return harness__failure_tell(h);
  if (status == 0)
    return 0;
  if (status == UV_ETIMEDOUT)
    harness__buffer_printf(&text, "not settled after %lld ms\n", (long long)h->run->timeout_ms);
  else
    harness__buffer_printf(&text, "it can't be settled: %s\n", uv_strerror(status));
  harness__run_describe(h, &text);
  harness__run_tell(h, status, &text);
  return status;
}

void harness__fail_transcript(harness_t *h) {
  const char *trouble = harness__recorder_trouble(h->recorder);

  if (trouble != NULL)
    harness__fail(h, UV_EINVAL, "there is no transcript: %s", trouble);
  else
    harness__fail(h, UV_ENOMEM, "no memory for the transcript");
}

static harness__transcript_t *settled_transcript(harness_t *h) {
  harness__transcript_t *transcript;

  if (harness_settle(h) != 0 || h == NULL)
    return NULL;
  if (harness__recorder_is_off(h->recorder)) {
    harness__fail(h, UV_ENOTSUP, "there is no transcript: the harness was opened with no_transcript");
    return NULL;
  }
  transcript = harness__recorder_transcript(h->recorder);
  if (transcript == NULL)
    harness__fail_transcript(h);
  return transcript;
}

/* A check that never came to its fixture is none that found nothing. */
static harness_check_result_t in_trouble(harness_t *h) {
  harness__recording_note_result(HARNESS_CHECK_TROUBLE, harness_error(h));
  return HARNESS_CHECK_TROUBLE;
}

harness_check_result_t harness_check_transcript(harness_t *h, const char *name) {
  harness__transcript_t *transcript;
  harness_check_result_t result;
  harness__keeper_t keeper;
  char *sentence = NULL;

  if (h != NULL && name == NULL) {
    harness__fail(h, UV_EINVAL, "harness_check_transcript: the name is NULL");
    return in_trouble(h);
  }
  transcript = settled_transcript(h);
  if (transcript == NULL)
    return in_trouble(h);
  keeper = harness__recording_keeper(h->world->mode);
  result = harness__fixture_check(h->world->fixtures, name, h->world->mode, transcript, &keeper, &sentence);
  harness__recording_note_result(result, sentence);
  if (result != HARNESS_CHECK_SAME && result != HARNESS_CHECK_WRITTEN)
    harness__fail_text(h, UV_EINVAL, sentence);
  else
    free(sentence);
  harness__transcript_free(transcript);
  return result;
}

static char *rendered(harness_t *h, char *(*render)(const harness__transcript_t *transcript)) {
  harness__transcript_t *transcript = settled_transcript(h);
  char *text;

  if (transcript == NULL)
    return NULL;
  text = render(transcript);
  if (text == NULL)
    harness__fail(h, UV_ENOMEM, "no memory for the transcript");
  harness__transcript_free(transcript);
  return text;
}

char *harness_transcript_text(harness_t *h) {
  return rendered(h, harness__report_text);
}

char *harness_transcript_json(harness_t *h) {
  return rendered(h, harness__transcript_json);
}

int harness_save_transcript(harness_t *h, const char *path) {
  harness__transcript_t *transcript;
  char *sentence = NULL;
  int error = 0;
  bool saved;

  if (h != NULL && path == NULL)
    return harness__fail(h, UV_EINVAL, "harness_save_transcript: the path is NULL");
  transcript = settled_transcript(h);
  if (transcript == NULL)
    return harness_error_code(h);
  saved = harness__transcript_save(transcript, path, &error, &sentence);
  harness__transcript_free(transcript);
  if (saved)
    return 0;
  return harness__fail_text(h, error != 0 ? uv_translate_sys_error(error) : UV_EIO, sentence);
}
