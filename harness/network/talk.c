/* SPDX-License-Identifier: MIT */
/* What a report says of a connection: who is at its ends, who has spoken last, and what. */
#include <string.h>

#include "base/text.h"
#include "network/lane.h"
#include "network/transport.h"
#include "run/graph.h"

enum { SHOWN_MOST = 40, LOOKED_AT = 64 };

harness_task_t *harness__transport_party(const harness_transport_t *t) {
  if (t == NULL || t->closed || t->broken)
    return NULL;
  if (t->owner != NULL && t->owner->state != HARNESS__TASK_ENDED)
    return t->owner;
  return t->reader != NULL ? t->reader : t->drainer;
}

harness_task_t *harness__transport_serves_outside(harness_t *h, size_t index) {
  for (const harness_transport_t *t = h->network->transports; t != NULL; t = t->next) {
    harness_task_t *party = t->foreign && t->server != NULL ? harness__transport_party(t) : NULL;

    if (party != NULL && index-- == 0)
      return party;
  }
  return NULL;
}

static bool has_asked(const harness_transport_t *t) {
  return t->peer != NULL && t->peer->heard > t->heard;
}

void harness__transport_look(const harness_transport_t *t, harness__wait_t *wait) {
  wait->kind = t->peer != NULL ? HARNESS__WAIT_READ : HARNESS__WAIT_OUTSIDE;
  wait->party = harness__transport_party(t->peer);
  wait->asked = has_asked(t);
  wait->told = t->peer != NULL && t->heard > t->peer->heard;
}

typedef struct last {
  char data[SHOWN_MOST];
  size_t size;
  uint64_t whole;
} last_t;

static void keep_send(const harness__entry_t *entry, void *arg) {
  last_t *last = arg;

  if (entry->kind != HARNESS__EVENT_SEND)
    return;
  last->whole = entry->data.bytes;
  last->size = entry->data.head_size < SHOWN_MOST ? entry->data.head_size : SHOWN_MOST;
  if (last->size > 0)
    memcpy(last->data, entry->data.head, last->size);
}

/* Only the end that connected is said to wait for answers. What is redacted is not shown in pieces. */
void harness__transport_describe_talk(const harness_transport_t *t, harness__buffer_t *out) {
  last_t last = {.size = 0};

  if (t->peer == NULL)
    return;
  if (harness__transport_party(t->peer) == NULL && !t->peer->closed && !t->peer->broken)
    harness__buffer_string(out, ", where nobody is any more");
  if (t->server != NULL || !has_asked(t)) {
    if (t->consumed > 0)
      harness__buffer_printf(out, ", after %llu byte%s and no EOF", (unsigned long long)t->consumed,
                             t->consumed == 1 ? "" : "s");
    return;
  }
  if (!harness__recorder_redacts(t->h->recorder))
    harness__recorder_recent(t->h->recorder, t->lane, LOOKED_AT, keep_send, &last);
  harness__buffer_string(out, ", with no answer to ");
  if (last.size == 0) {
    harness__buffer_string(out, "what it has sent");
    return;
  }
  harness__text_escape(out, last.data, last.size, '\'');
  if (last.whole > last.size)
    harness__buffer_printf(out, "… (%llu bytes)", (unsigned long long)last.whole);
}
