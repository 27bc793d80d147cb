/* SPDX-License-Identifier: MIT */
/*
 * A server that closes before its client leaves a TIME_WAIT on its own port for a minute, where the client is
 * not the harness's: the kernel decides that. It gives out no such port for 0, neither to bind nor to
 * connect, so after some 28,000 servers within a minute there would be none for anybody on the machine. So a
 * process that has had many uses them again, the one first that was left first; by name that can be done,
 * since the accepted sockets allow it (SO_REUSEADDR, harness__foreign_adopt).
 *
 * Not sooner: who comes late to a server that is gone should be refused, and not find the next one.
 */
#include "network/ports.h"

#include <pthread.h>

enum { PORTS = 8192, MANY = 4096 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static uint16_t ports[PORTS]; /* a ring */
static size_t first;
static size_t count;

void harness__ports_give(uint16_t port) {
  (void)pthread_mutex_lock(&lock);
  if (count == PORTS) {
    first = (first + 1) % PORTS;
    count--;
  }
  ports[(first + count++) % PORTS] = port;
  (void)pthread_mutex_unlock(&lock);
}

uint16_t harness__ports_take(void) {
  uint16_t port = 0;

  (void)pthread_mutex_lock(&lock);
  if (count >= MANY) {
    port = ports[first];
    first = (first + 1) % PORTS;
    count--;
  }
  (void)pthread_mutex_unlock(&lock);
  return port;
}
