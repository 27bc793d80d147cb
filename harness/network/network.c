/* SPDX-License-Identifier: MIT */
#include "network/network.h"

#include <stdlib.h>
#include <unistd.h>

#include "network/datagram.h"
#include "network/delivery.h"
#include "network/foreign.h"
#include "network/framer.h"
#include "network/lane.h"
#include "network/listen.h"
#include "network/poller.h"
#include "network/socket.h"
#include "network/thread.h"

const harness_delivery_t *harness__network_delivery(harness_t *h, const harness_delivery_t *own,
                                                    const harness_delivery_t *outer) {
  if (own->kind == HARNESS_DELIVERY_DEFAULT || h->network->delivery_forced)
    return outer;
  return (const harness_delivery_t *)harness__arena_store(&h->network->arena, own, sizeof *own);
}

/* HARNESS_DELIVERY overrides every policy of the process, to try a whole suite under another one. */
static int choose_delivery(harness_t *h, const harness_delivery_t *delivery) {
  const char *text = getenv("HARNESS_DELIVERY");
  harness_delivery_t forced;

  h->network->delivery = harness__network_delivery(h, delivery, &harness__delivery_as_written);
  if (text == NULL || text[0] == '\0')
    return h->network->delivery != NULL ? 0 : UV_ENOMEM;
  if (harness_delivery_parse(text, &forced) != 0)
    return UV_EINVAL;
  h->network->delivery = harness__network_delivery(h, &forced, NULL);
  h->network->delivery_forced = true;
  return h->network->delivery != NULL ? 0 : UV_ENOMEM;
}

int harness__network_open(harness_t *h, const harness_options_t *options) {
  struct harness__network *network;
  int status;

  if (!harness__delivery_is_valid(&options->delivery))
    return harness__fail(NULL, UV_EINVAL, "harness_open: there is no such delivery policy");
  network = calloc(1, sizeof *network);
  if (network == NULL)
    return UV_ENOMEM;
  network->spare_fd = -1;
  network->diag_fd = -1;
  h->network = network;
  network->host = "127.0.0.1";
  if (options->host != NULL)
    network->host = harness__arena_string(&network->arena, options->host);
  status = network->host != NULL ? choose_delivery(h, &options->delivery) : UV_ENOMEM;
  if (status != 0)
    return status;
  network->unknown_peer = harness__recorder_lane(h->recorder, "peer", 0, 0);
  return network->unknown_peer != 0 ? 0 : UV_ENOMEM;
}

/* The ends a test is answerable for: those it connected, and those that free-running peers hold open. */
static bool is_the_tests(const harness_transport_t *t) {
  return !t->closed && (t->fd >= 0 || t->in_memory) && (t->server == NULL || t->foreign);
}

static void end_line(harness__buffer_t *out, const char *before, harness__place_t place) {
  harness__place_add(out, before, place, ")");
  harness__buffer_char(out, '\n');
}

int harness__network_count_open(harness_t *h, harness__buffer_t *out) {
  int open = harness__datagrams_count_open(h, out);

  for (harness_transport_t *t = h->network->transports; t != NULL; t = t->next) {
    if (!is_the_tests(t))
      continue;
    open++;
    harness__buffer_printf(out, "  the connection of %s with %s was still open", harness_transport_name(t),
                           harness_transport_peer_name(t));
    end_line(out, t->server != NULL ? " (of the server made at " : " (made at ", t->place);
  }
  for (harness_server_t *server = h->network->servers; server != NULL; server = server->next) {
    open++;
    harness__buffer_printf(out, "  server %s was still listening", server->name);
    end_line(out, " (made at ", server->place);
  }
  return open;
}

static void lose_unsent(harness_transport_t *t, harness__buffer_t *out, int *open) {
  ++*open;
  harness__buffer_printf(out, "  %zu bytes from %s were never taken by %s\n",
                         harness__bytes_count(&t->unsent), harness_transport_name(t),
                         harness_transport_peer_name(t));
  harness__foreign_forget(t);
  harness__socket_abort(t->fd);
  t->fd = -1;
}

void harness__network_shut(harness_t *h, harness__buffer_t *out, int *open) {
  struct harness__network *network = h->network;

  while (network->transports != NULL) {
    harness_transport_t *t = network->transports;
    t->closed = true;
    if (t->peer == NULL && t->fd >= 0 && harness__bytes_count(&t->unsent) > 0)
      lose_unsent(t, out, open);
    harness__transport_free_descriptors(t);
  }
  while (network->servers != NULL)
    harness_server_close(network->servers);
  harness__datagrams_shut(h);
  harness__poller_close(h);
  harness__listen_remove_folder(h);
  if (network->spare_fd >= 0)
    (void)close(network->spare_fd);
  if (network->diag_fd >= 0)
    (void)close(network->diag_fd);
  network->spare_fd = -1;
  network->diag_fd = -1;
}

void harness__network_close(harness_t *h) {
  if (h->network == NULL)
    return;
  harness__framers_close(h->network);
  harness__thread_free_shown(h->network);
  harness__datagrams_free(h);
  harness__arena_free(&h->network->arena);
  free(h->network);
  h->network = NULL;
}
