#include "probe-client/scan_result.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "opcda/codes.h"
#include "probe-client/interval.h"
#include "probe-client/kind.h"
#include "probe-client/report_json.h"

#define MEDIAN 500000
#define P90    900000

/* ---- gathering ----------------------------------------------------------------------------------------------- */

/* A figure belongs to a level only if calls and callbacks carried it. */
static bool carried(const struct scan_classes *classes, uint8_t asked, const struct scan_outcome *o)
{
    bool calls_back = false;
    for (unsigned i = 0; i < classes->count; i++)
        calls_back = calls_back || classes->list[i].mode != SCAN_SYNC;
    if (o->same_host)
        return true;
    return o->sent == level_on_wire(asked) && (!calls_back || o->callback == level_on_wire(asked));
}

void scan_result_take(struct scan_result *r, unsigned level, const struct scan_outcome *block)
{
    struct scan_level *l = &r->levels[level];
    struct scan_outcome *m = &l->merged;
    bool first = !l->tried;
    l->tried = true;
    for (unsigned i = 0; i < block->class_count && i < r->classes->count; i++) {
        scan_figures_merge(&m->figures[i], &block->figures[i]);
        if (block->floor_ns[i] && (!m->floor_ns[i] || block->floor_ns[i] < m->floor_ns[i]))
            m->floor_ns[i] = block->floor_ns[i]; /* the quietest block's: what TCP itself needs */
        if (block->whole && l->extent.blocks < SCAN_BLOCKS_KEPT)
            l->medians_ns[i][l->extent.blocks] = histogram_percentile_ns(&block->figures[i].completion, MEDIAN);
    }
    l->extent.measured_ns += block->measured_ns;
    l->cpu_ns += block->cpu_ns;
    m->measured_ns = l->extent.measured_ns;
    if (block->whole) {
        l->extent.blocks++;
        l->extent.coincidences += r->plan.coincidences;
    }
    if (block->connected || first) {
        struct scan_outcome *texts = m;
        memcpy(texts->here, block->here, sizeof(texts->here));
        memcpy(texts->there, block->there, sizeof(texts->there));
        memcpy(texts->server, block->server, sizeof(texts->server));
        memcpy(texts->kind, block->kind, sizeof(texts->kind));
        memcpy(texts->runtime, block->runtime, sizeof(texts->runtime));
        memcpy(texts->mechanism, block->mechanism, sizeof(texts->mechanism));
        m->sent = block->sent;
        m->callback = block->callback;
        m->own_ns = block->own_ns;
        m->same_host = block->same_host;
        m->ours = block->ours;
    }
    m->connected = m->connected || block->connected;
    m->class_count = r->classes->count;
    m->code = block->code;
    memcpy(m->failed, block->failed, sizeof(m->failed));
    l->obtainable = m->connected && (first || l->obtainable) && carried(r->classes, l->asked, m);
}

static bool has_figures(const struct scan_level *l)
{
    return l->obtainable && l->merged.measured_ns > 0;
}

bool scan_result_has_figures(const struct scan_result *r)
{
    for (unsigned i = 0; i < r->level_count; i++)
        if (has_figures(&r->levels[i]))
            return true;
    return false;
}

/* Of the first level that has some: who is who. */
static const struct scan_outcome *any_outcome(const struct scan_result *r)
{
    for (unsigned i = 0; i < r->level_count; i++)
        if (r->levels[i].merged.connected)
            return &r->levels[i].merged;
    return &r->levels[0].merged;
}

static const char *name_of(uint8_t level)
{
    const char *name = level_name(level);
    return name ? name : "unknown";
}

/* ---- text ---------------------------------------------------------------------------------------------------- */

static void print_class(const struct page *p, const struct scan_class *c, const struct scan_figures *f, bool judged,
                        const struct scan_thresholds *t)
{
    char period[SCAN_TIME_TEXT], what[64], p50[PAGE_DURATION], p90[PAGE_DURATION], p99[PAGE_DURATION];
    char start[PAGE_DURATION];
    int64_t p99_ns = scan_figures_p99_ns(f);
    scan_time_text(c->period_ns, period);
    snprintf(what, sizeof(what), "%s, %u %s", period, (unsigned)c->items, scan_mode_name(c->mode));
    page_duration(histogram_percentile_ns(&f->completion, MEDIAN), p50);
    page_duration(histogram_percentile_ns(&f->completion, P90), p90);
    page_duration(p99_ns, p99);
    page_duration(f->start.maximum_ns, start);
    fprintf(p->file, "  %-24s %7llu %9s %9s %9s%s %7.1f %% %6llu %7llu %7llu %9s  %s\n", what,
            (unsigned long long)f->scans, p50, p90, p99, f->completion.count < SCAN_P99_SCANS ? "^" : " ",
            (double)p99_ns * 100 / (double)c->period_ns, (unsigned long long)f->missed, (unsigned long long)f->skipped,
            (unsigned long long)f->overrun, start, judged ? scan_word_name(scan_judge_class(f, c, t)) : "-");
}

static void print_level(const struct page *p, const struct scan_result *r, const struct scan_level *l)
{
    const struct scan_outcome *m = &l->merged;
    char measured[SCAN_TIME_TEXT], reason[SCAN_REASON];
    bool judged = scan_enough(m->figures, r->classes, &l->extent, r->thresholds, reason);
    scan_time_text(m->measured_ns / (100 * NS_PER_MS) * 100 * NS_PER_MS, measured);
    if (m->same_host)
        fprintf(p->file, "\nlocal RPC, which has one level of its own");
    else
        fprintf(p->file, "\n%s: client to server %s, server to client %s, %s", name_of(l->asked), name_of(m->sent),
                level_name(m->callback) ? level_name(m->callback) : "not called", m->mechanism);
    fprintf(p->file, "; %u whole block%s, %s counted, %.1f %% of a core here\n", (unsigned)l->extent.blocks,
            l->extent.blocks == 1 ? "" : "s", measured,
            m->measured_ns ? (double)l->cpu_ns * 100 / (double)m->measured_ns : 0.0);
    fprintf(p->file, "  %-24s %7s %9s %9s %10s %9s %6s %7s %7s %9s  %s\n", "class", "scans", "p50", "p90", "p99",
            "of period", "missed", "skipped", "overrun", "start max", "word");
    uint64_t scans = 0, skipped = 0;
    for (unsigned i = 0; i < r->classes->count; i++) {
        print_class(p, &r->classes->list[i], &m->figures[i], judged, r->thresholds);
        scans += m->figures[i].scans;
        skipped += m->figures[i].skipped;
    }
    if (skipped == 0 && scans > 0)
        fprintf(p->file, "  0 skipped in %llu scans: at most %.2g %% at 95 %%\n", (unsigned long long)scans,
                300.0 / (double)scans > 100 ? 100.0 : 300.0 / (double)scans);
    if (m->code)
        fprintf(p->file, "  ended early: %s failed with 0x%08X %s; these are the results so far\n", m->failed,
                (unsigned)m->code, code_name(m->code));
}

static void print_missing(const struct page *p, const struct scan_level *l)
{
    const struct scan_outcome *m = &l->merged;
    if (!l->tried)
        fprintf(p->file, "\n%s: not measured\n", name_of(l->asked));
    else if (!m->connected || (m->code && m->measured_ns == 0))
        fprintf(p->file, "\n%s: not obtainable, %s failed with 0x%08X %s\n", name_of(l->asked), m->failed,
                (unsigned)m->code, code_name(m->code));
    else
        fprintf(p->file, "\n%s: not obtainable (asked %u, sent %u, called back at %u)%s\n", name_of(l->asked), l->asked,
                m->sent, m->callback,
                m->sent >= LEVEL_PACKET_INTEGRITY && l->asked < LEVEL_PACKET_INTEGRITY
                    ? ": you already pay for Packet Integrity"
                    : "");
}

/* The level in question is the highest one, and what it costs is its difference to each of the others. */
static const struct scan_level *highest(const struct scan_result *r)
{
    const struct scan_level *best = NULL;
    for (unsigned i = 0; i < r->level_count; i++)
        if (has_figures(&r->levels[i]) && (!best || r->levels[i].asked > best->asked))
            best = &r->levels[i];
    return best;
}

static bool cost_of(const struct scan_level *with, const struct scan_level *without, unsigned class,
                    struct interval *out)
{
    int64_t differences[SCAN_BLOCKS_KEPT];
    unsigned count = 0;
    for (; count < with->extent.blocks && count < without->extent.blocks && count < SCAN_BLOCKS_KEPT; count++)
        differences[count] = with->medians_ns[class][count] - without->medians_ns[class][count];
    return interval_of(differences, count, out);
}

static void print_cost(const struct page *p, const struct scan_result *r, const struct scan_level *with,
                       const struct scan_level *without)
{
    fprintf(p->file, "\n%s over %s, of the median completion, with its 95 %% interval over blocks\n",
            name_of(with->asked), name_of(without->asked));
    for (unsigned i = 0; i < r->classes->count; i++) {
        char period[SCAN_TIME_TEXT];
        struct interval cost;
        scan_time_text(r->classes->list[i].period_ns, period);
        if (cost_of(with, without, i, &cost))
            fprintf(p->file, "  %s, %u %s: %+.0f us (%+.0f to %+.0f), %.2f %% of the period\n", period,
                    (unsigned)r->classes->list[i].items, scan_mode_name(r->classes->list[i].mode),
                    (double)cost.mean_ns / 1e3, (double)cost.low_ns / 1e3, (double)cost.high_ns / 1e3,
                    (double)cost.mean_ns * 100 / (double)r->classes->list[i].period_ns);
    }
}

static void sentence(const struct scan_result *r, const struct scan_level *with, const struct scan_level *without,
                     char out[SCAN_SENTENCE + SCAN_REASON])
{
    char reason[SCAN_REASON];
    const struct scan_thresholds *t = r->thresholds;
    if (!scan_enough(without->merged.figures, r->classes, &without->extent, t, reason) ||
        !scan_enough(with->merged.figures, r->classes, &with->extent, t, reason)) {
        snprintf(out, SCAN_SENTENCE + SCAN_REASON, "Not decided for %s: %s.", name_of(with->asked), reason);
        return;
    }
    enum scan_word before = scan_judge(without->merged.figures, r->classes, t);
    enum scan_word after = scan_judge(with->merged.figures, r->classes, t);
    enum scan_sentence s = scan_compare(before, after);
    scan_sentence_text(s, name_of(with->asked), out);
    if (s == SCAN_NOT_DECIDED)
        snprintf(out, SCAN_SENTENCE + SCAN_REASON,
                 "Not decided for %s: %s at %s, %s with it; fewer items or longer periods would decide it.",
                 name_of(with->asked), scan_word_name(before), name_of(without->asked), scan_word_name(after));
}

static uint64_t all_scans(const struct scan_result *r)
{
    uint64_t scans = 0;
    for (unsigned i = 0; i < r->level_count; i++)
        for (unsigned k = 0; r->levels[i].obtainable && k < r->classes->count; k++)
            scans += r->levels[i].merged.figures[k].scans;
    return scans;
}

/* The run was shorter than a verdict needs, or was made so. */
static bool is_demonstration(const struct scan_result *r)
{
    return r->plan.whole_ns < r->plan.needed_ns;
}

static void print_words(const struct page *p, const struct scan_result *r)
{
    const struct scan_level *with = highest(r);
    char text[SCAN_SENTENCE + SCAN_REASON];
    if (!with)
        return;
    fputc('\n', p->file);
    if (is_demonstration(r))
        fprintf(p->file, "demonstration, %llu scans, no verdict\n", (unsigned long long)all_scans(r));
    for (unsigned i = 0; i < r->level_count && !is_demonstration(r); i++)
        if (has_figures(&r->levels[i]) && &r->levels[i] != with) {
            sentence(r, with, &r->levels[i], text);
            fprintf(p->file, "Against %s: %s\n", name_of(r->levels[i].asked), text);
        }
}

/* Floor and DCOM; the plant server's own time is none, because the test server answers from memory. */
static void print_parts(const struct page *p, const struct scan_result *r, const struct scan_level *with)
{
    for (unsigned i = 0; i < r->classes->count; i++) {
        const struct scan_class *c = &r->classes->list[i];
        int64_t p50_ns = histogram_percentile_ns(&with->merged.figures[i].completion, MEDIAN);
        int64_t floor_ns = with->merged.floor_ns[i], service_ns = c->service_ms * NS_PER_MS;
        char period[SCAN_TIME_TEXT];
        scan_time_text(c->period_ns, period);
        if (floor_ns == 0 || c->mode == SCAN_ADVISE)
            continue;
        fprintf(p->file, "  %s, %u %s: %.0f us bare TCP + %.0f us DCOM at %s", period, (unsigned)c->items,
                scan_mode_name(c->mode), (double)floor_ns / 1e3, (double)(p50_ns - floor_ns - service_ns) / 1e3,
                name_of(with->asked));
        if (service_ns)
            fprintf(p->file, " + %.0f us injected", (double)service_ns / 1e3);
        fputc('\n', p->file);
    }
}

static void print_whose(const struct page *p, const struct scan_result *r, const struct scan_outcome *who)
{
    const struct scan_level *with = highest(r);
    if (with && with->merged.figures[0].completion.count > 0) {
        int64_t p50_ns = histogram_percentile_ns(&with->merged.figures[0].completion, MEDIAN);
        fprintf(p->file, "Measuring itself costs %lld ns of each scan (%.3f %% of the first class's median).\n",
                (long long)who->own_ns, p50_ns ? (double)who->own_ns * 100 / (double)p50_ns : 0.0);
    }
    if (with) {
        fputs("Whose time, of the median:\n", p->file);
        print_parts(p, r, with);
    }
    fputs(
        "The test server answers from memory: what is told is DCOM and the network, not the plant server's own time.\n",
        p->file);
    if (strcmp(who->kind, KIND_REAL) != 0 || strcmp(who->runtime, "windows") != 0 || who->same_host)
        fprintf(p->file, "%s shows the method, not your plant: no go-live verdict.\n",
                who->same_host                      ? "One computer for both sides"
                : strcmp(who->kind, KIND_WINE) == 0 ? "Wine"
                                                    : "The portable runtime (simulated)");
}

void scan_result_text(const struct page *p, const struct scan_result *r)
{
    const struct scan_outcome *who = any_outcome(r);
    char thresholds[SCAN_THRESHOLDS_TEXT], warm_up[SCAN_TIME_TEXT];
    scan_thresholds_text(r->thresholds, thresholds);
    scan_time_text(r->plan.warm_up_ns, warm_up);
    fprintf(p->file, "Scan classes of %s at %s as %s\n%s (%s)\n", who->here[0] ? who->here : "this computer",
            strcmp(who->there, ".") == 0 ? "the same computer" : who->there, r->account, who->server, who->kind);
    for (unsigned i = 0; i < r->level_count; i++) {
        if (has_figures(&r->levels[i]))
            print_level(p, r, &r->levels[i]);
        else
            print_missing(p, &r->levels[i]);
    }
    const struct scan_level *with = highest(r);
    for (unsigned i = 0; with && i < r->level_count; i++)
        if (has_figures(&r->levels[i]) && &r->levels[i] != with)
            print_cost(p, r, with, &r->levels[i]);
    print_words(p, r);
    fprintf(
        p->file,
        "Completion counts from the scheduled instant; the first %s of each block are left out; advised updates count "
        "from the earliest of their block. ^ the maximum, under %d scans.\nThresholds: %s\n",
        warm_up, SCAN_P99_SCANS, thresholds);
    print_whose(p, r, who);
    fflush(p->file);
}

/* ---- JSON ---------------------------------------------------------------------------------------------------- */

static void add_time(cJSON *row, const char *name, bool known, int64_t ns)
{
    cJSON_AddItemToObject(row, name, known ? cJSON_CreateNumber((double)ns) : cJSON_CreateNull());
}

static void add_class(cJSON *classes, const struct scan_result *r, const struct scan_level *l, unsigned index,
                      bool judged)
{
    const struct scan_class *c = &r->classes->list[index];
    const struct scan_figures *f = &l->merged.figures[index];
    cJSON *json = scan_figures_to_json(f);
    cJSON_AddItemToArray(classes, json);
    cJSON_AddNumberToObject(json, "period_ns", (double)c->period_ns);
    cJSON_AddNumberToObject(json, "offset_ns", (double)c->offset_ns);
    cJSON_AddNumberToObject(json, "items", c->items);
    cJSON_AddStringToObject(json, "mode", scan_mode_name(c->mode));
    add_time(json, "floor_p50_ns", l->merged.floor_ns[index] != 0, l->merged.floor_ns[index]);
    cJSON_AddNumberToObject(json, "p50_ns", (double)histogram_percentile_ns(&f->completion, MEDIAN));
    if (f->completion.count >= SCAN_P99_SCANS)
        cJSON_AddNumberToObject(json, "p99_ns", (double)scan_figures_p99_ns(f));
    else
        cJSON_AddNullToObject(json, "p99_ns");
    cJSON_AddNumberToObject(json, "max_ns", (double)f->completion.maximum_ns);
    json_add_text(json, "word", judged ? scan_word_name(scan_judge_class(f, c, r->thresholds)) : NULL);
}

static void add_level(cJSON *levels, const struct scan_result *r, const struct scan_level *l)
{
    char reason[SCAN_REASON];
    bool judged = scan_enough(l->merged.figures, r->classes, &l->extent, r->thresholds, reason);
    cJSON *json = cJSON_CreateObject();
    cJSON_AddItemToArray(levels, json);
    cJSON_AddStringToObject(json, "level", l->merged.same_host ? "local" : name_of(l->asked));
    json_add_text(json, "level_sent", level_name(l->merged.sent));
    json_add_text(json, "callback_level", level_name(l->merged.callback));
    cJSON_AddStringToObject(json, "mechanism", l->merged.mechanism[0] ? l->merged.mechanism : "none");
    cJSON_AddBoolToObject(json, "obtainable", has_figures(l));
    json_add_code(json, "code", l->merged.code);
    cJSON_AddNumberToObject(json, "blocks", l->extent.blocks);
    cJSON_AddNumberToObject(json, "measured_ns", (double)l->extent.measured_ns);
    cJSON_AddNumberToObject(json, "cpu_ns", (double)l->cpu_ns);
    json_add_text(json, "undecided", reason[0] ? reason : NULL);
    cJSON *classes = cJSON_AddArrayToObject(json, "classes");
    for (unsigned i = 0; has_figures(l) && i < r->classes->count; i++)
        add_class(classes, r, l, i, judged);
}

static void add_comparison(cJSON *comparisons, const struct scan_result *r, const struct scan_level *with,
                           const struct scan_level *without)
{
    char text[SCAN_SENTENCE + SCAN_REASON];
    cJSON *json = cJSON_CreateObject();
    cJSON_AddItemToArray(comparisons, json);
    sentence(r, with, without, text);
    cJSON_AddStringToObject(json, "level", name_of(with->asked));
    cJSON_AddStringToObject(json, "against", name_of(without->asked));
    json_add_text(json, "sentence", is_demonstration(r) ? NULL : text);
    cJSON *costs = cJSON_AddArrayToObject(json, "cost");
    for (unsigned i = 0; costs && i < r->classes->count; i++) {
        struct interval cost;
        cJSON *row = cJSON_CreateObject();
        cJSON_AddItemToArray(costs, row);
        bool known = cost_of(with, without, i, &cost);
        add_time(row, "mean_ns", known, cost.mean_ns);
        add_time(row, "low_ns", known, cost.low_ns);
        add_time(row, "high_ns", known, cost.high_ns);
    }
}

cJSON *scan_result_json(const struct scan_result *r)
{
    const struct scan_outcome *who = any_outcome(r);
    char thresholds[SCAN_THRESHOLDS_TEXT];
    cJSON *root = cJSON_CreateObject();
    scan_thresholds_text(r->thresholds, thresholds);
    cJSON_AddStringToObject(root, "program", "probe-client");
    cJSON_AddStringToObject(root, "version", OPCPROBE_VERSION);
    cJSON_AddStringToObject(root, "command", "bench");
    cJSON_AddStringToObject(root, "kind", who->kind[0] ? who->kind : KIND_UNKNOWN);
    cJSON_AddStringToObject(root, "client", who->here);
    cJSON_AddStringToObject(root, "target", who->there);
    cJSON_AddStringToObject(root, "server", who->server);
    cJSON_AddNumberToObject(root, "duration_ns", (double)r->plan.whole_ns);
    cJSON_AddNumberToObject(root, "block_ns", (double)r->plan.block_ns);
    cJSON_AddNumberToObject(root, "warm_up_ns", (double)r->plan.warm_up_ns);
    cJSON_AddBoolToObject(root, "interrupted", r->interrupted);
    cJSON_AddBoolToObject(root, "demonstration", is_demonstration(r));
    cJSON_AddNumberToObject(root, "scans", (double)all_scans(r));
    cJSON_AddStringToObject(root, "thresholds", thresholds);
    cJSON *levels = cJSON_AddArrayToObject(root, "scan_levels");
    for (unsigned i = 0; levels && i < r->level_count; i++)
        add_level(levels, r, &r->levels[i]);
    cJSON *comparisons = cJSON_AddArrayToObject(root, "comparisons");
    const struct scan_level *with = highest(r);
    for (unsigned i = 0; comparisons && with && i < r->level_count; i++)
        if (has_figures(&r->levels[i]) && &r->levels[i] != with)
            add_comparison(comparisons, r, with, &r->levels[i]);
    return root;
}
