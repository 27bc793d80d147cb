/* SPDX-License-Identifier: MIT */
/*
 * The order that a server observes, where its client does one thing at a time. The order in which the kernel
 * tells of things is not always that in which they were done: a client closes one connection and opens the
 * next, and the loop hears of both at once, the new connection first. So such a server accepts nobody as long
 * as one of its connections has something to read or on its way, or has woken somebody who has not run yet;
 * and a connection with data waits for those whose end has come, since a client that closed one of them did
 * so before it went on. What is held is told again at the loop's next turn.
 *
 * Two connections that have data at once are of a client that is not sequential: then the order is the
 * kernel's.
 */
#include "network/strict.h"

#include "network/protocol.h"
#include "network/quiet.h"
#include "network/socket.h"

/* Whether somebody waits for what comes there. */
static bool is_read(const harness_transport_t *t, const harness_server_t *server) {
  return t->server == server && t->foreign && !t->closed && t->reader != NULL &&
         t->reader->state == HARNESS__TASK_PARKED && !t->reading_paused && !t->eof_arrived;
}

/* Whether somebody who serves one of the server's connections is about to run. */
static bool is_at_work(const harness_server_t *server) {
  for (const harness_task_t *task = server->h->run->ready_first; task != NULL; task = task->ready_next)
    if (harness__server_of_task(task) == server)
      return true;
  return false;
}

bool harness__strict_holds_accept(const harness_server_t *server) {
  if (!server->strict_order)
    return false;
  if (is_at_work(server))
    return true;
  for (const harness_transport_t *t = server->h->network->transports; t != NULL; t = t->next)
    if (is_read(t, server) && !harness__quiet_socket(server->h, t->fd))
      return true;
  return false;
}

bool harness__strict_holds_read(const harness_transport_t *t) {
  const harness_server_t *server = t->server;

  if (server == NULL || !server->strict_order || !harness__socket_has_data(t->fd))
    return false;
  for (const harness_transport_t *other = server->h->network->transports; other != NULL; other = other->next)
    if (other != t && is_read(other, server) && !harness__quiet_socket(server->h, other->fd) &&
        !harness__socket_has_data(other->fd))
      return true;
  return false;
}
