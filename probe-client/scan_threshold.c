/* Thresholds by the names of the command line. */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "probe-client/scan_verdict.h"

static const struct {
    const char *name;
    size_t at;
    bool seconds; /* an int64_t of ns; else a uint32_t */
    uint64_t minimum, maximum;
} thresholds[] = {
#define NUMBER(name, field, minimum, maximum)                                                                          \
    {                                                                                                                  \
        name, offsetof(struct scan_thresholds, field), false, minimum, maximum                                         \
    }
#define SECONDS(name, field, minimum, maximum)                                                                         \
    {                                                                                                                  \
        name, offsetof(struct scan_thresholds, field), true, minimum, maximum                                          \
    }
    NUMBER("fits", fits_percent, 1, 100),
    NUMBER("marginal", marginal_percent, 1, 100),
    SECONDS("missed", limits.missed_ns, 1, 3600),
    NUMBER("late", limits.late_percent, 1, 100),
    NUMBER("late-share", late_share_percent, 0, 100),
    SECONDS("fast", fast_ns, 1, 86400),
    NUMBER("fast-scans", fast_scans, 1, 1000000),
    NUMBER("slow-scans", slow_scans, 1, 1000000),
    SECONDS("minimum", minimum_ns, 1, 30 * 86400),
    NUMBER("coincidences", coincidences, 0, 1000000),
    NUMBER("blocks", blocks, 2, 1000),
    SECONDS("block", block_ns, 1, 86400),
#undef NUMBER
#undef SECONDS
};

#define THRESHOLDS (sizeof(thresholds) / sizeof(thresholds[0]))

bool scan_threshold_set(struct scan_thresholds *t, const char *text, char complaint[SCAN_COMPLAINT])
{
    size_t length = strcspn(text, "=");
    for (size_t i = 0; i < THRESHOLDS; i++) {
        uint64_t number;
        if (strlen(thresholds[i].name) != length || strncmp(thresholds[i].name, text, length) != 0)
            continue;
        if (text[length] != '=' ||
            !text_parse_u64(text + length + 1, thresholds[i].minimum, thresholds[i].maximum, &number)) {
            snprintf(complaint, SCAN_COMPLAINT, "threshold %s is a number from %llu to %llu, as in %s=%llu",
                     thresholds[i].name, (unsigned long long)thresholds[i].minimum,
                     (unsigned long long)thresholds[i].maximum, thresholds[i].name,
                     (unsigned long long)thresholds[i].minimum);
            return false;
        }
        if (thresholds[i].seconds)
            *(int64_t *)((char *)t + thresholds[i].at) = (int64_t)number * NS_PER_S;
        else
            *(uint32_t *)((char *)t + thresholds[i].at) = (uint32_t)number;
        return true;
    }
    snprintf(complaint, SCAN_COMPLAINT, "unknown threshold '%.40s'; 'probe-client bench --help' lists them", text);
    return false;
}

void scan_thresholds_text(const struct scan_thresholds *t, char out[SCAN_THRESHOLDS_TEXT])
{
    size_t used = 0;
    out[0] = '\0';
    for (size_t i = 0; i < THRESHOLDS && used < SCAN_THRESHOLDS_TEXT; i++) {
        const char *field = (const char *)t + thresholds[i].at;
        long long number = thresholds[i].seconds ? *(const int64_t *)field / NS_PER_S : *(const uint32_t *)field;
        used += (size_t)snprintf(out + used, SCAN_THRESHOLDS_TEXT - used, "%s%s=%lld", i ? " " : "", thresholds[i].name,
                                 number);
    }
}
