/* Who calls the method that runs on this thread. */
#ifndef SCM_SERVICE_CALLER_H
#define SCM_SERVICE_CALLER_H

#include "dcom/scm/activator.h"
#include "dcom/scm/scm.h"

#define SERVICE_CALLER_TEXT (2 * TOKEN_NAME)

/* "ALPHA\opcuser"; empty without authentication. */
void service_caller_text(char out[SERVICE_CALLER_TEXT]);
/* Fills `out` from the call; `storage` keeps the token. A local caller is known by its process's logon session. */
void service_caller(struct scm *s, struct activation_caller *out, struct token *storage);
/* The same of a call that no method runs for yet. */
void service_caller_of(struct scm *s, const struct rpc_server_call *call, struct activation_caller *out,
                       struct token *storage);

#endif
