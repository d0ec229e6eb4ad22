/* Text for people: wrapped paragraphs, labels in a column, and only the characters that the reader can see. */
#ifndef PROBE_CLIENT_PAGE_H
#define PROBE_CLIENT_PAGE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "opcda/stage.h"

struct page {
    FILE *file;
    bool utf8;
    bool colour;
    bool live; /* a terminal, where a line may be written over */
    unsigned width;
};

enum ink {
    INK_PLAIN,
    INK_GOOD,
    INK_BAD,
    INK_FAINT
};

/* For a standard stream: UTF-8 by the locale, colour on a terminal unless NO_COLOR is set. */
void page_init(struct page *p, FILE *file);
const char *page_ink(const struct page *p, enum ink ink);
/* Writes "label  text", the text wrapped and hanging behind the label's column. Nothing for a NULL text. */
void page_labelled(const struct page *p, const char *label, const char *text);
/* The same with a bullet or number before the text, which hangs behind it. */
void page_listed(const struct page *p, const char *label, const char *bullet, const char *text);
/* Writes text behind the `at` columns that the line has already, wrapped, the following lines from `indent` on. */
void page_continue(const struct page *p, unsigned at, unsigned indent, const char *text);
/* "here -> there" as an arrow in the direction of the calls. */
const char *page_arrow(const struct page *p, enum direction direction);
/* "0.2 ms", "12 ms", "1.5 s"; at most 8 columns. */
#define PAGE_DURATION 16
void page_duration(int64_t ns, char out[PAGE_DURATION]);

#endif
