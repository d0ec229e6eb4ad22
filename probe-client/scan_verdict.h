/* Whether scan classes fit, when that may be said, and what it says about a level. Pure. */
#ifndef PROBE_CLIENT_SCAN_VERDICT_H
#define PROBE_CLIENT_SCAN_VERDICT_H

#include "probe-client/scan_figures.h"

/* Every one of them can be set on the command line, and is printed with the verdict. */
struct scan_thresholds {
    struct scan_limits limits;
    uint32_t fits_percent;       /* 50: of the period, for p99 of completion */
    uint32_t marginal_percent;   /* 80 */
    uint32_t late_share_percent; /* 1: more own late starts than this decide nothing */
    int64_t fast_ns;             /* 10 s: classes up to it need fast_scans, slower ones slow_scans */
    uint32_t fast_scans;         /* 300 */
    uint32_t slow_scans;         /* 30 */
    int64_t minimum_ns;          /* 30 min at each level */
    uint32_t coincidences;       /* 3: how often all classes must have met */
    uint32_t blocks;             /* 6 at each level */
    int64_t block_ns;            /* 60 s */
};

#define SCAN_THRESHOLDS_USUAL                                                                                          \
    {                                                                                                                  \
        .limits = { .missed_ns = 1000000000, .late_percent = 5 }, .fits_percent = 50, .marginal_percent = 80,          \
        .late_share_percent = 1, .fast_ns = 10000000000, .fast_scans = 300, .slow_scans = 30,                          \
        .minimum_ns = 1800000000000, .coincidences = 3, .blocks = 6, .block_ns = 60000000000                           \
    }

/* "fits=40". False with one line. */
bool scan_threshold_set(struct scan_thresholds *t, const char *text, char complaint[SCAN_COMPLAINT]);
/* All of them in that form, separated by blanks. */
#define SCAN_THRESHOLDS_TEXT 320
void scan_thresholds_text(const struct scan_thresholds *t, char out[SCAN_THRESHOLDS_TEXT]);

/* What has been measured at one level. */
struct scan_extent {
    int64_t measured_ns;   /* without warm-up */
    uint32_t blocks;       /* whole ones */
    uint32_t coincidences; /* of all classes, without warm-up */
};

/* From the best to the worst. */
enum scan_word {
    SCAN_FITS,
    SCAN_MARGINAL,
    SCAN_DOES_NOT_FIT
};

/* "fits", "marginal", "does not fit". */
const char *scan_word_name(enum scan_word word);
/* Of what was seen, however little: whether it may be said is scan_enough's answer. */
enum scan_word scan_judge_class(const struct scan_figures *f, const struct scan_class *c,
                                const struct scan_thresholds *t);
/* The worst of all classes, because they run together. */
enum scan_word scan_judge(const struct scan_figures *figures, const struct scan_classes *classes,
                          const struct scan_thresholds *t);
/* A class that ran often enough for a word. */
bool scan_at_pace(const struct scan_figures *f, const struct scan_class *c, const struct scan_thresholds *t);
/* Whether a verdict may be given on what was measured. False with the reason, and what would decide it. */
#define SCAN_REASON 200
bool scan_enough(const struct scan_figures *figures, const struct scan_classes *classes,
                 const struct scan_extent *extent, const struct scan_thresholds *t, char reason[SCAN_REASON]);

enum scan_sentence {
    SCAN_BOTH,      /* fits with and without it */
    SCAN_NOT_WITH,  /* fits now, not with it */
    SCAN_NOT_CAUSE, /* does not fit already, the level is not the cause */
    SCAN_NOT_DECIDED
};

/* What two words say about the level: `without` at the lower one, `with` at the one in question. */
enum scan_sentence scan_compare(enum scan_word without, enum scan_word with);
/* The sentence for people; `level` is the name of the one in question. */
#define SCAN_SENTENCE 160
void scan_sentence_text(enum scan_sentence sentence, const char *level, char out[SCAN_SENTENCE]);

#endif
