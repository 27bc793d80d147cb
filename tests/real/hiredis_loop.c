/* SPDX-License-Identifier: MIT */
#include "hiredis_loop.h"

#include <stdlib.h>

#include <hiredis/hiredis.h>

typedef struct watch {
  uv_poll_t poll;
  redisAsyncContext *redis; /* NULL: it has been freed */
  int events;
} watch_t;

/* Where the socket has an error, the read or write that hiredis tries finds it. */
static void on_poll(uv_poll_t *poll, int status, int events) {
  watch_t *watch = poll->data;

  if (status < 0)
    events = UV_READABLE | UV_WRITABLE;
  if ((events & UV_READABLE) != 0 && watch->redis != NULL)
    redisAsyncHandleRead(watch->redis);
  if ((events & UV_WRITABLE) != 0 && watch->redis != NULL)
    redisAsyncHandleWrite(watch->redis);
}

static void watch_for(watch_t *watch, int events) {
  watch->events = events;
  if (events != 0)
    uv_poll_start(&watch->poll, events, on_poll);
  else
    uv_poll_stop(&watch->poll);
}

static void add_read(void *arg) {
  watch_t *watch = arg;
  watch_for(watch, watch->events | UV_READABLE);
}

static void del_read(void *arg) {
  watch_t *watch = arg;
  watch_for(watch, watch->events & ~UV_READABLE);
}

static void add_write(void *arg) {
  watch_t *watch = arg;
  watch_for(watch, watch->events | UV_WRITABLE);
}

static void del_write(void *arg) {
  watch_t *watch = arg;
  watch_for(watch, watch->events & ~UV_WRITABLE);
}

static void free_watch(uv_handle_t *handle) {
  free(handle->data);
}

static void clean_up(void *arg) {
  watch_t *watch = arg;

  watch->redis = NULL;
  uv_close((uv_handle_t *)&watch->poll, free_watch);
}

int hiredis_loop_attach(redisAsyncContext *redis, uv_loop_t *loop) {
  watch_t *watch = calloc(1, sizeof *watch);

  if (watch == NULL || uv_poll_init(loop, &watch->poll, redis->c.fd) != 0) {
    free(watch);
    return REDIS_ERR;
  }
  watch->poll.data = watch;
  watch->redis = redis;
  redis->ev.data = watch;
  redis->ev.addRead = add_read;
  redis->ev.delRead = del_read;
  redis->ev.addWrite = add_write;
  redis->ev.delWrite = del_write;
  redis->ev.cleanup = clean_up;
  return REDIS_OK;
}
