#include "opcda/filetime.h"

#include <stdio.h>

#define UNITS_PER_MS       UINT64_C(10000)
#define MS_PER_DAY         UINT64_C(86400000)
#define DAYS_PER_400Y      146097
#define DAYS_TO_MARCH_1600 306 /* from 1600-03-01 to 1601-01-01 */

struct civil {
    unsigned year, month, day;
};

/* Days since 1601-01-01 to a date of the Gregorian calendar. Counting years from March puts the leap
 * day at their end, so that the lengths of the months follow one formula. */
static struct civil civil_from_days(uint64_t days)
{
    days += DAYS_TO_MARCH_1600;
    uint64_t era = days / DAYS_PER_400Y;
    unsigned in_era = (unsigned)(days % DAYS_PER_400Y);
    unsigned year = (in_era - in_era / 1460 + in_era / 36524 - in_era / 146096) / 365;
    unsigned in_year = in_era - (365 * year + year / 4 - year / 100);
    unsigned month = (5 * in_year + 2) / 153; /* 0 is March */
    struct civil c;
    c.day = in_year - (153 * month + 2) / 5 + 1;
    c.month = month < 10 ? month + 3 : month - 9;
    c.year = (unsigned)(1600 + era * 400) + year + (c.month <= 2);
    return c;
}

void filetime_text(FILETIME t, char out[FILETIME_TEXT])
{
    uint64_t value = filetime_value(t);
    if (!value) {
        snprintf(out, FILETIME_TEXT, "never");
        return;
    }
    uint64_t ms = value / UNITS_PER_MS;
    struct civil c = civil_from_days(ms / MS_PER_DAY);
    unsigned in_day = (unsigned)(ms % MS_PER_DAY);
    snprintf(out, FILETIME_TEXT, "%04u-%02u-%02uT%02u:%02u:%02u.%03uZ", c.year, c.month, c.day, in_day / 3600000,
             in_day / 60000 % 60, in_day / 1000 % 60, in_day % 1000);
}
