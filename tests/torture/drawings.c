/* SPDX-License-Identifier: MIT */
/* Two transcripts, read from their texts and shown in every form there is. A form is whole, or NULL. */
#include "scenario.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "record/load.h"
#include "report/capture/capture.h"
#include "report/compared/compared.h"
#include "report/difference.h"
#include "report/picture/html.h"
#include "report/picture/mermaid.h"
#include "report/picture/svg.h"
#include "report/text.h"
#include "support.h"

enum { TEXT, DIFFERENCE, UNIFIED, SIDE_BY_SIDE, MERMAID, SVG, HTML, CAPTURE, FORMS };

/* Of a run; and of an untouched one, the first. */
static harness__buffer_t forms[FORMS];
static harness__buffer_t untouched[FORMS];

static void take(int form, char *text) {
  forms[form] = (harness__buffer_t){.text = text, .length = text != NULL ? strlen(text) : 0};
}

static void draw_pictures(const harness__transcript_t *left, const harness__transcript_t *right) {
  harness__diagram_t diagram;
  harness__picture_t picture;

  if (!harness__diagram_make(&diagram, left, right)) {
    harness__diagram_free(&diagram);
    return;
  }
  take(MERMAID, harness__mermaid(&diagram, "left", "right"));
  if (harness__picture_make(&picture, &diagram, "left", "right")) {
    take(SVG, harness__svg(&picture));
    take(HTML, harness__html(&picture));
  }
  harness__diagram_free(&diagram);
}

/* Returns whether what is not drawn has a reason. */
static bool draw(const harness__transcript_t *left, const harness__transcript_t *right, scenario_run_t *run) {
  harness__look_t look = {.width = 100, .context = 3, .color = true};
  char *sentence = NULL;

  take(TEXT, harness__report_text(right));
  take(DIFFERENCE, harness__difference(left, "left", right, "right"));
  take(UNIFIED, harness__compared(&look, left, "left", right, "right"));
  look.side_by_side = true;
  take(SIDE_BY_SIDE, harness__compared(&look, left, "left", right, "right"));
  draw_pictures(left, right);
  if (!harness__capture(&forms[CAPTURE], right, NULL, 0, &sentence))
    harness__buffer_free(&forms[CAPTURE]);
  if (sentence != NULL)
    (void)strncat(run->sentence, sentence, 200);
  free(sentence);
  for (int i = 0; i < FORMS; i++)
    if (forms[i].text == NULL)
      return false;
  return true;
}

int scenario_draw(scenario_run_t *run) {
  char *reasons[2] = {NULL, NULL};
  harness__transcript_t *left =
      harness__transcript_load(TEST_FIXTURES "/scenarios/B.json", NULL, &reasons[0]);
  harness__transcript_t *right =
      harness__transcript_load(TEST_FIXTURES "/scenarios/B2.json", NULL, &reasons[1]);
  bool is_drawn = left != NULL && right != NULL && draw(left, right, run);

  harness__transcript_free(left);
  harness__transcript_free(right);
  free(reasons[0]);
  free(reasons[1]);
  /* NULL is what all of these say where memory is exhausted. */
  if (!is_drawn)
    (void)strcat(run->sentence, "memory is exhausted");
  return is_drawn ? 0 : UV_ENOMEM;
}

const char *scenario_verify_drawing(const scenario_run_t *run) {
  const char *wrong = NULL;

  (void)run;
  for (int i = 0; i < FORMS; i++) {
    if (untouched[i].text == NULL) {
      untouched[i] = forms[i];
    } else {
      if (forms[i].text != NULL && (forms[i].length != untouched[i].length ||
                                    memcmp(forms[i].text, untouched[i].text, forms[i].length) != 0))
        wrong = "another drawing than that of an untouched run";
      harness__buffer_free(&forms[i]);
    }
    forms[i] = (harness__buffer_t){0};
  }
  return wrong;
}
