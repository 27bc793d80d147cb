/* SPDX-License-Identifier: MIT */
#include "record/take.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/buffer.h"
#include "base/file.h"
#include "record/digest.h"

harness__checked_t *harness__take_find(const harness__take_t *take, const char *fixture) {
  for (size_t i = 0; i < take->count; i++)
    if (strcmp(take->list[i].fixture, fixture) == 0)
      return &take->list[i];
  return NULL;
}

static bool make_room(harness__take_t *take) {
  harness__checked_t *list = harness__grow(take->list, take->count, &take->capacity, sizeof *list);

  if (list != NULL)
    take->list = list;
  return list != NULL;
}

harness__checked_t *harness__take_add(harness__take_t *take, const char *fixture, char *json) {
  harness__checked_t *checked = harness__take_find(take, fixture);
  char *name;

  if (checked != NULL && json != NULL) {
    checked->is_ambiguous = checked->is_ambiguous || strcmp(checked->json, json) != 0;
    free(json);
    return checked;
  }
  name = strdup(fixture);
  if (name == NULL || json == NULL || !make_room(take)) {
    free(name);
    free(json);
    return NULL;
  }
  checked = &take->list[take->count++];
  *checked = (harness__checked_t){.fixture = name, .json = json};
  return checked;
}

bool harness__checked_intend(harness__checked_t *checked, harness__intent_t intent, const char *proposal) {
  char *path = strdup(proposal);
  char *here = harness__file_here();

  if (path == NULL || here == NULL) {
    free(path);
    free(here);
    return false;
  }
  free(checked->proposal);
  free(checked->here);
  checked->proposal = path;
  checked->here = here;
  checked->intent = intent;
  return true;
}

size_t harness__take_count(const harness__take_t *take, harness__intent_t intent) {
  size_t count = 0;

  for (size_t i = 0; i < take->count; i++)
    count += take->list[i].intent == intent;
  return count;
}

void harness__take_clear(harness__take_t *take) {
  for (size_t i = 0; i < take->count; i++) {
    free(take->list[i].fixture);
    free(take->list[i].proposal);
    free(take->list[i].here);
    free(take->list[i].json);
  }
  free(take->list);
  memset(take, 0, sizeof *take);
}

static char *path_in(const char *folder, const char *fixture) {
  char digest[HARNESS__DIGEST_SIZE];
  harness__buffer_t path = {0};

  harness__digest(digest, fixture, strlen(fixture));
  harness__buffer_printf(&path, "%s/%s.json", folder, strchr(digest, ':') + 1);
  return harness__buffer_take(&path);
}

int harness__take_load(const char *folder, const char *fixture, char **json) {
  char *path = path_in(folder, fixture);
  harness__buffer_t file = {0};
  int error = path != NULL ? harness__file_read(path, &file) : ENOMEM;

  free(path);
  *json = NULL;
  if (error == 0) {
    harness__buffer_string(&file, "");
    *json = harness__buffer_take(&file);
    if (*json == NULL)
      error = ENOMEM;
  }
  harness__buffer_free(&file);
  return error;
}

int harness__take_save(const char *folder, const char *fixture, const char *json) {
  char *before = NULL;
  char *path;
  int error = harness__take_load(folder, fixture, &before);

  if (error == 0 && strcmp(before, json) == 0) {
    free(before);
    return 0;
  }
  free(before);
  if (error != 0 && error != ENOENT)
    return error;
  path = path_in(folder, fixture);
  if (path == NULL)
    return ENOMEM;
  error = harness__file_put(path, error == 0 ? "" : json, error == 0 ? 0 : strlen(json));
  free(path);
  return error;
}
