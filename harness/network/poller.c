/* SPDX-License-Identifier: MIT */
/*
 * What free-running peers do comes through descriptors that the loop polls. A uv_poll for each takes six
 * system calls a connection: libuv tries each descriptor, makes it nonblocking, takes out of its set what it
 * is about to put in, and takes out again what is about to be closed. So there is a set of epoll's for all of
 * them, and one uv_poll for the set: a connection takes one call.
 *
 * What can go wrong, and what answers it:
 *  - an event of a batch is of a descriptor that was forgotten while those before it were told: what the set
 *    knows is an entry that lives as long as the harness, and says that it is forgotten;
 *  - the kernel takes a descriptor out of the set when its last duplicate is closed. Somebody else may hold
 * one (the child of a fork, or a test): then what is closed here goes on to have events, and can't be taken
 * out any more. The first such event has the set made anew, of what is still polled;
 *  - a level that nobody clears would keep the loop from sleeping: it is the matter of who polls to set the
 *    events to what is waited for. An error or a hang-up comes unasked: nothing is polled for after an error;
 *  - the set can't be made, or takes nothing more in: whoever began to poll gets the code; where that is when
 * it is made anew, the run ends with it;
 *  - a callback of the loop is left by a jump: what was not told is told again, since levels are polled;
 *  - the harness's uv_poll is not referenced, as libuv's count of what is alive tells foreign handles.
 */
#include "network/poller.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/slow.h"

enum { BATCH = 128 };

struct harness__poller {
  harness__polled_t *first; /* all that are not forgotten */
  uv_poll_t *handle;        /* of the set; NULL: there is none */
  int fd;
  uint64_t batch; /* how many have been told */
};

static int failure(void) {
  return uv_translate_sys_error(errno);
}

static void close_set(struct harness__poller *poller) {
  if (poller->handle == NULL)
    return;
  uv_close((uv_handle_t *)poller->handle, NULL);
  poller->handle = NULL;
  (void)close(poller->fd);
}

static void on_set(uv_poll_t *handle, int status, int events);

/* Returns 0 or a code. */
static int make_set(harness_t *h, struct harness__poller *poller) {
  uv_poll_t *handle = harness__arena_alloc(&h->network->arena, sizeof *handle);
  uv_loop_t *loop = handle != NULL ? harness__loop(h) : NULL;
  int status;

  if (loop == NULL)
    return handle != NULL && harness_error_code(h) != 0 ? harness_error_code(h) : UV_ENOMEM;
  poller->fd = epoll_create1(EPOLL_CLOEXEC);
  if (poller->fd < 0)
    return failure();
  status = uv_poll_init(loop, handle, poller->fd);
  if (status != 0) {
    (void)close(poller->fd);
    return status;
  }
  handle->data = h;
  uv_unref((uv_handle_t *)handle);
  (void)uv_poll_start(handle, UV_READABLE, on_set);
  poller->handle = handle;
  return 0;
}

/* The harness's, with a set. NULL with a code. */
static struct harness__poller *poller_of(harness_t *h, int *status) {
  struct harness__poller *poller = h->network->poller;

  if (poller == NULL) {
    poller = harness__arena_alloc(&h->network->arena, sizeof *poller);
    if (poller != NULL)
      memset(poller, 0, sizeof *poller);
    h->network->poller = poller;
  }
  *status = UV_ENOMEM;
  if (poller != NULL)
    *status = poller->handle != NULL ? 0 : make_set(h, poller);
  return *status == 0 ? poller : NULL;
}

int harness__poller_add(harness_t *h, int fd, void (*tell)(void *what, int events), void *what,
                        harness__polled_t **polled) {
  int status;
  struct harness__poller *poller = poller_of(h, &status);
  harness__polled_t *entry = poller != NULL ? harness__arena_alloc(&h->network->arena, sizeof *entry) : NULL;

  if (entry == NULL)
    return poller != NULL ? UV_ENOMEM : status;
  *entry = (harness__polled_t){
      .next = poller->first, .link = &poller->first, .tell = tell, .what = what, .fd = fd};
  if (entry->next != NULL)
    entry->next->link = &entry->next;
  poller->first = entry;
  *polled = entry;
  return 0;
}

static int control(const struct harness__poller *poller, int operation, harness__polled_t *polled,
                   int events) {
  struct epoll_event event = {.events = (uint32_t)events, .data.ptr = polled};

  return epoll_ctl(poller->fd, operation, polled->fd, &event) == 0 ? 0 : failure();
}

int harness__poller_set(harness_t *h, harness__polled_t *polled, int events) {
  int operation = polled->events == 0 ? EPOLL_CTL_ADD : events == 0 ? EPOLL_CTL_DEL : EPOLL_CTL_MOD;
  int status = 0;

  if (events != polled->events)
    status = control(h->network->poller, operation, polled, events);
  if (status == 0)
    polled->events = events;
  return status;
}

void harness__poller_forget(harness_t *h, harness__polled_t *polled) {
  struct harness__poller *poller = h->network->poller;

  if (polled == NULL)
    return;
  if (polled->events != 0 && harness__is_slow(HARNESS__SLOW_POLLS))
    (void)control(poller, EPOLL_CTL_DEL, polled, 0);
  polled->forgotten = poller->batch;
  polled->fd = -1;
  *polled->link = polled->next;
  if (polled->next != NULL)
    polled->next->link = polled->link;
}

/* Without what somebody else holds open. Returns 0 or a code. */
static int make_anew(harness_t *h, struct harness__poller *poller) {
  int status;

  close_set(poller);
  status = make_set(h, poller);
  for (harness__polled_t *polled = poller->first; polled != NULL && status == 0; polled = polled->next)
    if (polled->events != 0)
      status = control(poller, EPOLL_CTL_ADD, polled, polled->events);
  return status;
}

/* Returns whether it is of what is closed here, and not there. */
static bool tell(harness_t *h, const struct harness__poller *poller, const struct epoll_event *event) {
  harness__polled_t *polled = event->data.ptr;
  int events = (int)event->events & (EPOLLIN | EPOLLOUT);

  if (polled->fd < 0)
    return polled->forgotten != poller->batch;
  if ((event->events & EPOLLERR) != 0) {
    events = EPOLLIN | EPOLLOUT;
    (void)harness__poller_set(h, polled, 0);
  } else if (events == 0) {
    events = polled->events; /* it has hung up */
  }
  polled->tell(polled->what, events);
  return false;
}

static int take_batch(const struct harness__poller *poller, struct epoll_event *batch) {
  int count;

  do
    count = epoll_wait(poller->fd, batch, BATCH, 0);
  while (count < 0 && errno == EINTR);
  return count;
}

static void on_set(uv_poll_t *handle, int status, int events) {
  harness_t *h = handle->data;
  struct harness__poller *poller = h->network->poller;
  struct epoll_event batch[BATCH];
  int count = take_batch(poller, batch);
  bool is_held_elsewhere = false;

  (void)status;
  (void)events;
  poller->batch++;
  for (int i = 0; i < count; i++)
    is_held_elsewhere |= tell(h, poller, &batch[i]);
  status = is_held_elsewhere ? make_anew(h, poller) : 0;
  if (status != 0)
    h->network->trouble = status;
}

void harness__poller_close(harness_t *h) {
  if (h->network->poller != NULL)
    close_set(h->network->poller);
}
