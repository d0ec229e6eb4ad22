#include "probe-client/scan_calibrate.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/interrupt.h"
#include "opcda/codes.h"
#include "probe-client/exit_code.h"
#include "probe-client/report_json.h"
#include "probe-client/scan_child.h"
#include "probe-client/scan_verdict.h"

#define PERIOD_MS   400
#define SCANS       20 /* of each class in a run */
#define WARM_UP     2
#define RIGHT_SHARE 99 /* % of the runs */
#define CONNECT_NS  NS_PER_S
#define TRIAL_SCANS 20
#define TRIAL_MS    3000 /* at least */
#define CLOSE_SHARE 20   /* a twentieth: near enough to the largest */

static const struct {
    uint32_t need_percent;
    enum scan_word right;
} needs[] = {
    { 45, SCAN_FITS },         { 55, SCAN_MARGINAL },     { 75, SCAN_MARGINAL },
    { 85, SCAN_DOES_NOT_FIT }, { 95, SCAN_DOES_NOT_FIT }, { 105, SCAN_DOES_NOT_FIT },
};

#define NEEDS (sizeof(needs) / sizeof(needs[0]))

struct tally {
    uint32_t right, wrong, late; /* late: this computer disturbed the run, which says nothing then */
    uint32_t fits;
    int64_t p99_lowest_ns, p99_highest_ns;
};

struct calibration {
    const struct bench_options *options;
    struct scan_classes classes;
    struct scan_thresholds thresholds; /* those that words are chosen by are the user's */
    struct tally tallies[NEEDS];
    uint32_t runs;
    int64_t own_ns;
    int64_t median_ns; /* of a scan of the first class, without its injected time */
};

static void make_classes(struct calibration *k)
{
    scan_classes_init(&k->classes);
    for (unsigned i = 0; i < NEEDS; i++) {
        /* Their offsets keep them out of each other's way, so that each needs what it is given. */
        k->classes.list[k->classes.count++] =
            (struct scan_class){ .period_ns = PERIOD_MS * NS_PER_MS,
                                 .offset_ns = (int64_t)i * PERIOD_MS / (int64_t)NEEDS * NS_PER_MS,
                                 .items = 10,
                                 .mode = SCAN_POLLED,
                                 .service_ms = PERIOD_MS * needs[i].need_percent / 100 };
    }
}

static bool disturbed(const struct scan_figures *f, const struct scan_thresholds *t)
{
    return f->late * 100 > f->scans * t->late_share_percent;
}

/* The classes share this computer: when it was late for one of them, the others' callbacks waited for it too. */
static bool run_is_disturbed(const struct calibration *k, const struct scan_outcome *o)
{
    for (unsigned i = 0; i < NEEDS; i++)
        if (disturbed(&o->figures[i], &k->thresholds))
            return true;
    return false;
}

static void judge_run(struct calibration *k, const struct scan_outcome *o)
{
    bool late = run_is_disturbed(k, o);
    k->runs++;
    k->own_ns = o->own_ns;
    for (unsigned i = 0; i < NEEDS; i++) {
        const struct scan_figures *f = &o->figures[i];
        struct tally *t = &k->tallies[i];
        int64_t p99_ns = scan_figures_p99_ns(f);
        enum scan_word word = scan_judge_class(f, &k->classes.list[i], &k->thresholds);
        t->fits += word == SCAN_FITS && !late;
        if (late) {
            t->late++;
            continue;
        }
        *(word == needs[i].right ? &t->right : &t->wrong) += 1;
        if (t->p99_lowest_ns == 0 || p99_ns < t->p99_lowest_ns)
            t->p99_lowest_ns = p99_ns;
        if (p99_ns > t->p99_highest_ns)
            t->p99_highest_ns = p99_ns;
    }
    int64_t median_ns =
        histogram_percentile_ns(&o->figures[0].completion, 500000) - (int64_t)k->classes.list[0].service_ms * NS_PER_MS;
    k->median_ns = median_ns > 0 ? median_ns : 1;
}

/* Right in 99 of 100 of the runs that this computer did not disturb, and never "fits" above 55 %. */
static bool need_passes(const struct tally *t, uint32_t need_percent)
{
    uint32_t judged = t->right + t->wrong;
    return judged > 0 && (uint64_t)t->right * 100 >= (uint64_t)judged * RIGHT_SHARE &&
           (need_percent <= 55 || t->fits == 0);
}

static bool passes(const struct calibration *k)
{
    for (unsigned i = 0; i < NEEDS; i++)
        if (!need_passes(&k->tallies[i], needs[i].need_percent))
            return false;
    return k->own_ns * 100 <= k->median_ns;
}

static void print_table(const struct calibration *k)
{
    printf("Calibration: classes of %d ms that need a known share of it, %u runs of %d scans\n\n", PERIOD_MS, k->runs,
           SCANS);
    printf("  %6s  %-12s %6s %6s %10s %6s %16s\n", "need", "right word", "right", "wrong", "disturbed", "fits", "p99");
    for (unsigned i = 0; i < NEEDS; i++) {
        const struct tally *t = &k->tallies[i];
        printf("  %4u %%  %-12s %6u %6u %10u %6u %5.1f to %5.1f %%  %s\n", (unsigned)needs[i].need_percent,
               scan_word_name(needs[i].right), (unsigned)t->right, (unsigned)t->wrong, (unsigned)t->late,
               (unsigned)t->fits, (double)t->p99_lowest_ns / PERIOD_MS / 1e4,
               (double)t->p99_highest_ns / PERIOD_MS / 1e4, need_passes(t, needs[i].need_percent) ? "" : "NOT RIGHT");
    }
    printf(
        "\nMeasuring costs %lld ns of a scan that takes %.0f us without its injected time (%.2f %%, allowed 1 %%).\n"
        "Disturbed: this computer itself started over %u %% of the scans of a class late; such a run decides nothing.\n"
        "%s\n",
        (long long)k->own_ns, (double)k->median_ns / 1e3, (double)k->own_ns * 100 / (double)k->median_ns,
        (unsigned)k->thresholds.late_share_percent,
        passes(k) ? "The instrument is right." : "The instrument is NOT right on this computer.");
}

static int print_json(const struct calibration *k)
{
    cJSON *root = cJSON_CreateObject();
    cJSON_AddStringToObject(root, "program", "probe-client");
    cJSON_AddStringToObject(root, "version", OPCPROBE_VERSION);
    cJSON_AddStringToObject(root, "command", "bench");
    cJSON_AddNumberToObject(root, "runs", k->runs);
    cJSON_AddBoolToObject(root, "right", passes(k));
    cJSON_AddNumberToObject(root, "own_ns", (double)k->own_ns);
    cJSON_AddNumberToObject(root, "scan_ns", (double)k->median_ns);
    cJSON *table = cJSON_AddArrayToObject(root, "calibration");
    for (unsigned i = 0; table && i < NEEDS; i++) {
        const struct tally *t = &k->tallies[i];
        cJSON *row = cJSON_CreateObject();
        cJSON_AddItemToArray(table, row);
        cJSON_AddNumberToObject(row, "need_percent", needs[i].need_percent);
        cJSON_AddStringToObject(row, "word", scan_word_name(needs[i].right));
        cJSON_AddNumberToObject(row, "right", t->right);
        cJSON_AddNumberToObject(row, "wrong", t->wrong);
        cJSON_AddNumberToObject(row, "disturbed", t->late);
        cJSON_AddNumberToObject(row, "fits", t->fits);
        cJSON_AddNumberToObject(row, "p99_lowest_ns", (double)t->p99_lowest_ns);
        cJSON_AddNumberToObject(row, "p99_highest_ns", (double)t->p99_highest_ns);
    }
    return report_json_print(root, stdout) ? EXIT_AS_EXPECTED : EXIT_HARNESS;
}

/* A block that did not run to its end says why, and nothing about the instrument. */
static bool block_is_whole(const struct scan_outcome *o)
{
    if (o->connected && !o->ours)
        fputs("probe-client bench: this server did not prove to be the opcprobe test server of this run; a plant's "
              "server is not put under load\n",
              stderr);
    else if (!o->whole)
        fprintf(stderr, "probe-client bench: %s failed with 0x%08X %s\n", o->failed[0] ? o->failed : "the block",
                (unsigned)o->code, code_name(o->code));
    return o->connected && o->ours && o->whole;
}

static uint8_t level_of(const struct bench_options *o)
{
    return o->level_count > 0 ? o->levels[0] : LEVEL_PACKET_INTEGRITY;
}

static int calibrate(struct calibration *k, struct scan_outcome *outcome)
{
    const struct bench_options *o = k->options;
    int64_t warm_up_ns = WARM_UP * PERIOD_MS * NS_PER_MS;
    int64_t block_ns = warm_up_ns + SCANS * PERIOD_MS * NS_PER_MS;
    char whole[SCAN_TIME_TEXT], what[64];
    struct scan_child child;
    scan_time_text((int64_t)o->scan.runs * (block_ns + CONNECT_NS) / NS_PER_S * NS_PER_S, whole);
    fprintf(stderr, "This calibration takes about %s.\n", whole);
    int exit_code = scan_child_init(&child, o, (int64_t)o->scan.runs * (block_ns + CONNECT_NS));
    for (uint32_t i = 0; exit_code == EXIT_AS_EXPECTED && i < o->scan.runs && !interrupt_requested(); i++) {
        snprintf(what, sizeof(what), "run %u of %u", (unsigned)i + 1, (unsigned)o->scan.runs);
        enum err e = scan_child_run(&child, &k->classes, level_of(o), warm_up_ns, block_ns, what, outcome);
        if (interrupt_requested())
            break;
        if (e)
            exit_code = EXIT_HARNESS;
        else if (!block_is_whole(outcome))
            exit_code = EXIT_UNEXPECTED;
        else
            judge_run(k, outcome);
    }
    scan_child_cleanup(&child);
    return exit_code;
}

int scan_calibrate(const struct bench_options *o)
{
    struct calibration k = { .options = o, .thresholds = o->scan.thresholds };
    struct scan_outcome *outcome = calloc(1, sizeof(*outcome));
    if (!outcome) {
        fputs("probe-client bench: out of memory\n", stderr);
        return EXIT_HARNESS;
    }
    make_classes(&k);
    int exit_code = calibrate(&k, outcome);
    free(outcome);
    if (k.runs == 0)
        return exit_code ? exit_code : EXIT_UNEXPECTED;
    if (o->json) {
        int printed = print_json(&k);
        exit_code = exit_code ? exit_code : printed;
    } else {
        print_table(&k);
    }
    return exit_code ? exit_code : passes(&k) ? EXIT_AS_EXPECTED : EXIT_UNEXPECTED;
}

/* ---- the largest class --------------------------------------------------------------------------------------- */

struct search {
    const struct bench_options *options;
    struct scan_child child;
    struct scan_outcome *outcome;
    int64_t period_ns;
    unsigned trials;
};

enum trial {
    TRIAL_FITS,
    TRIAL_DOES_NOT,
    TRIAL_FAILED
};

static enum trial try_items(struct search *s, uint32_t items)
{
    struct scan_classes classes;
    int64_t block_ns = s->period_ns * (TRIAL_SCANS + 2), warm_up_ns = s->period_ns * 2;
    char what[64];
    scan_classes_init(&classes);
    classes.list[classes.count++] = (struct scan_class){ .period_ns = s->period_ns, .items = items };
    if (block_ns < TRIAL_MS * NS_PER_MS)
        block_ns = TRIAL_MS * NS_PER_MS;
    snprintf(what, sizeof(what), "trial %u, %u items", ++s->trials, (unsigned)items);
    enum err e = scan_child_run(&s->child, &classes, level_of(s->options), warm_up_ns, block_ns, what, s->outcome);
    if (e || interrupt_requested() || !s->outcome->connected || !s->outcome->ours) {
        if (!e && !interrupt_requested())
            (void)block_is_whole(s->outcome);
        return TRIAL_FAILED;
    }
    const struct scan_figures *f = &s->outcome->figures[0];
    bool fits = s->outcome->whole && scan_judge_class(f, &classes.list[0], &s->options->scan.thresholds) == SCAN_FITS;
    printf("  %8u items: p99 %5.1f %% of the period%s, %s\n", (unsigned)items,
           (double)scan_figures_p99_ns(f) * 100 / (double)s->period_ns,
           disturbed(f, &s->options->scan.thresholds) ? ", this computer was late itself" : "",
           !s->outcome->whole ? "not carried to the end"
           : fits             ? "fits"
                              : "does not fit");
    fflush(stdout);
    return fits ? TRIAL_FITS : TRIAL_DOES_NOT;
}

/* Between a class that fits and one that does not; false when a trial failed. */
static bool halve(struct search *s, uint32_t *fits, uint32_t *too_large)
{
    while (*too_large - *fits > 1 && *too_large - *fits > *fits / CLOSE_SHARE) {
        uint32_t middle = *fits + (*too_large - *fits) / 2;
        enum trial trial = try_items(s, middle);
        if (trial == TRIAL_FAILED)
            return false;
        *(trial == TRIAL_FITS ? fits : too_large) = middle;
    }
    return true;
}

static int search(struct search *s)
{
    uint32_t fits = 0, items = 100;
    enum trial trial = TRIAL_FITS;
    char period[SCAN_TIME_TEXT];
    scan_time_text(s->period_ns, period);
    printf("The largest polled class of %s that fits at %s\n", period, level_name(level_of(s->options)));
    while (trial == TRIAL_FITS && items <= SCAN_ITEMS_MAXIMUM) {
        trial = try_items(s, items);
        if (trial == TRIAL_FITS) {
            fits = items;
            items *= 10;
        }
    }
    if (trial == TRIAL_FAILED || (trial == TRIAL_DOES_NOT && !halve(s, &fits, &items)))
        return interrupt_requested() ? EXIT_AS_EXPECTED : EXIT_UNEXPECTED;
    if (fits == 0)
        printf("None fits: not even one item.\n");
    else
        printf("%u items fit%s. It is a demonstration of %d scans for each trial on this pair of computers, no verdict "
               "about a plant.\n",
               (unsigned)fits, trial == TRIAL_FITS ? ", the most that is tried" : "", TRIAL_SCANS);
    return EXIT_AS_EXPECTED;
}

int scan_find_largest(const struct bench_options *o)
{
    struct search s = { .options = o };
    const char *text = o->scan.largest;
    if (!scan_time_parse(text, strlen(text), &s.period_ns) || s.period_ns < SCAN_PERIOD_MINIMUM_MS * NS_PER_MS) {
        fprintf(stderr, "probe-client bench: '%.40s' is no period; write 250ms, 0.25, 1s, 2m or 00:00:05\n", text);
        return EXIT_USAGE;
    }
    s.outcome = calloc(1, sizeof(*s.outcome));
    if (!s.outcome) {
        fputs("probe-client bench: out of memory\n", stderr);
        return EXIT_HARNESS;
    }
    int exit_code = scan_child_init(&s.child, o, 0);
    if (exit_code == EXIT_AS_EXPECTED)
        exit_code = search(&s);
    scan_child_cleanup(&s.child);
    free(s.outcome);
    return exit_code;
}
