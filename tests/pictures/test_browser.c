/* SPDX-License-Identifier: MIT */
/*
 * The golden pages and pictures in headless Chromium, from files, as people open them. The browser's console
 * says what it minds (CONSOLE lines on its standard error); its network log says who asked for what: a page's
 * requests have an origin, while the browser's own have "not an origin". Each run goes through a proxy that
 * is not there, so that nothing leaves the machine. The first test proves that both kinds of trouble would be
 * seen.
 */
#include <harness/cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "process.h"
#include "record/digest.h"
#include "support.h"

typedef struct visit {
  char *dom;
  char *console; /* all of the browser's standard error */
  char *network; /* its network log */
} visit_t;

/* Opens a file; picture (may be NULL) is where a screenshot goes, in dark colours or light ones. */
static visit_t visit(const char *folder, const char *file, const char *picture, bool dark) {
  char url[4200];
  char profile[4200];
  char log[4200];
  char action[4200] = "--dump-dom";
  const char *const argv[] = {TEST_CHROMIUM,
                              "--headless=new",
                              "--no-sandbox",
                              "--disable-gpu",
                              "--disable-dev-shm-usage",
                              "--disable-background-networking",
                              "--disable-component-update",
                              "--disable-sync",
                              "--disable-extensions",
                              "--no-first-run",
                              "--hide-scrollbars",
                              "--window-size=1200,900",
                              "--proxy-server=127.0.0.1:9",
                              "--proxy-bypass-list=<-loopback>",
                              "--enable-logging=stderr",
                              "--log-level=0",
                              dark ? "--blink-settings=preferredColorScheme=0"
                                   : "--blink-settings=preferredColorScheme=1",
                              profile,
                              log,
                              action,
                              url,
                              NULL};
  process_t process;
  visit_t seen;
  int code;

  (void)snprintf(url, sizeof url, "file://%s", file);
  (void)snprintf(profile, sizeof profile, "--user-data-dir=%s/profile", folder);
  (void)snprintf(log, sizeof log, "--log-net-log=%s/network.json", folder);
  if (picture != NULL)
    (void)snprintf(action, sizeof action, "--screenshot=%s", picture);
  process_start(&process, argv);
  code = process_wait(&process);
  if (code != 0)
    fail_msg("%s ended with %d: %s", TEST_CHROMIUM, code, process.err.text);
  seen = (visit_t){strdup(process.out.text), strdup(process.err.text),
                   support_read(support_path(folder, "network.json"))};
  process_free(&process);
  assert_non_null(seen.dom);
  assert_non_null(seen.console);
  return seen;
}

static void leave(visit_t *seen) {
  free(seen->dom);
  free(seen->console);
  free(seen->network);
}

/* The first request that a page made, or NULL. */
static const char *find_request(const char *network) {
  static const char key[] = "\"initiator\":\"";
  static const char own[] = "not an origin\"";

  for (const char *p = strstr(network, key); p != NULL; p = strstr(p + 1, key))
    if (strncmp(p + sizeof key - 1, own, sizeof own - 1) != 0)
      return p;
  return NULL;
}

static size_t count_of(const char *text, const char *word) {
  size_t count = 0;

  for (const char *p = strstr(text, word); p != NULL; p = strstr(p + strlen(word), word))
    count++;
  return count;
}

static visit_t open_file(void **state, const char *file, const char *picture, bool dark) {
  /* What it keeps, it keeps in the test's folder. */
  (void)setenv("HOME", *state, 1);
  return visit(*state, file, picture, dark);
}

static void sees_requests_and_complaints(void **state) {
  const char *page = support_path(*state, "page.html");
  visit_t seen;

  support_write(page,
                "<!DOCTYPE html><html><head><title>x</title></head><body><p id=\"there\">text</p>"
                "<img src=\"http://127.0.0.1:9/x.png\"/><script>console.error('planted')</script></body>"
                "</html>");
  seen = open_file(state, page, NULL, false);
  assert_non_null(strstr(seen.dom, "<p id=\"there\">"));
  assert_non_null(strstr(seen.console, "CONSOLE"));
  assert_non_null(strstr(seen.console, "planted"));
  assert_non_null(find_request(seen.network));
  leave(&seen);
  /* A policy that forbids the request is a complaint, too. */
  support_write(
      page,
      "<!DOCTYPE html><html><head><meta http-equiv=\"Content-Security-Policy\" "
      "content=\"default-src 'none'\"/></head><body><img src=\"http://127.0.0.1:9/x.png\"/></body></html>");
  seen = open_file(state, page, NULL, false);
  assert_null(find_request(seen.network));
  assert_non_null(strstr(seen.console, "CONSOLE"));
  leave(&seen);
}

static visit_t open_quietly(void **state, const char *file) {
  visit_t seen = open_file(state, file, NULL, false);
  const char *complaint = strstr(seen.console, "CONSOLE");
  const char *request = find_request(seen.network);

  if (complaint != NULL)
    fail_msg("%s: %.*s", file, (int)strcspn(complaint, "\n"), complaint);
  if (request != NULL)
    fail_msg("%s asks for something: %.*s", file, (int)strcspn(request, "\n"), request);
  return seen;
}

/* The page has so many events in its picture and in its table. */
static void assert_page(void **state, const char *name, size_t events) {
  visit_t seen = open_quietly(state, support_path(TEST_GOLDEN, name));

  assert_int_equal(count_of(seen.dom, "<svg"), count_of(name, "difference") > 0 ? 5 : 2);
  assert_non_null(strstr(seen.dom, "role=\"img\""));
  assert_int_equal(count_of(seen.dom, "<g class=\"card") - (count_of(name, "difference") > 0 ? 3 : 0),
                   events);
  assert_int_equal(count_of(seen.dom, "<tr id=\"e"), events);
  /* What the transcript holds has become text, nowhere elements. */
  assert_null(strstr(seen.dom, "<script"));
  assert_null(strstr(seen.dom, "<img"));
  leave(&seen);
}

static void opens_pages(void **state) {
  assert_page(state, "render/A1.html", 14);
  assert_page(state, "render/D.html", 58);
}

static void opens_differences(void **state) {
  assert_page(state, "render/difference.html", 16);
}

static void opens_hostile_text(void **state) {
  assert_page(state, "render/hostile.html", 23);
  assert_page(state, "render/empty.html", 0);
}

static void opens_pictures(void **state) {
  static const char *const names[] = {"render/A1.svg", "render/difference.svg", "render/hostile.svg",
                                      "render/empty.svg"};

  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
    visit_t seen = open_quietly(state, support_path(TEST_GOLDEN, names[i]));
    assert_null(strstr(seen.dom, "parsererror"));
    leave(&seen);
  }
}

/* The digest of a file; the caller frees it. */
static char *digest_of(const char *path) {
  harness__buffer_t bytes = {0};
  char digest[HARNESS__DIGEST_SIZE];

  assert_int_equal(harness__file_read(path, &bytes), 0);
  assert_in_range(bytes.length, 100, 10000000);
  harness__digest(digest, bytes.text, bytes.length);
  harness__buffer_free(&bytes);
  return strdup(digest);
}

/* What is seen is neither nothing nor the same in light and dark. */
static void is_seen_in_light_and_dark(void **state) {
  const char *blank = support_path(*state, "blank.html");
  char *pictures[3];
  visit_t seen;

  support_write(blank, "<!DOCTYPE html><html><head><title>x</title></head><body></body></html>");
  for (size_t i = 0; i < 3; i++) {
    char page[4200];
    char picture[4200];
    (void)snprintf(page, sizeof page, "%s", i == 0 ? blank : TEST_GOLDEN "/render/A1.html");
    (void)snprintf(picture, sizeof picture, "%s/%zu.png", (const char *)*state, i);
    seen = open_file(state, page, picture, i == 2);
    leave(&seen);
    pictures[i] = digest_of(picture);
  }
  for (size_t i = 0; i < 3; i++)
    assert_string_not_equal(pictures[i], pictures[(i + 1) % 3]);
  for (size_t i = 0; i < 3; i++)
    free(pictures[i]);
}

#define in_folder(test) cmocka_unit_test_setup_teardown(test, support_make_folder, support_remove_folder)

static const struct CMUnitTest tests[] = {
    in_folder(sees_requests_and_complaints), in_folder(opens_pages),    in_folder(opens_differences),
    in_folder(opens_hostile_text),           in_folder(opens_pictures), in_folder(is_seen_in_light_and_dark),
};

HARNESS_CMOCKA_MAIN("pictures", tests)
