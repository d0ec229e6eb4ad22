/* The commands run and cell: every wanted cell, several at a time, each in a process and a lab of its own. */
#ifndef MATRIX_RUN_H
#define MATRIX_RUN_H

#include "matrix/options.h"

/* Runs, prints progress and the tables, writes the results. Returns the exit status. */
int run_cells(const struct options *options, const struct scenario_set *set);
/* The inside of one cell's process: scenario and level are options->scenarios[0] and the one level. */
int run_one_cell(const struct options *options, const struct scenario_set *set);
/* Prints which cells there would be and what each would do, without starting anything. */
int run_plan(const struct options *options, const struct scenario_set *set);

#endif
