#include "probe-client/check_report.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

const struct binding_list *check_report_bindings(const struct check_report *report, enum stage stage)
{
    switch (stage) {
    case STAGE_RESOLVER:
        return &report->resolver_bindings;
    case STAGE_CONNECT:
        return &report->object_bindings;
    case STAGE_LISTEN:
        return &report->own_bindings;
    default:
        return NULL;
    }
}

void check_report_find(struct check_report *report, enum stage stage, enum evidence evidence, const char *text, ...)
{
    if (report->finding_count == FINDINGS_MAXIMUM)
        return;
    struct finding *f = &report->findings[report->finding_count];
    f->stage = stage;
    f->evidence = evidence;
    va_list arguments;
    va_start(arguments, text);
    vsnprintf(f->text, sizeof(f->text), text, arguments);
    va_end(arguments);
    /* Two activations on one computer show the same of it. */
    for (size_t i = 0; i < report->finding_count; i++)
        if (strcmp(report->findings[i].text, f->text) == 0)
            return;
    report->finding_count++;
}
