/* Starts the processes that run one block each, and takes what they saw.
 *
 * The password is read once, here, and reaches each of them by its environment alone. */
#ifndef PROBE_CLIENT_SCAN_CHILD_H
#define PROBE_CLIENT_SCAN_CHILD_H

#include "probe-client/options.h"
#include "probe-client/page.h"
#include "probe-client/scan_outcome.h"

#define SCAN_PATH 1024

struct scan_child {
    const struct bench_options *options;
    struct page progress;    /* stderr */
    char program[SCAN_PATH]; /* ourselves */
    char file[SCAN_PATH];    /* what a block leaves behind */
    char *password;          /* "OPCPROBE_PASSWORD=...", owned; NULL: none is needed */
    int64_t whole_ns;        /* of all blocks to come, for the time that is left */
    int64_t begun_ns;
};

/* Asks for the password where one is needed. EXIT_AS_EXPECTED, or the exit code after one line on stderr. */
int scan_child_init(struct scan_child *c, const struct bench_options *options, int64_t whole_ns);
void scan_child_cleanup(struct scan_child *c);
/* Runs one block of these classes at a level; `what` is for the line of progress. ERR_OK also when there was no
 * connection: the outcome says so. ERR_CANCELLED: the user ended it and there is no outcome; else the program or its
 * file failed, which was said. */
MUST_USE enum err scan_child_run(struct scan_child *c, const struct scan_classes *classes, uint8_t level,
                                 int64_t warm_up_ns, int64_t block_ns, const char *what, struct scan_outcome *out);

#endif
