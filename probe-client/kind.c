#include "probe-client/kind.h"

#include <stdio.h>
#include <string.h>

#include "opcda/runtime.h"

void kind_take_system(struct check_report *report, const struct observed *events, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (events[i].kind == OBSERVED_BIND && events[i].system.major != 0)
            report->system = events[i].system;
}

static const char *kind_of_runtime(const char *runtime)
{
    if (strcmp(runtime, RUNTIME_PORTABLE) == 0)
        return KIND_SIMULATED;
    if (strcmp(runtime, RUNTIME_WINDOWS) == 0)
        return KIND_REAL;
    return strcmp(runtime, RUNTIME_WINE) == 0 ? KIND_WINE : KIND_UNKNOWN;
}

static void decide(struct check_report *report, const char *kind, const char *reason)
{
    report->kind = kind;
    snprintf(report->kind_reason, sizeof(report->kind_reason), "%s", reason);
}

void kind_decide(struct check_report *report)
{
    const struct observed_system *s = &report->system;
    char reason[KIND_REASON];
    if (report->seen.known) {
        snprintf(reason, sizeof(reason),
                 "the opcprobe test server, proved by this run's nonce, says that it runs on %s",
                 strcmp(report->seen.runtime, RUNTIME_PORTABLE) == 0  ? "the portable COM runtime"
                 : strcmp(report->seen.runtime, RUNTIME_WINDOWS) == 0 ? "Windows"
                 : strcmp(report->seen.runtime, RUNTIME_WINE) == 0    ? "Wine"
                                                                      : "a runtime that it does not name");
        decide(report, kind_of_runtime(report->seen.runtime), reason);
    } else if (report->same_host) {
        decide(report, kind_of_runtime(report->runtime),
               "client and server are on one computer, on the same COM runtime");
    } else if (s->build != 0) {
        snprintf(reason, sizeof(reason), "likely: the logon of its computer names Windows %u.%u.%u", s->major, s->minor,
                 s->build);
        decide(report, KIND_REAL, reason);
    } else if (s->major != 0) {
        decide(report, KIND_UNKNOWN,
               "the logon of its computer names no Windows build: Samba, Wine and simulated hosts do that");
    } else {
        decide(report, KIND_UNKNOWN, "nothing that was seen tells");
    }
}
