/* SPDX-License-Identifier: MIT */
/* From a fixture's text to a transcript: line by line where it has the layout that is written, else, and
 * where anything is wrong, as one document, by which the sentence goes. */
#include "record/load.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/text.h"
#include "record/json.h"
#include "record/lines.h"
#include "record/loading.h"

/* Jansson's word for what is wrong. Where memory is exhausted it mostly says nothing at all, and may not even
 * write the error. */
static void refuse_text(harness__load_t *load, const json_error_t *error) {
  load->refused = true;
  if (json_error_code(error) == json_error_out_of_memory || error->text[0] == '\0') {
    load->sentence.failed = true;
    return;
  }
  harness__load_name(load);
  harness__buffer_printf(&load->sentence, "line %d: ", error->line);
  harness__text_escape(&load->sentence, error->text, strlen(error->text), '\0');
}

static bool is_blank(const char *text, size_t size) {
  size_t i = 0;

  while (i < size && strchr(" \t\r\n", text[i]) != NULL && text[i] != '\0')
    i++;
  return i == size;
}

static bool take_document(harness__load_t *load, const char *text, size_t size) {
  json_error_t error = {0};
  json_t *root = json_loadb(text, size, JSON_REJECT_DUPLICATES, &error);
  bool taken = root != NULL && harness__load_head(load, root) &&
               harness__load_events(load, json_object_get(root, "events")) && harness__load_end(load);

  if (root == NULL)
    refuse_text(load, &error);
  json_decref(root);
  return taken;
}

/* False, also, where the text has not the layout of record/lines.h. */
static bool take_lines(harness__load_t *load, const char *text, size_t size) {
  harness__lines_t lines;
  size_t count;
  json_t *head;
  bool taken;

  if (!harness__lines_find(&lines, text, size))
    return false;
  count = harness__lines_count(&lines);
  head = harness__lines_head(&lines);
  taken = head != NULL && harness__load_head(load, head) && harness__load_room(load, count);
  json_decref(head);
  for (size_t i = 0; taken && i < count; i++) {
    json_t *event = harness__lines_next(&lines);
    taken = event != NULL && harness__load_event(load, event);
    json_decref(event);
  }
  return taken && harness__load_end(load);
}

static harness__transcript_t *parse(harness__load_t *load,
                                    bool (*take)(harness__load_t *load, const char *text, size_t size),
                                    const char *text, size_t size) {
  harness__transcript_t *transcript = calloc(1, sizeof *transcript);

  load->transcript = transcript;
  if (transcript == NULL)
    load->sentence.failed = true;
  else
    transcript->arena.first = HARNESS__TRANSCRIPT_SIZE;
  if (transcript != NULL && !take(load, text, size)) {
    harness__transcript_free(transcript);
    transcript = NULL;
  }
  json_decref(load->lanes);
  free(load->used);
  return transcript;
}

harness__transcript_t *harness__transcript_parse(const char *name, const char *text, size_t size,
                                                 char **sentence) {
  harness__load_t load = {.name = name};
  harness__transcript_t *transcript = parse(&load, take_lines, text, size);

  harness__buffer_free(&load.sentence);
  *sentence = NULL;
  if (transcript != NULL)
    return transcript;
  load = (harness__load_t){.name = name};
  if (is_blank(text, size)) {
    harness__load_name(&load);
    harness__buffer_string(&load.sentence, "the file is empty");
  } else {
    transcript = parse(&load, take_document, text, size);
  }
  if (transcript == NULL)
    *sentence = harness__buffer_take(&load.sentence);
  return transcript;
}

/* Why a file can't be read. */
static char *refuse_file(const char *path, int error) {
  harness__load_t load = {.name = path};

  harness__load_name(&load);
  harness__buffer_string(&load.sentence, error == EINVAL ? "not a regular file" : strerror(error));
  return harness__buffer_take(&load.sentence);
}

harness__transcript_t *harness__transcript_load_other(const char *path, const harness__transcript_t *known,
                                                      char **text, bool *missing, char **sentence) {
  harness__buffer_t file = {0};
  harness__transcript_t *transcript = NULL;
  int error = harness__file_read(path, &file);

  *text = NULL;
  *missing = error == ENOENT;
  *sentence = error != 0 ? refuse_file(path, error) : NULL;
  if (error == 0 && file.text != NULL && harness__transcript_makes(known, file.text, file.length))
    *text = harness__buffer_take(&file);
  else if (error == 0)
    transcript = harness__transcript_parse(path, file.text != NULL ? file.text : "", file.length, sentence);
  harness__buffer_free(&file);
  return transcript;
}

harness__transcript_t *harness__transcript_load(const char *path, bool *missing, char **sentence) {
  harness__buffer_t file = {0};
  harness__transcript_t *transcript = NULL;
  int error = harness__file_read(path, &file);

  if (missing != NULL)
    *missing = error == ENOENT;
  *sentence = error != 0 ? refuse_file(path, error) : NULL;
  if (error == 0)
    transcript = harness__transcript_parse(path, file.text != NULL ? file.text : "", file.length, sentence);
  harness__buffer_free(&file);
  return transcript;
}
