#include "dcom/auth/auth.h"

#include <string.h>

#include "dcom/auth/auth_internal.h"

static const char *const level_names[] = {
    NULL, "none", "connect", "call", "packet", "packet-integrity", "packet-privacy"
};
#define LEVEL_NAMES (sizeof level_names / sizeof level_names[0])

const char *auth_level_name(unsigned level)
{
    return level > 0 && level < LEVEL_NAMES ? level_names[level] : "?";
}

bool auth_level_parse(const char *name, enum auth_level *out)
{
    for (unsigned i = 1; i < LEVEL_NAMES; i++) {
        if (strcmp(name, level_names[i]) == 0) {
            *out = (enum auth_level)i;
            return true;
        }
    }
    return false;
}

const char *auth_mechanism_name(unsigned mechanism)
{
    switch (mechanism) {
    case AUTH_NONE:
        return "none";
    case AUTH_SPNEGO:
        return "spnego";
    case AUTH_NTLM:
        return "ntlm";
    case AUTH_KERBEROS:
        return "kerberos";
    default:
        return "?";
    }
}

enum auth_level auth_level_on_wire(enum auth_level asked)
{
    if (asked == AUTH_LEVEL_DEFAULT)
        return AUTH_LEVEL_CONNECT;
    return asked == AUTH_LEVEL_CALL ? AUTH_LEVEL_PACKET : asked;
}

const struct auth_ops *auth_find(enum auth_mechanism mechanism)
{
    switch (mechanism) {
    case AUTH_NTLM:
        return &auth_ntlm_ops;
    case AUTH_SPNEGO:
        return &auth_spnego_ops;
    default:
        return NULL;
    }
}
