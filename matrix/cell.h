/* Cells: one scenario at one level, the unit that is run, judged and reported. */
#ifndef MATRIX_CELL_H
#define MATRIX_CELL_H

#include "matrix/scenario.h"

#define CELL_NAME 128

struct cell {
    const struct scenario *scenario; /* borrowed */
    enum level level;
    char unsupported[256]; /* why it is not run; empty for a cell that is */
};

struct cell_list {
    struct cell *items; /* owned */
    size_t count;
};

/* Which cells are wanted. */
struct cell_filter {
    const char *const *scenarios; /* names; NULL: all */
    size_t scenario_count;
    bool levels[LEVEL_COUNT]; /* all false: every level */
    const char *no_faults;    /* why firewall rules cannot be set here, or NULL */
};

/* Expands in the order of scenarios and levels, cells that must run alone last. ERR_NOT_FOUND with the
 * reason when a name is unknown or nothing is left: an empty run is a mistake. */
MUST_USE enum err cells_expand(const struct scenario_set *set, const struct cell_filter *filter, struct cell_list *out,
                               char complaint[JSON_COMPLAINT]);
void cells_cleanup(struct cell_list *cells);
/* "bad-password.packet-privacy": the cell's folder and its name in reports. */
void cell_name(const struct cell *cell, char out[CELL_NAME]);

#endif
