/* SPDX-License-Identifier: MIT */
/* Every system call that makes something fails once; and every call that may be interrupted, or do a part
 * only, is and does. */
#include <harness/cmocka.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "calls.h"
#include "talks.h"
#include "torture.h"

/* A class of calls, and what goes wrong with them. */
typedef struct kind {
  const char *what;
  const char *names;
  int error;
  bool is_harmless;
} kind_t;

static const char descriptors[] =
    " socket socketpair accept4 epoll_create1 eventfd pipe2 open open64 memfd_create ";
static const char transfers[] = " send recv read write sendto recvfrom ";
static const char interruptible[] = " send recv sendto recvfrom read write accept4 connect poll epoll_wait "
                                    "epoll_pwait open open64 close fsync ";

static const kind_t kinds[] = {
    {"descriptors (EMFILE)", descriptors, EMFILE, false},
    {"descriptors (ENFILE)", descriptors, ENFILE, false},
    {"binds and connects (EADDRNOTAVAIL)", " bind connect ", EADDRNOTAVAIL, false},
    {"binds and listens (EADDRINUSE)", " bind listen ", EADDRINUSE, false},
    {"connections (EACCES)", " bind listen connect accept4 ", EACCES, false},
    {"connections (ENOBUFS)", " socket listen connect accept4 send recv sendto recvfrom ", ENOBUFS, false},
    {"addresses and options (ENOBUFS)", " getsockname getpeername ", ENOBUFS, false},
    {"folders and paths (ENOSPC)", " mkdtemp bind ", ENOSPC, false},
    {"stacks (ENOMEM)", " mmap mprotect madvise ", ENOMEM, false},
    {"ends and options (ENOBUFS)", " setsockopt getsockopt shutdown ioctl ", ENOBUFS, false},
    {"looks (ENOMEM)", " poll ", ENOMEM, false},
    {"accepts of what is gone (ECONNABORTED)", " accept4 ", ECONNABORTED, false},
    {"transfers cut short", transfers, CALLS_SHORT, true},
    {"interruptions (EINTR)", interruptible, EINTR, true},
    {"transfers put off (EAGAIN)", " send recv recvfrom accept4 ", EAGAIN, true},
};

static const char *const hosts[] = {"127.0.0.1", "unix:", "memory:"};

static void torture_kinds(bool harmless) {
  const char *only = getenv("TORTURE_KIND");
  unsigned long wrong = 0;

  for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
    torture_t torture = {.what = kinds[i].what, .is_harmless = kinds[i].is_harmless};

    if (kinds[i].is_harmless != harmless || (only != NULL && strstr(kinds[i].what, only) == NULL))
      continue;
    calls_choose(kinds[i].names, kinds[i].error);
    for (size_t j = 0; j < sizeof hosts / sizeof hosts[0]; j++) {
      scenario_t scenario = {.name = hosts[j], .host = hosts[j], .play = talks_play};

      torture.mode = TORTURE_ONE;
      wrong += torture_run(&torture, &scenario);
      torture.mode = TORTURE_REST;
      wrong += torture_run(&torture, &scenario);
    }
  }
  calls_choose("", 0);
  assert_int_equal(wrong, 0);
}

static void a_failure_is_told(void **state) {
  (void)state;
  torture_kinds(false);
}

/* The first client is refused with the spare descriptor, whose place is taken then: the second can't even be
 * refused, and nobody waits for it. */
static void a_client_that_cannot_be_refused_is_told(void **state) {
  torture_t torture = {.what = "accepts, and what is spare (EMFILE)", .mode = TORTURE_REST};
  scenario_t scenario = {.name = "two clients", .play = talks_play_refused};

  (void)state;
  calls_choose(" accept4 open open64 ", EMFILE);
  assert_int_equal(torture_run(&torture, &scenario), 0);
  calls_choose("", 0);
}

static void a_connection_to_oneself_is_none(void **state) {
  torture_t torture = {.what = "connects to oneself", .is_harmless = true};
  scenario_t scenario = {.name = "nobody", .play = talks_play_nobody};

  (void)state;
  calls_choose(" connect ", CALLS_TO_ITSELF);
  assert_int_equal(torture_run(&torture, &scenario), 0);
  calls_choose("", 0);
}

/* Each once, and then all from there on: a call that is made again may be interrupted again. */
static void an_interruption_changes_nothing(void **state) {
  (void)state;
  torture_kinds(true);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_failure_is_told),
    cmocka_unit_test(a_client_that_cannot_be_refused_is_told),
    cmocka_unit_test(a_connection_to_oneself_is_none),
    cmocka_unit_test(an_interruption_changes_nothing),
};

HARNESS_CMOCKA_MAIN("torture/calls", tests)
