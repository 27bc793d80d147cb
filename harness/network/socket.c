/* SPDX-License-Identifier: MIT */
/*
 * TCP on loopback, and unix-domain sockets.
 *
 * SO_REUSEADDR is never set for port 0: with it, binding collapses once some thousand ports are in
 * TIME_WAIT. Nothing of ours is left there: an end that closes goes on holding its descriptor until
 * the other end has closed too, and then a reset takes both away at once (harness__socket_abort). What
 * clients outside leave there is the matter of ports.c.
 *
 * A connecting unix socket is bound to an abstract name of the kernel's choice, as a TCP one gets a port: by
 * it accept tells which connection it has taken from the queue.
 */
#include "network/socket.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <uv.h>

enum { WAIT_MOST_MS = 5000, CONNECT_WAIT_MS = 100 };

static atomic_bool has_talked; /* a connection of this process: one end has written again */

static int failure(void) {
  return uv_translate_sys_error(errno);
}

static int fail_and_close(int fd) {
  int status = failure();

  (void)close(fd);
  return status;
}

static int open_socket(const harness__address_t *address) {
  int fd = socket(address->u.any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0)
    return failure();
  return fd;
}

int harness__socket_own_address(int fd, harness__address_t *address) {
  address->length = sizeof address->u;
  return getsockname(fd, &address->u.any, &address->length) == 0 ? 0 : failure();
}

int harness__socket_peer_address(int fd, harness__address_t *address) {
  address->length = sizeof address->u;
  return getpeername(fd, &address->u.any, &address->length) == 0 ? 0 : failure();
}

void harness__socket_allow_reuse(int fd) {
  int on = 1;
  (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
}

/* A congestion control that paces (BBR) reads the clock and sets timers for each packet, and there is nothing
 * on loopback that could be congested: a round trip takes a twentieth longer. What most systems have does
 * neither. */
static bool is_paced(int fd) {
  enum { UNKNOWN, PACED, NOT_PACED };
  static atomic_int known;
  char name[16] = "";
  socklen_t length = sizeof name - 1;
  int paced = atomic_load_explicit(&known, memory_order_relaxed);

  if (paced == UNKNOWN) {
    paced = getsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, name, &length) == 0 && strcmp(name, "cubic") != 0 &&
                    strcmp(name, "reno") != 0
                ? PACED
                : NOT_PACED;
    atomic_store_explicit(&known, paced, memory_order_relaxed);
  }
  return paced == PACED;
}

/* Once a congestion control has begun, its pacing stays whatever follows it. */
static void avoid_pacing(int fd) {
  static const char plain[] = "reno"; /* which every Linux has */

  if (is_paced(fd))
    (void)setsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, plain, sizeof plain - 1);
}

void harness__socket_no_delay(int fd) {
  int on = 1;
  (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (!harness__socket_expects_talk())
    atomic_store_explicit(&has_talked, true, memory_order_relaxed);
}

bool harness__socket_expects_talk(void) {
  return atomic_load_explicit(&has_talked, memory_order_relaxed);
}

static void prepare_for_talk(int listener) {
  harness__socket_no_delay(listener);
  avoid_pacing(listener);
}

int harness__socket_listen(harness__address_t *address, bool again, bool talk) {
  int fd = open_socket(address);

  if (fd < 0)
    return fd;
  if (again)
    harness__socket_allow_reuse(fd);
  /* The mode that bind gives a path: it must never be open to others, not for a moment, whatever the umask.
   */
  if (harness__address_family(address) == AF_UNIX && fchmod(fd, S_IRUSR | S_IWUSR) != 0)
    return fail_and_close(fd);
  if (talk && harness__address_is_tcp(address))
    prepare_for_talk(fd);
  if (bind(fd, &address->u.any, address->length) != 0 || listen(fd, SOMAXCONN) != 0 ||
      harness__socket_own_address(fd, address) != 0)
    return fail_and_close(fd);
  return fd;
}

static bool bind_to_any_name(int fd) {
  struct sockaddr_un nameless = {.sun_family = AF_UNIX};

  return bind(fd, (const struct sockaddr *)&nameless, sizeof nameless.sun_family) == 0;
}

/* Returns 0 where the connection is made or under way. One that a signal has interrupted goes on by itself.
 */
static int begin_connect(int fd, const harness__address_t *to) {
  bool goes_on = false;

  while (connect(fd, &to->u.any, to->length) != 0) {
    if (errno == EINPROGRESS || (goes_on && (errno == EALREADY || errno == EISCONN)))
      return 0;
    if (errno != EINTR)
      return failure();
    goes_on = true;
  }
  return 0;
}

int harness__socket_connect(const harness__address_t *to, harness__address_t *own) {
  int fd = open_socket(to);
  int status;

  if (fd < 0)
    return fd;
  if (harness__address_family(to) == AF_UNIX && !bind_to_any_name(fd))
    return fail_and_close(fd);
  if (harness__address_is_tcp(to) && harness__socket_expects_talk())
    avoid_pacing(fd);
  status = begin_connect(fd, to);
  if (status == 0)
    status = harness__socket_own_address(fd, own);
  if (status == 0 && harness__address_equal(own, to))
    status = UV_ECONNREFUSED; /* nobody listens there, and the kernel connected it to itself */
  if (status == 0)
    return fd;
  harness__socket_abort(fd);
  return status;
}

static int wait_for_any(struct pollfd *list, nfds_t size, int most_ms) {
  int count;

  do
    count = poll(list, size, most_ms);
  while (count < 0 && errno == EINTR);
  if (count < 0)
    return failure();
  return count > 0 ? 0 : UV_ETIMEDOUT;
}

static int wait_for(int fd, short events, int most_ms) {
  struct pollfd poll_fd = {.fd = fd, .events = events};

  return wait_for_any(&poll_fd, 1, most_ms);
}

int harness__socket_wait_readable(int fd) {
  return wait_for(fd, POLLIN, WAIT_MOST_MS);
}

int harness__socket_wait_acceptable(int listener, int client) {
  struct pollfd list[] = {{.fd = listener, .events = POLLIN}, {.fd = client, .events = POLLIN}};
  int status = wait_for_any(list, 2, WAIT_MOST_MS);

  return status == 0 && list[0].revents == 0 ? UV_ECONNABORTED : status;
}

int harness__socket_wait_moving(int fd, int writer) {
  struct pollfd list[] = {{.fd = fd, .events = POLLIN}, {.fd = writer, .events = POLLOUT}};

  return wait_for_any(list, 2, WAIT_MOST_MS);
}

bool harness__socket_has_news(int fd) {
  return wait_for(fd, POLLIN, 0) == 0;
}

bool harness__socket_has_data(int fd) {
  int count = 0;

  return ioctl(fd, FIONREAD, &count) == 0 && count > 0;
}

int harness__socket_finish_connect(int fd) {
  int error = 0;
  socklen_t length = sizeof error;
  int status = wait_for(fd, POLLOUT, CONNECT_WAIT_MS);

  if (status != 0)
    return status == UV_ETIMEDOUT ? UV_EAGAIN : status;
  if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length) != 0)
    return failure();
  return error != 0 ? uv_translate_sys_error(error) : 0;
}

int harness__socket_accept(int listener, harness__address_t *peer) {
  int fd;

  do {
    peer->length = sizeof peer->u;
    fd = accept4(listener, &peer->u.any, &peer->length, SOCK_NONBLOCK | SOCK_CLOEXEC);
  } while (fd < 0 && (errno == EINTR || errno == ECONNABORTED));
  return fd >= 0 ? fd : failure();
}

ptrdiff_t harness__socket_send(int fd, const void *data, size_t size) {
  ptrdiff_t count;

  do
    count = send(fd, data, size, MSG_NOSIGNAL);
  while (count < 0 && errno == EINTR);
  return count >= 0 ? count : failure();
}

ptrdiff_t harness__socket_receive(int fd, void *buffer, size_t size) {
  ptrdiff_t count;

  do
    count = recv(fd, buffer, size, 0);
  while (count < 0 && errno == EINTR);
  return count >= 0 ? count : failure();
}

int harness__socket_shutdown(int fd) {
  return shutdown(fd, SHUT_WR) == 0 ? 0 : failure();
}

void harness__socket_close(int fd) {
  (void)close(fd);
}

void harness__socket_abort(int fd) {
  static const struct linger at_once = {.l_onoff = 1, .l_linger = 0};

  (void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  (void)close(fd);
}
