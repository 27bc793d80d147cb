/* SPDX-License-Identifier: MIT */
/* What no output may hold, whatever it is made of. */
#ifndef TESTS_FUZZ_OUTPUT_H
#define TESTS_FUZZ_OUTPUT_H

#include <stdbool.h>

/* Text for a terminal: characters that are seen, and ends of lines; with color, also the sequences that
 * `harness diff` switches colours with, and no other. */
void output_check_terminal(const char *text, bool color);

/* A sentence: one line of such text, that begins so. Frees it. */
void output_take_sentence(char *sentence, const char *beginning);

/* A page or a picture: well-formed, without a script or a link that leads elsewhere. Frees it. */
void output_take_markup(char *text);

/* Mermaid: nothing that ends a statement but the ends of lines. Frees it. */
void output_take_mermaid(char *text);

#endif
