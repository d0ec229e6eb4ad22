/* Who we are to the other side: credentials, and the blanket of security that each proxy gets.
 *
 * The password comes from a file, the environment or a prompt, never from argv; it lives in this structure alone
 * and is zeroed with it. COM wants the identity to stay valid as long as proxies use it, so a login outlives
 * every proxy it was laid on. */
#ifndef PROBE_CLIENT_LOGIN_H
#define PROBE_CLIENT_LOGIN_H

#include <objbase.h>

#include "base/err.h"
#include "probe-client/options.h"
#include "probe-client/stages.h"

#define LOGIN_TEXT 512 /* UTF-16 units of a name or a password, with the zero */

struct login {
    WCHAR user[LOGIN_TEXT];
    WCHAR domain[LOGIN_TEXT];
    WCHAR password[LOGIN_TEXT];
    COAUTHIDENTITY identity; /* points into the fields above */
    bool has_identity;       /* false: the process's own account */
    uint8_t mechanism;
    char display[STAGE_ACCOUNT]; /* "BETA\opcuser" for reports; no secret */
};

/* Reads the password where an account is given; needs a complaint of COMPLAINT bytes, filled on failure. */
MUST_USE enum err login_init(struct login *l, const struct login_options *options, char complaint[COMPLAINT]);
/* An own copy, for a thread that may be abandoned. */
void login_copy(struct login *out, const struct login *from);
void login_cleanup(struct login *l);

/* The COAUTHINFO of an activation; it borrows from the login. */
COAUTHINFO login_authinfo(struct login *l, unsigned level);
/* Sets the security of the calls of one interface of an object. */
HRESULT login_blanket_one(struct login *l, IUnknown *proxy, unsigned level);
/* The same, and for the object's IUnknown: QueryInterface and Release travel under its blanket, whatever the other
 * interfaces have. */
HRESULT login_blanket(struct login *l, IUnknown *proxy, unsigned level);

#endif
