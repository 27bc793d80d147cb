/* SPDX-License-Identifier: MIT */
/* Private: the addresses and ports that a capture gives to the names of a transcript. */
#ifndef HARNESS_REPORT_CAPTURE_PARTIES_H
#define HARNESS_REPORT_CAPTURE_PARTIES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "record/transcript.h"

/* A port that somebody asked for. */
typedef struct harness__port {
  const char *name; /* of a server or an endpoint */
  uint16_t port;
  bool used; /* there is one of that name */
} harness__port_t;

/* Each name has an address, 10.0.0.1 and up: the lanes in their order, then who is only spoken of, in the
 * order in which they are added. */
enum { HARNESS__FIRST_ADDRESS = 0x0a000001, HARNESS__PARTIES_MOST = 0xfffffd };

typedef struct harness__party {
  const char *name;
  uint16_t port;        /* where it is spoken to; 0: not asked for yet */
  uint32_t connections; /* it has opened */
} harness__party_t;

/* Zeroed, there are none. Names stay the transcript's. */
typedef struct harness__parties {
  void *by_name;  /* json_t: name -> index */
  void *services; /* json_t: name without "/1" -> port */
  harness__party_t *list;
  size_t count;
  size_t capacity;
  harness__port_t *ports;
  size_t port_count;
  size_t next_service;
} harness__parties_t;

/* The party of that name, new where there is none. Returns its index; HARNESS__NO_PARTY when memory, or the
 * addresses, are exhausted. */
#define HARNESS__NO_PARTY SIZE_MAX
size_t harness__parties_add(harness__parties_t *parties, const char *name);

/* Where it is spoken to: ports 20001 to 20099 in the order of asking, unless another was asked for. The
 * connections of a server ("api/1", "api/2") have one port. 0 when memory is exhausted. */
uint16_t harness__parties_port(harness__parties_t *parties, size_t party);

/* From where its next connection comes: 49152 and up. */
uint16_t harness__parties_client_port(harness__parties_t *parties, size_t party);

uint32_t harness__parties_address(size_t party);

/* The length of a lane's name without the number of a connection: what its server is called. */
size_t harness__party_family(const char *lane);

void harness__parties_free(harness__parties_t *parties);

#endif
