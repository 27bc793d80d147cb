/* SPDX-License-Identifier: MIT */
/* Private: reading, as streams and protocols do it. */
#ifndef HARNESS_NETWORK_INBOUND_H
#define HARNESS_NETWORK_INBOUND_H

#include "network/ledger.h"
#include "network/transport.h"

/* Bytes that one read may take now, as the delivery policy cut them; 0: none yet. */
uint64_t harness__inbound_piece(harness_transport_t *t);

/* Bytes that have arrived and are not read, over all pieces. From a free-running peer: those in `received`.
 */
size_t harness__inbound_available(const harness_transport_t *t);

/* Between two ends of this harness: the next piece, where that takes no wait; else 0. */
static inline uint64_t harness__inbound_piece_at_once(harness_transport_t *t) {
  if (t->peer == NULL)
    return 0;
  if (t->readable == NULL && !t->eof_arrived && !t->broken)
    (void)harness__ledger_deliver_here(t->h);
  return harness__ledger_next_piece(t);
}

/* Parks the calling coroutine as the transport's reader until something has happened there. Returns 0, or why
 * it must not go on waiting. */
int harness__inbound_park(harness_transport_t *t, const harness__reason_t *reason);

/* Waits for the next piece. Returns its size, 0 at EOF (also after a reset that was told), or a negative
 * code. */
int64_t harness__inbound_await_piece(harness_transport_t *t, const harness__reason_t *reason);

/* Takes size bytes that have arrived. Returns 0, or a negative code where kernel and ledger disagree. */
int harness__inbound_take_rest(harness_transport_t *t, void *to, size_t size);
static inline int harness__inbound_take(harness_transport_t *t, void *to, size_t size) {
  if (size > harness__bytes_count(&t->received))
    return harness__inbound_take_rest(t, to, size);
  memcpy(to, t->received.data + t->received.start, size);
  harness__bytes_drop(&t->received, size);
  return 0;
}

/* Takes all that has arrived into `received`. */
int harness__inbound_pull(harness_transport_t *t);

/* Records what a read gave to the party with that past; without bytes, nothing. */
static inline void harness__inbound_note_receive(harness_transport_t *t, harness__past_t *past,
                                                 const void *data, size_t size, harness__event_ref_t cause) {
  if (size > 0)
    (void)harness__record_received(t->h->recorder, past, t->lane, data, size, harness__now_ms(t->h), cause,
                                   harness__ledger_left_of(t, cause));
}

/* Records that the end was seen, once. */
void harness__inbound_note_eof(harness_transport_t *t);

#endif
