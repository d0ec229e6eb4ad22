/* The command line of probe-server and opcprobe-opcenum. */
#ifndef PROBE_SERVER_OPTIONS_H
#define PROBE_SERVER_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "probe-server/refusal.h"

#define OPTIONS_COMPLAINT 256

enum server_command {
    COMMAND_RUN,
    COMMAND_REGISTER,
    COMMAND_UNREGISTER,
    COMMAND_HELP,
    COMMAND_VERSION
};

struct server_options {
    enum server_command command;
    bool embedding;    /* COM started us: end when nobody needs us any more */
    const char *items; /* borrowed from argv; NULL for the built-in items */
    uint32_t
        minimum_level; /* RPC_C_AUTHN_LEVEL_*: calls below it are refused; RPC_C_AUTHN_LEVEL_DEFAULT: the AppID says */
    uint32_t level;    /* of callbacks; RPC_C_AUTHN_LEVEL_DEFAULT leaves it to COM */
    int64_t until_ns;  /* how long to run at most */
    int64_t linger_ns; /* how long to stay without clients when COM started us */
    const char *floor; /* borrowed: address of the floor, "none", or NULL for the host's own */
    struct refusal refusal;
};

/* False with one line in `complaint` that says what is wrong and what to do. A program without items knows neither them
 * nor what belongs to them: --items, --level, --floor, and refuses nothing. */
bool options_parse(const char *program, bool has_items, int argc, char **argv, struct server_options *out,
                   char complaint[OPTIONS_COMPLAINT]);
/* "packet-integrity" for RPC_C_AUTHN_LEVEL_PKT_INTEGRITY. */
const char *options_level_name(uint32_t level);

/* The command line that starts the server as these arguments say, for its registration: everything but what asks
 * for the registration. On the heap; NULL when memory is short. */
char *options_command_line(const char *program, int argc, char **argv);

#endif
