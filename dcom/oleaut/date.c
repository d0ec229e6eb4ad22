#include "dcom/oleaut/date.h"

#include <math.h>
#include <stdio.h>

#define DAY_SECONDS        86400
#define FIRST_DAY          (-657434) /* 1 January 100 */
#define LAST_DAY           2958465   /* 31 December 9999 */
#define DAYS_TO_1899_12_30 693593    /* since 1 January of the year 1 */

static bool is_leap(int year)
{
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

static int month_days(int year, int month)
{
    static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    return month == 2 && is_leap(year) ? 29 : days[month - 1];
}

/* Days from 1 January of the year 1 to 1 January of `year`. */
static int days_before_year(int year)
{
    int y = year - 1;
    return y * 365 + y / 4 - y / 100 + y / 400;
}

bool date_text(DATE date, char out[DATE_TEXT])
{
    if (!(date > FIRST_DAY - 1.0 && date < LAST_DAY + 1.0))
        return false;
    /* Before day 0 the fraction still counts forward from midnight: -1.25 is 6:00 on the day -1. */
    int day = (int)trunc(date);
    int second = (int)floor(fabs(date - day) * DAY_SECONDS + 0.5);
    if (second == DAY_SECONDS) {
        second = 0;
        day++;
    }

    int days = day + DAYS_TO_1899_12_30, year = days / 366 + 1, month = 1;
    while (days_before_year(year + 1) <= days)
        year++;
    days -= days_before_year(year);
    while (days >= month_days(year, month))
        days -= month_days(year, month++);
    int length = 0;
    if (day)
        length = snprintf(out, DATE_TEXT, "%02d/%02d/%04d", month, days + 1, year);
    if (second || !day)
        snprintf(out + length, DATE_TEXT - (size_t)length, "%s%02d:%02d:%02d", day ? " " : "", second / 3600,
                 second / 60 % 60, second % 60);
    return true;
}

/* Reads one to `most` digits, and `end` behind them unless that is 0. */
static bool parse_field(const char **text, int most, char end, int *out)
{
    const char *p = *text;
    *out = 0;
    while (p - *text < most && *p >= '0' && *p <= '9')
        *out = *out * 10 + (*p++ - '0');
    if (p == *text || (end && *p != end))
        return false;
    *text = end ? p + 1 : p;
    return true;
}

/* Year, month and day, or month, day and year: which of them the text has, `*text` then stands behind it. */
static bool parse_fields(const char **text, int *year, int *month, int *date)
{
    const char *p = *text;
    bool ok = parse_field(&p, 4, '-', year) && parse_field(&p, 2, '-', month) && parse_field(&p, 2, 0, date);
    if (!ok) {
        p = *text;
        ok = parse_field(&p, 2, '/', month) && parse_field(&p, 2, '/', date) && parse_field(&p, 4, 0, year);
    }
    if (ok)
        *text = p;
    return ok;
}

static bool day_of(int year, int month, int date, int *day)
{
    if (year < 100 || year > 9999 || month < 1 || month > 12 || date < 1 || date > month_days(year, month))
        return false;
    *day = days_before_year(year) + date - 1 - DAYS_TO_1899_12_30;
    for (int m = 1; m < month; m++)
        *day += month_days(year, m);
    return true;
}

/* Hours and minutes, perhaps seconds, and nothing behind. */
static bool parse_time(const char *text, int *second_of_day)
{
    int hour, minute, second = 0;
    if (!parse_field(&text, 2, ':', &hour) || !parse_field(&text, 2, 0, &minute))
        return false;
    if (*text == ':' && (text++, !parse_field(&text, 2, 0, &second)))
        return false;
    *second_of_day = hour * 3600 + minute * 60 + second;
    return !*text && hour < 24 && minute < 60 && second < 60;
}

bool date_parse(const char *text, DATE *out)
{
    int year, month, date, day = 0, second = 0;
    bool has_date = parse_fields(&text, &year, &month, &date);

    if (has_date && !day_of(year, month, date, &day))
        return false;
    if (has_date && (*text == ' ' || *text == 'T'))
        text++;
    else if (has_date && *text)
        return false;
    if ((*text || !has_date) && !parse_time(text, &second))
        return false;
    double fraction = second / (double)DAY_SECONDS;
    *out = day < 0 ? day - fraction : day + fraction;
    return true;
}
