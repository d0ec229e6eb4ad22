#include "probe-client/scan_figures.h"

#include <string.h>

#include "base/json.h"

#define COUNT_MAXIMUM 1e15 /* beyond it a JSON number is no integer any more */

void scan_figures_add(struct scan_figures *f, const struct scan_class *c, const struct scan_limits *limits,
                      const struct scan_timing *t)
{
    f->scans++;
    f->overrun += t->overrun;
    f->failed += t->failed;
    int64_t start_ns = t->started_ns - t->scheduled_ns;
    histogram_add(&f->start, start_ns);
    f->late += !t->overrun && start_ns > c->period_ns / 100 * limits->late_percent;
    if (t->failed || t->done_ns == 0) {
        f->skipped++;
        return;
    }
    int64_t completion_ns = t->done_ns - t->scheduled_ns;
    histogram_add(&f->completion, completion_ns);
    if (completion_ns >= c->period_ns)
        f->skipped++;
    else if (completion_ns > limits->missed_ns)
        f->missed++;
}

void scan_figures_merge(struct scan_figures *into, const struct scan_figures *from)
{
    histogram_merge(&into->completion, &from->completion);
    histogram_merge(&into->start, &from->start);
    into->scans += from->scans;
    into->missed += from->missed;
    into->skipped += from->skipped;
    into->overrun += from->overrun;
    into->failed += from->failed;
    into->late += from->late;
}

int64_t scan_figures_p99_ns(const struct scan_figures *f)
{
    return f->completion.count < SCAN_P99_SCANS ? f->completion.maximum_ns
                                                : histogram_percentile_ns(&f->completion, 990000);
}

static const struct {
    const char *name;
    size_t at;
} counts[] = {
    { "scans", offsetof(struct scan_figures, scans) },     { "missed", offsetof(struct scan_figures, missed) },
    { "skipped", offsetof(struct scan_figures, skipped) }, { "overrun", offsetof(struct scan_figures, overrun) },
    { "failed", offsetof(struct scan_figures, failed) },   { "late", offsetof(struct scan_figures, late) },
};

cJSON *scan_figures_to_json(const struct scan_figures *f)
{
    cJSON *json = cJSON_CreateObject();
    for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++)
        cJSON_AddNumberToObject(json, counts[i].name, (double)*(const uint64_t *)((const char *)f + counts[i].at));
    cJSON_AddItemToObject(json, "completion", histogram_to_json(&f->completion));
    cJSON_AddItemToObject(json, "start", histogram_to_json(&f->start));
    return json;
}

enum err scan_figures_from_json(const cJSON *json, struct scan_figures *out)
{
    memset(out, 0, sizeof(*out));
    for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
        double number = json_number(json, counts[i].name, -1);
        if (!(number >= 0 && number <= COUNT_MAXIMUM))
            goto wrong;
        *(uint64_t *)((char *)out + counts[i].at) = (uint64_t)number;
    }
    if (histogram_from_json(cJSON_GetObjectItemCaseSensitive(json, "completion"), &out->completion) == ERR_OK &&
        histogram_from_json(cJSON_GetObjectItemCaseSensitive(json, "start"), &out->start) == ERR_OK &&
        out->completion.count <= out->scans && out->start.count == out->scans)
        return ERR_OK;
wrong:
    memset(out, 0, sizeof(*out));
    return ERR_PROTOCOL;
}
