/* SPDX-License-Identifier: MIT */
/*
 * Settling must not end while bytes of a free-running peer are in the kernel on their way here, and
 * it must not sleep to find out. On loopback the peer's socket is in the same kernel, and
 * NETLINK_SOCK_DIAG tells its state and how much it has sent without acknowledgement: nothing, in
 * the established state, means that all it ever sent lies in our queue, which a peek then shows.
 * The kernel is asked about the peer before the peek: bytes that arrive in between are seen by it.
 */
#include "network/quiet.h"

#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/tcp.h>
#include <string.h>
#include <unistd.h>

#include "network/socket.h"

typedef struct request {
  struct nlmsghdr header;
  struct inet_diag_req_v2 body;
} request_t;

static void set_endpoint(uint8_t family, const harness__address_t *address, __be16 *port, __be32 *words) {
  if (family == AF_INET6) {
    *port = address->u.v6.sin6_port;
    memcpy(words, &address->u.v6.sin6_addr, sizeof address->u.v6.sin6_addr);
  } else {
    *port = address->u.v4.sin_port;
    words[0] = address->u.v4.sin_addr.s_addr;
  }
}

static bool ask(int diag, const harness__address_t *source, const harness__address_t *destination) {
  request_t request;
  uint8_t family = (uint8_t)source->u.any.sa_family;

  memset(&request, 0, sizeof request);
  request.header.nlmsg_len = sizeof request;
  request.header.nlmsg_type = SOCK_DIAG_BY_FAMILY;
  request.header.nlmsg_flags = NLM_F_REQUEST;
  request.body.sdiag_family = family;
  request.body.sdiag_protocol = IPPROTO_TCP;
  request.body.idiag_states = UINT32_MAX;
  set_endpoint(family, source, &request.body.id.idiag_sport, request.body.id.idiag_src);
  set_endpoint(family, destination, &request.body.id.idiag_dport, request.body.id.idiag_dst);
  request.body.id.idiag_cookie[0] = INET_DIAG_NOCOOKIE;
  request.body.id.idiag_cookie[1] = INET_DIAG_NOCOOKIE;
  return send(diag, &request, sizeof request, 0) == (ssize_t)sizeof request;
}

/* Whether the socket the kernel was asked about has nothing on its way; true where the kernel does not know
 * it. */
static bool answer_is_quiet(int diag) {
  union {
    struct nlmsghdr header;
    unsigned char bytes[4096];
  } answer;
  ssize_t size = recv(diag, &answer, sizeof answer, 0);
  const struct inet_diag_msg *body;

  if (size < (ssize_t)NLMSG_LENGTH(sizeof *body) || answer.header.nlmsg_type != SOCK_DIAG_BY_FAMILY)
    return true; /* gone: its FIN or reset has reached us, for the peek to see */
  body = NLMSG_DATA(&answer.header);
  if (body->idiag_state == TCP_ESTABLISHED || body->idiag_state == TCP_CLOSE_WAIT)
    return body->idiag_wqueue == 0;
  return body->idiag_state == TCP_FIN_WAIT2 || body->idiag_state == TCP_TIME_WAIT ||
         body->idiag_state == TCP_CLOSE;
}

static bool peer_is_quiet(harness_t *h, int fd) {
  struct harness__network *network = h->network;
  harness__address_t own = {0};
  harness__address_t peer = {0};

  if (harness__socket_own_address(fd, &own) != 0 || !harness__address_is_tcp(&own))
    return true; /* what is written to a unix socket is in its peer's queue at once */
  if (network->diag_fd < 0)
    network->diag_fd = socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
  if (network->diag_fd < 0 || harness__socket_peer_address(fd, &peer) != 0)
    return true;
  return !ask(network->diag_fd, &peer, &own) || answer_is_quiet(network->diag_fd);
}

bool harness__quiet_socket(harness_t *h, int fd) {
  bool quiet = peer_is_quiet(h, fd);
  char byte;

  return quiet && recv(fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) < 0;
}
