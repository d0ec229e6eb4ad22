#include "probe-server/com_service.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/event.h"
#include "base/text.h"
#include "opcda/text.h"
#include "probe-server/access.h"

void com_service_init(struct com_service *s, DWORD callback_level)
{
    s->callback_level = callback_level;
    atomic_init(&s->changed_ns, clock_now_ns());
    atomic_init(&s->was_needed, false);
}

int64_t com_service_now_ns(void *context)
{
    (void)context;
    return clock_now_ns();
}

static uint64_t wall_filetime(void *context)
{
    (void)context;
    return clock_wall_filetime();
}

/* For NTLM and Kerberos the privileges are the caller's name as text, which COM owns. */
static void query_caller(void *context, struct caller *out)
{
    (void)context;
    DWORD service = 0, level = 0;
    RPC_AUTHZ_HANDLE privileges = NULL;
    *out = (struct caller){ 0 };
    if (FAILED(CoQueryClientBlanket(&service, NULL, NULL, &level, NULL, &privileges, NULL)))
        return;
    out->level = (int32_t)level;
    out->mechanism = (int32_t)service;
    if (privileges)
        utf8_from_utf16(privileges, wide_length(privileges), out->account, sizeof(out->account));
}

static bool caller_is_remote(void *context)
{
    (void)context;
    return access_caller_is_remote();
}

static void thread_enter(void *context)
{
    (void)context;
    HRESULT hr = CoInitializeEx(NULL, COINIT_MULTITHREADED);
    if (FAILED(hr))
        event("thread_failed", EV_CODE("hresult", hr));
}

static void thread_leave(void *context)
{
    (void)context;
    CoUninitialize();
}

/* What cannot be set is reported and left as COM negotiated it: the client sees the level that was used. */
static void prepare_sink(void *context, IUnknown *sink)
{
    const struct com_service *s = context;
    if (s->callback_level == RPC_C_AUTHN_LEVEL_DEFAULT)
        return;
    DWORD service = s->callback_level == RPC_C_AUTHN_LEVEL_NONE ? RPC_C_AUTHN_NONE : RPC_C_AUTHN_DEFAULT;
    HRESULT hr = CoSetProxyBlanket(sink, service, RPC_C_AUTHZ_DEFAULT, COLE_DEFAULT_PRINCIPAL, s->callback_level,
                                   RPC_C_IMP_LEVEL_IDENTIFY, NULL, EOAC_DEFAULT);
    if (FAILED(hr))
        event("callback_level_failed", EV_NUMBER("level", s->callback_level), EV_CODE("hresult", hr));
}

static void objects_changed(void *context)
{
    struct com_service *s = context;
    atomic_store(&s->was_needed, true);
    atomic_store(&s->changed_ns, clock_now_ns());
}

const struct service_ops com_service_ops = {
    .now_ns = com_service_now_ns,
    .wall_filetime = wall_filetime,
    .query_caller = query_caller,
    .caller_is_remote = caller_is_remote,
    .thread_enter = thread_enter,
    .thread_leave = thread_leave,
    .prepare_sink = prepare_sink,
    .objects_changed = objects_changed,
};
