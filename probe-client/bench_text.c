#include <stdio.h>
#include <string.h>

#include "opcda/codes.h"
#include "probe-client/bench_result.h"
#include "probe-client/level.h"
#include "probe-client/steps.h"

/* Medians of blocks further apart than this come from the machine, not from the level. */
#define STEADY_FACTOR 2

static void us(int64_t ns, char out[24])
{
    snprintf(out, 24, ns < 100000 ? "%.1f" : "%.0f", (double)ns / 1000);
}

/* "31.2 +-2.1", or "-" where no two rounds have both. */
static void difference(const struct bench_operation *o, unsigned party, unsigned reference, char out[64])
{
    struct interval over;
    char mean[24], half[24];
    if (party == reference || !bench_result_difference(o, party, reference, &over)) {
        snprintf(out, 64, "-");
        return;
    }
    us(over.mean_ns, mean);
    us((over.high_ns - over.low_ns) / 2, half);
    snprintf(out, 64, "%s +-%s", mean, half);
}

static void print_row(const struct page *p, const struct bench_operation *o, const char *name, unsigned party,
                      unsigned lowest)
{
    const struct bench_row *row = &o->rows[party];
    char p50[24], p90[24], p99[24] = "-", p999[24] = "-", maximum[24], cpu[24] = "-", over_floor[64],
                           over_lowest[64] = "-";
    us(histogram_percentile_ns(&row->latency, BENCH_P50), p50);
    us(histogram_percentile_ns(&row->latency, BENCH_P90), p90);
    if (row->latency.count >= BENCH_P99_SAMPLES)
        us(histogram_percentile_ns(&row->latency, BENCH_P99), p99);
    if (row->latency.count >= BENCH_P999_SAMPLES)
        us(histogram_percentile_ns(&row->latency, BENCH_P999), p999);
    us(row->latency.maximum_ns, maximum);
    if (bench_kind_has_cpu(o->kind))
        us(bench_row_cpu_ns(row), cpu);
    difference(o, party, BENCH_FLOOR, over_floor);
    if (party != BENCH_FLOOR)
        difference(o, party, lowest, over_lowest);
    fprintf(p->file, "  %-17s %7llu %8s %8s %8s %8s %8s %8s %16s %16s", name, (unsigned long long)row->latency.count,
            p50, p90, p99, p999, maximum, cpu, over_floor, over_lowest);
    if (row->bytes)
        fprintf(p->file, " %4u %7llu", (unsigned)row->pdus, (unsigned long long)row->bytes);
    fputc('\n', p->file);
}

static void print_operation(const struct page *p, const struct bench_result *r, const struct bench_operation *o)
{
    unsigned lowest;
    char title[64];
    if (!bench_result_lowest(r, o, &lowest))
        return;
    bench_operation_title(o, title);
    fprintf(p->file, "\n%s\n", title);
    fprintf(p->file, "  %-17s %7s %8s %8s %8s %8s %8s %8s %16s %16s %4s %7s\n", "level", "calls", "p50", "p90", "p99",
            "p99.9", "max", "CPU/call", "over floor", "over lowest", "PDUs", "bytes");
    for (unsigned party = 0; party < BENCH_PARTIES; party++)
        if (bench_result_has_figure(r, o, party))
            print_row(p, o, bench_result_party_name(r, party), party, lowest);
}

/* Names what makes the latencies of this run hard to compare: where both ends share a machine, it may keep them on
 * one processor or on two, for seconds on end, and waking another processor costs more than a call. */
static void print_unsteady(const struct page *p, const struct bench_result *r)
{
    unsigned unsteady = 0, below_floor = 0, figures = 0;
    for (unsigned i = 0; i < r->operation_count; i++) {
        const struct bench_operation *o = &r->operations[i];
        int64_t floor_ns = histogram_percentile_ns(&o->rows[BENCH_FLOOR].latency, BENCH_P50);
        for (unsigned party = 0; party < BENCH_PARTIES; party++) {
            const struct bench_row *row = &o->rows[party];
            if (!bench_result_has_figure(r, o, party))
                continue;
            figures++;
            unsteady += row->block_p50_highest_ns > STEADY_FACTOR * row->block_p50_lowest_ns;
            below_floor += histogram_percentile_ns(&row->latency, BENCH_P50) < floor_ns;
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
            fprintf(p->file, "%s: not obtainable (asked %u, sent %u: %s)\n", level_name(level->asked), level->asked,
                    level->sent, level_name(level->sent) ? level_name(level->sent) : "unknown");
    }
}

static void print_steps(const struct page *p, const struct bench_result *r)
{
    for (unsigned i = 0; i < r->operation_count; i++)
        for (unsigned party = 0; party < BENCH_PARTIES; party++) {
            struct step steps[STEP_KINDS];
            char title[64];
            size_t count = steps_find(&r->operations[i].rows[party].latency, steps);
            bench_operation_title(&r->operations[i], title);
            for (size_t k = 0; k < count; k++)
                fprintf(p->file, "STEP: %s at %s: %llu calls waited for %s; that is no cost of a level\n", title,
                        bench_result_party_name(r, party), (unsigned long long)steps[k].count, steps[k].cause);
        }
}

static void print_failures(const struct page *p, const struct bench_result *r)
{
    for (unsigned i = 0; i < r->operation_count; i++)
        for (unsigned party = 0; party < r->level_count; party++) {
            const struct bench_row *row = &r->operations[i].rows[party];
            char title[64];
            if (!row->code)
                continue;
            bench_operation_title(&r->operations[i], title);
            fprintf(p->file, "%s at %s: %s, a call failed with 0x%08X %s\n", title, bench_result_party_name(r, party),
                    row->latency.count ? "ended early" : "no figure", (unsigned)row->code, code_name(row->code));
        }
    if (r->lost_code)
        fprintf(p->file, "The server answered no more (0x%08X %s): the figures are those of the %u rounds before.\n",
                (unsigned)r->lost_code, code_name(r->lost_code), r->rounds);
}

/* Whether any level has a figure of an operation that needs callbacks. */
static bool wants_callbacks(const struct bench_result *r)
{
    for (unsigned i = 0; i < r->operation_count; i++)
        if (r->operations[i].kind == BENCH_REFRESH)
            return true;
    return false;
}

/* Whether a call that failed has been told of already. */
static bool refresh_failed(const struct bench_result *r, unsigned party)
{
    for (unsigned i = 0; i < r->operation_count; i++)
        if (r->operations[i].kind == BENCH_REFRESH && r->operations[i].rows[party].code)
            return true;
    return false;
}

/* A figure of calls and callbacks belongs to a level only if both had it; CoSetProxyBlanket does not reach callbacks.
 */
static void print_callbacks(const struct page *p, const struct bench_result *r)
{
    if (r->same_host || !wants_callbacks(r))
        return;
    fprintf(p->file, "Refresh2: its calls and its callbacks had the level of the row");
    for (unsigned i = 0; i < r->level_count; i++) {
        const struct bench_level *level = &r->levels[i];
        if (!level->obtainable || refresh_failed(r, i))
            continue;
        if (level->callback_sent == LEVEL_UNKNOWN)
            fprintf(p->file, "; no figure at %s, callbacks of this process were asked for at %s",
                    level_name(level->asked), level_name(r->callback_asked));
        else if (level->callback_sent != level_on_wire(level->asked))
            fprintf(p->file, "; not obtainable at %s (callbacks asked %u, sent %u)", level_name(level->asked),
                    level->asked, level->callback_sent);
    }
    fputc('\n', p->file);
}

/* "; headers signed at packet-integrity, packet-privacy" */
static void print_signing(const struct page *p, const struct bench_result *r)
{
    unsigned named = 0;
    for (unsigned i = 0; i < r->level_count; i++) {
        if (!r->levels[i].obtainable || r->levels[i].header_signing == BENCH_SIGNING_NO)
            continue;
        if (r->levels[i].header_signing == BENCH_SIGNING_UNKNOWN) {
            fputs("; whether headers are signed is not known", p->file);
            return;
        }
        fprintf(p->file, "%s %s", named++ ? "," : "; headers signed at", level_name(r->levels[i].asked));
    }
    if (!named)
        fputs("; no headers signed", p->file);
}

static void print_provenance(const struct page *p, const struct bench_result *r)
{
    const char *mechanism = mechanism_name(r->mechanism);
    fprintf(p->file, "Runtime here: %s, at the server: %s; %s", r->runtime,
            r->server_runtime[0] ? r->server_runtime : "not known",
            r->one_machine ? "both ends on one machine" : "two addresses, whether of two machines is not known");
    if (!r->same_host) {
        fprintf(p->file, "\nMechanism: %s", mechanism ? mechanism : "none");
        print_signing(p, r);
    }
    fputc('\n', p->file);
}

void bench_result_text(const struct page *p, const struct bench_result *r)
{
    fprintf(p->file, "Latency of calls from %s to %s as %s, in microseconds\n%s\n", r->here,
            strcmp(r->there, ".") == 0 ? "the same computer" : r->there, r->account, r->server);
    print_provenance(p, r);
    for (unsigned i = 0; i < r->operation_count; i++)
        print_operation(p, r, &r->operations[i]);
    fputc('\n', p->file);
    print_unsteady(p, r);
    print_steps(p, r);
    print_missing(p, r);
    print_failures(p, r);
    print_callbacks(p, r);
    if (!r->same_host)
        for (unsigned i = 0; i < r->level_count; i++)
            if (r->levels[i].obtainable && r->levels[i].sent != r->levels[i].asked)
                fprintf(p->file, "%s travels as %s\n", level_name(r->levels[i].asked), level_name(r->levels[i].sent));
    fprintf(
        p->file,
        "%u rounds of alternating blocks in %.0f s%s. CPU is of both processes. p99 needs %d calls, p99.9 %d.\n"
        "\"over\" the floor, or the lowest level of the table: the mean difference of the medians of one round, with "
        "its\n95 %% interval over the rounds, because the calls of one block are alike.\n"
        "A demonstration without a verdict: ",
        r->rounds, (double)r->duration_ns / 1e9, r->interrupted ? " (ended early by the user)" : "", BENCH_P99_SAMPLES,
        BENCH_P999_SAMPLES);
    if (strcmp(r->kind, "real") == 0)
        fputs("figures of the test server, not of your plant's own.\n", p->file);
    else
        fprintf(p->file, "figures of %s show the method, not your plant.\n",
                strcmp(r->kind, "wine") == 0 ? "Wine" : "the portable runtime (simulated)");
    fflush(p->file);
}
