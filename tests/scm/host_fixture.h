/* A host of its own for a suite: a temporary folder and the real probe-scm serving it on a free port of loopback. */
#ifndef TESTS_HOST_FIXTURE_H
#define TESTS_HOST_FIXTURE_H

#include <dcom.h>
#include <local.h>

#include "base/process.h"
#include "dcom/orpc/local_scm.h"
#include "dcom/orpc/plain_call.h"

#define HOST_FIXTURE_ADDRESS "127.0.77.1"
#define TEST_CLASS           "{6F0B7E4C-2D0F-4C5B-9C2B-0A6C1E5D7A10}"

struct host_fixture {
    const char *name, *address; /* BETA at HOST_FIXTURE_ADDRESS unless set before the start */
    char folder[64];
    uint16_t port;
    struct process scm;
};

/* Makes the folder with the account opcuser (password "right"), these further members of host.json (NULL: none) and
 * these lines of registry.reg behind its first, and starts probe-scm. */
void host_fixture_start(struct host_fixture *h, const char *members, const char *registry);
/* Ends it; it has to end well. Removes the folder. */
void host_fixture_stop(struct host_fixture *h);
/* Writes a file of the folder. */
void host_fixture_write(struct host_fixture *h, const char *name, const char *text);
/* Absolute path of a built program. */
void host_fixture_program(const char *name, char out[512]);
/* Whether an event line holds all these pieces of text (NULL-terminated), waiting at most that long. */
bool host_fixture_event(struct host_fixture *h, const char *const *pieces, int64_t timeout_ns);

/* The same among the lines of every process of the host. */
bool host_fixture_event_of_any(struct host_fixture *h, const char *const *pieces, int64_t timeout_ns);
/* How many such lines there are now. */
unsigned host_fixture_count(struct host_fixture *h, const char *const *pieces);

/* A connection to scm.sock, bound to ILocalScm. */
struct rpc_connection *host_fixture_local(const struct host_fixture *h);
/* A connection to the resolver's port, bound to `iid`; without a user it is unauthenticated. */
struct rpc_connection *host_fixture_remote(const struct host_fixture *h, const IID *iid, const char *user,
                                           const char *password, enum auth_level level);
/* A RegisterExporter, RegisterClass ... of ILocalScm or any other plain call; it has to come through. */
HRESULT host_fixture_call(struct rpc_connection *c, const IID *iid, unsigned method, uintptr_t *arguments);

/* A request for IUnknown of TEST_CLASS as an activation blob. */
MInterfacePointer *activation_blob(void);
/* The same with what a client may ask for besides: ACTVFLAGS_, a terminal session. */
MInterfacePointer *activation_blob_with(DWORD flags, DWORD session, bool console);

/* Makes the calling process a logon session of the account; it has to work. */
void host_fixture_log_on(const struct host_fixture *h, const char *account);
/* Local activation of that request, which it frees; the objects are forgotten. */
HRESULT host_fixture_activate(const struct host_fixture *h, MInterfacePointer *request);
/* `probe-scm registry` with these settings (NULL-terminated); it has to work. */
void host_fixture_registry(struct host_fixture *h, const char *const *settings);

enum local_scm_method {
    SCM_REGISTER_EXPORTER = 3,
    SCM_ALLOCATE_OIDS,
    SCM_FREE_OIDS,
    SCM_REGISTER_CLASS,
    SCM_REVOKE_CLASS,
    SCM_ACTIVATE,
    SCM_RESOLVE_LOCAL,
    SCM_VERIFY_NTLM,
    SCM_PROVE_NTLM,
    SCM_TOKEN_OF_PROCESS,
    SCM_OPEN_SESSION,
    SCM_DESCRIBE_HOST,
    SCM_HOLD_REMOTE_OIDS
};

/* What one run of a program ended with. */
struct program_result {
    int exit_code;
    char out[4096], error[4096];
};
/* Runs `probe-scm` with these arguments (NULL-terminated, the first is the subcommand) and environment changes. */
void host_fixture_run(struct host_fixture *h, const char *const *arguments, const char *const *environment,
                      struct program_result *out);

#endif
