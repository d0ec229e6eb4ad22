#include "probe-client/bench_result.h"

#include <stdio.h>
#include <string.h>

#include "opcda/codes.h"
#include "probe-client/level.h"
#include "probe-client/report_json.h"

#define MEDIAN 500000
#define P90    900000
#define P99    990000

/* A block of fewer calls says nothing about steadiness. */
#define STEADY_SAMPLES 20
/* Medians of blocks further apart than this come from the machine, not from the level. */
#define STEADY_FACTOR  2

void bench_row_add(struct bench_row *row, const struct histogram *block, int64_t cpu_ns)
{
    histogram_merge(&row->latency, block);
    row->cpu_ns += cpu_ns;
    int64_t p50_ns = histogram_percentile_ns(block, MEDIAN);
    if (block->count < STEADY_SAMPLES)
        return;
    if (row->block_p50_lowest_ns == 0 || p50_ns < row->block_p50_lowest_ns)
        row->block_p50_lowest_ns = p50_ns;
    if (p50_ns > row->block_p50_highest_ns)
        row->block_p50_highest_ns = p50_ns;
}

const char *bench_result_party_name(const struct bench_result *r, unsigned party)
{
    if (party == BENCH_FLOOR)
        return "bare TCP floor";
    return r->same_host ? "local" : level_name(r->levels[party].asked);
}

bool bench_result_has_figure(const struct bench_result *r, const struct bench_operation *o, unsigned party)
{
    if (party == BENCH_FLOOR)
        return r->has_floor && o->rows[party].latency.count > 0;
    return party < r->level_count && r->levels[party].obtainable && o->rows[party].latency.count > 0;
}

static void us(int64_t ns, char out[24])
{
    snprintf(out, 24, ns < 100000 ? "%.1f" : "%.0f", (double)ns / 1000);
}

static int64_t per_call(int64_t total, uint64_t count)
{
    return count ? total / (int64_t)count : 0;
}

static void print_row(const struct page *p, const struct bench_result *r, const struct bench_operation *o,
                      unsigned party)
{
    const struct bench_row *row = &o->rows[party];
    const struct bench_row *floor = &o->rows[BENCH_FLOOR];
    char p50[24], p90[24], p99[24] = "-", maximum[24], cpu[24], over[24] = "-";
    us(histogram_percentile_ns(&row->latency, MEDIAN), p50);
    us(histogram_percentile_ns(&row->latency, P90), p90);
    if (row->latency.count >= BENCH_P99_SAMPLES)
        us(histogram_percentile_ns(&row->latency, P99), p99);
    us(row->latency.maximum_ns, maximum);
    us(per_call(row->cpu_ns, row->latency.count), cpu);
    if (party != BENCH_FLOOR && bench_result_has_figure(r, o, BENCH_FLOOR))
        us(histogram_percentile_ns(&row->latency, MEDIAN) - histogram_percentile_ns(&floor->latency, MEDIAN), over);
    fprintf(p->file, "  %-17s %8llu %9s %9s %9s %10s %10s %10s", bench_result_party_name(r, party),
            (unsigned long long)row->latency.count, p50, p90, p99, maximum, cpu, over);
    if (row->bytes)
        fprintf(p->file, " %6u %8llu", (unsigned)row->pdus, (unsigned long long)row->bytes);
    fputc('\n', p->file);
}

/* Names what makes the latencies of this run hard to compare: where both ends share a machine, it may keep them on
 * one processor or on two, for seconds on end, and waking another processor costs more than a call. */
static void print_unsteady(const struct page *p, const struct bench_result *r)
{
    unsigned unsteady = 0, below_floor = 0, figures = 0;
    for (unsigned i = 0; i < r->operation_count; i++) {
        const struct bench_operation *o = &r->operations[i];
        int64_t floor_ns = histogram_percentile_ns(&o->rows[BENCH_FLOOR].latency, MEDIAN);
        for (unsigned party = 0; party < BENCH_PARTIES; party++) {
            const struct bench_row *row = &o->rows[party];
            if (!bench_result_has_figure(r, o, party))
                continue;
            figures++;
            unsteady += row->block_p50_highest_ns > STEADY_FACTOR * row->block_p50_lowest_ns;
            below_floor += histogram_percentile_ns(&row->latency, MEDIAN) < floor_ns;
        }
    }
    if (unsteady > 0 || below_floor > 0)
        fprintf(
            p->file,
            "UNSTEADY: in %u of %u rows the medians of single blocks differ by more than the factor %d, and %u rows "
            "lie below the floor.\nThe machine was busy, or moved the two processes between processors. Compare "
            "CPU/call, or repeat on an idle\nmachine; where both ends share one, bind both to one processor "
            "(taskset -c 0).\n",
            unsteady, figures, STEADY_FACTOR, below_floor);
}

static void print_missing(const struct page *p, const struct bench_result *r)
{
    for (unsigned i = 0; i < r->level_count; i++) {
        const struct bench_level *level = &r->levels[i];
        if (level->obtainable)
            continue;
        if (level->code)
            fprintf(p->file, "%s: not obtainable, the server refuses it (0x%08X %s)\n", level_name(level->asked),
                    (unsigned)level->code, code_name(level->code));
        else
            fprintf(p->file, "%s: not obtainable (asked %s, sent %s)\n", level_name(level->asked),
                    level_name(level->asked), level_name(level->sent) ? level_name(level->sent) : "unknown");
    }
}

void bench_result_text(const struct page *p, const struct bench_result *r)
{
    fprintf(p->file, "Latency of calls from %s to %s as %s, in microseconds\n%s\n", r->here,
            strcmp(r->there, ".") == 0 ? "the same computer" : r->there, r->account, r->server);
    for (unsigned i = 0; i < r->operation_count; i++) {
        const struct bench_operation *o = &r->operations[i];
        if (o->items)
            fprintf(p->file, "\n%s of %u item%s\n", o->name, (unsigned)o->items, o->items == 1 ? "" : "s");
        else
            fprintf(p->file, "\n%s\n", o->name);
        fprintf(p->file, "  %-17s %8s %9s %9s %9s %10s %10s %10s %6s %8s\n", "level", "calls", "p50", "p90", "p99",
                "max", "CPU/call", "over floor", "PDUs", "bytes");
        for (unsigned party = 0; party < BENCH_PARTIES; party++)
            if (bench_result_has_figure(r, o, party))
                print_row(p, r, o, party);
    }
    fputc('\n', p->file);
    print_unsteady(p, r);
    print_missing(p, r);
    if (!r->same_host)
        for (unsigned i = 0; i < r->level_count; i++)
            if (r->levels[i].obtainable && r->levels[i].sent != r->levels[i].asked)
                fprintf(p->file, "%s travels as %s\n", level_name(r->levels[i].asked), level_name(r->levels[i].sent));
    fprintf(p->file,
            "%u rounds of alternating blocks in %.0f s%s; CPU is of both processes; p99 needs %d calls.\n"
            "A demonstration without a verdict: ",
            r->rounds, (double)r->duration_ns / 1e9, r->interrupted ? " (ended early by the user)" : "",
            BENCH_P99_SAMPLES);
    if (strcmp(r->kind, "real") == 0)
        fputs("figures of the test server, not of your plant's own.\n", p->file);
    else
        fprintf(p->file, "figures of %s show the method, not your plant.\n",
                strcmp(r->kind, "wine") == 0 ? "Wine" : "the portable runtime (simulated)");
    fflush(p->file);
}

static void add_percentile(cJSON *row, const char *key, const struct bench_row *b, uint32_t per_million, uint64_t least)
{
    if (b->latency.count >= least && b->latency.count > 0)
        cJSON_AddNumberToObject(row, key, (double)histogram_percentile_ns(&b->latency, per_million));
    else
        cJSON_AddNullToObject(row, key);
}

static void add_row(cJSON *latency, const struct bench_result *r, const struct bench_operation *o, unsigned party)
{
    const struct bench_row *b = &o->rows[party];
    const struct bench_row *floor = &o->rows[BENCH_FLOOR];
    cJSON *row = cJSON_CreateObject();
    cJSON_AddItemToArray(latency, row);
    cJSON_AddStringToObject(row, "operation", o->name);
    cJSON_AddNumberToObject(row, "items", o->items);
    cJSON_AddStringToObject(row, "level", bench_result_party_name(r, party));
    json_add_text(row, "level_sent", r->same_host ? NULL : level_name(r->levels[party].sent));
    json_add_text(row, "mechanism", r->levels[party].sent > LEVEL_NONE ? mechanism_name(r->mechanism) : "none");
    cJSON_AddNumberToObject(row, "count", (double)b->latency.count);
    add_percentile(row, "p50_ns", b, MEDIAN, 1);
    add_percentile(row, "p90_ns", b, P90, 1);
    add_percentile(row, "p99_ns", b, P99, BENCH_P99_SAMPLES);
    cJSON_AddNumberToObject(row, "max_ns", (double)b->latency.maximum_ns);
    cJSON_AddNumberToObject(row, "cpu_ns", (double)per_call(b->cpu_ns, b->latency.count));
    add_percentile(row, "floor_p50_ns", floor, MEDIAN, 1);
    if (floor->latency.count > 0)
        cJSON_AddNumberToObject(row, "floor_cpu_ns", (double)per_call(floor->cpu_ns, floor->latency.count));
    else
        cJSON_AddNullToObject(row, "floor_cpu_ns");
    cJSON_AddNumberToObject(row, "block_p50_lowest_ns", (double)b->block_p50_lowest_ns);
    cJSON_AddNumberToObject(row, "block_p50_highest_ns", (double)b->block_p50_highest_ns);
    cJSON_AddNumberToObject(row, "pdus", b->pdus);
    cJSON_AddNumberToObject(row, "bytes", (double)b->bytes);
    cJSON_AddItemToObject(row, "histogram", histogram_to_json(&b->latency));
}

cJSON *bench_result_json(const struct bench_result *r)
{
    cJSON *root = cJSON_CreateObject();
    cJSON_AddStringToObject(root, "program", "probe-client");
    cJSON_AddStringToObject(root, "version", OPCPROBE_VERSION);
    cJSON_AddStringToObject(root, "command", "bench");
    cJSON_AddStringToObject(root, "kind", r->kind);
    cJSON_AddStringToObject(root, "client", r->here);
    cJSON_AddStringToObject(root, "target", r->there);
    cJSON_AddStringToObject(root, "server", r->server);
    cJSON_AddNumberToObject(root, "duration_ns", (double)r->duration_ns);
    cJSON_AddNumberToObject(root, "rounds", r->rounds);
    cJSON_AddBoolToObject(root, "interrupted", r->interrupted);
    cJSON *latency = cJSON_AddArrayToObject(root, "latency");
    for (unsigned i = 0; latency && i < r->operation_count; i++)
        for (unsigned party = 0; party < r->level_count; party++)
            if (bench_result_has_figure(r, &r->operations[i], party))
                add_row(latency, r, &r->operations[i], party);
    cJSON *missing = cJSON_AddArrayToObject(root, "not_obtainable");
    for (unsigned i = 0; missing && i < r->level_count; i++) {
        if (r->levels[i].obtainable)
            continue;
        cJSON *level = cJSON_CreateObject();
        cJSON_AddItemToArray(missing, level);
        json_add_text(level, "level", level_name(r->levels[i].asked));
        json_add_text(level, "level_sent", level_name(r->levels[i].sent));
        json_add_code(level, "code", r->levels[i].code);
    }
    return root;
}
