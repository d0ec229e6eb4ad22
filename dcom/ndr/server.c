/* The server's side of a call. */
#include "dcom/ndr/call.h"

/* Top-level values behind references are the stub's own; what an [in, out] leads to is the method's to replace. */
static void get_in_parameter(struct stub *s, const struct parameter *p)
{
    s->parameter = p->offset;
    s->keep = (p->flags & PARAMETER_OUT) != 0;
    if (!p->by_reference) {
        get_value(s, p->type, s->slots + p->offset, NULL);
        return;
    }
    void *value = get_new_value(s, p->type, NULL, false);
    memcpy(s->slots + p->offset, &value, sizeof value);
}

static void get_in_parameters(struct stub *s, const struct method *m)
{
    for (unsigned i = 0; i < m->procedure.count && SUCCEEDED(s->m.hr); i++) {
        struct parameter p = format_parameter(&m->procedure, i, m->tables->pFormatTypes);
        if (p.flags & PARAMETER_IN)
            get_in_parameter(s, &p);
    }
    correlation_check_late(s);
}

/* Room for results. How many elements an array has is the caller's wish, so it has a limit. */
static void make_out_parameter(struct stub *s, const struct parameter *p)
{
    size_t size = format_size(p->type), count = 1;
    if (format_is_array(p->type)) {
        struct array a = format_array(p->type);
        count = a.size ? correlation_count(s, a.size, NULL) : a.fixed;
    }
    if (count > STUB_UNSENT_MAXIMUM / size) {
        stub_fail(s, E_OUTOFMEMORY);
        return;
    }
    void *value = stub_alloc(s, size * count, false);
    memcpy(s->slots + p->offset, &value, sizeof value);
}

static void make_out_parameters(struct stub *s, const struct method *m)
{
    for (unsigned i = 0; i < m->procedure.count && SUCCEEDED(s->m.hr); i++) {
        struct parameter p = format_parameter(&m->procedure, i, m->tables->pFormatTypes);
        if ((p.flags & (PARAMETER_IN | PARAMETER_OUT | PARAMETER_RETURN)) == PARAMETER_OUT)
            make_out_parameter(s, &p);
    }
}

static void drop_out_parameters(struct stub *s, const struct method *m)
{
    for (unsigned i = 0; i < m->procedure.count; i++) {
        struct parameter p = format_parameter(&m->procedure, i, m->tables->pFormatTypes);
        if ((p.flags & (PARAMETER_OUT | PARAMETER_RETURN | PARAMETER_BASE)) == PARAMETER_OUT)
            drop_value(s, p.type, parameter_value(s, &p), NULL);
    }
}

static void call_method(const struct ndr_interface *type, void *object, unsigned number, const struct method *m,
                        uint64_t *slots)
{
    if (m->thunk) {
        MIDL_STUB_MESSAGE message = { .StackTop = (unsigned char *)slots };
        m->thunk(&message);
    } else {
        slots[m->procedure.slots - 1] = type->shims->server[number](object, slots);
    }
}

static HRESULT answer(struct stub *s, const struct ndr_interface *type, void *object, unsigned number,
                      const struct method *m, struct writer *reply)
{
    uint64_t *slots = (uint64_t *)(void *)s->slots;

    make_out_parameters(s, m);
    if (FAILED(s->m.hr)) {
        journal_undo(&s->journal, true);
        return s->m.hr;
    }
    /* From here on what [in, out] parameters lead to is found through the parameters. */
    call_method(type, object, number, m, slots);
    s->m.in = NULL;
    s->m.out = reply;
    s->m.base = reply->size;
    put_parameters(s, m, PARAMETER_OUT);
    if (FAILED(s->m.hr)) {
        reply->size = s->m.base;
        reply->failed = false;
    }
    drop_out_parameters(s, m);
    journal_undo(&s->journal, false);
    return s->m.hr;
}

HRESULT ndr_server_call(const struct ndr_interface *type, void *object, unsigned number,
                        const struct ndr_objects *objects, void *objects_context, struct reader *request,
                        struct writer *reply, size_t *surplus)
{
    uint64_t slots[CALL_SLOTS_MAXIMUM] = { (uintptr_t)object };
    struct method m;
    struct stub s;
    HRESULT hr;

    *surplus = 0;
    if (!method_find(type, number, &m))
        return HR_PROCNUM_OUT_OF_RANGE;
    stub_init(&s, m.tables, slots, objects, objects_context);
    s.is_server = true;
    s.m.in = request;
    get_in_parameters(&s, &m);
    *surplus = reader_left(request);
    if (SUCCEEDED(s.m.hr)) {
        hr = answer(&s, type, object, number, &m, reply);
    } else {
        hr = s.m.hr;
        journal_undo(&s.journal, true);
    }
    stub_cleanup(&s);
    return hr;
}
