/* SPDX-License-Identifier: MIT */
#include "report/capture/parties.h"

#include "base/array.h"

#include <stdlib.h>
#include <string.h>

#include <jansson.h>

/* No protocol is known by the first hundred ports above 20000, so that nothing is taken for what it is not.
 */
enum { FIRST_SERVICE = 20001, SERVICES = 99, FIRST_CLIENT = 49152, CLIENTS = 16384 };

size_t harness__party_family(const char *lane) {
  size_t length = strlen(lane);
  size_t end = length;

  while (end > 0 && lane[end - 1] >= '0' && lane[end - 1] <= '9')
    end--;
  return end > 1 && end < length && lane[end - 1] == '/' ? end - 1 : length;
}

static bool make_room(harness__parties_t *parties) {
  harness__party_t *grown = harness__grow(parties->list, parties->count, &parties->capacity, sizeof *grown);

  if (grown != NULL)
    parties->list = grown;
  return grown != NULL;
}

size_t harness__parties_add(harness__parties_t *parties, const char *name) {
  json_t *found;

  if (parties->by_name == NULL)
    parties->by_name = json_object();
  found = json_object_get(parties->by_name, name);
  if (found != NULL)
    return (size_t)json_integer_value(found);
  if (parties->count == HARNESS__PARTIES_MOST || !make_room(parties) ||
      json_object_set_new_nocheck(parties->by_name, name, json_integer((json_int_t)parties->count)) != 0)
    return HARNESS__NO_PARTY;
  parties->list[parties->count] = (harness__party_t){.name = name};
  return parties->count++;
}

/* The port that was asked for, or the next one. */
static uint16_t new_port(harness__parties_t *parties, const char *family, size_t length) {
  for (size_t i = 0; i < parties->port_count; i++) {
    harness__port_t *port = &parties->ports[i];

    if (strlen(port->name) == length && memcmp(port->name, family, length) == 0) {
      port->used = true;
      return port->port;
    }
  }
  return (uint16_t)(FIRST_SERVICE + parties->next_service++ % SERVICES);
}

uint16_t harness__parties_port(harness__parties_t *parties, size_t party) {
  harness__party_t *p = &parties->list[party];
  char *family;
  json_t *found;

  if (p->port != 0)
    return p->port;
  if (parties->services == NULL)
    parties->services = json_object();
  family = strndup(p->name, harness__party_family(p->name));
  if (family == NULL)
    return 0;
  found = json_object_get(parties->services, family);
  if (found != NULL) {
    p->port = (uint16_t)json_integer_value(found);
  } else {
    p->port = new_port(parties, family, strlen(family));
    if (json_object_set_new_nocheck(parties->services, family, json_integer(p->port)) != 0)
      p->port = 0;
  }
  free(family);
  return p->port;
}

uint16_t harness__parties_client_port(harness__parties_t *parties, size_t party) {
  return (uint16_t)(FIRST_CLIENT + parties->list[party].connections++ % CLIENTS);
}

uint32_t harness__parties_address(size_t party) {
  return HARNESS__FIRST_ADDRESS + (uint32_t)party;
}

void harness__parties_free(harness__parties_t *parties) {
  json_decref(parties->by_name);
  json_decref(parties->services);
  free(parties->list);
}
