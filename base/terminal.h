/* What the standard streams are connected to, so that reports suit who reads them. */
#ifndef BASE_TERMINAL_H
#define BASE_TERMINAL_H

#include <stdbool.h>

enum terminal_stream {
    TERMINAL_INPUT,
    TERMINAL_OUTPUT,
    TERMINAL_ERROR
};

/* True when a person sits at the other end, not a file or a pipe. */
bool terminal_is(enum terminal_stream stream);
/* Columns of the terminal behind the output stream; 120 when there is none. */
unsigned terminal_width(void);
/* True when text beyond ASCII arrives readable: the locale (LC_ALL, LC_CTYPE, LANG) or the console's code page is
 * UTF-8. */
bool terminal_utf8(void);

#endif
