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
  char text[64];
} lookup_t;

/* The client under test: three attempts, five seconds each. */
static void *look_up(void *arg) {
  lookup_t *lookup = arg;
  harness_t *h = lookup->h;
  harness_datagram_options_t options = {.name = "resolver",
                                        .remote = harness_datagram_address(lookup->service)};
  harness_endpoint_t *endpoint =
      harness_assert_made(h, harness_create_datagram_endpoint(h, NULL, NULL, &options));
  ptrdiff_t size = -1;

  for (int attempt = 0; attempt < 3 && size < 0; attempt++) {
    harness_deadline_t outer = harness_begin_deadline(h, 5000);
    harness_sendto(endpoint, "example.org?", 12, NULL);
    size = harness_receive_from(endpoint, lookup->text, sizeof lookup->text - 1, NULL);
    harness_end_deadline(h, outer);
  }
  harness_datagram_close(endpoint);
  return size > 0 ? lookup->text : NULL;
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
