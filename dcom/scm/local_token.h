/* Tokens as they travel between the processes of a host (LOCAL_TOKEN of local.idl). */
#ifndef SCM_LOCAL_TOKEN_H
#define SCM_LOCAL_TOKEN_H

#include <local.h>

#include "base/err.h"
#include "security/token.h"

/* A LOCAL_TOKEN in memory of CoTaskMemAlloc, as an [out] parameter wants it (local_token_free). `token` may be NULL
 * when `ntstatus` says why there is none. */
MUST_USE enum err local_token_create(const struct token *token, uint32_t ntstatus, LOCAL_TOKEN **out);
/* UTF-16 text for an [out] parameter, from CoTaskMemAlloc; NULL when memory is short. */
LPWSTR local_text(const char *text);

#endif
