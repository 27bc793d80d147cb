/* SPDX-License-Identifier: MIT */
/*
 * Each function counts, and goes wrong where its turn has come; else it does what the next one of its name
 * does (the C library's, or a sanitizer's). An error that a call can only have after it was done (close,
 * connect interrupted on its way) is given after it was done.
 *
 * The next function is looked up when it is first needed: sanitizers call some of these before any
 * constructor.
 */
#include "calls.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "torture.h"

static const char *names = "";
static int error; /* what becomes of those whose turn it is */
static _Atomic(const char *) last = "nothing";
static _Thread_local bool is_spared;
static _Thread_local bool was_put_off[256]; /* by where the call stands in the names */

void calls_choose(const char *chosen, int with) {
  names = chosen;
  error = with;
}

bool calls_spare(bool spared) {
  bool before = is_spared;

  is_spared = spared;
  return before;
}

const char *calls_last(void) {
  return atomic_load(&last);
}

/* NOLINTBEGIN(readability-inconsistent-declaration-parameter-name,bugprone-macro-parentheses): the C
 * library's names of parameters are reserved, and what the macros take are types and lists. */

static void *find_next(const char *name, _Atomic(uintptr_t) *place) {
  uintptr_t found = atomic_load_explicit(place, memory_order_relaxed);

  if (found == 0) {
    found = (uintptr_t)dlsym(RTLD_NEXT, name);
    atomic_store_explicit(place, found, memory_order_relaxed);
  }
  return (void *)found;
}

/* The next function of that name. */
#define NEXT(name) ((__typeof__(&name))(uintptr_t)find_next(#name, &next_##name))
#define KNOW(name) static _Atomic(uintptr_t) next_##name

/* Where the call stands in the names; 0: nowhere, it does not count. */
static size_t place_of(const char *name) {
  size_t length = strlen(name);

  for (const char *found = strstr(names, name); found != NULL; found = strstr(found + 1, name))
    if (found > names && found[-1] == ' ' && found[length] == ' ')
      return (size_t)(found - names);
  return 0;
}

/* Whether the turn of this call has come. */
static bool goes_wrong(const char *name) {
  size_t place = is_spared ? 0 : place_of(name);
  bool wrong = false;

  if (place == 0)
    return false;
  if ((error != EINTR && error != EAGAIN) || !was_put_off[place])
    wrong = torture_fails();
  was_put_off[place] = wrong;
  if (wrong)
    atomic_store(&last, name);
  return wrong;
}

/* The same for a call that fails; then errno is set. */
static bool fails(const char *name) {
  if (!goes_wrong(name))
    return false;
  errno = error;
  return true;
}

/* Only where a part can be carried: by a file and by a stream. */
static bool takes_parts(int fd) {
  struct stat status;
  int type = 0;
  socklen_t size = sizeof type;

  if (fstat(fd, &status) != 0 || (!S_ISREG(status.st_mode) && !S_ISSOCK(status.st_mode)))
    return false;
  return S_ISREG(status.st_mode) ||
         (getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) == 0 && type == SOCK_STREAM);
}

static bool may_wait(int fd) {
  return (fcntl(fd, F_GETFL) & O_NONBLOCK) == 0;
}

/* What becomes of a transfer: fewer bytes, or an error with errno set. */
typedef enum transfer { WHOLE, PART, FAILED } transfer_t;

static transfer_t transfer(const char *name, int fd, size_t size) {
  if (is_spared || (error == CALLS_SHORT && (size < 2 || !takes_parts(fd))) ||
      (error == EAGAIN && may_wait(fd)) || !goes_wrong(name))
    return WHOLE;
  if (error == CALLS_SHORT)
    return PART;
  errno = error;
  return FAILED;
}

/* Of something long a half, so that it comes to an end; else one byte. */
static size_t part_of(size_t size) {
  return size > 64 ? size / 2 : 1;
}

#define TRANSFER(name, fd, whole, part)                                                                      \
  switch (transfer(#name, fd, size)) {                                                                       \
  case PART:                                                                                                 \
    return part;                                                                                             \
  case FAILED:                                                                                               \
    return -1;                                                                                               \
  default:                                                                                                   \
    return whole;                                                                                            \
  }

KNOW(read);
ssize_t read(int fd, void *data,
             size_t size){TRANSFER(read, fd, NEXT(read)(fd, data, size), NEXT(read)(fd, data, part_of(size)))}

KNOW(write);
ssize_t write(int fd, const void *data, size_t size){
    TRANSFER(write, fd, NEXT(write)(fd, data, size), NEXT(write)(fd, data, part_of(size)))}

KNOW(recv);
ssize_t recv(int fd, void *data, size_t size, int flags){
    TRANSFER(recv, fd, NEXT(recv)(fd, data, size, flags), NEXT(recv)(fd, data, part_of(size), flags))}

KNOW(send);
ssize_t send(int fd, const void *data, size_t size, int flags){
    TRANSFER(send, fd, NEXT(send)(fd, data, size, flags), NEXT(send)(fd, data, part_of(size), flags))}

KNOW(recvfrom);
ssize_t recvfrom(int fd, void *restrict data, size_t size, int flags, __SOCKADDR_ARG from,
                 socklen_t *restrict length){
    TRANSFER(recvfrom, fd, NEXT(recvfrom)(fd, data, size, flags, from, length),
             NEXT(recvfrom)(fd, data, part_of(size), flags, from, length))}

KNOW(sendto);
ssize_t sendto(int fd, const void *data, size_t size, int flags, __CONST_SOCKADDR_ARG to,
               socklen_t length){TRANSFER(sendto, fd, NEXT(sendto)(fd, data, size, flags, to, length),
                                          NEXT(sendto)(fd, data, part_of(size), flags, to, length))}

/* A call that only fails, or is done. */
#define PLAIN(type, name, bad, parameters, arguments)                                                        \
  KNOW(name);                                                                                                \
  type name parameters {                                                                                     \
    return fails(#name) ? (bad) : NEXT(name) arguments;                                                      \
  }

PLAIN(int, socket, -1, (int domain, int type, int protocol),
      (domain, type, protocol)) PLAIN(int, socketpair, -1, (int domain, int type, int protocol, int ends[2]),
                                      (domain, type, protocol, ends))
    PLAIN(int, bind, -1, (int fd, __CONST_SOCKADDR_ARG address, socklen_t size),
          (fd, address, size)) PLAIN(int, listen, -1, (int fd, int most), (fd, most))
        PLAIN(int, getsockname, -1, (int fd, __SOCKADDR_ARG own, socklen_t *restrict size), (fd, own, size))
            PLAIN(int, getpeername, -1, (int fd, __SOCKADDR_ARG peer, socklen_t *restrict size),
                  (fd, peer, size)) PLAIN(int, setsockopt, -1,
                                          (int fd, int level, int option, const void *value, socklen_t size),
                                          (fd, level, option, value, size))
                PLAIN(int, getsockopt, -1,
                      (int fd, int level, int option, void *restrict value, socklen_t *restrict size),
                      (fd, level, option, value, size)) PLAIN(int, shutdown, -1, (int fd, int how), (fd, how))
                    PLAIN(int, epoll_create1, -1, (int flags), (flags))
                        PLAIN(int, epoll_wait, -1, (int fd, struct epoll_event *events, int most, int ms),
                              (fd, events, most, ms)) PLAIN(int, epoll_pwait, -1,
                                                            (int fd, struct epoll_event *events, int most,
                                                             int ms, const sigset_t *mask),
                                                            (fd, events, most, ms, mask))
                            PLAIN(int, poll, -1, (struct pollfd * list, nfds_t count, int ms),
                                  (list, count, ms)) PLAIN(int, eventfd, -1, (unsigned start, int flags),
                                                           (start, flags))
                                PLAIN(int, pipe2, -1, (int ends[2], int flags), (ends, flags))
                                    PLAIN(int, memfd_create, -1, (const char *name, unsigned flags),
                                          (name, flags)) PLAIN(int, mkostemp, -1, (char *path, int flags),
                                                               (path, flags)) PLAIN(char *, mkdtemp, NULL,
                                                                                    (char *path), (path))
                                        PLAIN(int, fchmod, -1, (int fd, mode_t mode),
                                              (fd, mode)) PLAIN(int, fsync, -1, (int fd), (fd))
                                            PLAIN(int, rename, -1, (const char *from, const char *to),
                                                  (from, to)) PLAIN(int, renameat2, -1,
                                                                    (int from_folder, const char *from,
                                                                     int to_folder, const char *to,
                                                                     unsigned flags),
                                                                    (from_folder, from, to_folder, to, flags))
                                                PLAIN(int, unlink, -1, (const char *path), (path))
                                                    PLAIN(int, rmdir, -1, (const char *path), (path))
                                                        PLAIN(int, mkdir, -1, (const char *path, mode_t mode),
                                                              (path, mode)) PLAIN(pid_t, fork, -1, (void), ())
                                                            PLAIN(pid_t, waitpid, -1,
                                                                  (pid_t child, int *status, int options),
                                                                  (child, status, options))
                                                                PLAIN(int, waitid, -1,
                                                                      (idtype_t kind, id_t id,
                                                                       siginfo_t *info, int options),
                                                                      (kind, id, info, options))
                                                                    PLAIN(int, mprotect, -1,
                                                                          (void *base, size_t size,
                                                                           int protection),
                                                                          (base, size, protection))
                                                                        PLAIN(int, madvise, -1,
                                                                              (void *base, size_t size,
                                                                               int advice),
                                                                              (base, size, advice))

    /* Stacks of coroutines only: whoever else maps memory is not the harness. */
    KNOW(mmap);
void *mmap(void *base, size_t size, int protection, int flags, int fd, off_t offset) {
  if ((flags & MAP_STACK) != 0 && (flags & MAP_NORESERVE) != 0 && fails("mmap"))
    return MAP_FAILED;
  return NEXT(mmap)(base, size, protection, flags, fd, offset);
}

#define OPEN(name)                                                                                           \
  KNOW(name);                                                                                                \
  int name(const char *path, int flags, ...) {                                                               \
    va_list values;                                                                                          \
    mode_t mode;                                                                                             \
    va_start(values, flags);                                                                                 \
    mode = (flags & O_CREAT) != 0 ? va_arg(values, mode_t) : 0;                                              \
    va_end(values);                                                                                          \
    return fails(#name) ? -1 : NEXT(name)(path, flags, mode);                                                \
  }

OPEN(open)
OPEN(open64)

KNOW(close);
int close(int fd) {
  bool failed = goes_wrong("close");
  int status = NEXT(close)(fd);

  if (!failed)
    return status;
  errno = error;
  return -1;
}

/* A connection that has gone before it was accepted is in the queue no more. */
KNOW(accept4);
int accept4(int fd, __SOCKADDR_ARG peer, socklen_t *restrict size, int flags) {
  int accepted;

  if (!goes_wrong("accept4"))
    return NEXT(accept4)(fd, peer, size, flags);
  if (error == ECONNABORTED) {
    accepted = NEXT(accept4)(fd, peer, size, flags);
    if (accepted < 0)
      return accepted;
    (void)NEXT(close)(accepted);
  }
  errno = error;
  return -1;
}

/* The address of a server that nobody is at: where the socket is bound to it, it reaches itself. An
 * interrupted connect goes on by itself. */
KNOW(connect);
int connect(int fd, __CONST_SOCKADDR_ARG to, socklen_t size) {
  bool wrong = goes_wrong("connect");
  int status;

  if (wrong && error == CALLS_TO_ITSELF)
    (void)bind(fd, to, size);
  if (wrong && error > 0 && error != EINTR) {
    errno = error;
    return -1;
  }
  status = NEXT(connect)(fd, to, size);
  if (!wrong || error != EINTR || (status != 0 && errno != EINPROGRESS))
    return status;
  errno = EINTR;
  return -1;
}

static atomic_bool is_hurried;
static atomic_long looks;

void calls_hurry(bool hurried) {
  atomic_store(&is_hurried, hurried);
}

KNOW(time);
time_t time(time_t *out) {
  time_t now = NEXT(time)(out);

  return atomic_load(&is_hurried) ? now + atomic_fetch_add(&looks, 1) : now;
}

/* Threads: a limit on how many there may be. */
static atomic_int threads;
static atomic_int most_threads = -1;

void calls_limit_threads(int most) {
  atomic_store(&threads, 0);
  atomic_store(&most_threads, most);
}

KNOW(pthread_create);
int pthread_create(pthread_t *restrict thread, const pthread_attr_t *restrict attributes,
                   void *(*start)(void *arg), void *restrict arg) {
  int most = atomic_load(&most_threads);

  if (most >= 0 && atomic_fetch_add(&threads, 1) >= most) {
    (void)atomic_fetch_sub(&threads, 1);
    return EAGAIN;
  }
  return NEXT(pthread_create)(thread, attributes, start, arg);
}

KNOW(pthread_join);
int pthread_join(pthread_t thread, void **result) {
  if (atomic_load(&most_threads) >= 0)
    (void)atomic_fetch_sub(&threads, 1);
  return NEXT(pthread_join)(thread, result);
}

/* NOLINTEND(readability-inconsistent-declaration-parameter-name,bugprone-macro-parentheses) */
