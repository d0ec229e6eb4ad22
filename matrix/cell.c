#include "matrix/cell.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool wanted_scenario(const struct cell_filter *filter, const struct scenario *s)
{
    for (size_t i = 0; i < filter->scenario_count; i++) {
        if (strcmp(filter->scenarios[i], s->name) == 0)
            return true;
    }
    return filter->scenario_count == 0;
}

static bool wanted_level(const struct cell_filter *filter, enum level level)
{
    bool any = false;
    for (int i = 0; i < LEVEL_COUNT; i++)
        any |= filter->levels[i];
    return !any || filter->levels[level];
}

static enum err check_names(const struct scenario_set *set, const struct cell_filter *filter, char *complaint)
{
    for (size_t i = 0; i < filter->scenario_count; i++) {
        if (!scenario_find(set, filter->scenarios[i])) {
            snprintf(complaint, JSON_COMPLAINT, "there is no scenario \"%.64s\"; \"probe-matrix list\" names them",
                     filter->scenarios[i]);
            return ERR_NOT_FOUND;
        }
    }
    return ERR_OK;
}

static void add_cell(struct cell_list *cells, const struct scenario *s, enum level level, const char *no_faults)
{
    struct cell *cell = &cells->items[cells->count++];
    *cell = (struct cell){ .scenario = s, .level = level };
    if (s->unsupported[level])
        snprintf(cell->unsupported, sizeof(cell->unsupported), "%s", s->unsupported[level]);
    else if (no_faults && scenario_needs_router(s, level))
        snprintf(cell->unsupported, sizeof(cell->unsupported), "needs a router between the hosts: %s", no_faults);
}

static void add_cells(const struct scenario_set *set, const struct cell_filter *filter, bool alone,
                      struct cell_list *cells)
{
    for (size_t i = 0; i < set->count; i++) {
        const struct scenario *s = &set->items[i];
        if (s->alone != alone || !wanted_scenario(filter, s))
            continue;
        for (int level = 0; level < LEVEL_COUNT; level++) {
            if (wanted_level(filter, (enum level)level) && (s->levels[level] || s->unsupported[level]))
                add_cell(cells, s, (enum level)level, filter->no_faults);
        }
    }
}

enum err cells_expand(const struct scenario_set *set, const struct cell_filter *filter, struct cell_list *out,
                      char complaint[JSON_COMPLAINT])
{
    *out = (struct cell_list){ 0 };
    enum err e = check_names(set, filter, complaint);
    if (e)
        return e;
    out->items = calloc(set->count * LEVEL_COUNT + 1, sizeof(*out->items));
    if (!out->items)
        return ERR_MEMORY;
    add_cells(set, filter, false, out);
    add_cells(set, filter, true, out);
    if (out->count == 0) {
        snprintf(complaint, JSON_COMPLAINT, "nothing to run: the chosen scenarios have no cell at the chosen levels");
        cells_cleanup(out);
        return ERR_NOT_FOUND;
    }
    return ERR_OK;
}

void cells_cleanup(struct cell_list *cells)
{
    free(cells->items);
    *cells = (struct cell_list){ 0 };
}

void cell_name(const struct cell *cell, char out[CELL_NAME])
{
    snprintf(out, CELL_NAME, "%.90s.%s", cell->scenario->name, level_name(cell->level));
}
