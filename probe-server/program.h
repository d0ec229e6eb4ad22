/* A COM server as a program: what its command line asks for, done.
 *
 * The servers of this folder differ in the class they offer; how they are registered, started, kept alive and ended is
 * the same. */
#ifndef PROBE_SERVER_PROGRAM_H
#define PROBE_SERVER_PROGRAM_H

#include <stdbool.h>

#include "probe-server/options.h"
#include "probe-server/registration.h"

/* Exit codes, the same for every program of the product. */
#define EXIT_AS_EXPECTED 0
#define EXIT_USAGE       2
#define EXIT_HARNESS     3

struct program {
    const char *name; /* in front of every line for the user */
    const char *help;
    bool has_items; /* takes --items, --level and --floor */
    const struct class_registration *class_registration;
    /* Serves until it is interrupted, its time is over, or (started by COM) nobody needs it. Returns the exit code;
     * what went wrong is on stderr in one line. Signals are caught and the event stream is open. */
    int (*run)(const struct server_options *options);
};

extern const struct program probe_server_program, opcenum_program;

/* One line for the user about what cannot be done; returns the exit code for it. */
int program_complain(const struct program *program, const char *what, const char *why);
/* The whole of main; returns the exit code. */
int program_main(const struct program *program, int argc, char **argv);

#endif
