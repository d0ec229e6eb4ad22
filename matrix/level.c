#include "matrix/level.h"

#include <assert.h>
#include <string.h>

static const char *const level_names[LEVEL_COUNT] = {
    [LEVEL_LOCAL] = "local",
    [LEVEL_NONE] = "none",
    [LEVEL_CONNECT] = "connect",
    [LEVEL_CALL] = "call",
    [LEVEL_PACKET] = "packet",
    [LEVEL_PACKET_INTEGRITY] = "packet-integrity",
    [LEVEL_PACKET_PRIVACY] = "packet-privacy",
    [LEVEL_ALL] = "all",
};

const char *level_name(enum level level)
{
    assert(level >= 0 && level < LEVEL_COUNT);
    return level_names[level];
}

bool level_parse(const char *word, enum level *out)
{
    for (int i = 0; i < LEVEL_COUNT; i++) {
        if (strcmp(word, level_names[i]) == 0) {
            *out = (enum level)i;
            return true;
        }
    }
    return false;
}

enum level level_sent(enum level asked)
{
    return asked == LEVEL_CALL ? LEVEL_PACKET : asked;
}

bool level_is_wire(enum level level)
{
    return level >= LEVEL_NONE && level <= LEVEL_PACKET_PRIVACY;
}
