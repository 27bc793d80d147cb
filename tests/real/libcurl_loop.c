/* SPDX-License-Identifier: MIT */
/*
 * libcurl says which sockets it wants to be told of, and when it wants to be woken; a uv_poll_t for each
 * socket and one uv_timer_t do that. Nothing here knows of a harness.
 */
#include "libcurl_loop.h"

#include <stdlib.h>

struct curl_loop {
  uv_loop_t *loop;
  CURLM *multi;
  uv_timer_t timer;
  curl_loop_done_t done;
};

typedef struct watch {
  uv_poll_t poll;
  curl_loop_t *curl;
  curl_socket_t socket;
} watch_t;

static void free_watch(uv_handle_t *handle) {
  free(handle->data);
}

static void free_curl(uv_handle_t *handle) {
  free(handle->data);
}

static void tell_done(curl_loop_t *curl) {
  CURLMsg *message;
  int left;

  while ((message = curl_multi_info_read(curl->multi, &left)) != NULL) {
    CURL *easy = message->easy_handle;
    CURLcode code = message->data.result;

    if (message->msg != CURLMSG_DONE)
      continue;
    curl_multi_remove_handle(curl->multi, easy);
    curl->done(easy, code);
  }
}

static void on_poll(uv_poll_t *poll, int status, int events) {
  const watch_t *watch = poll->data;
  curl_loop_t *curl = watch->curl;
  int flags = status < 0 ? CURL_CSELECT_ERR : 0;
  int running;

  if ((events & UV_READABLE) != 0)
    flags |= CURL_CSELECT_IN;
  if ((events & UV_WRITABLE) != 0)
    flags |= CURL_CSELECT_OUT;
  curl_multi_socket_action(curl->multi, watch->socket, flags, &running);
  tell_done(curl);
}

static void on_timer(uv_timer_t *timer) {
  curl_loop_t *curl = timer->data;
  int running;

  curl_multi_socket_action(curl->multi, CURL_SOCKET_TIMEOUT, 0, &running);
  tell_done(curl);
}

static int set_timer(CURLM *multi, long timeout_ms, void *arg) {
  curl_loop_t *curl = arg;

  (void)multi;
  if (uv_is_closing((uv_handle_t *)&curl->timer))
    return 0;
  if (timeout_ms < 0)
    uv_timer_stop(&curl->timer);
  else
    uv_timer_start(&curl->timer, on_timer, (uint64_t)timeout_ms, 0);
  return 0;
}

/* Where somebody else has closed the handle (the loop ended first), its memory is ours all the same. */
static void unwatch(curl_loop_t *curl, watch_t *watch) {
  curl_multi_assign(curl->multi, watch->socket, NULL);
  if (uv_is_closing((uv_handle_t *)&watch->poll))
    free(watch);
  else
    uv_close((uv_handle_t *)&watch->poll, free_watch);
}

static watch_t *new_watch(curl_loop_t *curl, curl_socket_t socket) {
  watch_t *watch = calloc(1, sizeof *watch);

  if (watch == NULL || uv_poll_init_socket(curl->loop, &watch->poll, socket) != 0) {
    free(watch);
    return NULL;
  }
  watch->poll.data = watch;
  watch->curl = curl;
  watch->socket = socket;
  curl_multi_assign(curl->multi, socket, watch);
  return watch;
}

static int set_watch(CURL *easy, curl_socket_t socket, int what, void *arg, void *assigned) {
  curl_loop_t *curl = arg;
  watch_t *watch = assigned;

  (void)easy;
  if (what == CURL_POLL_REMOVE) {
    if (watch != NULL)
      unwatch(curl, watch);
    return 0;
  }
  if (watch == NULL)
    watch = new_watch(curl, socket);
  if (watch == NULL)
    return -1;
  return uv_poll_start(&watch->poll,
                       ((what & CURL_POLL_IN) != 0 ? UV_READABLE : 0) |
                           ((what & CURL_POLL_OUT) != 0 ? UV_WRITABLE : 0),
                       on_poll) == 0
             ? 0
             : -1;
}

curl_loop_t *curl_loop_new(uv_loop_t *loop, curl_loop_done_t done) {
  curl_loop_t *curl = calloc(1, sizeof *curl);

  if (curl == NULL)
    return NULL;
  curl->multi = curl_multi_init();
  if (curl->multi == NULL) {
    free(curl);
    return NULL;
  }
  curl->loop = loop;
  curl->done = done;
  uv_timer_init(loop, &curl->timer);
  curl->timer.data = curl;
  curl_multi_setopt(curl->multi, CURLMOPT_SOCKETFUNCTION, set_watch);
  curl_multi_setopt(curl->multi, CURLMOPT_SOCKETDATA, curl);
  curl_multi_setopt(curl->multi, CURLMOPT_TIMERFUNCTION, set_timer);
  curl_multi_setopt(curl->multi, CURLMOPT_TIMERDATA, curl);
  return curl;
}

CURLM *curl_loop_multi(curl_loop_t *curl) {
  return curl->multi;
}

void curl_loop_free(curl_loop_t *curl) {
  if (curl == NULL)
    return;
  curl_multi_cleanup(curl->multi);
  if (uv_is_closing((uv_handle_t *)&curl->timer))
    free(curl);
  else
    uv_close((uv_handle_t *)&curl->timer, free_curl);
}
