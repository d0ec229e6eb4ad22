#include "probe-server/service.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/text.h"
#include "opcda/filetime.h"

const char *caller_session(const struct caller *caller)
{
    if (caller->level <= RPC_C_AUTHN_LEVEL_NONE)
        return "none";
    const char *name = strrchr(caller->account, '\\');
    name = name ? name + 1 : caller->account;
    if (!*name || utf8_equal_ignoring_case(name, "ANONYMOUS LOGON"))
        return "anonymous";
    return utf8_equal_ignoring_case(name, "Guest") ? "guest" : "user";
}

void service_init(struct service *service, const struct service_ops *ops, void *context, struct address_space *space,
                  struct scheduler *scheduler)
{
    memset(service, 0, sizeof(*service));
    service->ops = ops;
    service->context = context;
    service->space = space;
    service->scheduler = scheduler;
    service->started = service_now_filetime(service);
    atomic_init(&service->updates_overwritten, 0);
    atomic_init(&service->requests_refused, 0);
    atomic_init(&service->objects, 0);
    mutex_init(&service->lock);
}

void service_cleanup(struct service *service)
{
    mutex_cleanup(&service->lock);
}

int64_t service_now_ns(const struct service *service)
{
    return service->ops->now_ns(service->context);
}

FILETIME service_now_filetime(const struct service *service)
{
    return filetime_make(service->ops->wall_filetime(service->context));
}

void service_object_born(struct service *service)
{
    atomic_fetch_add(&service->objects, 1);
    service->ops->objects_changed(service->context);
}

/* The count is the last thing that is touched: whoever waits for it may take the service down at once. */
void service_object_died(struct service *service)
{
    service->ops->objects_changed(service->context);
    atomic_fetch_sub(&service->objects, 1);
}

LONG service_local_time_bias(void)
{
    time_t now = time(NULL);
    struct tm *utc = gmtime(&now);
    if (!utc)
        return 0;
    struct tm parts = *utc;
    parts.tm_isdst = 0;
    time_t as_local = mktime(&parts);
    return as_local == (time_t)-1 ? 0 : (LONG)((as_local - now) / 60);
}
