/* The client's side of a call. */
#include "dcom/ndr/call.h"

/* An [in, out] pointer: the new value waits until everything else has come well. */
struct replacement {
    format type;
    uint8_t *where;
    uint8_t fresh[sizeof(void *)];
};

struct reply {
    struct stub stub;
    struct replacement replacements[CALL_SLOTS_MAXIMUM];
    unsigned replacement_count;
};

static void get_parameter(struct reply *r, const struct parameter *p, HRESULT *result)
{
    struct stub *s = &r->stub;
    uint8_t *value = parameter_value(s, p);

    if (p->flags & PARAMETER_RETURN) {
        get_value(s, p->type, (uint8_t *)result, NULL);
    } else if (!value) {
        stub_fail(s, HR_NULL_REF_POINTER);
    } else if ((p->flags & PARAMETER_IN) && format_is_pointer(p->type)) {
        struct replacement *fresh = &r->replacements[r->replacement_count++];
        *fresh = (struct replacement){ .type = p->type, .where = value };
        get_value(s, p->type, fresh->fresh, NULL);
    } else {
        get_value(s, p->type, value, NULL);
    }
}

static void replace_old_values(struct reply *r)
{
    for (unsigned i = 0; i < r->replacement_count; i++) {
        struct replacement *fresh = &r->replacements[i];
        drop_value(&r->stub, fresh->type, fresh->where, NULL);
        memcpy(fresh->where, fresh->fresh, sizeof fresh->fresh);
    }
}

/* Bytes of an [out] parameter's value in the caller's memory. */
static size_t out_size(struct stub *s, const struct parameter *p)
{
    struct array a;
    if (!format_is_array(p->type))
        return format_size(p->type);
    a = format_array(p->type);
    return format_size(a.element) * (a.size ? correlation_count(s, a.size, NULL) : a.fixed);
}

/* After a failure nothing that the caller could free or follow may be left in its variables. */
static void clear_results(const struct method *m, uintptr_t *arguments)
{
    struct stub s;
    stub_init(&s, m->tables, arguments, NULL, NULL);
    for (unsigned i = 0; i < m->procedure.count; i++) {
        struct parameter p = format_parameter(&m->procedure, i, m->tables->pFormatTypes);
        uint8_t *value = parameter_value(&s, &p);
        if (value && (p.flags & (PARAMETER_IN | PARAMETER_OUT | PARAMETER_RETURN)) == PARAMETER_OUT)
            memset(value, 0, out_size(&s, &p));
    }
    stub_cleanup(&s);
}

static HRESULT put_request(const struct method *m, uintptr_t *arguments, struct ndr_call *call)
{
    struct stub s;
    stub_init(&s, m->tables, arguments, call->objects, call->objects_context);
    s.m.out = &call->request;
    s.m.base = call->stub_at;
    put_parameters(&s, m, PARAMETER_IN);
    HRESULT hr = s.m.hr;
    stub_cleanup(&s);
    return hr;
}

static HRESULT get_reply(const struct method *m, uintptr_t *arguments, struct ndr_call *call, HRESULT *result)
{
    struct reply r;
    r.replacement_count = 0;
    *result = S_OK;
    stub_init(&r.stub, m->tables, arguments, call->objects, call->objects_context);
    r.stub.m.in = &call->reply;
    r.stub.keep = true;
    for (unsigned i = 0; i < m->procedure.count && SUCCEEDED(r.stub.m.hr); i++) {
        struct parameter p = format_parameter(&m->procedure, i, m->tables->pFormatTypes);
        if (p.flags & PARAMETER_OUT)
            get_parameter(&r, &p, result);
    }
    correlation_check_late(&r.stub);
    HRESULT hr = r.stub.m.hr;
    if (SUCCEEDED(hr))
        replace_old_values(&r);
    else
        journal_undo(&r.stub.journal, true);
    stub_cleanup(&r.stub);
    return hr;
}

HRESULT ndr_client_call(void *proxy, unsigned number, uintptr_t *arguments)
{
    struct ndr_proxy *self = proxy;
    struct ndr_call call = { 0 };
    struct method m;
    HRESULT result = S_OK;

    if (!method_find(self->type, number, &m))
        return HR_PROCNUM_OUT_OF_RANGE;
    HRESULT hr = self->channel->prepare(self, number, &call);
    if (FAILED(hr)) {
        clear_results(&m, arguments);
        return hr;
    }
    hr = put_request(&m, arguments, &call);
    if (SUCCEEDED(hr))
        hr = self->channel->exchange(self, number, &call);
    if (SUCCEEDED(hr))
        hr = get_reply(&m, arguments, &call, &result);
    if (FAILED(hr))
        clear_results(&m, arguments);
    self->channel->finish(self, number, &call);
    return FAILED(hr) ? hr : result;
}

CLIENT_CALL_RETURN ndr_call_procedure(PFORMAT_STRING procedure, uintptr_t *arguments)
{
    struct procedure p = format_procedure(procedure);
    HRESULT hr = ndr_client_call((void *)arguments[0], p.method, arguments);
    return (CLIENT_CALL_RETURN){ .Simple = hr };
}

/* Plain calls have no interface pointers and end in an enum err. */
static enum err err_of(HRESULT hr)
{
    if (SUCCEEDED(hr))
        return ERR_OK;
    if (hr == HR_BAD_STUB_DATA)
        return ERR_PROTOCOL;
    return hr == E_OUTOFMEMORY ? ERR_MEMORY : ERR_UNSUPPORTED;
}

enum err ndr_put_request(const struct ndr_interface *type, unsigned number, uintptr_t *arguments, struct ndr_call *call)
{
    struct method m;
    if (!method_find(type, number, &m))
        return ERR_UNSUPPORTED;
    return err_of(put_request(&m, arguments, call));
}

enum err ndr_get_reply(const struct ndr_interface *type, unsigned number, uintptr_t *arguments, struct ndr_call *call,
                       HRESULT *result)
{
    struct method m;
    *result = S_OK;
    if (!method_find(type, number, &m))
        return ERR_UNSUPPORTED;
    HRESULT hr = get_reply(&m, arguments, call, result);
    if (FAILED(hr))
        clear_results(&m, arguments);
    return err_of(hr);
}
