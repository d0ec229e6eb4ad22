#include "probe-client/bench_result.h"

#include <stdio.h>

#include "opcda/codes.h"
#include "probe-client/level.h"
#include "probe-client/report_json.h"
#include "probe-client/steps.h"

/* A block of fewer calls says nothing about steadiness. */
#define STEADY_SAMPLES 20
void bench_row_add(struct bench_row *row, unsigned round, const struct histogram *block, int64_t cpu_ns)
{
    histogram_merge(&row->latency, block);
    row->cpu_ns += cpu_ns;
    int64_t p50_ns = histogram_percentile_ns(block, BENCH_P50);
    row->block_p50_ns[round] = p50_ns;
    if (block->count < STEADY_SAMPLES)
        return;
    if (row->block_p50_lowest_ns == 0 || p50_ns < row->block_p50_lowest_ns)
        row->block_p50_lowest_ns = p50_ns;
    if (p50_ns > row->block_p50_highest_ns)
        row->block_p50_highest_ns = p50_ns;
}

void bench_operation_title(const struct bench_operation *o, char out[64])
{
    const char *name = bench_kind_name(o->kind);
    if (o->items)
        snprintf(out, 64, "%s of %u item%s", name, (unsigned)o->items, o->items == 1 ? "" : "s");
    else
        snprintf(out, 64, "%s", name);
}

bool bench_result_callbacks_match(const struct bench_result *r, unsigned party)
{
    return r->same_host || level_on_wire(r->levels[party].asked) == r->callback_sent;
}

int64_t bench_row_cpu_ns(const struct bench_row *row)
{
    return row->latency.count ? row->cpu_ns / (int64_t)row->latency.count : 0;
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

bool bench_result_difference(const struct bench_operation *o, unsigned party, unsigned reference, struct interval *out)
{
    int64_t differences_ns[BENCH_ROUNDS_MAXIMUM];
    unsigned count = 0;
    for (unsigned round = 0; round < BENCH_ROUNDS_MAXIMUM; round++) {
        int64_t there_ns = o->rows[party].block_p50_ns[round], here_ns = o->rows[reference].block_p50_ns[round];
        if (there_ns > 0 && here_ns > 0)
            differences_ns[count++] = there_ns - here_ns;
    }
    return interval_of(differences_ns, count, out);
}

bool bench_result_lowest(const struct bench_result *r, const struct bench_operation *o, unsigned *party)
{
    bool found = false;
    for (unsigned i = 0; i < r->level_count; i++)
        if (bench_result_has_figure(r, o, i) && (!found || r->levels[i].asked < r->levels[*party].asked)) {
            *party = i;
            found = true;
        }
    return found;
}

static void add_percentile(cJSON *row, const char *key, const struct bench_row *b, uint32_t per_million, uint64_t least)
{
    if (b->latency.count >= least && b->latency.count > 0)
        cJSON_AddNumberToObject(row, key, (double)histogram_percentile_ns(&b->latency, per_million));
    else
        cJSON_AddNullToObject(row, key);
}

static void add_difference(cJSON *row, const char *key, const struct bench_operation *o, unsigned party,
                           unsigned reference)
{
    struct interval over;
    if (!bench_result_difference(o, party, reference, &over)) {
        cJSON_AddNullToObject(row, key);
        return;
    }
    cJSON *difference = cJSON_AddObjectToObject(row, key);
    cJSON_AddNumberToObject(difference, "mean_ns", (double)over.mean_ns);
    cJSON_AddNumberToObject(difference, "low_ns", (double)over.low_ns);
    cJSON_AddNumberToObject(difference, "high_ns", (double)over.high_ns);
    cJSON_AddNumberToObject(difference, "blocks", over.blocks);
}

static void add_differences(cJSON *row, const struct bench_result *r, const struct bench_operation *o, unsigned party)
{
    unsigned lowest = party;
    (void)bench_result_lowest(r, o, &lowest); /* the row itself has a figure */
    add_difference(row, "over_floor", o, party, BENCH_FLOOR);
    json_add_text(row, "lowest_level", bench_result_party_name(r, lowest));
    if (lowest != party)
        add_difference(row, "over_lowest_level", o, party, lowest);
    else
        cJSON_AddNullToObject(row, "over_lowest_level");
}

/* Where a figure comes from belongs to the figure. */
static void add_provenance(cJSON *row, const struct bench_result *r, unsigned party)
{
    json_add_text(row, "runtime", r->runtime);
    json_add_text(row, "server_runtime", r->server_runtime[0] ? r->server_runtime : NULL);
    json_add_text(row, "machines", r->one_machine ? "one" : NULL);
    enum bench_signing signing = r->levels[party].header_signing;
    if (signing == BENCH_SIGNING_UNKNOWN)
        cJSON_AddNullToObject(row, "header_signing");
    else
        cJSON_AddBoolToObject(row, "header_signing", signing == BENCH_SIGNING_YES);
}

static void add_steps(cJSON *row, const struct bench_row *b)
{
    struct step steps[STEP_KINDS];
    size_t count = steps_find(&b->latency, steps);
    cJSON *list = cJSON_AddArrayToObject(row, "steps");
    for (size_t i = 0; list && i < count; i++) {
        cJSON *step = cJSON_CreateObject();
        cJSON_AddItemToArray(list, step);
        cJSON_AddStringToObject(step, "name", steps[i].name);
        cJSON_AddNumberToObject(step, "count", (double)steps[i].count);
    }
}

static void add_row(cJSON *latency, const struct bench_result *r, const struct bench_operation *o, unsigned party)
{
    const struct bench_row *b = &o->rows[party];
    const struct bench_row *floor = &o->rows[BENCH_FLOOR];
    cJSON *row = cJSON_CreateObject();
    cJSON_AddItemToArray(latency, row);
    cJSON_AddStringToObject(row, "operation", bench_kind_name(o->kind));
    cJSON_AddNumberToObject(row, "items", o->items);
    cJSON_AddStringToObject(row, "level", bench_result_party_name(r, party));
    json_add_text(row, "level_sent", r->same_host ? NULL : level_name(r->levels[party].sent));
    json_add_text(row, "callback_level_sent",
                  o->kind == BENCH_REFRESH && !r->same_host ? level_name(r->levels[party].callback_sent) : NULL);
    json_add_text(row, "mechanism", r->levels[party].sent > LEVEL_NONE ? mechanism_name(r->mechanism) : "none");
    add_provenance(row, r, party);
    cJSON_AddNumberToObject(row, "count", (double)b->latency.count);
    add_percentile(row, "p50_ns", b, BENCH_P50, 1);
    add_percentile(row, "p90_ns", b, BENCH_P90, 1);
    add_percentile(row, "p99_ns", b, BENCH_P99, BENCH_P99_SAMPLES);
    add_percentile(row, "p999_ns", b, BENCH_P999, BENCH_P999_SAMPLES);
    cJSON_AddNumberToObject(row, "max_ns", (double)b->latency.maximum_ns);
    if (bench_kind_has_cpu(o->kind))
        cJSON_AddNumberToObject(row, "cpu_ns", (double)bench_row_cpu_ns(b));
    else
        cJSON_AddNullToObject(row, "cpu_ns");
    add_percentile(row, "floor_p50_ns", floor, BENCH_P50, 1);
    if (floor->latency.count > 0)
        cJSON_AddNumberToObject(row, "floor_cpu_ns", (double)bench_row_cpu_ns(floor));
    else
        cJSON_AddNullToObject(row, "floor_cpu_ns");
    add_differences(row, r, o, party);
    cJSON_AddNumberToObject(row, "block_p50_lowest_ns", (double)b->block_p50_lowest_ns);
    cJSON_AddNumberToObject(row, "block_p50_highest_ns", (double)b->block_p50_highest_ns);
    cJSON_AddNumberToObject(row, "pdus", b->pdus);
    cJSON_AddNumberToObject(row, "bytes", (double)b->bytes);
    add_steps(row, b);
    cJSON_AddItemToObject(row, "histogram", histogram_to_json(&b->latency));
}

static void add_failures(cJSON *root, const struct bench_result *r)
{
    cJSON *failed = cJSON_AddArrayToObject(root, "failed");
    for (unsigned i = 0; i < r->operation_count; i++)
        for (unsigned party = 0; party < r->level_count; party++) {
            const struct bench_operation *o = &r->operations[i];
            if (!o->rows[party].code)
                continue;
            cJSON *failure = cJSON_CreateObject();
            cJSON_AddItemToArray(failed, failure);
            cJSON_AddStringToObject(failure, "operation", bench_kind_name(o->kind));
            cJSON_AddNumberToObject(failure, "items", o->items);
            cJSON_AddStringToObject(failure, "level", bench_result_party_name(r, party));
            json_add_code(failure, "code", o->rows[party].code);
        }
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
    json_add_text(root, "callback_level_asked", r->same_host ? NULL : level_name(r->callback_asked));
    json_add_text(root, "callback_level_sent", r->same_host ? NULL : level_name(r->callback_sent));
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
    add_failures(root, r);
    json_add_code(root, "lost", r->lost_code);
    return root;
}
