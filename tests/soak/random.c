/* SPDX-License-Identifier: MIT */
/*
 * Random conversations: clients, handlers and protocols that read, write, drain, end, close, abort, sleep,
 * await, cancel and close servers in an order drawn from a seed, on each other's streams too, under
 * deadlines, with timers and futures in between, under every delivery policy. Each is run twice, with --slow
 * the second time in every slow way (HARNESS_SLOW): the two transcripts must be the same to the byte, and
 * neither run may hang. What the calls return is logged, so a difference in any result is one in the
 * transcript.
 */
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <harness/harness.h>

enum {
  SERVERS = 3,
  MOST_TASKS = 16,
  FUTURES = 4,
  MOST_STREAMS = 60,
  LARGE = 100000,
  HANDLER_STEPS = 20,
  CLIENT_STEPS = 30
};

typedef struct conversation {
  harness_t *h;
  uint64_t random;
  uint64_t sum; /* of what calls returned, also while the harness closes */
  harness_server_t *servers[SERVERS];
  harness_task_t *tasks[MOST_TASKS];
  size_t task_count;
  harness_task_t *futures[FUTURES];
  harness_stream_t *streams[MOST_STREAMS];
  size_t stream_count;
} conversation_t;

static char letters[LARGE];

/* A number below limit. */
static unsigned draw(conversation_t *c, unsigned limit) {
  c->random = c->random * 6364136223846793005U + 1442695040888963407U;
  return (unsigned)(c->random >> 33) % limit;
}

static void remember(conversation_t *c, harness_stream_t *stream) {
  if (c->stream_count < MOST_STREAMS)
    c->streams[c->stream_count++] = stream;
}

static ptrdiff_t read_somehow(conversation_t *c, harness_stream_t *stream) {
  char data[200];
  unsigned way = draw(c, 4);

  if (way == 0)
    return harness_read_exactly(stream, data, 1 + draw(c, 60), NULL);
  if (way == 1)
    return harness_read_until(stream, data, 1 + draw(c, 90), "\n", 1);
  return harness_read(stream, data, 1 + draw(c, 100));
}

static ptrdiff_t end_somehow(conversation_t *c, harness_stream_t *stream) {
  switch (draw(c, 24)) {
  case 0:
    harness_stream_abort(stream);
    return 0;
  case 1:
    harness_server_close(c->servers[draw(c, SERVERS)]);
    return 0;
  case 2:
  case 3:
    harness_stream_close(stream);
    return 0;
  case 4:
  case 5:
  case 6:
  case 7:
    return harness_write_eof(stream);
  case 8:
  case 9:
    return harness_task_cancel(c->tasks[draw(c, (unsigned)c->task_count)]);
  case 10:
  case 11:
    return harness_await(c->tasks[draw(c, (unsigned)c->task_count)], NULL);
  default:
    return harness_sleep(c->h, draw(c, 5));
  }
}

static void on_timer(void *arg) {
  conversation_t *c = arg;
  unsigned which = draw(c, FUTURES);

  harness_log(c->h, "resolve %u: %d", which, harness_future_resolve(c->futures[which], c));
  if (c->stream_count > 0 && draw(c, 3) == 0)
    harness_log(c->h, "%td",
                harness_write(c->streams[draw(c, (unsigned)c->stream_count)], letters, draw(c, 90)));
}

static ptrdiff_t wait_for_any(conversation_t *c) {
  harness_task_t *two[2];
  void *first = NULL;
  int status;

  two[0] = c->futures[draw(c, FUTURES)];
  two[1] = c->tasks[draw(c, (unsigned)c->task_count)];
  status = harness_await(harness_wait_for(c->h, harness_wait_first(c->h, two, 2), draw(c, 4)), &first);
  return first == two[0] ? 1 : first == two[1] ? 2 : status;
}

static ptrdiff_t do_with_time(conversation_t *c) {
  unsigned which = draw(c, FUTURES);

  switch (draw(c, 6)) {
  case 0:
    return harness_call_later(c->h, draw(c, 5), on_timer, c) != NULL;
  case 1:
    return harness_await(c->futures[which], NULL);
  case 2:
    return harness_future_resolve(c->futures[which], c);
  case 3: /* whoever waited for the one before waits on */
    c->futures[which] = harness_future_new(c->h);
    return 0;
  case 4:
    return harness_task_cancel(c->futures[which]);
  default:
    return wait_for_any(c);
  }
}

static ptrdiff_t step(conversation_t *c, harness_stream_t *own) {
  /* Now and then on a stream that is somebody else's. */
  harness_stream_t *stream = draw(c, 8) == 0 ? c->streams[draw(c, (unsigned)c->stream_count)] : own;

  switch (draw(c, 9)) {
  case 0:
  case 1:
    return harness_write(stream, letters, 1 + draw(c, 40));
  case 2:
    return harness_write(stream, letters, draw(c, 16) == 0 ? draw(c, LARGE) : draw(c, 400));
  case 3:
    return harness_drain(stream);
  case 4:
  case 5:
  case 6:
    return read_somehow(c, stream);
  case 7:
    return do_with_time(c);
  default:
    return end_somehow(c, stream);
  }
}

static void take_steps(conversation_t *c, harness_stream_t *stream, unsigned count) {
  for (unsigned i = 0; i < count; i++) {
    bool limited = draw(c, 5) == 0;
    harness_deadline_t outer = {0, 0};
    ptrdiff_t result;

    if (limited)
      outer = harness_begin_deadline(c->h, draw(c, 4));
    result = step(c, stream);
    harness_log(c->h, "%td", result);
    c->sum = c->sum * 31 + (uint64_t)result;
    if (limited && draw(c, 8) != 0)
      (void)harness_end_deadline(c->h, outer);
  }
}

static void serve(harness_stream_t *stream, void *arg) {
  conversation_t *c = arg;

  remember(c, stream);
  take_steps(c, stream, draw(c, HANDLER_STEPS));
}

static void *call(void *arg) {
  conversation_t *c = arg;

  do {
    harness_stream_t *stream = harness_connect_to(c->h, c->servers[draw(c, SERVERS)]);

    if (stream == NULL)
      return NULL;
    remember(c, stream);
    take_steps(c, stream, draw(c, CLIENT_STEPS));
    if (draw(c, 3) != 0)
      harness_stream_close(stream);
  } while (draw(c, 4) == 0);
  return arg;
}

/* A protocol's side of one connection. */
typedef struct party {
  conversation_t *c;
  harness_transport_t *transport;
} party_t;

static void *make_party(void *arg) {
  party_t *party = calloc(1, sizeof *party);

  if (party != NULL)
    party->c = arg;
  return party;
}

static void act(party_t *party) {
  conversation_t *c = party->c;

  switch (draw(c, 16)) {
  case 0:
    harness_transport_close(party->transport);
    break;
  case 1:
    harness_transport_abort(party->transport);
    break;
  case 2:
    (void)harness_transport_write_eof(party->transport);
    break;
  case 3:
    (void)harness_task_cancel(harness_current_task(c->h));
    break;
  case 4:
    (void)harness_call_later(c->h, draw(c, 3), on_timer, c);
    break;
  case 5:
    (void)harness_future_resolve(c->futures[draw(c, FUTURES)], c);
    break;
  default:
    harness_log(c->h, "%td", harness_transport_write(party->transport, letters, draw(c, 60)));
  }
}

static void on_made(void *state, harness_transport_t *transport) {
  ((party_t *)state)->transport = transport;
}

static void on_data(void *state, const void *data, size_t size) {
  (void)data;
  (void)size;
  act(state);
}

static int on_eof(void *state) {
  act(state);
  return draw(((party_t *)state)->c, 2) == 0;
}

static void on_lost(void *state, int status) {
  harness_log(((party_t *)state)->c->h, "lost %d", status);
  free(state);
}

static const harness_protocol_t protocol = {
    .connection_made = on_made, .data_received = on_data, .eof_received = on_eof, .connection_lost = on_lost};

static void ignore(const char *text, void *arg) {
  (void)text;
  (void)arg;
}

static harness_delivery_t draw_delivery(conversation_t *c) {
  harness_delivery_t delivery = {.seed = c->random, .offsets = {1 + draw(c, 7), 40, 100}};

  delivery.kind = (harness_delivery_kind_t)draw(c, HARNESS_DELIVERY_SEEDED + 1);
  return delivery;
}

static bool start_all(conversation_t *c) {
  size_t clients = 2 + draw(c, 10);

  for (size_t i = 0; i < SERVERS; i++) {
    harness_server_options_t options = {.host = i == 2 ? "::1" : NULL, .delivery = draw_delivery(c)};
    c->servers[i] = i == 1 ? harness_create_server(c->h, &protocol, make_party, c, &options)
                           : harness_start_server(c->h, serve, c, &options);
    if (c->servers[i] == NULL)
      return false;
  }
  for (size_t i = 0; i < FUTURES; i++)
    c->futures[i] = harness_future_new(c->h);
  while (c->task_count < clients)
    c->tasks[c->task_count++] = harness_schedule_coroutine(c->h, call, c);
  return true;
}

/* Main goes on now and then. */
static void take_turns(conversation_t *c) {
  for (size_t i = 0; i < FUTURES; i++) {
    (void)harness_run_in_foreground(c->h, harness_wait_for(c->h, c->futures[i], i));
    harness_log(c->h, "main goes on");
  }
}

/* The transcript, and what was the same if nothing else was. Frees it where there is no memory. */
static char *add_sum(char *json, const conversation_t *c) {
  enum { ROOM = 64 };
  size_t length = json != NULL ? strlen(json) : 0;
  char *all = json != NULL ? realloc(json, length + ROOM) : NULL;

  if (all == NULL)
    free(json);
  else
    (void)snprintf(all + length, ROOM, "%" PRIu64 " %" PRIu64 "\n", c->random, c->sum);
  return all;
}

/* The transcript of the conversation of that seed; NULL where it did not come to one. The caller frees it. */
static char *converse(uint64_t seed) {
  conversation_t c = {.random = seed * 77777 + 5};
  harness_options_t options = {.report = ignore, .delivery = draw_delivery(&c)};
  harness_task_t *all;
  char *json = NULL;

  c.h = harness_open(&options);
  if (c.h == NULL || !start_all(&c)) {
    fprintf(stderr, "seed %" PRIu64 ": %s\n", seed, harness_error(c.h));
  } else {
    /* The limit is virtual time; clients that wait for each other are cancelled then. */
    take_turns(&c);
    all = harness_wait_all(c.h, c.tasks, c.task_count);
    (void)harness_run_in_foreground(c.h, harness_wait_for(c.h, all, 60));
    json = harness_transcript_json(c.h);
    if (json == NULL)
      fprintf(stderr, "seed %" PRIu64 ": %s\n", seed, harness_error(c.h));
  }
  harness_close(c.h);
  return add_sum(json, &c);
}

typedef struct tally {
  unsigned long differing;
  unsigned long failed;
} tally_t;

static void choose_ways(const char *ways) {
  if (ways != NULL)
    (void)setenv("HARNESS_SLOW", ways, 1);
}

static void run_twice(uint64_t seed, bool slow, tally_t *tally) {
  char *a;
  char *b;

  choose_ways(slow ? "" : NULL);
  a = converse(seed);
  choose_ways(slow ? "all" : NULL);
  b = converse(seed);
  if (a == NULL || b == NULL) {
    tally->failed++;
  } else if (strcmp(a, b) != 0) {
    tally->differing++;
    printf("seed %" PRIu64 " differs\n", seed);
  }
  free(a);
  free(b);
}

int main(int argc, char **argv) {
  bool slow = argc > 1 && strcmp(argv[1], "--slow") == 0;
  char **numbers = argv + (slow ? 2 : 1);
  int given = argc - (slow ? 2 : 1);
  uint64_t count = given > 0 ? strtoull(numbers[0], NULL, 10) : 300;
  uint64_t first = given > 1 ? strtoull(numbers[1], NULL, 10) : 0;
  tally_t tally = {0};

  if (given > 2 || count == 0) {
    fprintf(
        stderr,
        "usage: %s [--slow] [SEEDS [FIRST]]\n"
        "Runs SEEDS (300) random conversations twice each; with --slow the second time in every slow way.\n",
        argv[0]);
    return 2;
  }
  for (size_t i = 0; i < sizeof letters; i++)
    letters[i] = i % 41 == 40 ? '\n' : (char)('a' + i % 26);
  for (uint64_t seed = first; seed < first + count; seed++)
    run_twice(seed, slow, &tally);
  printf("random  %" PRIu64 " conversations, twice each%s  %lu differing  %lu hangs or errors\n", count,
         slow ? ", fast and slow" : "", tally.differing, tally.failed);
  return tally.differing + tally.failed == 0 ? 0 : 1;
}
