/* SPDX-License-Identifier: MIT */
/* libcurl's multi interface on a libuv loop: what an application writes to have its transfers there. */
#ifndef TESTS_REAL_LIBCURL_LOOP_H
#define TESTS_REAL_LIBCURL_LOOP_H

#include <curl/curl.h>
#include <uv.h>

typedef struct curl_loop curl_loop_t;

/* Called for each transfer that has ended; it is no longer part of the multi handle. */
typedef void (*curl_loop_done_t)(CURL *easy, CURLcode code);

/* NULL when memory is exhausted. */
curl_loop_t *curl_loop_new(uv_loop_t *loop, curl_loop_done_t done);

/* To add transfers to, and to take them back. */
CURLM *curl_loop_multi(curl_loop_t *curl);

/* Closes all connections and handles; also where the loop has closed the handles and is gone. */
void curl_loop_free(curl_loop_t *curl);

#endif
