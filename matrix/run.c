#include "matrix/run.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/folder.h"
#include "base/interrupt.h"
#include "base/text.h"
#include "base/thread.h"
#include "matrix/cell_run.h"
#include "matrix/progress.h"
#include "matrix/report.h"
#include "matrix/results.h"

#define CELL_SET_UP_SECONDS 60
#define STEP_SECONDS        60
#define INTERRUPT_LOOK_NS   (100 * NS_PER_MS)
#define CELL_END_NS         (8 * NS_PER_S)
#define CELL_WORDS          32

/* One run. Worker threads take cells from `next` on and put each cell's entry in its place. */
struct run {
    const struct options *options;
    struct cell_list cells;
    enum lab_kind lab;
    char out[LAB_PATH];
    char programs[LAB_PATH];
    char self[LAB_PATH];
    unsigned number; /* where this run's numbers of labs begin */
    cJSON *entries;  /* owned array, one for each cell */
    struct progress progress;
    struct mutex lock; /* next, entries */
    size_t next;
    size_t end;
};

static int complain(int status, const char *what)
{
    fprintf(stderr, "probe-matrix: %s\n", what);
    return status;
}

/* Each step may take its time, and the lab a little more; then something hangs. */
static int64_t cell_seconds(const struct cell *cell)
{
    int64_t seconds = CELL_SET_UP_SECONDS;
    const cJSON *step;
    cJSON_ArrayForEach(step, scenario_steps(cell->scenario))
    {
        seconds += (int64_t)json_number(step, "timeout_s", STEP_SECONDS);
    }
    return seconds;
}

static enum err start_cell(const struct run *run, const struct cell *cell, const char *folder, unsigned number,
                           struct process *out)
{
    char log[LAB_PATH + CELL_NAME + 32], number_text[16];
    const char *words[CELL_WORDS];
    size_t count = 0;
    snprintf(log, sizeof(log), "%s/cell.log", folder);
    snprintf(number_text, sizeof(number_text), "%u", number);
    for (const char *const *word = lab_enter(run->lab); *word; word++)
        words[count++] = *word;
    const char *const fixed[] = { run->self,       "cell",
                                  "--scenario",    cell->scenario->name,
                                  "--levels",      level_name(cell->level),
                                  "--scenarios",   run->options->folder,
                                  "--programs",    run->programs,
                                  "--cell-output", folder,
                                  "--cell-number", number_text };
    for (size_t i = 0; i < sizeof(fixed) / sizeof(fixed[0]); i++)
        words[count++] = fixed[i];
    if (run->lab == LAB_LOOPBACK)
        words[count++] = "--no-namespaces";
    if (run->options->capture)
        words[count++] = "--capture";
    if (run->options->keep)
        words[count++] = "--keep";
    if (run->options->secrets) {
        words[count++] = "--secrets";
        words[count++] = run->options->secrets;
    }
    words[count] = NULL;
    struct process_options options = {
        .arguments = words, .output_path = log, .own_group = true, .die_with_parent = true
    };
    return process_start(&options, out);
}

/* Waits, and looks every now and then whether the user has had enough. */
static bool wait_for_cell(struct process *process, const struct cell *cell)
{
    int exit_code;
    int64_t deadline = clock_deadline_ns(cell_seconds(cell) * NS_PER_S);
    while (clock_left_ns(deadline) > 0 && !interrupt_requested()) {
        if (process_wait(process, clock_deadline_ns(INTERRUPT_LOOK_NS), &exit_code) == ERR_OK) {
            process_cleanup(process);
            return true;
        }
    }
    process_end(process, CELL_END_NS);
    return false;
}

static cJSON *collect_entry(const struct cell *cell, const char *folder)
{
    char path[LAB_PATH + CELL_NAME + 32], complaint[JSON_COMPLAINT], line[256];
    struct json_document document = { 0 };
    snprintf(path, sizeof(path), "%s/cell.json", folder);
    if (json_load(path, &document, complaint) == ERR_OK) {
        cJSON *entry = document.root;
        document.root = NULL;
        json_cleanup(&document);
        return entry;
    }
    snprintf(path, sizeof(path), "%s/cell.log", folder);
    file_last_line(path, line, sizeof(line));
    return cell_not_run(cell, "error", line[0] ? line : "the cell's process left no result");
}

static cJSON *run_in_process(const struct run *run, size_t index)
{
    const struct cell *cell = &run->cells.items[index];
    char name[CELL_NAME], folder[LAB_PATH + CELL_NAME + 16], reason[LAB_PATH];
    struct process process;
    cell_name(cell, name);
    snprintf(folder, sizeof(folder), "%s/cells/%s", run->out, name);
    enum err e = folder_create(folder);
    if (!e)
        e = start_cell(run, cell, folder, run->number + (unsigned)index, &process);
    if (e) {
        snprintf(reason, sizeof(reason), "cannot start the cell: %s", err_text(e));
        return cell_not_run(cell, "error", reason);
    }
    if (!wait_for_cell(&process, cell))
        return cell_not_run(cell, "error", interrupt_requested() ? "interrupted" : "did not end in time");
    cJSON *entry = collect_entry(cell, folder);
    snprintf(reason, sizeof(reason), "cells/%s", name);
    cJSON_AddStringToObject(entry, "folder", reason);
    return entry;
}

static void run_cell(struct run *run, size_t index)
{
    const struct cell *cell = &run->cells.items[index];
    char name[CELL_NAME];
    cell_name(cell, name);
    cJSON *entry;
    if (cell->unsupported[0]) {
        entry = cell_not_run(cell, "unsupported", cell->unsupported);
    } else if (interrupt_requested()) {
        entry = cell_not_run(cell, "error", "interrupted");
    } else {
        progress_started(&run->progress, name);
        entry = run_in_process(run, index);
    }
    progress_done(&run->progress, name, entry);
    mutex_lock(&run->lock);
    cJSON_ReplaceItemInArray(run->entries, (int)index, entry);
    mutex_unlock(&run->lock);
}

static void work(void *argument)
{
    struct run *run = argument;
    for (;;) {
        mutex_lock(&run->lock);
        size_t index = run->next < run->end ? run->next++ : run->cells.count;
        mutex_unlock(&run->lock);
        if (index == run->cells.count)
            return;
        run_cell(run, index);
    }
}

/* Cells [first, end) by up to `jobs` threads; without a thread to be had, by this one. */
static void run_batch(struct run *run, size_t first, size_t end, unsigned jobs)
{
    struct thread threads[64];
    unsigned started = 0;
    run->next = first;
    run->end = end;
    while (started < jobs && started < end - first && thread_start(&threads[started], work, run) == ERR_OK)
        started++;
    if (started == 0)
        work(run);
    for (unsigned i = 0; i < started; i++)
        thread_join(&threads[i]);
}

static void run_all(struct run *run)
{
    size_t alone = run->cells.count;
    while (alone > 0 && run->cells.items[alone - 1].scenario->alone)
        alone--;
    run_batch(run, 0, alone, run->options->jobs);
    run_batch(run, alone, run->cells.count, 1);
}

static bool programs_are_there(const char *folder)
{
    static const char *const names[] = { "probe-scm", "probe-server", "probe-client" };
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        char path[LAB_PATH + 32];
        snprintf(path, sizeof(path), "%s/%s", folder, names[i]);
        FILE *file = fopen(path, "r");
        if (!file) {
            fprintf(stderr, "probe-matrix: %s is missing; build the tree first, or name its folder with --programs\n",
                    path);
            return false;
        }
        fclose(file);
    }
    return true;
}

/* Absolute folder of the programs, and of this one. */
static bool find_programs(const struct options *options, char programs[LAB_PATH], char self[LAB_PATH])
{
    if (process_program_path(self, LAB_PATH) != ERR_OK)
        return false;
    char *absolute = options->programs ? realpath(options->programs, NULL) : NULL;
    if (absolute)
        snprintf(programs, LAB_PATH, "%s", absolute);
    else if (options->programs)
        snprintf(programs, LAB_PATH, "%s", options->programs);
    else
        snprintf(programs, LAB_PATH, "%.*s", (int)(strrchr(self, '/') - self), self);
    free(absolute);
    return true;
}

/* "2026-11-20T184803Z" from "2026-11-20T18:48:03.123Z": no colons, some file systems and tools mind. */
static void folder_time(const char wall[25], char out[24])
{
    size_t at = 0;
    for (const char *c = wall; *c && *c != '.'; c++) {
        if (*c != ':')
            out[at++] = *c;
    }
    snprintf(out + at, 24 - at, "Z");
}

static enum err make_out(const struct options *options, const char *wall, char out[LAB_PATH])
{
    char time[24], path[LAB_PATH + 16];
    folder_time(wall, time);
    snprintf(path, sizeof(path), "out/%s", time);
    const char *wanted = options->out ? options->out : path;
    enum err e = folder_create(wanted);
    char *absolute = e ? NULL : realpath(wanted, NULL);
    if (!e)
        e = absolute && strlen(absolute) < LAB_PATH - CELL_NAME ? ERR_OK : ERR_LIMIT;
    if (!e) {
        snprintf(out, LAB_PATH, "%s", absolute);
        snprintf(path, sizeof(path), "%s/results.json", out);
        FILE *older = fopen(path, "r");
        if (older) {
            fclose(older);
            e = ERR_IN_USE;
        }
    }
    free(absolute);
    if (e)
        fprintf(stderr, "probe-matrix: cannot write results to %s: %s\n", wanted,
                e == ERR_IN_USE ? "there are some already" : err_text(e));
    if (!e && !options->out && folder_link(time, "out/latest") != ERR_OK)
        fprintf(stderr, "probe-matrix: out/latest is not a link of ours and stays as it is\n");
    return e;
}

static int report(struct run *run, const struct results_head *head)
{
    char path[LAB_PATH + 16], complaint[JSON_COMPLAINT] = "memory is short";
    cJSON *results = results_build(head, run->entries);
    char *schema = text_format("%s/schema/results.schema.json", run->options->folder);
    snprintf(path, sizeof(path), "%s/results.json", run->out);
    enum err e = schema ? results_save(results, schema, path, complaint) : ERR_MEMORY;
    int status = results_exit_status(results);
    fputc('\n', stdout);
    report_matrix(stdout, results);
    report_latency(stdout, results);
    report_scan_classes(stdout, results);
    if (e)
        status = complain(RESULT_HARNESS, complaint);
    else
        printf("\nresults: %s\n", path);
    free(schema);
    cJSON_Delete(results);
    return status;
}

static int run_prepared(struct run *run, const char *no_namespaces)
{
    char wall[25];
    int64_t start = clock_now_ns();
    clock_wall_text(wall);
    if (make_out(run->options, wall, run->out) != ERR_OK)
        return RESULT_HARNESS;
    run->entries = cJSON_CreateArray();
    for (size_t i = 0; i < run->cells.count; i++)
        cJSON_AddItemToArray(run->entries, cJSON_CreateNull());
    mutex_init(&run->lock);
    progress_init(&run->progress, run->cells.count);
    run_all(run);
    progress_cleanup(&run->progress);
    mutex_cleanup(&run->lock);
    struct results_head head = { wall, lab_kind_name(run->lab), no_namespaces, clock_now_ns() - start };
    return report(run, &head);
}

int run_cells(const struct options *options, const struct scenario_set *set)
{
    struct run run = { .options = options, .lab = LAB_LOOPBACK };
    struct cell_filter filter = { .scenarios = options->scenarios, .scenario_count = options->scenario_count };
    char complaint[JSON_COMPLAINT] = "memory is short", reason[COMMAND_COMPLAINT] = "asked not to use namespaces";
    uint8_t number = 0;
    if (!find_programs(options, run.programs, run.self))
        return complain(RESULT_HARNESS, "cannot tell where this program is");
    if (!options->no_namespaces)
        run.lab = lab_detect(reason);
    if (run.lab == LAB_LOOPBACK)
        filter.no_faults = reason;
    memcpy(filter.levels, options->levels, sizeof(filter.levels));
    if (cells_expand(set, &filter, &run.cells, complaint) != ERR_OK)
        return complain(RESULT_USAGE, complaint);
    if (random_bytes(&number, sizeof(number)) == ERR_OK)
        run.number = number;
    int status = RESULT_HARNESS;
    if (programs_are_there(run.programs))
        status = interrupt_catch() == ERR_OK ? run_prepared(&run, reason[0] ? reason : NULL)
                                             : complain(RESULT_HARNESS, "cannot catch signals");
    cells_cleanup(&run.cells);
    return status;
}

int run_one_cell(const struct options *options, const struct scenario_set *set)
{
    char programs[LAB_PATH], self[LAB_PATH], path[LAB_PATH + 16], complaint[JSON_COMPLAINT] = "memory is short";
    struct cell_filter filter = { .scenarios = options->scenarios, .scenario_count = options->scenario_count };
    struct cell_list cells;
    if (!options->cell_output || options->scenario_count != 1 || !find_programs(options, programs, self))
        return complain(RESULT_USAGE, "\"cell\" is what \"run\" starts for each cell; it is not meant to be typed");
    memcpy(filter.levels, options->levels, sizeof(filter.levels));
    if (interrupt_catch() != ERR_OK || cells_expand(set, &filter, &cells, complaint) != ERR_OK)
        return complain(RESULT_USAGE, complaint);
    struct cell_run_options how = { .lab = options->no_namespaces ? LAB_LOOPBACK : LAB_NAMESPACES,
                                    .number = options->cell_number,
                                    .programs = programs,
                                    .output = options->cell_output,
                                    .secrets = options->secrets,
                                    .capture = options->capture,
                                    .keep = options->keep };
    cJSON *entry = cell_run(&cells.items[0], &how);
    snprintf(path, sizeof(path), "%s/cell.json", options->cell_output);
    enum err e = json_save(path, entry);
    cJSON_Delete(entry);
    cells_cleanup(&cells);
    return e ? complain(RESULT_HARNESS, err_text(e)) : RESULT_AS_EXPECTED;
}
