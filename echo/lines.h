/* SPDX-License-Identifier: MIT */
/* What the programs of each scenario log, line by line. Not installed. */
#ifndef HARNESS_ECHO_LINES_H
#define HARNESS_ECHO_LINES_H

#include "scenarios.h"

enum {
  HARNESS_ECHO_A1_LINES = 6,
  HARNESS_ECHO_A2_LINES = 6,
  HARNESS_ECHO_A3_LINES = 12,
  HARNESS_ECHO_A4_LINES = 14,
  HARNESS_ECHO_B_LINES = 20,
  HARNESS_ECHO_B1_LINES = 14,
  HARNESS_ECHO_B2_LINES = 16,
  HARNESS_ECHO_B3_LINES = 16,
  HARNESS_ECHO_C_LINES = 16,
  HARNESS_ECHO_C1_LINES = 10,
  HARNESS_ECHO_C2_LINES = 13,
  HARNESS_ECHO_D_LINES = 24
};

extern const harness_echo_line_t harness_echo_a1_lines[HARNESS_ECHO_A1_LINES];
extern const harness_echo_line_t harness_echo_a2_lines[HARNESS_ECHO_A2_LINES];
extern const harness_echo_line_t harness_echo_a3_lines[HARNESS_ECHO_A3_LINES];
extern const harness_echo_line_t harness_echo_a4_lines[HARNESS_ECHO_A4_LINES];
extern const harness_echo_line_t harness_echo_b_lines[HARNESS_ECHO_B_LINES];
extern const harness_echo_line_t harness_echo_b1_lines[HARNESS_ECHO_B1_LINES];
extern const harness_echo_line_t harness_echo_b2_lines[HARNESS_ECHO_B2_LINES];
extern const harness_echo_line_t harness_echo_b3_lines[HARNESS_ECHO_B3_LINES];
extern const harness_echo_line_t harness_echo_c_lines[HARNESS_ECHO_C_LINES];
extern const harness_echo_line_t harness_echo_c1_lines[HARNESS_ECHO_C1_LINES];
extern const harness_echo_line_t harness_echo_c2_lines[HARNESS_ECHO_C2_LINES];
extern const harness_echo_line_t harness_echo_d_lines[HARNESS_ECHO_D_LINES];

#endif
