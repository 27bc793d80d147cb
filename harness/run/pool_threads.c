/* SPDX-License-Identifier: MIT */
/*
 * libuv makes all threads of its pool with the first call, and aborts the process where one of them can't be
 * made. So before that call they are made here, wait for each other, and end again; the pool is asked to have
 * as many as there were. Where there was none the call is refused, and the next one tries again.
 */
#include "run/pool_threads.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <uv.h>

/* How many the harness asks for, and the most that libuv makes. */
enum { THREADS = 128, THREADS_MOST = 1024 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static bool made_sure;

/* As libuv reads it. */
static int wanted_threads(void) {
  const char *text = getenv("UV_THREADPOOL_SIZE");
  long count = text != NULL ? strtol(text, NULL, 10) : THREADS;

  if (count < 1)
    return 1;
  return count > THREADS_MOST ? THREADS_MOST : (int)count;
}

static void wait_for_end(void *gate) {
  uv_sem_wait(gate);
}

/* How many threads there can be at once, up to that many; *status: why not more. */
static int try_threads(uv_thread_t *list, int most, int *status) {
  uv_sem_t gate;
  int count = 0;

  *status = uv_sem_init(&gate, 0);
  if (*status != 0)
    return 0;
  while (count < most && *status == 0) {
    *status = uv_thread_create(&list[count], wait_for_end, &gate);
    count += *status == 0;
  }
  for (int i = 0; i < count; i++)
    uv_sem_post(&gate);
  for (int i = 0; i < count; i++)
    (void)uv_thread_join(&list[i]);
  uv_sem_destroy(&gate);
  return count;
}

static int make_sure(void) {
  int most = wanted_threads();
  uv_thread_t *list = calloc((size_t)most, sizeof *list);
  int status = UV_ENOMEM;
  char text[16];
  int count;

  if (list == NULL)
    return status;
  count = try_threads(list, most, &status);
  free(list);
  if (count == 0)
    return status;
  (void)snprintf(text, sizeof text, "%d", count);
  if (setenv("UV_THREADPOOL_SIZE", text, 1) != 0)
    return UV_ENOMEM;
  made_sure = true;
  return 0;
}

int harness__threads_make_sure(void) {
  int status;

  (void)pthread_mutex_lock(&lock);
  status = made_sure ? 0 : make_sure();
  (void)pthread_mutex_unlock(&lock);
  return status;
}
