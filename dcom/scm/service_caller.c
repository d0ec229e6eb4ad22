#include "dcom/scm/service_caller.h"

#include <string.h>

void service_caller_text(char out[SERVICE_CALLER_TEXT])
{
    const struct auth_peer *peer = plain_current_call()->peer;
    out[0] = 0;
    if (peer && peer->token)
        token_account_name(peer->token, out);
}

void service_caller(struct scm *s, struct activation_caller *out, struct token *storage)
{
    service_caller_of(s, plain_current_call(), out, storage);
}

void service_caller_of(struct scm *s, const struct rpc_server_call *call, struct activation_caller *out,
                       struct token *storage)
{
    memset(out, 0, sizeof *out);
    out->local = call->protseq == RPC_LOCAL;
    out->pid = call->peer_pid;
    out->level = call->level;
    out->mechanism = call->mechanism;
    out->peer = out->local ? NULL : call->peer_text;
    if (out->local)
        out->token = sessions_token(s->sessions, call->peer_pid, storage) ? storage : NULL;
    else
        out->token = call->peer ? call->peer->token : NULL;
}
