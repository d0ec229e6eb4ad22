/* Values after their use: a server's results once they are on the wire, a client's old value of an [in, out]. */
#include "dcom/ndr/stub.h"

static void drop_target(struct stub *s, format type, uint8_t *memory, const uint8_t *around)
{
    void *target;

    if (*type == FC_USER_MARSHAL) {
        s->tables->aUserMarshalQuadruple[format_u16(type + 2)].pfnFree(&s->m.flags, memory);
        return;
    }
    memcpy(&target, memory, sizeof target);
    memset(memory, 0, sizeof target);
    if (!target)
        return;
    if (*type == FC_IP) {
        IUnknown *object = target;
        IUnknown_Release(object);
        return;
    }
    drop_value(s, format_target(type), target, around);
    CoTaskMemFree(target);
}

static void drop_elements(struct stub *s, const struct plan *p, uint8_t *memory, uint32_t count)
{
    if (!p->has_referents)
        return;
    for (; count; count--, memory += p->memory_size)
        for (unsigned i = 0; i < p->count; i++)
            if (p->steps[i].kind >= PLAN_POINTER)
                drop_target(s, p->steps[i].type, memory + p->steps[i].memory, memory + p->steps[i].around);
}

void drop_value(struct stub *s, format type, uint8_t *memory, const uint8_t *around)
{
    HRESULT before = s->m.hr;
    bool is_array = format_is_array(type);
    struct array a = is_array ? format_array(type) : (struct array){ .element = type, .fixed = 1 };

    /* Nothing else has anything behind it. */
    if (a.is_string || *type == FC_CSTRUCT || *type == FC_RANGE || format_scalar(*type).wire)
        return;
    s->m.hr = S_OK;
    const struct plan *p = plan_of(a.element, &s->m.hr);
    format counted = a.length ? a.length : a.size;
    uint32_t count = counted ? correlation_count(s, counted, around) : a.fixed;
    if (p && SUCCEEDED(s->m.hr))
        drop_elements(s, p, memory, count);
    s->m.hr = before;
}
