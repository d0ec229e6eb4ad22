#include "dcom/scm/pings.h"

#include <stdlib.h>

#include "base/secret.h"

struct access_storage {
    const struct host_view *view;
    struct lsa_authority authority;
};

static int64_t period_ns(void *context)
{
    const struct lsa *lsa = context;
    const struct host_view *view = host_files_get(lsa->files);
    int64_t period = view->host->ping_period_ns;
    host_files_put(view);
    return period;
}

static bool session_can_prove(const struct lsa *lsa, int64_t pid)
{
    struct session_secret secret;
    bool can = sessions_secret(lsa->sessions, pid, &secret);
    secret_zero(&secret, sizeof secret);
    return can;
}

static enum err enter(void *context, int64_t pid, struct ping_access *out)
{
    struct lsa *lsa = context;
    struct access_storage *storage = calloc(1, sizeof *storage);
    if (!storage)
        return ERR_MEMORY;
    storage->view = host_files_get(lsa->files);
    out->storage = storage;
    out->host = storage->view->host;
    if (session_can_prove(lsa, pid)) {
        lsa_authority_init(&storage->authority, lsa, out->host, pid);
        out->authority = &storage->authority.authority;
    }
    return ERR_OK;
}

static void leave(void *context, struct ping_access *access)
{
    struct access_storage *storage = access->storage;
    (void)context;
    host_files_put(storage->view);
    free(storage);
}

enum err pings_create(struct lsa *lsa, struct ping_client **out)
{
    const struct ping_client_options options = {
        .period_ns = period_ns, .enter = enter, .leave = leave, .context = lsa
    };
    return ping_client_create(&options, out);
}
