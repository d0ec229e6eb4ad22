/* Takes down what stands, in the reverse order, whatever happened before. */
#include <stdio.h>

#include "probe-client/connection.h"

static void note(HRESULT hr, HRESULT *first)
{
    if (FAILED(hr) && SUCCEEDED(*first))
        *first = hr;
}

static void release(IUnknown *object)
{
    if (object)
        IUnknown_Release(object);
}

void teardown(struct connection *c)
{
    struct stage_table *t = &c->report->stages;
    if (!c->object) {
        stages_settle(t, STAGE_TEARDOWN, OUTCOME_SKIPPED, "nothing stands");
        return;
    }
    HRESULT first = S_OK;
    connection_begin(c, STAGE_TEARDOWN, false);
    if (c->advised) {
        activity_call(c->activity, "IConnectionPoint::Unadvise");
        note(IConnectionPoint_Unadvise(c->point, c->cookie), &first);
    }
    release((IUnknown *)c->point);
    release((IUnknown *)c->sync);
    release((IUnknown *)c->items);
    if (c->has_group) {
        activity_call(c->activity, "IOPCServer::RemoveGroup");
        /* Not by force: our own interfaces of the group are released already. OPC_S_INUSE is fine. */
        note(IOPCServer_RemoveGroup(c->server, c->group, FALSE), &first);
    }
    release((IUnknown *)c->server);
    release(c->object);
    struct call_outcome o = connection_end(c, first);
    if (c->sink) {
        c->report->data_changes = data_sink_count(c->sink);
        data_sink_release(c->sink);
    }
    c->object = NULL;
    evidence_call(&o, t, STAGE_TEARDOWN, c->has_group ? "subscription and group removed" : "released");
}
