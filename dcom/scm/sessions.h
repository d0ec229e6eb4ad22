/* Logon sessions: which account a process of this host runs as.
 *
 * A Windows account is not a Unix user here (in a rootless namespace there is only one), so the table binds sessions to
 * processes, known by number and start time. A process without a binding of its own has that of its nearest bound
 * ancestor, and keeps it from the first time anyone asked, as Windows' children keep their parent's token. A session
 * remembers the NT hash its account had when it was opened, as LSA does: a password changed later acts on later logons.
 * Any thread. */
#ifndef SCM_SESSIONS_H
#define SCM_SESSIONS_H

#include "base/process.h"
#include "security/host_files.h"
#include "security/token.h"

struct sessions;

/* What LSA proves a session's account with. secret_zero it after use. */
struct session_secret {
    char user[TOKEN_NAME];
    char domain[TOKEN_NAME];
    uint8_t nt_hash[NT_HASH_BYTES];
};

/* As whom a process is started. */
struct session_identity {
    enum {
        SESSION_NEW,        /* a new session of `account` */
        SESSION_OF_PROCESS, /* the session of process `pid`; without one the new process has none either */
        SESSION_OF_TOKEN,   /* a new session with `token` and nothing to prove it with */
    } kind;
    const char *account; /* "opc", ".\opc", "BETA\opc", or a service account such as "NT AUTHORITY\LocalService" */
    enum token_logon logon;
    const uint8_t *nt_hash; /* of the password given for the account; NULL: nobody asks for one */
    int64_t pid;
    const struct token *token;
};

/* The walk to a bound ancestor ends at process `boundary` (probe-scm itself: what it starts without a session has none,
 * whoever started probe-scm); 0 for none. */
MUST_USE enum err sessions_create(struct host_files *files, int64_t boundary, struct sessions **out);
void sessions_destroy(struct sessions *s);

/* Opens a session of an account and binds it to a process; replaces what that process had. The value is an NTSTATUS: 0,
 * or why there is no session (unknown, disabled, expired ... account). */
uint32_t sessions_open(struct sessions *s, const char *account, enum token_logon logon, int64_t pid, struct token *out);
/* False when the process has no session. */
bool sessions_token(struct sessions *s, int64_t pid, struct token *out);
/* False when the process has no session, or one that cannot prove anything. */
bool sessions_secret(struct sessions *s, int64_t pid, struct session_secret *out);
/* A number no session had before, for logons over the network. */
uint32_t sessions_next_number(struct sessions *s);
/* Starts a process that is bound before it can ask anything. `*ntstatus` is not 0 when the identity was the reason of
 * the failure (ERR_AUTH). */
MUST_USE enum err sessions_start_process(struct sessions *s, const struct session_identity *identity,
                                         const struct process_options *options, struct process *out,
                                         uint32_t *ntstatus);
/* The process ended. */
void sessions_forget(struct sessions *s, int64_t pid);

#endif
