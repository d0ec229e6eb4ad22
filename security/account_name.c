#include "security/account_name.h"

#include <stdio.h>
#include <string.h>

#include "security/sddl.h"

bool account_name_sid(const struct host *host, const struct accounts *accounts, const char *name, struct sid *out)
{
    const char *local;
    if (host_has_account(host, name, &local)) {
        const struct account *user = accounts_find(accounts, local);
        uint32_t rid = user ? user->rid : accounts_find_group(accounts, local);
        if (rid)
            return sid_of_account(&host->machine_sid, rid, out);
    }
    return sid_by_name(name, out);
}

/* Puts the SID in the place of the name that begins behind `open`; `*end` is what follows its brace. */
static enum err put_sid(const struct host *host, const struct accounts *accounts, const char *open, struct writer *out,
                        const char **end, char complaint[ACCOUNT_NAME_COMPLAINT])
{
    char name[2 * TOKEN_NAME], text[SID_TEXT];
    struct sid sid;
    const char *close = strchr(open, '}');
    if (!close) {
        snprintf(complaint, ACCOUNT_NAME_COMPLAINT, "a brace is not closed in \"%.200s\"", open);
        return ERR_PROTOCOL;
    }
    int length = snprintf(name, sizeof name, "%.*s", (int)(close - open), open);
    if (length < 0 || (size_t)length >= sizeof name || !account_name_sid(host, accounts, name, &sid)) {
        snprintf(complaint, ACCOUNT_NAME_COMPLAINT, "no user or group of %s is called \"%.200s\"", host->name, name);
        return ERR_NOT_FOUND;
    }
    sid_text(&sid, text);
    writer_bytes(out, text, strlen(text));
    *end = close + 1;
    return ERR_OK;
}

static enum err resolve_names(const struct host *host, const struct accounts *accounts, const char *text,
                              struct writer *out, char complaint[ACCOUNT_NAME_COMPLAINT])
{
    while (*text) {
        size_t plain = strcspn(text, "{");
        writer_bytes(out, text, plain);
        text += plain;
        enum err e = *text ? put_sid(host, accounts, text + 1, out, &text, complaint) : ERR_OK;
        if (e)
            return e;
    }
    writer_u8(out, 0);
    return out->failed ? ERR_LIMIT : ERR_OK;
}

enum err account_name_sddl(const struct host *host, const struct accounts *accounts, const char *text,
                           struct descriptor *out, char complaint[ACCOUNT_NAME_COMPLAINT])
{
    struct writer resolved;
    memset(out, 0, sizeof *out);
    complaint[0] = 0;
    writer_init(&resolved, SDDL_MAXIMUM);
    enum err e = resolve_names(host, accounts, text, &resolved, complaint);
    if (!e)
        e = sddl_parse((const char *)resolved.data, &host->machine_sid, out);
    if (e && !complaint[0])
        snprintf(complaint, ACCOUNT_NAME_COMPLAINT, "\"%.200s\" is no list in SDDL that DCOM can use: %s", text,
                 err_text(e));
    writer_cleanup(&resolved);
    return e;
}
