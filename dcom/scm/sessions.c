#include "dcom/scm/sessions.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/process_tree.h"
#include "base/secret.h"
#include "base/text.h"
#include "base/thread.h"

#define SESSIONS_MAXIMUM 4096
#define BINDINGS_MAXIMUM 8192
#define ANCESTORS        64 /* a chain of parents is never that long; a loop in a race would be */

#define NTSTATUS_NO_MEMORY UINT32_C(0xC0000017)

struct session {
    struct token token;
    bool has_secret;
    uint8_t nt_hash[NT_HASH_BYTES];
    unsigned bindings; /* the last one takes the session with it */
};

struct session_binding {
    int64_t pid;
    uint64_t start_time;
    struct session *session;
};

struct sessions {
    struct host_files *files; /* (RO) */
    int64_t boundary;         /* (RO) */
    struct mutex lock;
    uint32_t last_number;             /* (LOCK lock) */
    struct session_binding *bindings; /* (LOCK lock) */
    size_t binding_count;             /* (LOCK lock) */
    size_t session_count;             /* (LOCK lock) */
};

enum err sessions_create(struct host_files *files, int64_t boundary, struct sessions **out)
{
    struct sessions *s = calloc(1, sizeof *s);
    struct session_binding *bindings = calloc(BINDINGS_MAXIMUM, sizeof *bindings);
    *out = NULL;
    if (!s || !bindings) {
        free(s);
        free(bindings);
        return ERR_MEMORY;
    }
    s->files = files;
    s->boundary = boundary;
    s->bindings = bindings;
    s->last_number = 1000; /* the numbers below belong to the system's own sessions (999 is LocalSystem) */
    mutex_init(&s->lock);
    *out = s;
    return ERR_OK;
}

/* Gives one binding up. The caller holds the lock. */
static void unbind(struct sessions *s, size_t index)
{
    struct session *session = s->bindings[index].session;
    s->bindings[index] = s->bindings[--s->binding_count];
    if (--session->bindings > 0)
        return;
    s->session_count--;
    secret_zero(session, sizeof *session);
    free(session);
}

void sessions_destroy(struct sessions *s)
{
    if (!s)
        return;
    while (s->binding_count)
        unbind(s, s->binding_count - 1);
    free(s->bindings);
    mutex_cleanup(&s->lock);
    free(s);
}

void sessions_forget(struct sessions *s, int64_t pid)
{
    mutex_lock(&s->lock);
    for (size_t i = s->binding_count; i-- > 0;)
        if (s->bindings[i].pid == pid)
            unbind(s, i);
    mutex_unlock(&s->lock);
}

/* Dead processes are told of one by one, but a full table is not to wait for that. */
static void unbind_dead(struct sessions *s)
{
    for (size_t i = s->binding_count; i-- > 0;)
        if (s->bindings[i].start_time != process_start_time(s->bindings[i].pid))
            unbind(s, i);
}

/* The caller holds the lock. */
static bool bind_process(struct sessions *s, int64_t pid, struct session *session)
{
    uint64_t start_time = process_start_time(pid);
    if (start_time == 0)
        return false;
    session->bindings++; /* before anything is unbound: the process may have been bound to this very session */
    for (size_t i = s->binding_count; i-- > 0;)
        if (s->bindings[i].pid == pid)
            unbind(s, i);
    if (s->binding_count == BINDINGS_MAXIMUM)
        unbind_dead(s);
    if (s->binding_count == BINDINGS_MAXIMUM) {
        session->bindings--;
        return false;
    }
    s->bindings[s->binding_count++] = (struct session_binding){ pid, start_time, session };
    return true;
}

static struct session *session_bound_to(const struct sessions *s, int64_t pid)
{
    for (size_t i = 0; i < s->binding_count; i++)
        if (s->bindings[i].pid == pid && s->bindings[i].start_time == process_start_time(pid))
            return s->bindings[i].session;
    return NULL;
}

/* The session of a process or of its nearest bound ancestor. The caller holds the lock. */
static struct session *session_of(struct sessions *s, int64_t pid)
{
    int64_t ancestor = pid;
    struct session *found = NULL;
    for (int i = 0; i < ANCESTORS && ancestor > 0 && ancestor != s->boundary && !found; i++) {
        found = session_bound_to(s, ancestor);
        if (!found)
            ancestor = process_parent(ancestor);
    }
    if (found && ancestor != pid && !bind_process(s, pid, found))
        return NULL;
    return found;
}

bool sessions_token(struct sessions *s, int64_t pid, struct token *out)
{
    mutex_lock(&s->lock);
    const struct session *session = session_of(s, pid);
    if (session)
        *out = session->token;
    else
        memset(out, 0, sizeof *out);
    mutex_unlock(&s->lock);
    return session != NULL;
}

bool sessions_secret(struct sessions *s, int64_t pid, struct session_secret *out)
{
    memset(out, 0, sizeof *out);
    mutex_lock(&s->lock);
    const struct session *session = session_of(s, pid);
    bool found = session && session->has_secret;
    if (found) {
        memcpy(out->user, session->token.user, sizeof out->user);
        memcpy(out->domain, session->token.domain, sizeof out->domain);
        memcpy(out->nt_hash, session->nt_hash, sizeof out->nt_hash);
    }
    mutex_unlock(&s->lock);
    return found;
}

uint32_t sessions_next_number(struct sessions *s)
{
    mutex_lock(&s->lock);
    uint32_t number = ++s->last_number;
    mutex_unlock(&s->lock);
    return number;
}

/* ---- whose session it becomes ---------------------------------------------------------------------------------- */

/* The accounts services run as have no password, and no entry in the account database. */
static bool service_token(const char *account, struct token *out)
{
    static const struct {
        const char *names[3];
        enum sid_well_known sid;
        const char *user;
    } services[] = {
        { { "LocalSystem", "NT AUTHORITY\\SYSTEM", "SYSTEM" }, SID_LOCAL_SYSTEM, "SYSTEM" },
        { { "NT AUTHORITY\\LocalService", "LocalService", "NT AUTHORITY\\LOCAL SERVICE" },
          SID_LOCAL_SERVICE,
          "LOCAL SERVICE" },
        { { "NT AUTHORITY\\NetworkService", "NetworkService", "NT AUTHORITY\\NETWORK SERVICE" },
          SID_NETWORK_SERVICE,
          "NETWORK SERVICE" },
    };
    for (size_t i = 0; i < sizeof services / sizeof services[0]; i++) {
        for (size_t n = 0; n < 3; n++) {
            if (!utf8_equal_ignoring_case(account, services[i].names[n]))
                continue;
            memset(out, 0, sizeof *out);
            snprintf(out->user, sizeof out->user, "%s", services[i].user);
            snprintf(out->domain, sizeof out->domain, "NT AUTHORITY");
            out->sid = sid_well_known(services[i].sid);
            out->groups[out->group_count++] = sid_well_known(SID_EVERYONE);
            out->groups[out->group_count++] = sid_well_known(SID_AUTHENTICATED_USERS);
            if (services[i].sid == SID_LOCAL_SYSTEM)
                out->groups[out->group_count++] = sid_well_known(SID_ADMINISTRATORS);
            return true;
        }
    }
    return false;
}

/* Fills a session that is not in any table yet. */
static uint32_t fill_session(const struct host_view *view, const struct session_identity *identity, struct session *out)
{
    const char *name;
    if (service_token(identity->account, &out->token))
        return 0;
    bool is_ours = host_has_account(view->host, identity->account, &name);
    const struct account *a = is_ours ? accounts_find(view->accounts, name) : NULL;
    if (!a)
        return NTSTATUS_NO_SUCH_USER;
    bool right = !identity->nt_hash || memcmp(identity->nt_hash, a->nt_hash, sizeof a->nt_hash) == 0;
    uint32_t status = account_logon_status(a, right, false);
    if (status)
        return status;
    token_of_account(view->host, a, identity->logon, 0, &out->token);
    memcpy(out->nt_hash, a->nt_hash, sizeof out->nt_hash);
    out->has_secret = true;
    return 0;
}

/* The session an identity asks for, not bound yet: a new one, an existing one, or none at all (NULL and status 0). The
 * caller holds the lock. */
static uint32_t choose_session(struct sessions *s, const struct session_identity *identity, struct session **out)
{
    *out = NULL;
    if (identity->kind == SESSION_OF_PROCESS) {
        *out = session_of(s, identity->pid);
        return 0;
    }
    struct session *session = s->session_count < SESSIONS_MAXIMUM ? calloc(1, sizeof *session) : NULL;
    if (!session)
        return NTSTATUS_NO_MEMORY;
    uint32_t status = 0;
    if (identity->kind == SESSION_OF_TOKEN) {
        session->token = *identity->token;
    } else {
        const struct host_view *view = host_files_get(s->files);
        status = fill_session(view, identity, session);
        host_files_put(view);
    }
    if (status) {
        free(session);
        return status;
    }
    session->token.session = ++s->last_number;
    s->session_count++;
    *out = session;
    return 0;
}

/* Drops a session nobody was bound to. The caller holds the lock. */
static void drop_unbound(struct sessions *s, struct session *session)
{
    if (!session || session->bindings > 0)
        return;
    s->session_count--;
    secret_zero(session, sizeof *session);
    free(session);
}

uint32_t sessions_open(struct sessions *s, const char *account, enum token_logon logon, int64_t pid, struct token *out)
{
    const struct session_identity identity = { .kind = SESSION_NEW, .account = account, .logon = logon };
    struct session *session;
    memset(out, 0, sizeof *out);
    mutex_lock(&s->lock);
    uint32_t status = choose_session(s, &identity, &session);
    if (!status && !bind_process(s, pid, session)) {
        drop_unbound(s, session);
        status = NTSTATUS_NO_MEMORY;
    }
    if (!status)
        *out = session->token;
    mutex_unlock(&s->lock);
    return status;
}

/* The lock is held while the process starts: its first question waits until it is bound. */
enum err sessions_start_process(struct sessions *s, const struct session_identity *identity,
                                const struct process_options *options, struct process *out, uint32_t *ntstatus)
{
    struct session *session;
    mutex_lock(&s->lock);
    *ntstatus = choose_session(s, identity, &session);
    enum err e = *ntstatus ? ERR_AUTH : process_start(options, out);
    if (!e && session && !bind_process(s, out->pid, session)) {
        process_end(out, 0);
        e = ERR_LIMIT;
    }
    drop_unbound(s, session);
    mutex_unlock(&s->lock);
    return e;
}
