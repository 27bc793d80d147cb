/* SPDX-License-Identifier: MIT */
#include "network/udp.h"

#include <errno.h>
#include <poll.h>
#include <unistd.h>
#include <uv.h>

static int failure(void) {
  return uv_translate_sys_error(errno);
}

/* Nothing is waited for, so that one which a signal has interrupted may be done again. */
static int connect_to(int fd, const harness__address_t *remote) {
  int status;

  do
    status = connect(fd, &remote->u.any, remote->length);
  while (status != 0 && errno == EINTR);
  return status;
}

int harness__udp_open(harness__address_t *own, const harness__address_t *remote) {
  int fd = socket(own->u.any.sa_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  int status;

  if (fd < 0)
    return failure();
  if (bind(fd, &own->u.any, own->length) == 0 && (remote == NULL || connect_to(fd, remote) == 0) &&
      getsockname(fd, &own->u.any, &own->length) == 0)
    return fd;
  status = failure();
  (void)close(fd);
  return status;
}

int harness__udp_send(int fd, const void *data, size_t size, const harness__address_t *to) {
  ssize_t count;

  do
    count = sendto(fd, data, size, MSG_NOSIGNAL, to != NULL ? &to->u.any : NULL, to != NULL ? to->length : 0);
  while (count < 0 && errno == EINTR);
  return count < 0 ? failure() : 0;
}

ptrdiff_t harness__udp_receive(int fd, void *buffer, size_t size, harness__address_t *from) {
  ssize_t count;

  do {
    from->length = sizeof from->u;
    count = recvfrom(fd, buffer, size, 0, &from->u.any, &from->length);
  } while (count < 0 && errno == EINTR);
  return count < 0 ? failure() : count;
}

bool harness__udp_has_news(int fd) {
  struct pollfd poll_fd = {.fd = fd, .events = POLLIN};
  int count;

  do
    count = poll(&poll_fd, 1, 0);
  while (count < 0 && errno == EINTR);
  return count > 0;
}

void harness__udp_close(int fd) {
  (void)close(fd);
}
