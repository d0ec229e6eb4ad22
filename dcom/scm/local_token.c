#include "dcom/scm/local_token.h"

#include <string.h>

#include "base/text.h"
#include "dcom/orpc/local_scm.h"

LPWSTR local_text(const char *text)
{
    size_t units = utf16_from_utf8(text, NULL, 0);
    uint16_t *out = CoTaskMemAlloc((units + 1) * sizeof *out);
    if (out)
        utf16_from_utf8(text, out, units + 1);
    return out;
}

/* The user's SID, then those of the groups. */
static enum err fill_sids(const struct token *token, LOCAL_TOKEN *t)
{
    t->sids = CoTaskMemAlloc((token->group_count + 1) * sizeof *t->sids);
    if (!t->sids)
        return ERR_MEMORY;
    for (size_t i = 0; i <= token->group_count; i++) {
        char text[SID_TEXT];
        sid_text(i == 0 ? &token->sid : &token->groups[i - 1], text);
        t->sids[i] = local_text(text);
        if (!t->sids[i])
            return ERR_MEMORY;
        t->sidCount++;
    }
    return ERR_OK;
}

enum err local_token_create(const struct token *token, uint32_t ntstatus, LOCAL_TOKEN **out)
{
    LOCAL_TOKEN *t = CoTaskMemAlloc(sizeof *t);
    *out = NULL;
    if (!t)
        return ERR_MEMORY;
    memset(t, 0, sizeof *t);
    t->ntstatus = ntstatus;
    enum err e = ERR_OK;
    if (token) {
        t->anonymous = token->anonymous;
        t->guest = token->guest;
        t->session = token->session;
        t->user = local_text(token->user);
        t->domain = local_text(token->domain);
        e = t->user && t->domain ? fill_sids(token, t) : ERR_MEMORY;
    }
    if (e) {
        local_token_free(t);
        return e;
    }
    *out = t;
    return ERR_OK;
}
