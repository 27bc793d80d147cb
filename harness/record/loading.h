/* SPDX-License-Identifier: MIT */
/*
 * Private to the loader: a transcript that is being made of jansson's values. The functions return false
 * after a refusal, whose sentence is begun with name and event, or when memory is exhausted, which is the
 * sentence's failed.
 */
#ifndef HARNESS_RECORD_LOADING_H
#define HARNESS_RECORD_LOADING_H

#include <jansson.h>

#include "base/buffer.h"
#include "record/transcript.h"

typedef struct harness__load {
  const char *name; /* of the file, for sentences */
  size_t event;     /* the one at hand, from 1; 0: none */
  harness__transcript_t *transcript;
  json_t *lanes; /* name -> index */
  bool *used;    /* by lane: whether an event has it */
  harness__buffer_t sentence;
  bool refused;
} harness__load_t;

/* Begins the sentence with the file's name. */
void harness__load_name(harness__load_t *load);

/* Takes all but the events. */
bool harness__load_head(harness__load_t *load, json_t *root);

/* Then, either all events, which are let go of, or room for count of them and each by itself. */
bool harness__load_events(harness__load_t *load, json_t *events);
bool harness__load_room(harness__load_t *load, size_t count);
bool harness__load_event(harness__load_t *load, json_t *event);

/* Then, whether every lane has an event. */
bool harness__load_end(harness__load_t *load);

#endif
