#include "probe-client/scan_run.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/interrupt.h"
#include "probe-client/exit_code.h"
#include "probe-client/report_json.h"
#include "probe-client/scan_calibrate.h"
#include "probe-client/scan_child.h"
#include "probe-client/scan_file.h"
#include "probe-client/scan_result.h"

/* Who is told how long it takes, before anything begins. */
static void announce(const struct scan_plan *p)
{
    char needed[SCAN_TIME_TEXT], whole[SCAN_TIME_TEXT], block[SCAN_TIME_TEXT];
    scan_time_text(p->whole_ns, whole);
    scan_time_text(p->block_ns, block);
    if (p->needed_ns == INT64_MAX)
        snprintf(needed, sizeof(needed), "more than a year");
    else
        scan_time_text(p->needed_ns, needed);
    fprintf(stderr, "A verdict needs %s. This run takes %s: %u level%s, %u blocks of %s each%s.\n", needed, whole,
            p->levels, p->levels == 1 ? "" : "s", p->blocks, block,
            p->whole_ns < p->needed_ns ? "; a demonstration without a verdict" : "");
}

/* What the files of an interface say beside the classes. */
static void announce_interface(const struct scan_pi *pi, const struct scan_classes *classes)
{
    if (pi->class_count == 0)
        return;
    fprintf(stderr, "The interface reads %u items in %u classes from %s%s%s", (unsigned)scan_classes_items(classes),
            classes->count, pi->server[0] ? pi->server : "a server that is not named", pi->host[0] ? " on " : "",
            pi->host);
    fprintf(stderr, "; %s%s", pi->level ? "/DA=" : "no /DA level", pi->level ? level_name(pi->level) : "");
    if (pi->not_scanned || pi->not_ours)
        fprintf(stderr, "; %u points are not scanned, %u belong to other interfaces", (unsigned)pi->not_scanned,
                (unsigned)pi->not_ours);
    fputs(".\nThe same load is put on the opcprobe test server.\n", stderr);
}

/* What is asked for now, and packet integrity, which patched Windows asks of everybody. */
static void choose_levels(const struct bench_options *o, const struct scan_pi *pi, struct scan_result *r)
{
    r->level_count = (unsigned)o->level_count;
    for (unsigned i = 0; i < r->level_count; i++)
        r->levels[i].asked = o->levels[i];
    if (r->level_count > 0)
        return;
    uint8_t now = pi->level ? pi->level : LEVEL_CONNECT;
    r->levels[r->level_count++].asked = now;
    if (now != LEVEL_PACKET_INTEGRITY)
        r->levels[r->level_count++].asked = LEVEL_PACKET_INTEGRITY;
}

/* Blocks of all levels in turn. One that has no connection, or loses it, is not tried again; results so far stay. */
static int run_blocks(struct scan_child *child, struct scan_result *r, struct scan_outcome *block)
{
    for (unsigned i = 0; i < r->plan.blocks * r->plan.levels && !interrupt_requested(); i++) {
        unsigned level = scan_plan_level(&r->plan, i);
        struct scan_level *l = &r->levels[level];
        char what[80];
        if (l->tried && (!l->merged.connected || l->merged.code))
            continue;
        snprintf(what, sizeof(what), "block %u of %u, %s", i + 1, r->plan.blocks * r->plan.levels,
                 level_name(l->asked));
        enum err e = scan_child_run(child, r->classes, l->asked, r->plan.warm_up_ns, r->plan.block_ns, what, block);
        if (e == ERR_CANCELLED)
            break;
        if (e)
            return EXIT_HARNESS;
        if (block->connected && !block->ours) {
            fputs("probe-client bench: this server did not prove to be the opcprobe test server of this run; a plant's "
                  "server is not put under load\n",
                  stderr);
            return EXIT_UNEXPECTED;
        }
        scan_result_take(r, level, block);
    }
    r->interrupted = interrupt_requested();
    return EXIT_AS_EXPECTED;
}

static int print_result(const struct bench_options *o, const struct scan_result *r)
{
    struct page out;
    page_init(&out, stdout);
    if (!o->json)
        scan_result_text(&out, r);
    else if (!report_json_print(scan_result_json(r), stdout))
        return EXIT_HARNESS;
    return scan_result_has_figures(r) ? EXIT_AS_EXPECTED : EXIT_UNEXPECTED;
}

static int compare(const struct bench_options *o, struct scan_result *r, struct scan_outcome *block)
{
    struct scan_child child;
    int exit_code = scan_child_init(&child, o, r->plan.whole_ns);
    if (exit_code == EXIT_AS_EXPECTED) {
        exit_code = run_blocks(&child, r, block);
        bool any = scan_result_has_figures(r);
        if (exit_code == EXIT_AS_EXPECTED || any) {
            int printed = print_result(o, r);
            exit_code = exit_code ? exit_code : printed;
        }
    }
    scan_child_cleanup(&child);
    return exit_code;
}

int scan_run(const struct bench_options *o)
{
    struct scan_classes classes = o->scan.classes;
    struct scan_pi pi;
    char complaint[SCAN_COMPLAINT];
    if (o->scan.calibrate)
        return scan_calibrate(o);
    if (o->scan.largest)
        return scan_find_largest(o);
    struct scan_result *r = calloc(1, sizeof(*r));
    struct scan_outcome *block = calloc(1, sizeof(*block));
    int exit_code = EXIT_USAGE;
    if (!r || !block) {
        fputs("probe-client bench: out of memory\n", stderr);
        exit_code = EXIT_HARNESS;
    } else if (!scan_file_load(o->scan.files, o->scan.file_count, &classes, &pi, complaint)) {
        fprintf(stderr, "probe-client bench: %s\n", complaint);
    } else {
        r->classes = &classes;
        r->thresholds = &o->scan.thresholds;
        r->account = o->login.account ? o->login.account : o->login.anonymous ? "anonymous" : "this process's account";
        choose_levels(o, &pi, r);
        if (scan_plan_make(&classes, r->level_count, o->duration_ns, r->thresholds, &r->plan, complaint)) {
            announce_interface(&pi, &classes);
            announce(&r->plan);
            exit_code = compare(o, r, block);
        } else {
            fprintf(stderr, "probe-client bench: %s\n", complaint);
        }
    }
    free(block);
    free(r);
    return exit_code;
}
