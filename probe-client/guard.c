#include "probe-client/guard.h"

#include <stdio.h>

#include "base/terminal.h"

static bool agree(void)
{
    char answer[16];
    fputs("Go on? [y/N] ", stderr);
    return fgets(answer, sizeof(answer), stdin) && (answer[0] == 'y' || answer[0] == 'Y');
}

bool guard_allows(const struct guard_request *r)
{
    bool launch = !r->may_launch, logon = r->account && !r->may_fail_logon;
    if (!launch && !logon)
        return true;
    fprintf(stderr, "%s on %s is not the opcprobe test server.\n", r->class_name, r->host);
    if (launch)
        fputs("- Whether it runs now cannot be seen from here; if it does not, activating it starts it.\n", stderr);
    if (logon)
        fprintf(
            stderr,
            "- %s is logged on there once. The lockout policy cannot be read from here: should the logon be refused, "
            "it counts as one failed attempt, and is not repeated.\n",
            r->account);
    if (terminal_is(TERMINAL_INPUT) && terminal_is(TERMINAL_ERROR)) {
        if (agree())
            return true;
        fputs("probe-client: nothing was asked of it\n", stderr);
        return false;
    }
    fprintf(stderr, "probe-client: nothing was asked of it; %s%s%s allows it\n", launch ? "--may-launch" : "",
            launch && logon ? " with " : "", logon ? "--may-fail-logon" : "");
    return false;
}
