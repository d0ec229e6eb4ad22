#include "dcom/com/own_pings.h"

#include "base/process.h"

static int64_t period_ns(void *context)
{
    const struct runtime *rt = context;
    return rt->ping_period_ns;
}

/* Without a host there are no default credentials. */
static enum err enter(void *context, int64_t pid, struct ping_access *out)
{
    (void)context;
    (void)pid;
    *out = (struct ping_access){ 0 };
    return ERR_OK;
}

static void leave(void *context, struct ping_access *access)
{
    (void)context;
    (void)access;
}

enum err own_pings_create(struct runtime *rt)
{
    const struct ping_client_options options = {
        .period_ns = period_ns, .enter = enter, .leave = leave, .context = rt
    };
    return ping_client_create(&options, &rt->pinger);
}

void own_pings_hold(struct runtime *rt, const struct remote_exporter *e, const DUALSTRINGARRAY *resolver, OID oid)
{
    struct ping_holder holder = { process_id(), resolver, remote_exporter_identity(e) };
    (void)!ping_client_hold(rt->pinger, &holder, &oid, 1, NULL, 0);
}

void own_pings_drop(struct runtime *rt, const DUALSTRINGARRAY *resolver, OID oid)
{
    struct ping_holder holder = { process_id(), resolver, NULL };
    (void)!ping_client_hold(rt->pinger, &holder, NULL, 0, &oid, 1);
}
