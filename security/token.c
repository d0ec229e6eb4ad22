#include "security/token.h"

#include <stdio.h>
#include <string.h>

#include "security/accounts.h"
#include "security/host.h"

static void add_group(struct token *t, const struct sid *sid)
{
    if (t->group_count < TOKEN_GROUPS && !token_has(t, sid))
        t->groups[t->group_count++] = *sid;
}

static void add_well_known(struct token *t, enum sid_well_known which)
{
    struct sid sid = sid_well_known(which);
    add_group(t, &sid);
}

static void add_account_groups(struct token *t, const struct host *host, const struct account *account)
{
    for (size_t i = 0; i < account->group_count; i++) {
        struct sid sid = account->groups[i].sid;
        if (account->groups[i].rid && !sid_of_account(&host->machine_sid, account->groups[i].rid, &sid))
            continue;
        add_group(t, &sid);
    }
}

void token_of_account(const struct host *host, const struct account *account, enum token_logon logon, uint32_t session,
                      struct token *out)
{
    static const enum sid_well_known of_logon[] = {
        [TOKEN_LOGON_NETWORK] = SID_NETWORK,
        [TOKEN_LOGON_INTERACTIVE] = SID_INTERACTIVE,
        [TOKEN_LOGON_BATCH] = SID_BATCH,
        [TOKEN_LOGON_SERVICE] = SID_SERVICE,
    };
    const struct sid guests = sid_well_known(SID_GUESTS);
    memset(out, 0, sizeof *out);
    out->session = session;
    snprintf(out->user, sizeof out->user, "%s", account->name);
    snprintf(out->domain, sizeof out->domain, "%s", host->name);
    if (!sid_of_account(&host->machine_sid, account->rid, &out->sid))
        out->sid = sid_well_known(SID_ANONYMOUS_LOGON);
    add_account_groups(out, host, account);
    out->guest = token_has(out, &guests);
    add_well_known(out, SID_EVERYONE);
    if (!out->guest) {
        add_well_known(out, SID_AUTHENTICATED_USERS);
        add_well_known(out, SID_USERS);
    }
    add_well_known(out, SID_LOCAL_ACCOUNT);
    add_well_known(out, of_logon[logon]);
}

void token_anonymous(struct token *out)
{
    memset(out, 0, sizeof *out);
    out->anonymous = true;
    snprintf(out->user, sizeof out->user, "ANONYMOUS LOGON");
    snprintf(out->domain, sizeof out->domain, "NT AUTHORITY");
    out->sid = sid_well_known(SID_ANONYMOUS_LOGON);
    add_well_known(out, SID_NETWORK);
}

bool token_has(const struct token *t, const struct sid *sid)
{
    if (sid_equal(&t->sid, sid))
        return true;
    for (size_t i = 0; i < t->group_count; i++)
        if (sid_equal(&t->groups[i], sid))
            return true;
    return false;
}

void token_account_name(const struct token *t, char out[2 * TOKEN_NAME])
{
    snprintf(out, (size_t)2 * TOKEN_NAME, "%s\\%s", t->domain, t->user);
}
