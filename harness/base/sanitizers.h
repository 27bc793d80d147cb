/* SPDX-License-Identifier: MIT */
/* Private: which sanitizer this is compiled with, in gcc's words and in clang's. */
#ifndef HARNESS_BASE_SANITIZERS_H
#define HARNESS_BASE_SANITIZERS_H

#if defined(__SANITIZE_ADDRESS__)
#define HARNESS__WITH_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define HARNESS__WITH_ASAN 1
#endif
#endif

#if defined(__SANITIZE_THREAD__)
#define HARNESS__WITH_TSAN 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define HARNESS__WITH_TSAN 1
#endif
#endif

#endif
