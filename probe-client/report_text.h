/* A check as text: a head, one line per stage as it is settled, the verdict. */
#ifndef PROBE_CLIENT_REPORT_TEXT_H
#define PROBE_CLIENT_REPORT_TEXT_H

#include "probe-client/page.h"
#include "probe-client/verdict.h"

void report_text_head(const struct page *p, const struct check_report *report);
void report_text_stage(const struct page *p, const struct check_report *report, const struct stage_result *result);
/* The line of a stage that is still running; written over by the next one. Terminals only. */
void report_text_progress(const struct page *p, const struct check_report *report, enum stage stage, int64_t elapsed_ns,
                          int64_t allowed_ns);
void report_text_clear_progress(const struct page *p);
void report_text_verdict(const struct page *p, const struct check_report *report, const struct verdict *v);
/* Meaning, where to look, causes, change and undo: shared with `explain`. */
struct explanation;
void report_text_advice(const struct page *p, const char *look_at, const char *const causes[], const char *change,
                        const char *undo, const char *note);

#endif
