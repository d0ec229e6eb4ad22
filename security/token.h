/* Who a process or a caller is on this host: the user, the groups, the logon session.
 *
 * A token is a plain value that is copied; it holds no secret. Any thread. */
#ifndef SECURITY_TOKEN_H
#define SECURITY_TOKEN_H

#include "security/sid.h"

#define TOKEN_NAME   260 /* bytes of UTF-8 with the zero */
#define TOKEN_GROUPS 48

/* How the session came to be; it decides which of INTERACTIVE, NETWORK, BATCH and SERVICE is among the groups. */
enum token_logon {
    TOKEN_LOGON_NETWORK,
    TOKEN_LOGON_INTERACTIVE,
    TOKEN_LOGON_BATCH, /* RunAs servers are started so */
    TOKEN_LOGON_SERVICE,
};

struct token {
    bool anonymous;
    bool guest;
    uint32_t session;        /* number of the logon session; 0 for none */
    char user[TOKEN_NAME];   /* as the account database spells it */
    char domain[TOKEN_NAME]; /* the authority that vouches: the machine's name, or NT AUTHORITY */
    struct sid sid;
    size_t group_count;
    struct sid groups[TOKEN_GROUPS];
};

struct account;
struct host;

/* The token of a local account after a logon of that kind: its groups, Everyone, Authenticated Users
 * (not for Guests), Local account and the SID of the logon kind. */
void token_of_account(const struct host *host, const struct account *account, enum token_logon logon, uint32_t session,
                      struct token *out);
/* The token of a null session: ANONYMOUS LOGON, NETWORK, and no Everyone ([MS-DTYP] 2.4.2.4; Windows leaves
 * Everyone out unless a policy asks for it). */
void token_anonymous(struct token *out);
/* User or group. */
bool token_has(const struct token *t, const struct sid *sid);
/* "BETA\opcuser"; `out` holds 2 * TOKEN_NAME bytes. */
void token_account_name(const struct token *t, char out[2 * TOKEN_NAME]);

#endif
