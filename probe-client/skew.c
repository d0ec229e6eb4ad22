#include "probe-client/skew.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "probe-client/check_report.h"

#define TICKS_PER_S       UINT64_C(10000000)
#define SENSIBLE          (UINT64_C(100) * 366 * 86400 * TICKS_PER_S)
#define SAME_NS           (16 * NS_PER_MS) /* the step in which Windows counts its system time */
#define ARCHIVE_NS        NS_PER_S
#define KERBEROS_NS       (300 * NS_PER_S)
#define QUARTER_NS        (900 * NS_PER_S) /* zones of local time differ from UTC by a multiple of it */
#define NEAR_A_QUARTER_NS (30 * NS_PER_S)

struct skew skew_between(uint64_t server, uint64_t ours, int64_t elapsed_ns)
{
    struct skew s = { .known = true, .uncertainty_ns = elapsed_ns / 2 };
    uint64_t apart = server > ours ? server - ours : ours - server;
    if (server == 0 || apart > SENSIBLE)
        return (struct skew){ .known = false };
    s.ns = (int64_t)apart * 100 * (server > ours ? 1 : -1) + elapsed_ns / 2;
    return s;
}

void skew_text(const struct skew *s, char *out, size_t size)
{
    int64_t apart = llabs(s->ns);
    char figure[48];
    if (apart <= s->uncertainty_ns + SAME_NS) {
        snprintf(out, size, "the same as ours, to within %lld ms",
                 (long long)((apart + s->uncertainty_ns) / NS_PER_MS + 1));
        return;
    }
    if (apart >= 60 * NS_PER_S)
        snprintf(figure, sizeof(figure), "%lld min %lld s", (long long)(apart / (60 * NS_PER_S)),
                 (long long)(apart / NS_PER_S % 60));
    else
        snprintf(figure, sizeof(figure), "%.2f s", (double)apart / 1e9);
    snprintf(out, size, "server %s %s, to within %lld ms", figure, s->ns < 0 ? "behind" : "ahead",
             (long long)(s->uncertainty_ns / NS_PER_MS + 1));
}

/* What is left of the difference when nothing better than the measurement is believed. */
static int64_t certain_ns(const struct skew *s)
{
    int64_t certain = llabs(s->ns) - s->uncertainty_ns;
    return s->known && certain > 0 ? certain : 0;
}

void skew_take_logon(struct check_report *report, const struct observed *events, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct observed *e = &events[i];
        if (e->kind != OBSERVED_BIND || e->system.clock == 0 || report->logon_clock.known)
            continue;
        uint64_t since = (uint64_t)(clock_now_ns() - e->time_ns) / 100;
        report->logon_clock = skew_between(e->system.clock, clock_wall_filetime() - since, e->elapsed_ns);
    }
}

/* OPC wants UTC; a server that gives its local time is as many quarters of an hour away from its computer's clock. */
static bool is_local_time(const struct skew *server, const struct skew *computer)
{
    int64_t apart = llabs(server->ns - (computer->known ? computer->ns : 0));
    int64_t rest = apart % QUARTER_NS;
    return apart >= QUARTER_NS / 2 && (rest < NEAR_A_QUARTER_NS || rest > QUARTER_NS - NEAR_A_QUARTER_NS);
}

static void find_computer(struct check_report *report, const struct skew *s, enum stage stage, enum evidence evidence)
{
    char text[96];
    skew_text(s, text, sizeof(text));
    if (certain_ns(s) > KERBEROS_NS)
        check_report_find(
            report, stage, evidence,
            "The clocks differ: %s. Kerberos refuses logons over 5 minutes, and time stamps in the archive "
            "are off by as much. Set both computers by one time source.",
            text);
    else if (certain_ns(s) > ARCHIVE_NS)
        check_report_find(report, stage, evidence,
                          "The clocks differ: %s. Time stamps in the archive are off by as much, whichever side makes "
                          "them.",
                          text);
}

void skew_find(struct check_report *report)
{
    const struct skew *computer = &report->logon_clock, *server = &report->status_clock;
    bool local_time = server->known && is_local_time(server, computer);
    if (computer->known)
        find_computer(report, computer, STAGE_AUTHENTICATE, EVIDENCE_WIRE);
    else if (server->known && !local_time)
        find_computer(report, server, STAGE_CALL, EVIDENCE_API);
    if (!local_time)
        return;
    char text[96];
    skew_text(server, text, sizeof(text));
    check_report_find(
        report, STAGE_CALL, EVIDENCE_INFERRED,
        "The OPC server's own clock is off by whole quarters of an hour (%s): it gives local time where OPC "
        "wants UTC, so its time stamps are off by as much.",
        text);
}
