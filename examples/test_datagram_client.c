/* SPDX-License-Identifier: MIT */
/* A client of a DNS-like service over UDP: it asks again when no answer comes. The five seconds that it waits
 * are virtual, so the test takes no time, and always goes the same way. */
#include <harness/cmocka.h>

/* The service under the test's control: loses the first query, answers the others. */
typedef struct service {
  harness_endpoint_t *endpoint;
  int queries;
} service_t;

static void keep_endpoint(void *state, harness_endpoint_t *endpoint) {
  ((service_t *)state)->endpoint = endpoint;
}

static void answer(void *state, const void *data, size_t size, const harness_address_t *from) {
  service_t *service = state;

  (void)data;
  (void)size;
  if (service->queries++ > 0)
    harness_sendto(service->endpoint, "192.0.2.7", 9, from);
}

static const harness_datagram_protocol_t protocol = {.connection_made = keep_endpoint,
                                                     .datagram_received = answer};

typedef struct lookup {
  harness_t *h;
  harness_endpoint_t *service;
  harness_endpoint_t *endpoint;
  char text[64];
} lookup_t;

static void *receive(void *arg) {
  lookup_t *lookup = arg;
  ptrdiff_t size = harness_receive_from(lookup->endpoint, lookup->text, sizeof lookup->text - 1, NULL);

  return size >= 0 ? lookup->text : NULL;
}

/* The client under test: three attempts, five seconds each. */
static void *look_up(void *arg) {
  lookup_t *lookup = arg;
  harness_t *h = lookup->h;
  harness_datagram_options_t options = {.name = "resolver",
                                        .remote = harness_datagram_address(lookup->service)};
  void *text = NULL;

  lookup->endpoint = harness_assert_made(h, harness_create_datagram_endpoint(h, NULL, NULL, &options));
  for (int attempt = 0; attempt < 3 && text == NULL; attempt++) {
    harness_sendto(lookup->endpoint, "example.org?", 12, NULL);
    harness_await(harness_wait_for(h, harness_schedule_coroutine(h, receive, lookup), 5000), &text);
  }
  harness_datagram_close(lookup->endpoint);
  return text;
}

static void asks_again(void **state) {
  harness_t *h = *state;
  service_t service = {0};
  lookup_t lookup = {.h = h};
  harness_datagram_options_t options = {.name = "dns"};

  lookup.service = harness_assert_made(h, harness_create_datagram_endpoint(h, &protocol, &service, &options));
  assert_string_equal(harness_assert_run(h, harness_schedule_coroutine(h, look_up, &lookup)), "192.0.2.7");
  harness_datagram_close(lookup.service);
  harness_assert_transcript(h, "resolver/asks_again");
}

static const struct CMUnitTest tests[] = {harness_unit_test(asks_again)};
HARNESS_CMOCKA_MAIN("datagram_client", tests)
