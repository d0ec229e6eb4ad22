#include "base/clock.h"

#include <limits.h>
#include <stdio.h>

#define FILETIME_PER_MS     UINT64_C(10000)
#define FILETIME_PER_SECOND UINT64_C(10000000)
#define SECONDS_PER_DAY     86400

int64_t clock_deadline_ns(int64_t timeout_ns)
{
    int64_t now = clock_now_ns();
    if (timeout_ns > CLOCK_NEVER - now) {
        return CLOCK_NEVER;
    }
    return now + timeout_ns;
}

int64_t clock_left_ns(int64_t deadline_ns)
{
    if (deadline_ns == CLOCK_NEVER) {
        return CLOCK_NEVER;
    }
    int64_t now = clock_now_ns();
    return deadline_ns > now ? deadline_ns - now : 0;
}

int clock_left_ms(int64_t deadline_ns)
{
    if (deadline_ns == CLOCK_NEVER) {
        return -1;
    }
    int64_t left = clock_left_ns(deadline_ns);
    int64_t ms = left / NS_PER_MS + (left % NS_PER_MS != 0);
    return ms > INT_MAX ? INT_MAX : (int)ms;
}

/* Splits days since 1601-01-01 into a civil date. A Gregorian cycle of 400 years has 146,097 days and 1601 begins
 * one; with years taken to begin on 1 March the leap day is the last of its year and needs no case of its own. */
static void civil_from_days(unsigned days, unsigned *year, unsigned *month, unsigned *day)
{
    unsigned since_march = days + 306; /* 1600-03-01 */
    unsigned cycle = since_march / 146097;
    unsigned day_of_cycle = since_march % 146097;
    unsigned year_of_cycle = (day_of_cycle - day_of_cycle / 1460 + day_of_cycle / 36524 - day_of_cycle / 146096) / 365;
    unsigned day_of_year = day_of_cycle - (365 * year_of_cycle + year_of_cycle / 4 - year_of_cycle / 100);
    unsigned shifted_month = (5 * day_of_year + 2) / 153;
    *day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    *month = shifted_month < 10 ? shifted_month + 3 : shifted_month - 9;
    *year = 1600 + 400 * cycle + year_of_cycle + (*month <= 2);
}

void clock_wall_text(char out[25])
{
    uint64_t now = clock_wall_filetime();
    unsigned ms = (unsigned)(now / FILETIME_PER_MS % 1000);
    uint64_t seconds = now / FILETIME_PER_SECOND;
    unsigned second = (unsigned)(seconds % SECONDS_PER_DAY);
    unsigned year, month, day;
    civil_from_days((unsigned)(seconds / SECONDS_PER_DAY), &year, &month, &day);
    (void)snprintf(out, 25, "%04u-%02u-%02uT%02u:%02u:%02u.%03uZ", year % 10000, month % 100, day % 100,
                   second / 3600 % 24, second / 60 % 60, second % 60, ms % 1000);
}
