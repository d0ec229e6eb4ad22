/* The product's vocabulary: the steps of a connection, and who calls whom in them.
 *
 * The order of the stages is the order in which a check walks them. */
#ifndef OPCDA_STAGE_H
#define OPCDA_STAGE_H

#include <stdbool.h>
#include <stdint.h>

enum stage {
    STAGE_NAME,         /* the host's name becomes an address */
    STAGE_PORT135,      /* TCP to the resolver's port */
    STAGE_RESOLVER,     /* ServerAlive2: the resolver answers and lists its bindings */
    STAGE_AUTHENTICATE, /* an authenticated ServerAlive2, where no permission is checked */
    STAGE_LOOKUP,       /* ProgID to CLSID */
    STAGE_ACTIVATE,     /* CoCreateInstanceEx */
    STAGE_CONNECT,      /* TCP and security context to the object's own port */
    STAGE_QUERY,        /* QueryInterface */
    STAGE_CALL,         /* GetStatus */
    STAGE_GROUP,        /* AddGroup, AddItems */
    STAGE_READ,         /* SyncIO Read */
    STAGE_LISTEN,       /* our own port for callbacks */
    STAGE_ADVISE,       /* IConnectionPoint::Advise: the server calls us for the first time */
    STAGE_DATA,         /* the first OnDataChange */
    STAGE_TEARDOWN,     /* Unadvise, RemoveGroup, Release */
    STAGE_COUNT
};

enum direction {
    DIRECTION_CLIENT_TO_SERVER,
    DIRECTION_SERVER_TO_CLIENT,
    DIRECTION_LOCAL,
    DIRECTION_COUNT
};

/* Sets of stages and of directions, for tables. */
#define STAGE_BIT(s)     (UINT32_C(1) << (s))
#define STAGES_ALL       (STAGE_BIT(STAGE_COUNT) - 1)
#define DIRECTION_BIT(d) (UINT32_C(1) << (d))
#define DIRECTIONS_ALL   (DIRECTION_BIT(DIRECTION_COUNT) - 1)

/* "port135", "client-to-server": the names of reports and of the command line. */
const char *stage_name(enum stage stage);
const char *direction_name(enum direction direction);
bool stage_find(const char *name, enum stage *out);
bool direction_find(const char *name, enum direction *out);
/* The direction in which the calls of a stage run between two hosts. */
enum direction stage_direction(enum stage stage);

#endif
