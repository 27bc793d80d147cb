/* SPDX-License-Identifier: MIT */
#include "output.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "fuzz.h"
#include "xml.h"

/* How many bytes at the front switch a colour. */
static size_t color_size(const char *text) {
  static const char *const sequences[] = {"\033[31m", "\033[32m", "\033[7m", "\033[27m", "\033[0m"};

  for (size_t i = 0; i < sizeof sequences / sizeof sequences[0]; i++)
    if (strncmp(text, sequences[i], strlen(sequences[i])) == 0)
      return strlen(sequences[i]);
  return 0;
}

void output_check_terminal(const char *text, bool color) {
  while (*text != '\0') {
    size_t size = strcspn(text, "\033\n\t\r");

    if (!harness__text_is_readable(text, size))
      fuzz_fail(__FILE__, __LINE__, "not for a terminal: %.*s", (int)size, text);
    text += size;
    size = *text == '\n' ? 1 : color ? color_size(text) : 0;
    if (size == 0 && *text != '\0')
      fuzz_fail(__FILE__, __LINE__, "not for a terminal: \\x%02x%.100s", (unsigned char)*text, text + 1);
    text += size;
  }
}

void output_take_sentence(char *sentence, const char *beginning) {
  fuzz_check(sentence != NULL);
  if (strncmp(sentence, beginning, strlen(beginning)) != 0)
    fuzz_fail(__FILE__, __LINE__, "%s", sentence);
  fuzz_check(strchr(sentence, '\n') == NULL);
  output_check_terminal(sentence, false);
  free(sentence);
}

void output_take_markup(char *text) {
  const char *fault;

  fuzz_check(text != NULL);
  fault = xml_fault(text);
  if (fault != NULL)
    fuzz_fail(__FILE__, __LINE__, "%s: %s", fault, text);
  fuzz_check(harness__text_is_readable(text, strlen(text)));
  fuzz_check(strstr(text, "<script") == NULL);
  for (const char *link = text; (link = strstr(link, "href=\"")) != NULL; link++)
    fuzz_check(link[strlen("href=\"")] == '#' ||
               strncmp(link, "href=\"data:,\"", strlen("href=\"data:,\"")) == 0);
  free(text);
}

void output_take_mermaid(char *text) {
  const char *fault;

  fuzz_check(text != NULL);
  fault = mermaid_fault(text);
  if (fault != NULL)
    fuzz_fail(__FILE__, __LINE__, "%s: %s", fault, text);
  output_check_terminal(text, false);
  free(text);
}
