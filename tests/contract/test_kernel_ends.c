/* SPDX-License-Identifier: MIT */
/*
 * The lines of ends.c, played with plain sockets on 127.0.0.1 and ::1, each end in each role: what the
 * harness's model of TCP has to be equal to.
 *
 * Nothing here waits "long enough". That what was sent has arrived is known by order: the thread stays on one
 * processor, whose queue takes in what loopback carries one by one, so a datagram that is sent later and is
 * back proves that everything sent before has been taken in. A reset in answer to that is sent while it is
 * taken in, so it is ahead of a second datagram.
 *
 * "Still on its way" is made in two ways. Bytes are held back by TCP_CORK; the kernel sends them by itself
 * after 200 ms, so it is asked, after the step that had to come first, whether it still holds them, and
 * where it does not, the line is played again. An EOF is dropped at its receiver by a socket filter, and
 * taken away again; the kernel repeats it. A reset is not repeated: lines with one in flight can't be shown.
 */
#include <harness/cmocka.h>

#include <arpa/inet.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/sockios.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>
#include <uv.h>

#include "ends.h"

enum { WAIT_MOST_MS = 5000, BARRIERS = 4, TRIES = 100, CHUNK = 65536 };

/* One line being played. Descriptors that are not open are -1. */
static struct {
  int family;
  bool swapped; /* A is the accepted end */
  int listener;
  struct sockaddr_storage address;
  socklen_t length;
  int ends[2]; /* A, B */
  bool half_closed[2];
  int datagrams[2];
  size_t held[2]; /* bytes in flight, from A, from B */
  bool eof_held[2];
  bool too_late; /* what was to be in flight had arrived */
} play;

static void check(bool good, const char *what) {
  if (!good)
    fail_msg("%s: %s", what, strerror(errno));
}

static void close_one(int *fd) {
  if (*fd >= 0)
    (void)close(*fd);
  *fd = -1;
}

static int own_socket(int type) {
  struct sockaddr_in6 six = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT};
  struct sockaddr_in four = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  const struct sockaddr *address =
      play.family == AF_INET6 ? (struct sockaddr *)&six : (struct sockaddr *)&four;
  int fd = socket(play.family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

  check(fd >= 0, "socket");
  check(bind(fd, address, play.family == AF_INET6 ? sizeof six : sizeof four) == 0, "bind");
  return fd;
}

static bool wait_for(int fd, short events, int most_ms) {
  struct pollfd poll_fd = {.fd = fd, .events = events};
  int count;

  do
    count = poll(&poll_fd, 1, most_ms);
  while (count < 0 && errno == EINTR);
  return count > 0;
}

static void open_datagrams(void) {
  struct sockaddr_storage address;
  socklen_t length = sizeof address;

  play.datagrams[0] = own_socket(SOCK_DGRAM);
  play.datagrams[1] = own_socket(SOCK_DGRAM);
  check(getsockname(play.datagrams[1], (struct sockaddr *)&address, &length) == 0, "getsockname");
  check(connect(play.datagrams[0], (struct sockaddr *)&address, length) == 0, "connect a datagram socket");
}

/* Returns when everything that was sent, and what was sent in answer to it, has arrived. */
static void let_arrive(void) {
  char byte = 0;

  for (int i = 0; i < BARRIERS; i++) {
    check(send(play.datagrams[0], &byte, 1, 0) == 1, "send a datagram");
    check(wait_for(play.datagrams[1], POLLIN, WAIT_MOST_MS), "a datagram did not arrive");
    check(recv(play.datagrams[1], &byte, 1, 0) == 1, "receive a datagram");
  }
}

static int dial(int *fd) {
  int error = 0;
  socklen_t length = sizeof error;
  int on = 1;

  *fd = own_socket(SOCK_STREAM);
  check(setsockopt(*fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) == 0, "TCP_NODELAY");
  if (connect(*fd, (struct sockaddr *)&play.address, play.length) != 0 && errno != EINPROGRESS)
    return -errno;
  check(wait_for(*fd, POLLOUT, WAIT_MOST_MS), "no answer to a connect");
  check(getsockopt(*fd, SOL_SOCKET, SO_ERROR, &error, &length) == 0, "SO_ERROR");
  return -error;
}

static void take_from_queue(int *fd) {
  struct sockaddr_storage peer;
  socklen_t length = sizeof peer;
  int on = 1;

  check(wait_for(play.listener, POLLIN, WAIT_MOST_MS), "nothing to accept");
  *fd = accept4(play.listener, (struct sockaddr *)&peer, &length, SOCK_NONBLOCK | SOCK_CLOEXEC);
  check(*fd >= 0, "accept");
  check(setsockopt(*fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) == 0, "TCP_NODELAY");
}

static void set_cork(int fd, int on) {
  check(setsockopt(fd, IPPROTO_TCP, TCP_CORK, &on, sizeof on) == 0, "TCP_CORK");
}

static int write_some(int end, size_t size) {
  static const char data[1000];
  ssize_t count = send(play.ends[end], data, size, MSG_NOSIGNAL);

  return count >= 0 ? (int)count : -errno;
}

static int fill(int fd) {
  static const char data[CHUNK];

  for (;;) {
    while (send(fd, data, sizeof data, MSG_NOSIGNAL) > 0)
      continue;
    if (errno != EAGAIN)
      return -errno;
    let_arrive(); /* the receiver's window may have opened */
    if (!wait_for(fd, POLLOUT, 0))
      return 0;
  }
}

static int read_some(int fd, size_t size) {
  char data[1000];
  size_t have = 0;

  do {
    ssize_t count = recv(fd, data, size > 0 ? size - have : sizeof data, 0);

    if (count <= 0)
      return count == 0 ? 0 : -errno;
    have += (size_t)count;
  } while (have < size);
  return (int)have;
}

/* What a writer that waits for room would be told: the error the socket holds, else whether a write can still
 * be made, asked by a write of nothing. */
static int drain(int end) {
  int error = 0;
  socklen_t length = sizeof error;

  check(getsockopt(play.ends[end], SOL_SOCKET, SO_ERROR, &error, &length) == 0, "SO_ERROR");
  if (error != 0 || play.half_closed[end])
    return -error;
  return write_some(end, 0);
}

static int half_close(int end) {
  if (shutdown(play.ends[end], SHUT_WR) != 0)
    return -errno;
  play.half_closed[end] = true;
  return 0;
}

static void abort_one(int *fd) {
  static const struct linger at_once = {.l_onoff = 1, .l_linger = 0};

  check(setsockopt(*fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once) == 0, "SO_LINGER");
  close_one(fd);
}

static int perform(const end_step_t *step) {
  int end = step->side == 'B';

  if (step->side == 'B' && play.ends[1] < 0)
    take_from_queue(&play.ends[1]);
  switch (step->verb) {
  case END_CONNECT:
    return dial(&play.ends[0]);
  case END_WRITE:
    return write_some(end, step->size);
  case END_READ:
    return read_some(play.ends[end], step->size);
  case END_FILL:
    return fill(play.ends[end]);
  case END_DRAIN:
    return drain(end);
  case END_HALF_CLOSE:
    return half_close(end);
  case END_CLOSE:
    close_one(&play.ends[end]);
    return 0;
  case END_ABORT:
    abort_one(&play.ends[end]);
    return 0;
  case END_STOP:
    close_one(&play.listener);
    return 0;
  case END_CANCEL:
    close_one(&play.ends[0]);
    return 0;
  }
  return -EINVAL;
}

static void set_filter(int fd, bool drop) {
  struct sock_filter refuse = BPF_STMT(BPF_RET | BPF_K, 0);
  struct sock_fprog program;

  memset(&program, 0, sizeof program); /* valgrind looks at the padding, too */
  program.len = 1;
  program.filter = &refuse;
  check(setsockopt(fd, SOL_SOCKET, drop ? SO_ATTACH_FILTER : SO_DETACH_FILTER, &program, sizeof program) == 0,
        "a socket filter");
}

/* Before a step whose effect is to stay on its way. */
static void hold_back(const end_step_t *step) {
  int end = step->side == 'B';

  if (step->verb == END_WRITE) {
    set_cork(play.ends[end], 1);
    play.held[end] += step->size;
  } else if (step->verb == END_HALF_CLOSE) {
    set_filter(play.ends[!end], true);
    play.eof_held[end] = true;
  }
}

/* Lets go what this end has in flight. */
static void let_go(int end) {
  int fd = play.ends[end];
  int unsent = 0;

  if (play.held[end] > 0 && fd >= 0) {
    struct tcp_info info;
    socklen_t length = sizeof info;

    check(getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &length) == 0, "TCP_INFO");
    check(ioctl(fd, SIOCOUTQNSD, &unsent) == 0, "SIOCOUTQNSD");
    /* A reset has thrown it away, or it is all there still. */
    if (info.tcpi_state != TCP_CLOSE && (size_t)unsent < play.held[end])
      play.too_late = true;
    if (info.tcpi_state != TCP_CLOSE)
      set_cork(fd, 0);
  }
  if (play.eof_held[end] && play.ends[!end] >= 0) {
    set_filter(play.ends[!end], false);
    check(wait_for(play.ends[!end], POLLRDHUP, WAIT_MOST_MS), "an EOF was not repeated");
  }
  play.held[end] = 0;
  play.eof_held[end] = false;
}

static void compare(const end_step_t *step, int result) {
  char got[16];
  char expected[16];

  if (step->expects && result != step->result && !play.too_late)
    fail_msg("%s, %s: '%s' gave %s, not %s", play.family == AF_INET6 ? "::1" : "127.0.0.1",
             play.swapped ? "A accepted" : "A connected", step->text, end_result_text(result, got),
             end_result_text(step->result, expected));
}

static bool would_wait(const end_step_t *step) {
  return !wait_for(play.ends[step->side == 'B'], step->verb == END_READ ? POLLIN : POLLOUT, 0);
}

static void play_steps(const end_step_t *steps, size_t count) {
  for (size_t i = 0; i < count; i++) {
    const end_step_t *step = &steps[i];

    if (step->waits) { /* its end is taken for begun, and asked again after the next step */
      assert_true(would_wait(step));
      continue;
    }
    if (step->flies)
      hold_back(step);
    compare(step, perform(step));
    if (step->verb == END_WRITE && step->result > 0 && !step->flies && play.held[step->side == 'B'] > 0)
      play.held[step->side == 'B'] += step->size; /* goes after what is held back there */
    let_arrive();
    if (step->flies)
      continue;
    let_go(0);
    let_go(1);
    let_arrive();
    if (i > 0 && steps[i - 1].waits)
      compare(&steps[i - 1], perform(&steps[i - 1]));
  }
}

static void open_world(bool connected) {
  play.ends[0] = play.ends[1] = -1;
  memset(play.half_closed, 0, sizeof play.half_closed);
  memset(play.held, 0, sizeof play.held);
  memset(play.eof_held, 0, sizeof play.eof_held);
  play.too_late = false;
  open_datagrams();
  play.length = sizeof play.address;
  play.listener = own_socket(SOCK_STREAM);
  check(getsockname(play.listener, (struct sockaddr *)&play.address, &play.length) == 0, "getsockname");
  check(listen(play.listener, 4) == 0, "listen");
  if (!connected)
    return;
  check(dial(&play.ends[play.swapped]) == 0, "connect");
  take_from_queue(&play.ends[!play.swapped]);
  let_arrive();
}

static void close_world(void) {
  for (int i = 0; i < 2; i++) {
    if (play.ends[i] >= 0)
      abort_one(&play.ends[i]);
    close_one(&play.datagrams[i]);
  }
  close_one(&play.listener);
}

static void play_line(const end_line_t *line, int family, bool swapped) {
  end_step_t steps[END_STEPS_MOST];
  size_t count = end_parse(line, steps);

  assert_true(count > 0);
  play.family = family;
  play.swapped = swapped;
  for (int i = 0; i < TRIES; i++) {
    open_world(!end_connects(steps, count));
    play_steps(steps, count);
    close_world();
    if (!play.too_late)
      return;
  }
  fail_msg("the kernel never held anything back for as long as a step takes");
}

static void stay_on_one_processor(void) {
  cpu_set_t set;
  int processor = sched_getcpu();

  check(processor >= 0, "sched_getcpu");
  CPU_ZERO(&set);
  CPU_SET((size_t)processor, &set);
  check(sched_setaffinity(0, sizeof set, &set) == 0, "sched_setaffinity");
}

static void shows(void **state) {
  const end_line_t *line = *state;
  end_step_t steps[END_STEPS_MOST];

  stay_on_one_processor();
  for (int role = 0; role < 2; role++) {
    bool swapped = role == 1;

    if (swapped && end_connects(steps, end_parse(line, steps)))
      continue; /* A is who connects */
    play_line(line, AF_INET, swapped);
    play_line(line, AF_INET6, swapped);
  }
}

int main(int argc, char **argv) {
  static struct CMUnitTest tests[END_LINES_MOST];
  size_t count = 0;

  for (size_t i = 0; i < end_line_count && count < END_LINES_MOST; i++) {
    if (end_lines[i].unshown == NULL)
      tests[count++] = (struct CMUnitTest){
          .name = end_lines[i].name, .test_func = shows, .initial_state = (void *)(uintptr_t)&end_lines[i]};
  }
  return harness_cmocka_main(argc, argv, "contract_kernel_ends", tests, count);
}
