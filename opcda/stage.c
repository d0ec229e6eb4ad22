#include "opcda/stage.h"

#include <stddef.h>
#include <string.h>

static const char *const stage_names[STAGE_COUNT] = {
    [STAGE_NAME] = "name",         [STAGE_PORT135] = "port135",
    [STAGE_RESOLVER] = "resolver", [STAGE_AUTHENTICATE] = "authenticate",
    [STAGE_LOOKUP] = "lookup",     [STAGE_ACTIVATE] = "activate",
    [STAGE_CONNECT] = "connect",   [STAGE_QUERY] = "query",
    [STAGE_CALL] = "call",         [STAGE_GROUP] = "group",
    [STAGE_READ] = "read",         [STAGE_LISTEN] = "listen",
    [STAGE_ADVISE] = "advise",     [STAGE_DATA] = "data",
    [STAGE_TEARDOWN] = "teardown",
};

static const char *const direction_names[DIRECTION_COUNT] = {
    [DIRECTION_CLIENT_TO_SERVER] = "client-to-server",
    [DIRECTION_SERVER_TO_CLIENT] = "server-to-client",
    [DIRECTION_LOCAL] = "local",
};

const char *stage_name(enum stage stage)
{
    return (unsigned)stage < STAGE_COUNT ? stage_names[stage] : "unknown";
}

const char *direction_name(enum direction direction)
{
    return (unsigned)direction < DIRECTION_COUNT ? direction_names[direction] : "unknown";
}

static bool find_name(const char *const *names, unsigned count, const char *name, unsigned *out)
{
    for (unsigned i = 0; i < count; i++)
        if (strcmp(names[i], name) == 0) {
            *out = i;
            return true;
        }
    return false;
}

bool stage_find(const char *name, enum stage *out)
{
    unsigned index;
    if (!find_name(stage_names, STAGE_COUNT, name, &index))
        return false;
    *out = (enum stage)index;
    return true;
}

bool direction_find(const char *name, enum direction *out)
{
    unsigned index;
    if (!find_name(direction_names, DIRECTION_COUNT, name, &index))
        return false;
    *out = (enum direction)index;
    return true;
}

enum direction stage_direction(enum stage stage)
{
    switch (stage) {
    case STAGE_NAME:
    case STAGE_LISTEN:
        return DIRECTION_LOCAL;
    case STAGE_ADVISE:
    case STAGE_DATA:
        return DIRECTION_SERVER_TO_CLIENT;
    default:
        return DIRECTION_CLIENT_TO_SERVER;
    }
}
