/* Distributions of latency as one SVG file.
 *
 * A panel for each operation, a line for each level: how large a share of the calls took longer than a time, both axes
 * logarithmic, so that the typical call and the slow tail are seen in one picture and p99 is read where a line crosses
 * 1 %. Plain output without COM. */
#ifndef PROBE_CLIENT_PLOT_H
#define PROBE_CLIENT_PLOT_H

#include <stdbool.h>

#include "base/bytes.h"
#include "base/histogram.h"

#define PLOT_LINES_MAXIMUM 8

struct plot_line {
    const char *name;
    const struct histogram *latency; /* borrowed; not empty */
    bool reference;                  /* drawn grey: what the others are compared with */
};

struct plot_panel {
    const char *title;
    size_t line_count;
    struct plot_line lines[PLOT_LINES_MAXIMUM];
};

/* Appends the whole document; a failure shows in the writer. `title` and `note` are one line each. */
void plot_svg(struct writer *w, const char *title, const char *note, const struct plot_panel *panels,
              size_t panel_count);

#endif
