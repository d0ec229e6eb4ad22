/* What was seen of one scan class at one level: counts and distributions that merge over blocks.
 *
 * Completion counts from the instant that was scheduled, so that a scan that had to wait for the one before it is as
 * late as its reader saw it. Pure. */
#ifndef PROBE_CLIENT_SCAN_FIGURES_H
#define PROBE_CLIENT_SCAN_FIGURES_H

#include "base/histogram.h"
#include "probe-client/scan_class.h"

/* When a scan counts as missed, and the instrument itself as late. */
struct scan_limits {
    int64_t missed_ns;     /* 1 s */
    uint32_t late_percent; /* own start later than so much of the period: 5 */
};

struct scan_figures {
    struct histogram completion; /* scheduled instant to the return of the last callback or of the call */
    struct histogram start;      /* scheduled instant to our call: what historians' interfaces judge */
    uint64_t scans;              /* due, whatever became of them */
    uint64_t missed;             /* over missed_ns late, less than a period: only classes slower than that */
    uint64_t skipped;            /* a period late or more, or never done */
    uint64_t overrun;            /* due while the one before was not done */
    uint64_t failed;             /* answered with an error; skipped too */
    uint64_t late;               /* we ourselves started late although nothing was in the way */
};

/* One scan that was due. */
struct scan_timing {
    int64_t scheduled_ns;
    int64_t started_ns;
    int64_t done_ns; /* 0: never done */
    bool overrun;    /* the one before was not done at scheduled_ns */
    bool failed;
};

void scan_figures_add(struct scan_figures *f, const struct scan_class *c, const struct scan_limits *limits,
                      const struct scan_timing *t);
void scan_figures_merge(struct scan_figures *into, const struct scan_figures *from);
/* 99th percentile of completion; the maximum under 1,000 scans, for which a percentile would be an invention. */
#define SCAN_P99_SCANS 1000
int64_t scan_figures_p99_ns(const struct scan_figures *f);

cJSON *scan_figures_to_json(const struct scan_figures *f);
/* ERR_PROTOCOL: it is not such an object; `out` is empty then. */
MUST_USE enum err scan_figures_from_json(const cJSON *json, struct scan_figures *out);

#endif
