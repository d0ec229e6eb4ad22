#include "matrix/report.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "matrix/level.h"

#define NAME_MINIMUM 22
#define NAME_MAXIMUM 40
#define LEVEL_COLUMN 13
#define ROWS_MAXIMUM 256

/* Narrow headings: the full words would not fit beside each other. */
static const char *const headings[LEVEL_COUNT] = { "same host", "none",      "connect", "call",
                                                   "packet",    "integrity", "privacy", "interleaved" };

static const cJSON *cells_of(const cJSON *results)
{
    return cJSON_GetObjectItemCaseSensitive(results, "cells");
}

static const cJSON *find_cell(const cJSON *results, const char *scenario, enum level level)
{
    const cJSON *cell;
    cJSON_ArrayForEach(cell, cells_of(results))
    {
        if (strcmp(json_string(cell, "scenario", ""), scenario) == 0 &&
            strcmp(json_string(cell, "level", ""), level_name(level)) == 0)
            return cell;
    }
    return NULL;
}

/* What stands in the table: how far the connection came, if that was expected. */
static const char *cell_word(const cJSON *cell)
{
    const char *outcome = json_string(cell, "outcome", "error");
    if (strcmp(outcome, "unsupported") == 0)
        return "n/a";
    if (strcmp(outcome, "error") == 0)
        return "ERROR";
    if (strcmp(outcome, "unexpected") == 0)
        return "UNEXPECTED";
    return json_string(cell, "stage", json_string(cell, "connection", "measured"));
}

static size_t scenario_names(const cJSON *results, const char *names[ROWS_MAXIMUM])
{
    size_t count = 0;
    const cJSON *cell;
    cJSON_ArrayForEach(cell, cells_of(results))
    {
        const char *name = json_string(cell, "scenario", "");
        bool known = false;
        for (size_t i = 0; i < count; i++)
            known |= strcmp(names[i], name) == 0;
        if (!known && count < ROWS_MAXIMUM)
            names[count++] = name;
    }
    return count;
}

static unsigned cell_count(const cJSON *results, const char *name)
{
    unsigned count = 0;
    for (int level = 0; level < LEVEL_COUNT; level++)
        count += find_cell(results, name, (enum level)level) != NULL;
    return count;
}

/* Wide enough for the names of this run. */
static int name_column(const cJSON *results)
{
    const char *names[ROWS_MAXIMUM];
    size_t count = scenario_names(results, names), width = NAME_MINIMUM;
    for (size_t i = 0; i < count; i++)
        width = strlen(names[i]) > width ? strlen(names[i]) : width;
    return width < NAME_MAXIMUM ? (int)width : NAME_MAXIMUM;
}

/* Scenarios that run at several levels come first. Returns how many they are. */
static size_t levels_first(const cJSON *results, const char **names, size_t count)
{
    const char *single[ROWS_MAXIMUM];
    size_t several = 0, rest = 0;
    for (size_t i = 0; i < count; i++) {
        if (cell_count(results, names[i]) > 1)
            names[several++] = names[i];
        else
            single[rest++] = names[i];
    }
    memcpy(names + several, single, rest * sizeof(*single));
    return several;
}

static bool level_used(const cJSON *results, const char *const *names, size_t count, enum level level)
{
    for (size_t i = 0; i < count; i++) {
        if (find_cell(results, names[i], level))
            return true;
    }
    return false;
}

/* Ends a line without the blanks of its last columns. */
static void print_line(FILE *out, char *line)
{
    size_t length = strlen(line);
    while (length > 0 && line[length - 1] == ' ')
        length--;
    fprintf(out, "%.*s\n", (int)length, line);
}

/* A row for each scenario that ran at several levels, a column for each level. */
static void print_grid(FILE *out, const cJSON *results, const char *const *names, size_t count)
{
    bool used[LEVEL_COUNT];
    char line[256];
    int width = name_column(results);
    int at = snprintf(line, sizeof(line), "%-*s", width, "scenario");
    for (int level = 0; level < LEVEL_COUNT; level++) {
        used[level] = level_used(results, names, count, (enum level)level);
        if (used[level])
            at += snprintf(line + at, sizeof(line) - (size_t)at, " %-*s", LEVEL_COLUMN, headings[level]);
    }
    print_line(out, line);
    for (size_t i = 0; i < count; i++) {
        at = snprintf(line, sizeof(line), "%-*.*s", width, width, names[i]);
        for (int level = 0; level < LEVEL_COUNT; level++) {
            const cJSON *cell = find_cell(results, names[i], (enum level)level);
            if (used[level])
                at += snprintf(line + at, sizeof(line) - (size_t)at, " %-*.*s", LEVEL_COLUMN, LEVEL_COLUMN,
                               cell ? cell_word(cell) : "");
        }
        print_line(out, line);
    }
}

/* A line for each scenario that ran at one level only; `apart` from what stands above. */
static void print_singles(FILE *out, const cJSON *results, const char *const *names, size_t count, bool apart)
{
    int width = name_column(results);
    fprintf(out, "%s%-*s %-*s at\n", apart ? "\n" : "", width, "scenario at one level", LEVEL_COLUMN, "outcome");
    for (size_t i = 0; i < count; i++) {
        for (int level = 0; level < LEVEL_COUNT; level++) {
            const cJSON *cell = find_cell(results, names[i], (enum level)level);
            if (cell)
                fprintf(out, "%-*.*s %-*.*s %s\n", width, width, names[i], LEVEL_COLUMN, LEVEL_COLUMN, cell_word(cell),
                        level_name((enum level)level));
        }
    }
}

/* A line for the levels of a scenario that share what `key` says. */
static void print_shared(FILE *out, const cJSON *results, const char *name, const char *outcome,
                         void (*describe)(const cJSON *cell, char *text, size_t size))
{
    bool told[LEVEL_COUNT] = { false };
    int width = name_column(results);
    for (int first = 0; first < LEVEL_COUNT; first++) {
        const cJSON *cell = find_cell(results, name, (enum level)first);
        char text[512], levels[160], other[512];
        if (!cell || told[first] || strcmp(json_string(cell, "outcome", ""), outcome) != 0)
            continue;
        describe(cell, text, sizeof(text));
        size_t at = (size_t)snprintf(levels, sizeof(levels), "%s", level_name((enum level)first));
        for (int level = first + 1; level < LEVEL_COUNT; level++) {
            const cJSON *same = find_cell(results, name, (enum level)level);
            if (!same || strcmp(json_string(same, "outcome", ""), outcome) != 0)
                continue;
            describe(same, other, sizeof(other));
            told[level] = strcmp(text, other) == 0;
            if (told[level])
                at += (size_t)snprintf(levels + at, sizeof(levels) - at, " %s", level_name((enum level)level));
        }
        if (text[0])
            fprintf(out, "  %-*s %s\n  %-*s   at %s\n", width, name, text, width, "", levels);
    }
}

static void describe_reason(const cJSON *cell, char *text, size_t size)
{
    snprintf(text, size, "%s", json_string(cell, "reason", ""));
}

/* "fails at advise (server-to-client): 0x80070005 E_ACCESSDENIED, logon refused with 0xC000006A". */
static void describe_failure(const cJSON *cell, char *text, size_t size)
{
    const char *stage = json_string(cell, "stage", NULL);
    const char *code_name = json_string(cell, "code_name", "");
    const char *ntstatus = json_string(cell, "ntstatus", NULL);
    text[0] = '\0';
    if (!stage)
        return;
    snprintf(text, size, "fails at %s (%s): %s%s%s%s%s", stage, json_string(cell, "direction", "?"),
             json_string(cell, "code", "no code"), code_name[0] ? " " : "", code_name,
             ntstatus ? ", logon refused with " : "", ntstatus ? ntstatus : "");
}

/* "server saw BETA\opcuser (ntlm), client saw ALPHA\opcserver (ntlm)": both directions, as the other side saw them. */
static void describe_seen(const cJSON *cell, char *text, size_t size)
{
    const cJSON *server = cJSON_GetObjectItemCaseSensitive(cell, "seen_by_server");
    const cJSON *client = cJSON_GetObjectItemCaseSensitive(cell, "seen_by_client");
    text[0] = '\0';
    if (strcmp(json_string(cell, "connection", ""), "connected") != 0 || !cJSON_IsObject(server))
        return;
    size_t at = (size_t)snprintf(text, size, "the server saw %s (%s)", json_string(server, "account", "nobody"),
                                 json_string(server, "mechanism", "?"));
    if (cJSON_IsObject(client) && at < size)
        snprintf(text + at, size - at, ", the client saw %s (%s)", json_string(client, "account", "nobody"),
                 json_string(client, "mechanism", "?"));
}

static bool any_outcome(const cJSON *results, const char *outcome)
{
    return json_number(cJSON_GetObjectItemCaseSensitive(results, "summary"), outcome, 0) > 0;
}

/* True when a cell that went as expected has a member of that type: something to tell about it. */
static bool any_as_expected(const cJSON *results, const char *key, int type)
{
    const cJSON *cell;
    cJSON_ArrayForEach(cell, cells_of(results))
    {
        const cJSON *item = cJSON_GetObjectItemCaseSensitive(cell, key);
        if (strcmp(json_string(cell, "outcome", ""), "as-expected") == 0 && item && (item->type & type))
            return true;
    }
    return false;
}

static void print_differences(FILE *out, const cJSON *cell)
{
    const cJSON *step, *difference;
    cJSON_ArrayForEach(step, cJSON_GetObjectItemCaseSensitive(cell, "steps"))
    {
        const char *reason = json_string(step, "reason", NULL);
        if (strcmp(json_string(step, "outcome", ""), "as-expected") == 0)
            continue;
        fprintf(out, "    step %d, %s%s%s\n", (int)json_number(step, "number", 0), json_string(step, "title", ""),
                reason ? ": " : "", reason ? reason : "");
        cJSON_ArrayForEach(difference, cJSON_GetObjectItemCaseSensitive(step, "differences"))
        {
            fprintf(out, "      %s: expected %s, got %s\n", json_string(difference, "what", ""),
                    json_string(difference, "expected", ""), json_string(difference, "actual", ""));
        }
    }
}

static void print_surprises(FILE *out, const cJSON *results)
{
    const cJSON *cell;
    cJSON_ArrayForEach(cell, cells_of(results))
    {
        const char *outcome = json_string(cell, "outcome", "error");
        if (strcmp(outcome, "unexpected") != 0 && strcmp(outcome, "error") != 0)
            continue;
        const char *reason = json_string(cell, "reason", NULL);
        fprintf(out, "\n%s: %s at %s: stage %s, code %s, files in %s%s%s\n",
                strcmp(outcome, "error") == 0 ? "ERROR" : "UNEXPECTED", json_string(cell, "scenario", ""),
                json_string(cell, "level", ""), json_string(cell, "stage", "none"), json_string(cell, "code", "none"),
                json_string(cell, "folder", "?"), reason ? "\n    " : "", reason ? reason : "");
        print_differences(out, cell);
    }
}

void report_matrix(FILE *out, const cJSON *results)
{
    const char *names[ROWS_MAXIMUM];
    size_t count = scenario_names(results, names);
    const cJSON *summary = cJSON_GetObjectItemCaseSensitive(results, "summary");
    const cJSON *lab = cJSON_GetObjectItemCaseSensitive(results, "lab");
    size_t several = levels_first(results, names, count);
    if (several > 0)
        print_grid(out, results, names, several);
    if (several < count)
        print_singles(out, results, names + several, count - several, several > 0);
    fprintf(out,
            "\nconnected: data arrived by callback. The name of a stage: it failed there, as the scenario expects.\n"
            "n/a: means nothing at this level or cannot be shown here. Hosts are simulated, no Windows took part.\n");
    if (any_as_expected(results, "seen_by_server", cJSON_Object))
        fprintf(out, "\nWho was seen\n");
    for (size_t i = 0; i < count; i++)
        print_shared(out, results, names[i], "as-expected", describe_seen);
    if (any_as_expected(results, "stage", cJSON_String))
        fprintf(out, "\nFailures as expected\n");
    for (size_t i = 0; i < count; i++)
        print_shared(out, results, names[i], "as-expected", describe_failure);
    if (any_outcome(results, "unsupported"))
        fprintf(out, "\nUnsupported\n");
    for (size_t i = 0; i < count; i++)
        print_shared(out, results, names[i], "unsupported", describe_reason);
    print_surprises(out, results);
    fprintf(out, "\n%.0f as expected, %.0f unexpected, %.0f unsupported, %.0f errors, in %.1f s (lab: %s%s%s)\n",
            json_number(summary, "as-expected", 0), json_number(summary, "unexpected", 0),
            json_number(summary, "unsupported", 0), json_number(summary, "error", 0),
            json_number(results, "elapsed_ns", 0) / (double)NS_PER_S, json_string(lab, "kind", "?"),
            json_string(lab, "reason", NULL) ? ", because " : "", json_string(lab, "reason", ""));
}

static void print_us(FILE *out, const cJSON *row, const char *key)
{
    const cJSON *value = cJSON_GetObjectItemCaseSensitive(row, key);
    if (cJSON_IsNumber(value))
        fprintf(out, " %10.1f", value->valuedouble / (double)NS_PER_US);
    else
        fprintf(out, " %10s", "-");
}

/* "31.2 +-2.1": what it is over the floor, with the interval over the blocks. */
static void print_over(FILE *out, const cJSON *row)
{
    const cJSON *over = cJSON_GetObjectItemCaseSensitive(row, "over_floor");
    char text[48] = "-";
    if (cJSON_IsObject(over))
        snprintf(text, sizeof(text), "%.1f +-%.1f", json_number(over, "mean_ns", 0) / (double)NS_PER_US,
                 (json_number(over, "high_ns", 0) - json_number(over, "low_ns", 0)) / 2 / (double)NS_PER_US);
    fprintf(out, " %16s", text);
}

static void print_latency_row(FILE *out, const cJSON *row)
{
    fprintf(out, "%-12s %6.0f %-17s %8.0f", json_string(row, "operation", "?"), json_number(row, "items", 0),
            json_string(row, "level", "?"), json_number(row, "count", 0));
    print_us(out, row, "p50_ns");
    print_us(out, row, "p99_ns");
    print_us(out, row, "cpu_ns");
    print_us(out, row, "floor_p50_ns");
    print_us(out, row, "floor_cpu_ns");
    print_over(out, row);
    fputc('\n', out);
}

/* One table for each way of measuring: figures of ends that share a processor are not compared with others. */
static void print_latency_table(FILE *out, const cJSON *rows, bool one_processor)
{
    bool begun = false;
    const cJSON *row;
    cJSON_ArrayForEach(row, rows)
    {
        if (json_bool(row, "one_processor", false) != one_processor)
            continue;
        if (!begun)
            fprintf(out, "\n%s\n%-12s %6s %-17s %8s %10s %10s %10s %10s %10s %16s\n",
                    one_processor ? "Both ends on one processor" : "Ends free to run on any processor", "operation",
                    "items", "level", "calls", "p50 us", "p99 us", "cpu us", "floor us", "floor cpu", "over floor us");
        begun = true;
        print_latency_row(out, row);
    }
}

void report_latency(FILE *out, const cJSON *results)
{
    const cJSON *rows = cJSON_GetObjectItemCaseSensitive(results, "latency");
    if (cJSON_GetArraySize(rows) == 0)
        return;
    print_latency_table(out, rows, false);
    print_latency_table(out, rows, true);
    fprintf(
        out,
        "A demonstration, no verdict: portable runtime at both ends, two simulated hosts on one machine.\n"
        "It shows the method, not your plant. floor: the same bytes over bare TCP in the same run; cpu: both ends,\n"
        "per call; no p99 under 1,000 calls; over floor: mean difference of the medians of a round of blocks, with "
        "its\n"
        "95 %% interval over the rounds. Distributions: step-*.svg in the folders of these cells, beside "
        "results.json.\n");
}

static void print_ms(FILE *out, const cJSON *class, const char *key)
{
    fprintf(out, " %9.2f", json_number(class, key, 0) / (double)NS_PER_MS);
}

static double print_scan_class(FILE *out, const cJSON *level, const cJSON *class)
{
    double period_ns = json_number(class, "period_ns", 0), max_ns = json_number(class, "max_ns", 0);
    fprintf(out, "%-17s %9.0f %7.0f %-7s %7.0f", json_string(level, "level", "?"), period_ns / (double)NS_PER_MS,
            json_number(class, "items", 0), json_string(class, "mode", "?"), json_number(class, "scans", 0));
    print_ms(out, class, "p50_ns");
    print_ms(out, class, "max_ns");
    fprintf(out, " %8.1f %% %7.0f %7.0f\n", period_ns > 0 ? max_ns * 100 / period_ns : 0.0,
            json_number(class, "skipped", 0), json_number(class, "overrun", 0));
    return json_number(class, "scans", 0);
}

void report_scan_classes(FILE *out, const cJSON *results)
{
    const cJSON *levels = cJSON_GetObjectItemCaseSensitive(results, "scan_levels"), *level, *class;
    double scans = 0;
    if (cJSON_GetArraySize(levels) == 0)
        return;
    fprintf(out,
            "\nScan classes, all at once, from the scheduled instant to the last callback\n%-17s %9s %7s %-7s %7s %9s "
            "%9s %10s %7s %7s\n",
            "level", "period ms", "items", "mode", "scans", "p50 ms", "max ms", "of period", "skipped", "overrun");
    cJSON_ArrayForEach(level, levels)
    {
        cJSON_ArrayForEach(class, cJSON_GetObjectItemCaseSensitive(level, "classes"))
        {
            scans += print_scan_class(out, level, class);
        }
    }
    fprintf(out, "demonstration, %.0f scans, no verdict; simulated hosts show the method, not your plant\n", scans);
}
