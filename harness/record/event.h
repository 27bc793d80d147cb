/* SPDX-License-Identifier: MIT */
/* Private: the kinds of events, the one list of them. */
#ifndef HARNESS_RECORD_EVENT_H
#define HARNESS_RECORD_EVENT_H

#include <stdbool.h>

typedef enum harness__event_kind {
  HARNESS__EVENT_CONNECT, /* to: the server */
  HARNESS__EVENT_ACCEPT,  /* from: the peer */
  HARNESS__EVENT_SEND,    /* data; to: the receiver, where it is a datagram */
  HARNESS__EVENT_RECEIVE, /* data; from: the sender, where it is a datagram */
  HARNESS__EVENT_EOF,     /* to: this lane ended its writing side; from: it saw the peer's end */
  HARNESS__EVENT_CLOSE,   /* this lane closed its end */
  HARNESS__EVENT_RESET,   /* to: this lane aborted; from: it saw the peer's reset */
  HARNESS__EVENT_ERROR,   /* code */
  HARNESS__EVENT_LOG,     /* text */
  HARNESS__EVENT_KINDS
} harness__event_kind_t;

/* "connect", …; NULL beyond the list. */
const char *harness__event_kind_name(harness__event_kind_t kind);

/* The kind of that name, or HARNESS__EVENT_KINDS. */
harness__event_kind_t harness__event_kind_find(const char *name);

#endif
