/* Values to the wire. */
#include "dcom/ndr/stub.h"

/* Aligned room, with zeros in front of it. */
static uint8_t *room(struct stub *s, size_t alignment, size_t size)
{
    struct writer *out = s->m.out;
    size_t padding = (0 - (out->size - s->m.base)) & (alignment - 1);
    uint8_t *at = writer_room(out, padding + size);
    if (!at) {
        stub_fail(s, E_OUTOFMEMORY);
        return NULL;
    }
    memset(at, 0, padding);
    return at + padding;
}

static void put_u32(struct stub *s, uint32_t value)
{
    uint8_t *at = room(s, 4, 4);
    if (at)
        store_u32(at, value);
}

static uint32_t referent(struct stub *s, const void *pointer)
{
    return pointer ? next_referent(&s->referents) : 0;
}

static const void *pointer_at(const uint8_t *memory)
{
    const void *pointer;
    memcpy(&pointer, memory, sizeof pointer);
    return pointer;
}

/* ---- flat parts ---------------------------------------------------------------------------- */
static void put_enum16(struct stub *s, const uint8_t *memory, uint8_t *at)
{
    uint32_t value = load_u32(memory);
    if (value > 0x7FFF)
        stub_fail(s, HRESULT_FROM_WIN32(RPC_X_ENUM_VALUE_OUT_OF_RANGE));
    store_u16(at, (uint16_t)value);
}

static void put_element(struct stub *s, const struct plan *p, const uint8_t *memory, uint8_t *at)
{
    for (unsigned i = 0; i < p->count; i++) {
        const struct plan_step *step = &p->steps[i];
        switch (step->kind) {
        case PLAN_COPY:
            memcpy(at + step->wire, memory + step->memory, step->size);
            break;
        case PLAN_ENUM16:
            put_enum16(s, memory + step->memory, at + step->wire);
            break;
        case PLAN_USER:
            /* There always is a value; this is what Windows writes in place of its referent: "User". */
            store_u32(at + step->wire, 0x72657355u);
            break;
        default:
            store_u32(at + step->wire, referent(s, pointer_at(memory + step->memory)));
            break;
        }
    }
}

static void put_flat(struct stub *s, const struct plan *p, const uint8_t *memory, uint32_t count)
{
    /* No elements still align what follows, as Windows does it. */
    size_t size = count ? (size_t)(count - 1) * p->stride + p->wire_size : 0;
    uint8_t *at = room(s, p->alignment, size);
    if (!at)
        return;
    if (p->is_copy) {
        memcpy(at, memory, size);
        return;
    }
    if (p->has_gaps)
        memset(at, 0, size);
    for (uint32_t i = 0; i < count; i++, memory += p->memory_size, at += p->stride)
        put_element(s, p, memory, at);
}

/* ---- what referents lead to ---------------------------------------------------------------- */
static void put_user(struct stub *s, format type, const uint8_t *memory)
{
    const USER_MARSHAL_ROUTINE_QUADRUPLE *routines = &s->tables->aUserMarshalQuadruple[format_u16(type + 2)];
    uint8_t *value = (uint8_t *)memory; /* the routine's type has no const; it only reads */
    routines->pfnMarshall(&s->m.flags, value, value);
}

static void put_target(struct stub *s, format type, const uint8_t *memory, const uint8_t *around)
{
    void *target = (void *)pointer_at(memory);
    IID copy;

    if (*type == FC_USER_MARSHAL) {
        put_user(s, type, memory);
    } else if (!target) {
        return;
    } else if (*type == FC_IP) {
        const IID *iid = correlation_iid(s, type, around, &copy);
        if (iid)
            interface_put(&s->m, iid, target);
    } else {
        put_value(s, format_target(type), target, around);
    }
}

static void put_rest(struct stub *s, const struct plan *p, const uint8_t *memory, uint32_t count)
{
    if (!p->has_referents)
        return;
    for (; count && SUCCEEDED(s->m.hr); count--, memory += p->memory_size)
        for (unsigned i = 0; i < p->count; i++)
            if (p->steps[i].kind >= PLAN_POINTER)
                put_target(s, p->steps[i].type, memory + p->steps[i].memory, memory + p->steps[i].around);
}

/* ---- values -------------------------------------------------------------------------------- */
static void put_plan(struct stub *s, format type, const uint8_t *memory)
{
    const struct plan *p = plan_of(type, &s->m.hr);
    if (!p)
        return;
    put_flat(s, p, memory, 1);
    put_rest(s, p, memory, 1);
}

static void put_string(struct stub *s, const uint8_t *memory)
{
    uint32_t units = 1;
    for (const uint8_t *p = memory; load_u16(p); p += 2)
        units++;
    put_u32(s, units);
    put_u32(s, 0);
    put_u32(s, units);
    uint8_t *at = room(s, 2, (size_t)units * 2);
    if (at)
        memcpy(at, memory, (size_t)units * 2);
}

static void put_array(struct stub *s, format type, const uint8_t *memory, const uint8_t *around)
{
    struct array a = format_array(type);
    if (a.is_string) {
        put_string(s, memory);
        return;
    }
    const struct plan *p = plan_of(a.element, &s->m.hr);
    uint32_t size = a.size ? correlation_count(s, a.size, around) : a.fixed;
    uint32_t count = a.length ? correlation_count(s, a.length, around) : size;
    if (!p || FAILED(s->m.hr))
        return;
    if (count > size) {
        stub_fail(s, HRESULT_FROM_WIN32(RPC_S_INVALID_BOUND));
        return;
    }
    if (a.size)
        put_u32(s, size);
    if (a.length) {
        put_u32(s, 0);
        put_u32(s, count);
    }
    put_flat(s, p, memory, count);
    put_rest(s, p, memory, count);
}

/* A conformant structure: the bound of its last member goes first. */
static void put_conformant_struct(struct stub *s, format type, const uint8_t *memory)
{
    const uint8_t *end = memory + format_size(type);
    struct array a = format_array(format_struct_array(type));
    const struct plan *fixed = plan_of(type, &s->m.hr), *element = plan_of(a.element, &s->m.hr);
    uint32_t count = correlation_count(s, a.size, end);
    if (!fixed || !element || FAILED(s->m.hr))
        return;
    put_u32(s, count);
    put_flat(s, fixed, memory, 1);
    put_flat(s, element, end, count);
}

void put_value(struct stub *s, format type, const uint8_t *memory, const uint8_t *around)
{
    struct scalar scalar = format_scalar(*type == FC_RANGE ? type[1] : *type);

    if (FAILED(s->m.hr))
        return;
    if (scalar.wire == scalar.memory && scalar.wire) {
        uint8_t *at = room(s, scalar.wire, scalar.wire);
        if (at)
            memcpy(at, memory, scalar.wire);
    } else if (format_is_array(type)) {
        put_array(s, type, memory, around);
    } else if (*type == FC_CSTRUCT) {
        put_conformant_struct(s, type, memory);
    } else {
        /* A pointer that is a parameter counts from the parameters; its plan has the one step. */
        put_plan(s, type, memory);
    }
}
