#include "probe-client/guard.h"

#include <stdio.h>

#include "base/terminal.h"

bool guard_may_activate(const char *class_name, const char *host)
{
    fprintf(stderr,
            "%s on %s is not the opcprobe test server. Whether it runs now cannot be seen from here; if it does not, "
            "activating starts it.\n",
            class_name, host);
    if (!terminal_is(TERMINAL_INPUT) || !terminal_is(TERMINAL_ERROR)) {
        fputs("probe-client: not activated; --may-launch allows it\n", stderr);
        return false;
    }
    fputs("Activate it? [y/N] ", stderr);
    char answer[16];
    if (fgets(answer, sizeof(answer), stdin) && (answer[0] == 'y' || answer[0] == 'Y'))
        return true;
    fputs("probe-client: not activated\n", stderr);
    return false;
}
