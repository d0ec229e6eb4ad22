#include <local.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/process_tree.h"
#include "base/text.h"
#include "dcom/orpc/deadlines.h"
#include "dcom/orpc/local_scm.h"
#include "dcom/orpc/plain_call.h"
#include "dcom/scm/commands.h"
#include "dcom/scm/scm.h"

enum local_method {
    LOCAL_OPEN_SESSION = 13
};

static enum err connect_scm(const char *folder, struct rpc_connection **out)
{
    struct rpc_endpoint endpoint = { .protseq = RPC_LOCAL };
    struct rpc_failure why;
    const struct rpc_syntax syntax = plain_syntax(&IID_ILocalScm);
    const struct rpc_security security = { .mechanism = AUTH_NONE, .level = AUTH_LEVEL_NONE };
    const int64_t deadline_ns = clock_deadline_ns(DEADLINE_LOCAL_NS);
    if ((size_t)snprintf(endpoint.address, sizeof endpoint.address, "%s/" SCM_SOCKET, folder) >=
        sizeof endpoint.address)
        return ERR_LIMIT;
    enum err e = rpc_connection_open(&endpoint, deadline_ns, out, &why);
    if (e)
        return e;
    e = rpc_connection_bind(*out, &syntax, 1, &security, deadline_ns, &why);
    if (e)
        rpc_connection_destroy(*out);
    return e;
}

/* Binds a session to this process; an NTSTATUS of its own says that the account cannot log on. */
static enum err open_session(const char *folder, const char *account, uint32_t *ntstatus)
{
    struct rpc_connection *c;
    struct rpc_failure why;
    LOCAL_TOKEN *token = NULL;
    HRESULT hresult = E_FAIL;
    *ntstatus = 0;
    uint16_t *name = utf16_dup(account);
    enum err e = name ? connect_scm(folder, &c) : ERR_MEMORY;
    if (!e) {
        uintptr_t arguments[] = { 0, (uintptr_t)name, (uintptr_t)&token };
        e = plain_call(c, &IID_ILocalScm, LOCAL_OPEN_SESSION, arguments, clock_deadline_ns(DEADLINE_LOCAL_NS), &hresult,
                       &why);
        rpc_connection_destroy(c);
    }
    free(name);
    if (!e && (FAILED(hresult) || !token))
        e = ERR_IO;
    if (!e)
        *ntstatus = token->ntstatus;
    local_token_free(token);
    return e;
}

int command_logon(int argc, char **argv)
{
    const char *folder = command_folder(NULL);
    uint32_t ntstatus;
    if (argc < 4 || strcmp(argv[2], "--") != 0 || !folder) {
        fputs("usage: OPCPROBE_HOST=FOLDER probe-scm logon ACCOUNT -- COMMAND [ARGUMENTS...]\n", stderr);
        return EXIT_USAGE;
    }
    enum err e = open_session(folder, argv[1], &ntstatus);
    if (e) {
        fprintf(stderr, "probe-scm: cannot reach the probe-scm of %s (%s); start \"probe-scm run %s\"\n", folder,
                err_text(e), folder);
        return EXIT_ENVIRONMENT;
    }
    if (ntstatus) {
        fprintf(stderr, "probe-scm: \"%s\" cannot log on: 0x%08X %s; see %s/accounts.json\n", argv[1], ntstatus,
                ntstatus_name(ntstatus), folder);
        return EXIT_USAGE;
    }
    e = process_become((const char *const *)argv + 3);
    fprintf(stderr, "probe-scm: cannot run %s: %s\n", argv[3], err_text(e));
    return EXIT_USAGE;
}
