/* SPDX-License-Identifier: MIT */
/* Small checks that a text is well-formed XML, or harmless Mermaid, as strict as what this library writes. */
#ifndef TESTS_UNIT_REPORT_XML_H
#define TESTS_UNIT_REPORT_XML_H

/* What is wrong with the text, or NULL: tags that are not closed in order, attributes that are not quoted or
 * stand twice, a bare & or <, an entity that is not one of the five, a control character. */
const char *xml_fault(const char *text);

/* What is wrong with a text for Mermaid, or NULL: what ends a statement, or begins a comment or a directive,
 * but for the numbers of code points, and control characters. */
const char *mermaid_fault(const char *text);

#endif
