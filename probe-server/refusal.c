#include "probe-server/refusal.h"

#include "probe-server/service.h"

HRESULT refusal_of_object(const struct service *service)
{
    const struct refusal *r = service->refusal;
    if (!r)
        return S_OK;
    if (r->unlicensed)
        return CLASS_E_NOTLICENSED;
    if (!r->local && !r->remote)
        return S_OK;
    bool refused = service->ops->caller_is_remote(service->context) ? r->remote : r->local;
    return refused ? CLASS_E_CLASSNOTAVAILABLE : S_OK;
}

bool refusal_of_interface(const struct service *service, REFIID iid)
{
    const struct refusal *r = service->refusal;
    return r && r->has_iid && IsEqualIID(iid, &r->iid);
}
