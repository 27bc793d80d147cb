/* SPDX-License-Identifier: MIT */
/*
 * Loopback makes the sockets of parties outside this machine's too, and NETLINK_SOCK_DIAG finds one by the
 * two ends of its conversation. One request, one answer: the kernel has the answer ready when send returns.
 */
#include "network/diag.h"

#include <errno.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <string.h>
#include <sys/socket.h>

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

/* What passes, and must not be taken for an answer: the run that is under way fails with it. Where the kernel
 * does not tell at all (it was built so, or the process is confined), that is how things are. */
static bool fail(harness_t *h) {
  if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM)
    h->network->trouble = uv_translate_sys_error(errno);
  return false;
}

static bool ask(int diag, int protocol, const harness__address_t *source,
                const harness__address_t *destination) {
  request_t request;
  ssize_t count;
  uint8_t family = (uint8_t)source->u.any.sa_family;

  memset(&request, 0, sizeof request);
  request.header.nlmsg_len = sizeof request;
  request.header.nlmsg_type = SOCK_DIAG_BY_FAMILY;
  request.header.nlmsg_flags = NLM_F_REQUEST;
  request.body.sdiag_family = family;
  request.body.sdiag_protocol = (uint8_t)protocol;
  request.body.idiag_states = UINT32_MAX;
  set_endpoint(family, source, &request.body.id.idiag_sport, request.body.id.idiag_src);
  set_endpoint(family, destination, &request.body.id.idiag_dport, request.body.id.idiag_dst);
  request.body.id.idiag_cookie[0] = INET_DIAG_NOCOOKIE;
  request.body.id.idiag_cookie[1] = INET_DIAG_NOCOOKIE;
  do
    count = send(diag, &request, sizeof request, 0);
  while (count < 0 && errno == EINTR);
  return count == (ssize_t)sizeof request;
}

bool harness__diag_find(harness_t *h, int protocol, const harness__address_t *peer,
                        const harness__address_t *own, struct inet_diag_msg *found) {
  struct harness__network *network = h->network;
  bool udp = protocol == IPPROTO_UDP; /* there the kernel takes source and destination the other way round */
  union {
    struct nlmsghdr header;
    unsigned char bytes[4096];
  } answer;
  ssize_t size;

  if (network->diag_fd < 0)
    network->diag_fd = socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
  if (network->diag_fd < 0 || !ask(network->diag_fd, protocol, udp ? own : peer, udp ? peer : own))
    return fail(h);
  do
    size = recv(network->diag_fd, &answer, sizeof answer, 0);
  while (size < 0 && errno == EINTR);
  if (size < 0)
    return fail(h);
  if (size < (ssize_t)NLMSG_LENGTH(sizeof *found) || answer.header.nlmsg_type != SOCK_DIAG_BY_FAMILY)
    return false;
  memcpy(found, NLMSG_DATA(&answer.header), sizeof *found);
  return true;
}

uint64_t harness__diag_cookie(const struct inet_diag_msg *found) {
  return (uint64_t)found->id.idiag_cookie[1] << 32 | found->id.idiag_cookie[0];
}
