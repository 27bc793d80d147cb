/* SPDX-License-Identifier: MIT */
/*
 * Settling must not end while bytes of a free-running peer are in the kernel on their way here, and
 * it must not sleep to find out. On loopback the peer's socket is in the same kernel, which (diag.c)
 * tells its state and how much it has sent without acknowledgement: nothing, in
 * the established state, means that all it ever sent lies in our queue, which a look then shows.
 * The kernel is asked about the peer before the look: bytes that arrive in between are seen by it. The look
 * takes nothing, no failure either, which is the next read's to be told.
 */
#include "network/quiet.h"

#include <netinet/tcp.h>

#include "network/diag.h"

/* Whether a socket in that state has nothing on its way. */
static bool state_is_quiet(const struct inet_diag_msg *found) {
  if (found->idiag_state == TCP_ESTABLISHED || found->idiag_state == TCP_CLOSE_WAIT)
    return found->idiag_wqueue == 0;
  return found->idiag_state == TCP_FIN_WAIT2 || found->idiag_state == TCP_TIME_WAIT ||
         found->idiag_state == TCP_CLOSE;
}

static bool peer_is_quiet(harness_t *h, int fd) {
  harness__address_t own = {0};
  harness__address_t peer = {0};
  struct inet_diag_msg found;

  if (harness__socket_own_address(fd, &own) != 0 || !harness__address_is_tcp(&own))
    return true; /* what is written to a unix socket is in its peer's queue at once */
  if (harness__socket_peer_address(fd, &peer) != 0 ||
      !harness__diag_find(h, IPPROTO_TCP, &peer, &own, &found))
    return true; /* gone: its FIN or reset has reached us, for the look to see */
  return state_is_quiet(&found);
}

bool harness__quiet_socket(harness_t *h, int fd) {
  return peer_is_quiet(h, fd) && !harness__socket_has_news(fd);
}
