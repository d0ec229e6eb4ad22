/* One cell from the laying of the cables to the verdict, in this process. */
#ifndef MATRIX_CELL_RUN_H
#define MATRIX_CELL_RUN_H

#include "matrix/cell.h"
#include "matrix/lab.h"

struct cell_run_options {
    enum lab_kind lab;
    unsigned number;      /* differs between the cells that run at a time */
    const char *programs; /* absolute folder of the programs under test */
    const char *output;   /* absolute, existing folder of this cell */
    const char *secrets;  /* file of given passwords, or NULL */
    bool capture;         /* what passes the router is recorded in `output` */
    bool keep;            /* a copy of host.json and registry.reg of each host stays in `output` */
};

/* Runs the cell and returns its entry of results.json (heap): see scenarios/schema/results.schema.json. */
cJSON *cell_run(const struct cell *cell, const struct cell_run_options *options);
/* An entry for a cell that was not run: outcome "unsupported" or "error", and why. */
cJSON *cell_not_run(const struct cell *cell, const char *outcome, const char *reason);
/* The cell's outcome from those of its steps, and the step the table speaks of: the first that did not
 * go as expected, else the first that was to fail, else the first check. For tests. */
void cell_conclude(cJSON *entry, const struct scenario *scenario, cJSON *steps);

#endif
