#include "probe-client/level.h"

#include <stddef.h>
#include <string.h>

static const char *const level_names[] = {
    [LEVEL_NONE] = "none",
    [LEVEL_CONNECT] = "connect",
    [LEVEL_CALL] = "call",
    [LEVEL_PACKET] = "packet",
    [LEVEL_PACKET_INTEGRITY] = "packet-integrity",
    [LEVEL_PACKET_PRIVACY] = "packet-privacy",
};

static const struct {
    uint8_t number;
    bool can_be_asked;
    const char *name;
} mechanisms[] = {
    { MECHANISM_ANY, true, "negotiated" }, { MECHANISM_NONE, false, "none" }, { MECHANISM_SPNEGO, true, "spnego" },
    { MECHANISM_NTLM, true, "ntlm" },      { 16, false, "kerberos" },
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

const char *level_name(unsigned level)
{
    return level < COUNT(level_names) ? level_names[level] : NULL;
}

bool level_find(const char *name, uint8_t *out)
{
    for (unsigned i = LEVEL_NONE; i < COUNT(level_names); i++)
        if (strcmp(level_names[i], name) == 0) {
            *out = (uint8_t)i;
            return true;
        }
    return false;
}

const char *mechanism_name(unsigned mechanism)
{
    for (unsigned i = 0; i < COUNT(mechanisms); i++)
        if (mechanisms[i].number == mechanism)
            return mechanisms[i].name;
    return NULL;
}

bool mechanism_find(const char *name, uint8_t *out)
{
    for (unsigned i = 0; i < COUNT(mechanisms); i++)
        if (mechanisms[i].can_be_asked && strcmp(mechanisms[i].name, name) == 0) {
            *out = mechanisms[i].number;
            return true;
        }
    return false;
}

unsigned level_on_wire(unsigned level)
{
    return level == LEVEL_CALL ? LEVEL_PACKET : level;
}
