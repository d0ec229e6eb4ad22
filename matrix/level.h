/* The levels a cell can stand at.
 *
 * Six are authentication levels, named as in dcomcnfg. Two are not: `local` is the same-host
 * road, which has no level to choose, and `all` is a cell that goes through the levels itself. */
#ifndef MATRIX_LEVEL_H
#define MATRIX_LEVEL_H

#include <stdbool.h>

enum level {
    LEVEL_LOCAL,
    LEVEL_NONE,
    LEVEL_CONNECT,
    LEVEL_CALL,
    LEVEL_PACKET,
    LEVEL_PACKET_INTEGRITY,
    LEVEL_PACKET_PRIVACY,
    LEVEL_ALL,
    LEVEL_COUNT
};

/* The word of the command line and of JSON; never NULL. */
const char *level_name(enum level level);
bool level_parse(const char *word, enum level *out);
/* What a peer sees when the level is asked for: call is sent as packet ([MS-RPCE] 2.2.1.1.8). */
enum level level_sent(enum level asked);
/* True for the six that travel on a wire. */
bool level_is_wire(enum level level);

#endif
