#include "base/terminal.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define WIDTH_WITHOUT_TERMINAL 120

bool terminal_is(enum terminal_stream stream)
{
    static const int descriptors[] = { STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO };
    return isatty(descriptors[stream]) == 1;
}

unsigned terminal_width(void)
{
    struct winsize size;
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0)
        return WIDTH_WITHOUT_TERMINAL;
    return size.ws_col;
}

bool terminal_utf8(void)
{
    /* The first of the three that is set and not empty decides (POSIX, 8.2). */
    static const char *const names[] = { "LC_ALL", "LC_CTYPE", "LANG" };
    for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        const char *value = getenv(names[i]);
        if (!value || !*value)
            continue;
        const char *charset = strchr(value, '.');
        return charset && (strncasecmp(charset, ".UTF-8", 6) == 0 || strncasecmp(charset, ".utf8", 5) == 0);
    }
    return false;
}
