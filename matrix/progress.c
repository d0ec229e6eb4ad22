#include "matrix/progress.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/terminal.h"

void progress_init(struct progress *p, size_t total)
{
    *p = (struct progress){ .total = total, .terminal = terminal_is(TERMINAL_ERROR) };
    mutex_init(&p->lock);
}

void progress_cleanup(struct progress *p)
{
    mutex_cleanup(&p->lock);
}

/* The line of what is running is overwritten by the next thing that is printed. */
static void print_running(const struct progress *p, const char *cell)
{
    if (p->terminal && p->running > 0)
        fprintf(stderr, "\r\033[K[%zu/%zu] %s%s", p->done, p->total, cell, p->running > 1 ? " and others" : "");
    fflush(stderr);
}

void progress_started(struct progress *p, const char *cell)
{
    mutex_lock(&p->lock);
    p->running++;
    print_running(p, cell);
    mutex_unlock(&p->lock);
}

void progress_done(struct progress *p, const char *cell, const cJSON *entry)
{
    const char *outcome = json_string(entry, "outcome", "error");
    const char *detail = json_string(entry, "stage", json_string(entry, "connection", ""));
    double seconds = json_number(entry, "elapsed_ns", 0) / (double)NS_PER_S;
    mutex_lock(&p->lock);
    if (p->running > 0)
        p->running--;
    p->done++;
    fprintf(stderr, "%s[%*zu/%zu] %-11s %-40s %-12s %5.1f s\n", p->terminal ? "\r\033[K" : "", p->total > 9 ? 2 : 1,
            p->done, p->total, outcome, cell, detail, seconds);
    mutex_unlock(&p->lock);
}
