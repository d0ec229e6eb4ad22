#include "probe-server/reserved_items.h"

#include "base/clock.h"
#include "base/process.h"
#include "opcda/identity.h"
#include "opcda/runtime.h"
#include "opcda/text.h"

bool reserved_item_needs_caller(enum reserved_item reserved)
{
    return reserved >= RESERVED_CALLER_ACCOUNT && reserved <= RESERVED_CALLER_SESSION;
}

static HRESULT set_text(VARIANT *out, const char *text)
{
    BSTR value = bstr_from_utf8(text);
    if (!value)
        return E_OUTOFMEMORY;
    V_VT(out) = VT_BSTR;
    V_BSTR(out) = value;
    return S_OK;
}

static HRESULT set_count(VARIANT *out, LONGLONG count)
{
    V_VT(out) = VT_I8;
    V_I8(out) = count;
    return S_OK;
}

static HRESULT set_number(VARIANT *out, LONG number)
{
    V_VT(out) = VT_I4;
    V_I4(out) = number;
    return S_OK;
}

int64_t reserved_item_service_ns(enum reserved_item reserved)
{
    if (reserved < RESERVED_SERVICE || reserved >= RESERVED_SERVICE + OPCPROBE_SERVICE_ITEMS)
        return 0;
    return (INT64_C(1) << (reserved - RESERVED_SERVICE)) * NS_PER_MS;
}

HRESULT reserved_item_value(enum reserved_item reserved, const struct service *service, const struct caller *caller,
                            const char *nonce, VARIANT *out)
{
    VariantInit(out);
    switch (reserved) {
    case RESERVED_NONCE:
        return set_text(out, nonce);
    case RESERVED_CALLER_ACCOUNT:
        return set_text(out, caller->account);
    case RESERVED_CALLER_LEVEL:
        return set_number(out, caller->level);
    case RESERVED_CALLER_MECHANISM:
        return set_number(out, caller->mechanism);
    case RESERVED_CALLER_SESSION:
        return set_text(out, caller_session(caller));
    case RESERVED_RUNTIME:
        return set_text(out, runtime_name());
    case RESERVED_FLOOR_PORT:
        return set_number(out, service->floor_port);
    case RESERVED_PROCESS_CPU_NS:
        return set_count(out, clock_process_cpu_ns());
    case RESERVED_PROCESS_PID:
        return set_number(out, (LONG)process_id());
    case RESERVED_UPDATES_OVERWRITTEN:
        return set_count(out, atomic_load(&service->updates_overwritten));
    case RESERVED_REQUESTS_REFUSED:
        return set_count(out, atomic_load(&service->requests_refused));
    default: {
        int64_t service_ns = reserved_item_service_ns(reserved);
        return service_ns ? set_number(out, (LONG)(service_ns / NS_PER_MS)) : E_UNEXPECTED;
    }
    }
}
