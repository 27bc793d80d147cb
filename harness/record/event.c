/* SPDX-License-Identifier: MIT */
#include "record/event.h"

#include <stddef.h>
#include <string.h>

static const char *const names[HARNESS__EVENT_KINDS] = {
    [HARNESS__EVENT_CONNECT] = "connect", [HARNESS__EVENT_ACCEPT] = "accept",
    [HARNESS__EVENT_SEND] = "send",       [HARNESS__EVENT_RECEIVE] = "receive",
    [HARNESS__EVENT_EOF] = "eof",         [HARNESS__EVENT_CLOSE] = "close",
    [HARNESS__EVENT_RESET] = "reset",     [HARNESS__EVENT_ERROR] = "error",
    [HARNESS__EVENT_LOG] = "log",
};

const char *harness__event_kind_name(harness__event_kind_t kind) {
  return (unsigned)kind < HARNESS__EVENT_KINDS ? names[kind] : NULL;
}

harness__event_kind_t harness__event_kind_find(const char *name) {
  int kind = 0;

  while (kind < HARNESS__EVENT_KINDS && strcmp(names[kind], name) != 0)
    kind++;
  return (harness__event_kind_t)kind;
}
