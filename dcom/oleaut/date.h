/* DATE: days since 30 December 1899, the time of day as their fraction ([MS-OAUT] 2.2.25). */
#ifndef DCOM_OLEAUT_DATE_H
#define DCOM_OLEAUT_DATE_H

#include <oleauto.h>
#include <stdbool.h>

#define DATE_TEXT 32

/* "02/29/2004 12:00:00" as the invariant locale has it; without the time at midnight, without the date on day 0.
 * False outside the years 100 to 9999. */
bool date_text(DATE date, char out[DATE_TEXT]);
/* Reads that form, and "2004-02-29 12:00:00" (also with T between, or either half alone). */
bool date_parse(const char *text, DATE *out);

#endif
