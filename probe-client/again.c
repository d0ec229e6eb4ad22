#include "probe-client/again.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/interrupt.h"

#define ACCESS_DENIED  UINT32_C(0x80070005)
#define LOGON_FAILURE  UINT32_C(0x8007052E)
#define CANNOT_CONNECT UINT32_C(0x80040202) /* what a server's Advise says when its call to us failed */
#define ANSWER         16

static bool says_refused(const struct stage_result *r)
{
    return r->ntstatus != 0 || r->code == ACCESS_DENIED || r->code == LOGON_FAILURE;
}

bool again_may_count_as_logon(const struct check_report *report)
{
    const struct stage_result *r = stages_first_failure(&report->stages);
    if (!r || report->same_host)
        return false;
    switch (r->stage) {
    case STAGE_AUTHENTICATE:
        return says_refused(r);
    case STAGE_ACTIVATE: /* where the logon was not seen to pass, it may be what was refused */
        return says_refused(r) && report->stages.results[STAGE_AUTHENTICATE].status == OUTCOME_NOT_OBSERVABLE;
    case STAGE_ADVISE: /* the server's account, on this computer */
    case STAGE_DATA:
        return says_refused(r) || r->code == CANNOT_CONNECT;
    default:
        return false;
    }
}

/* One line from the terminal; false at its end or at Ctrl-C. */
static bool read_answer(char answer[ANSWER])
{
    answer[0] = '\0';
    if (!fgets(answer, ANSWER, stdin) || interrupt_requested())
        return false;
    answer[strcspn(answer, "\r\n")] = '\0';
    return true;
}

static bool ask(const char *stage, bool counts)
{
    char answer[ANSWER];
    if (counts)
        fprintf(
            stderr,
            "\nA logon was refused. Another try may count as another failed attempt against the account's lockout.\n"
            "Change something, then type 'again' to try from %s; Enter ends: ",
            stage);
    else
        fprintf(stderr, "\nChange something, then press Enter to try again from %s; q ends: ", stage);
    if (!read_answer(answer))
        return false;
    return counts ? strcmp(answer, "again") == 0 : answer[0] == '\0';
}

bool again_wanted(const struct check_options *o, const struct check_report *report)
{
    const struct stage_result *failure = stages_first_failure(&report->stages);
    if (!failure || failure->given_up || interrupt_requested())
        return false;
    bool counts = again_may_count_as_logon(report);
    if (o->again)
        return ask(stage_name(failure->stage), counts);
    if (o->again_every_ns == 0)
        return false;
    if (counts) {
        fputs("\nNot repeated: a logon was refused, and each try may count against the account's lockout.\n", stderr);
        return false;
    }
    fprintf(stderr, "\nAgain from %s in %lld s; Ctrl-C ends.\n", stage_name(failure->stage),
            (long long)(o->again_every_ns / NS_PER_S));
    return !interrupt_wait(clock_deadline_ns(o->again_every_ns));
}
