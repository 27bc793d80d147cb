/* SPDX-License-Identifier: MIT */
/* Messages there and back on one connection or many, by hand on epoll. */
#include <stdlib.h>
#include <sys/epoll.h>

#include "contender.h"
#include "reactor.h"

typedef struct client {
  socket_t socket;
  struct talk *talk;
  size_t left;     /* messages */
  size_t received; /* of the one under way */
} client_t;

typedef struct talk {
  socket_t listener;
  uint16_t port;
  size_t size;  /* of a message */
  size_t trips; /* a client */
  size_t connected;
  size_t ended;    /* clients that have had all replies, later servers that have closed */
  size_t expected; /* how many of either the run is for */
} talk_t;

static char message[BENCH_TRIP_SIZE] = "Hello World";
static char buffer[65536];

static void on_server(socket_t *socket, uint32_t events) {
  talk_t *talk = socket->owner;
  ptrdiff_t size = reactor_receive(socket, buffer, sizeof buffer);

  (void)events;
  if (size > 0) {
    reactor_send(socket, buffer, (size_t)size);
  } else if (size == 0) {
    reactor_drop(socket);
    free(socket);
    reactor.done = ++talk->ended == talk->expected;
  }
}

static void on_listener(socket_t *listener, uint32_t events) {
  socket_t *server = calloc(1, sizeof *server);

  (void)events;
  if (server == NULL)
    abort();
  *server = (socket_t){.fd = reactor_accept(listener), .ready = on_server, .owner = listener->owner};
  if (server->fd < 0) {
    free(server);
    return;
  }
  reactor_no_delay(server);
  reactor_watch(server, EPOLLIN);
}

static void on_reply(socket_t *socket, uint32_t events) {
  client_t *client = socket->owner;
  talk_t *talk = client->talk;
  ptrdiff_t size = reactor_receive(socket, buffer, sizeof buffer);

  (void)events;
  bench_check(size > 0 ? 0 : -1, "a reply");
  client->received += (size_t)size;
  if (client->received < talk->size)
    return;
  client->received = 0;
  if (--client->left > 0)
    reactor_send(socket, message, talk->size);
  else
    reactor.done = ++talk->ended == talk->expected;
}

static void on_connected(socket_t *socket, uint32_t events) {
  client_t *client = socket->owner;

  (void)events;
  reactor_no_delay(socket);
  socket->ready = on_reply;
  reactor_change(socket, EPOLLIN);
  reactor.done = ++client->talk->connected == client->talk->expected;
}

static void begin(client_t *client, talk_t *talk) {
  *client = (client_t){.socket = {.ready = on_connected, .owner = client}, .talk = talk, .left = talk->trips};
  reactor_connect(&client->socket, talk->port);
}

static void converse(size_t size, size_t trips, size_t clients, bool reset) {
  talk_t talk = {.listener = {.ready = on_listener}, .size = size, .trips = trips};
  client_t *all = calloc(clients, sizeof *all);

  if (all == NULL)
    abort();
  talk.listener.owner = &talk;
  talk.port = reactor_listen(&talk.listener);
  while (talk.connected < clients) {
    talk.expected = clients - talk.connected < BENCH_GROUP ? clients : talk.connected + BENCH_GROUP;
    for (size_t i = talk.connected; i < talk.expected; i++)
      begin(&all[i], &talk);
    reactor_run();
  }
  talk.expected = clients;
  for (size_t i = 0; i < clients; i++)
    reactor_send(&all[i].socket, message, size);
  reactor_run();
  talk.ended = 0;
  for (size_t i = 0; i < clients; i++)
    (reset ? reactor_abort : reactor_drop)(&all[i].socket);
  reactor_run();
  reactor_drop(&talk.listener);
  free(all);
}

static uint64_t timed(size_t size, size_t trips, size_t clients, bool reset, size_t count) {
  uint64_t start;

  reactor_open();
  start = bench_now_ns();
  for (size_t i = 0; i < count; i++)
    converse(size, trips, clients, reset);
  start = bench_now_ns() - start;
  reactor_close();
  return start;
}

uint64_t bench_epoll_life_cycles(size_t count) {
  return timed(BENCH_ECHO_SIZE, 1, 1, false, count);
}

uint64_t bench_epoll_fresh_life_cycles(size_t count) {
  uint64_t start = bench_now_ns();

  for (size_t i = 0; i < count; i++)
    (void)timed(BENCH_ECHO_SIZE, 1, 1, false, 1);
  return bench_now_ns() - start;
}

uint64_t bench_epoll_round_trips(size_t count) {
  return timed(BENCH_TRIP_SIZE, count, 1, false, 1);
}

uint64_t bench_epoll_connections(size_t count) {
  return timed(BENCH_TRIP_SIZE, BENCH_TRIPS_EACH, count, true, 1);
}
