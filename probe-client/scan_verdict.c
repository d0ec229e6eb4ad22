#include "probe-client/scan_verdict.h"

#include <stdio.h>

const char *scan_word_name(enum scan_word word)
{
    static const char *const names[] = {
        [SCAN_FITS] = "fits", [SCAN_MARGINAL] = "marginal", [SCAN_DOES_NOT_FIT] = "does not fit"
    };
    return names[word];
}

static bool within(int64_t value_ns, int64_t period_ns, uint32_t percent)
{
    return value_ns <= period_ns / 100 * percent;
}

enum scan_word scan_judge_class(const struct scan_figures *f, const struct scan_class *c,
                                const struct scan_thresholds *t)
{
    int64_t p99_ns = scan_figures_p99_ns(f);
    if (f->scans == 0 || f->skipped || f->overrun || !within(p99_ns, c->period_ns, t->marginal_percent))
        return SCAN_DOES_NOT_FIT;
    return f->missed || !within(p99_ns, c->period_ns, t->fits_percent) ? SCAN_MARGINAL : SCAN_FITS;
}

enum scan_word scan_judge(const struct scan_figures *figures, const struct scan_classes *classes,
                          const struct scan_thresholds *t)
{
    enum scan_word worst = SCAN_FITS;
    for (unsigned i = 0; i < classes->count; i++) {
        enum scan_word word = scan_judge_class(&figures[i], &classes->list[i], t);
        if (word > worst)
            worst = word;
    }
    return worst;
}

bool scan_at_pace(const struct scan_figures *f, const struct scan_class *c, const struct scan_thresholds *t)
{
    return f->scans >= (c->period_ns <= t->fast_ns ? t->fast_scans : t->slow_scans);
}

bool scan_enough(const struct scan_figures *figures, const struct scan_classes *classes,
                 const struct scan_extent *extent, const struct scan_thresholds *t, char reason[SCAN_REASON])
{
    char period[SCAN_TIME_TEXT];
    reason[0] = '\0';
    for (unsigned i = 0; i < classes->count; i++) {
        const struct scan_class *c = &classes->list[i];
        const struct scan_figures *f = &figures[i];
        scan_time_text(c->period_ns, period);
        if (f->late * 100 > f->scans * t->late_share_percent) {
            snprintf(
                reason, SCAN_REASON,
                "this computer itself started %llu of %llu scans of the %s class late; a quiet computer decides it",
                (unsigned long long)f->late, (unsigned long long)f->scans, period);
            return false;
        }
        if (!scan_at_pace(f, c, t)) {
            snprintf(reason, SCAN_REASON,
                     "the %s class was scanned %llu times, not measured at pace; %u scans decide it", period,
                     (unsigned long long)f->scans,
                     (unsigned)(c->period_ns <= t->fast_ns ? t->fast_scans : t->slow_scans));
            return false;
        }
    }
    if (extent->measured_ns < t->minimum_ns) {
        scan_time_text(t->minimum_ns, period);
        snprintf(reason, SCAN_REASON, "less than %s was measured", period);
    } else if (extent->blocks < t->blocks) {
        snprintf(reason, SCAN_REASON, "%u blocks were measured, %u decide it", (unsigned)extent->blocks,
                 (unsigned)t->blocks);
    } else if (extent->coincidences < t->coincidences) {
        snprintf(reason, SCAN_REASON, "all classes met %u times, %u times decide it", (unsigned)extent->coincidences,
                 (unsigned)t->coincidences);
    }
    return reason[0] == '\0';
}

enum scan_sentence scan_compare(enum scan_word without, enum scan_word with)
{
    if (without == SCAN_DOES_NOT_FIT)
        return SCAN_NOT_CAUSE;
    if (without == SCAN_FITS && with == SCAN_FITS)
        return SCAN_BOTH;
    return without == SCAN_FITS && with == SCAN_DOES_NOT_FIT ? SCAN_NOT_WITH : SCAN_NOT_DECIDED;
}

void scan_sentence_text(enum scan_sentence sentence, const char *level, char out[SCAN_SENTENCE])
{
    switch (sentence) {
    case SCAN_BOTH:
        snprintf(out, SCAN_SENTENCE, "It fits with and without %s.", level);
        break;
    case SCAN_NOT_WITH:
        snprintf(out, SCAN_SENTENCE, "It fits now, not with %s.", level);
        break;
    case SCAN_NOT_CAUSE:
        snprintf(out, SCAN_SENTENCE, "It does not fit already, %s is not the cause.", level);
        break;
    case SCAN_NOT_DECIDED:
        snprintf(out, SCAN_SENTENCE, "Not decided for %s", level);
        break;
    }
}
