/* Values from the wire. Nothing that it counts is believed before the bytes for it are known to be there. */
#include "dcom/ndr/stub.h"

static void bad_stub(struct stub *s)
{
    stub_fail(s, HR_BAD_STUB_DATA);
}

/* Aligned bytes, NULL when they are not there. */
static const uint8_t *take(struct stub *s, size_t alignment, size_t size)
{
    struct reader *in = s->m.in;
    size_t padding = (0 - in->at) & (alignment - 1), left = reader_left(in);

    if (!size) {
        /* An empty array aligns what follows, if something does. */
        in->at += padding <= left ? padding : 0;
        return in->start;
    }
    if (padding > left || size > left - padding) {
        bad_stub(s);
        return NULL;
    }
    const uint8_t *at = in->start + in->at + padding;
    in->at += padding + size;
    return at;
}

static uint32_t get_u32(struct stub *s)
{
    const uint8_t *at = take(s, 4, 4);
    return at ? load_u32(at) : 0;
}

/* True if `count` elements can still come; fails otherwise. */
static bool can_hold(struct stub *s, uint32_t count, size_t wire_size)
{
    if (SUCCEEDED(s->m.hr) && count <= reader_left(s->m.in) / wire_size)
        return true;
    bad_stub(s);
    return false;
}

/* ---- flat parts ---------------------------------------------------------------------------- */
/* Until its target comes a pointer holds its referent. */
static void keep_referent(uint8_t *memory, size_t size, uint32_t referent)
{
    memset(memory, 0, size);
    store_u32(memory, referent);
}

static void get_element(const struct plan *p, uint8_t *memory, const uint8_t *at)
{
    for (unsigned i = 0; i < p->count; i++) {
        const struct plan_step *step = &p->steps[i];
        switch (step->kind) {
        case PLAN_COPY:
            memcpy(memory + step->memory, at + step->wire, step->size);
            break;
        case PLAN_ENUM16:
            store_u32(memory + step->memory, load_u16(at + step->wire));
            break;
        default:
            keep_referent(memory + step->memory, step->held, load_u32(at + step->wire));
            break;
        }
    }
}

static void get_flat(struct stub *s, const struct plan *p, uint8_t *memory, uint32_t count)
{
    size_t size = count ? (size_t)(count - 1) * p->stride + p->wire_size : 0;
    const uint8_t *at = take(s, p->alignment, size);
    if (!at)
        return;
    if (p->is_copy) {
        memcpy(memory, at, size);
        return;
    }
    for (uint32_t i = 0; i < count; i++, memory += p->memory_size, at += p->stride)
        get_element(p, memory, at);
}

/* ---- what referents lead to ---------------------------------------------------------------- */
static void get_user(struct stub *s, format type, uint8_t *memory)
{
    const USER_MARSHAL_ROUTINE_QUADRUPLE *routines = &s->tables->aUserMarshalQuadruple[format_u16(type + 2)];

    if (!journal_reserve(&s->journal)) {
        stub_fail(s, E_OUTOFMEMORY);
        return;
    }
    s->m.owns = false;
    if (routines->pfnUnmarshall(&s->m.flags, memory, memory) && s->m.owns)
        journal_add(&s->journal, (struct journal_entry){ JOURNAL_USER, s->keep, memory, routines->pfnFree });
}

static void *get_interface(struct stub *s, format type, const uint8_t *around)
{
    IID copy;
    const IID *iid = correlation_iid(s, type, around, &copy);

    if (iid && !journal_reserve(&s->journal))
        stub_fail(s, E_OUTOFMEMORY);
    if (!iid || FAILED(s->m.hr))
        return NULL;
    void *object = interface_get(&s->m, iid);
    if (object)
        journal_add(&s->journal, (struct journal_entry){ JOURNAL_INTERFACE, s->keep, object, NULL });
    return object;
}

static void get_target(struct stub *s, format type, uint8_t *memory, const uint8_t *around)
{
    uint32_t referent = load_u32(memory);
    void *target = NULL;

    store_u32(memory, 0);
    if (!referent)
        return;
    if (*type == FC_USER_MARSHAL) {
        get_user(s, type, memory);
        return;
    }
    if (*type == FC_IP)
        target = get_interface(s, type, around);
    else
        target = get_new_value(s, format_target(type), around, s->keep);
    memcpy(memory, &target, sizeof target);
}

static void get_rest(struct stub *s, const struct plan *p, uint8_t *memory, uint32_t count)
{
    if (!p->has_referents)
        return;
    for (; count && SUCCEEDED(s->m.hr); count--, memory += p->memory_size)
        for (unsigned i = 0; i < p->count && SUCCEEDED(s->m.hr); i++)
            if (p->steps[i].kind >= PLAN_POINTER)
                get_target(s, p->steps[i].type, memory + p->steps[i].memory, memory + p->steps[i].around);
}

/* ---- arrays -------------------------------------------------------------------------------- */
struct bounds {
    uint32_t size;  /* elements in memory */
    uint32_t count; /* elements that follow */
};

static bool get_bounds(struct stub *s, const struct array *a, const uint8_t *around, struct bounds *b)
{
    b->size = a->fixed;
    if (a->size) {
        b->size = get_u32(s);
        correlation_check(s, a->size, around, b->size);
    }
    b->count = b->size;
    if (a->length) {
        uint32_t offset = get_u32(s);
        b->count = get_u32(s);
        correlation_check(s, a->length, around, b->count);
        if (offset || b->count > b->size)
            bad_stub(s);
    }
    return SUCCEEDED(s->m.hr);
}

static void get_elements(struct stub *s, const struct plan *p, uint8_t *memory, uint32_t count)
{
    get_flat(s, p, memory, count);
    if (SUCCEEDED(s->m.hr))
        get_rest(s, p, memory, count);
}

/* Into memory whose size the arguments say: the wire must say the same, and say it before anything is written. */
static void get_array(struct stub *s, format type, uint8_t *memory, const uint8_t *around)
{
    struct array a = format_array(type);
    const struct plan *p = plan_of(a.element, &s->m.hr);
    unsigned late = s->late_count;
    struct bounds b;

    /* The length may be checked late, the size may not. */
    if (a.is_string || (a.size && a.size[1] == FC_DEREFERENCE))
        stub_fail(s, E_NOTIMPL);
    if (!p || FAILED(s->m.hr) || !get_bounds(s, &a, around, &b))
        return;
    if (a.size && s->late_count != late && s->late[late].correlation == a.size) {
        stub_fail(s, E_NOTIMPL);
        return;
    }
    memset(memory, 0, (size_t)b.size * p->memory_size);
    get_elements(s, p, memory, b.count);
}

static uint8_t *get_new_array(struct stub *s, format type, const uint8_t *around, bool keep)
{
    struct array a = format_array(type);
    const struct plan *p = plan_of(a.element, &s->m.hr);
    struct bounds b;

    if (!p || !get_bounds(s, &a, around, &b) || !can_hold(s, b.count, p->wire_size))
        return NULL;
    if ((size_t)(b.size - b.count) * p->memory_size > STUB_UNSENT_MAXIMUM) {
        stub_fail(s, E_OUTOFMEMORY);
        return NULL;
    }
    uint8_t *memory = stub_alloc(s, (size_t)b.size * p->memory_size, keep);
    if (memory)
        get_elements(s, p, memory, b.count);
    return memory;
}

static uint8_t *get_new_string(struct stub *s, bool keep)
{
    uint32_t size = get_u32(s), offset = get_u32(s), count = get_u32(s);

    if (offset || count > size || !count) {
        bad_stub(s);
        return NULL;
    }
    if (!can_hold(s, count, 2))
        return NULL;
    const uint8_t *at = take(s, 2, (size_t)count * 2);
    if (!at || load_u16(at + (size_t)(count - 1) * 2)) {
        bad_stub(s);
        return NULL;
    }
    uint8_t *memory = stub_alloc(s, (size_t)count * 2, keep);
    return memory ? memcpy(memory, at, (size_t)count * 2) : NULL;
}

static uint8_t *get_new_conformant_struct(struct stub *s, format type, bool keep)
{
    struct array a = format_array(format_struct_array(type));
    const struct plan *fixed = plan_of(type, &s->m.hr), *element = plan_of(a.element, &s->m.hr);
    uint32_t count = get_u32(s);

    if (!fixed || !element || !can_hold(s, count, element->wire_size))
        return NULL;
    size_t fixed_size = format_size(type);
    uint8_t *memory = stub_alloc(s, fixed_size + (size_t)count * element->memory_size, keep);
    if (!memory)
        return NULL;
    get_flat(s, fixed, memory, 1);
    if (SUCCEEDED(s->m.hr))
        correlation_check(s, a.size, memory + fixed_size, count);
    if (SUCCEEDED(s->m.hr))
        get_flat(s, element, memory + fixed_size, count);
    return memory;
}

/* ---- values -------------------------------------------------------------------------------- */
static void get_scalar(struct stub *s, format type, uint8_t *memory)
{
    uint8_t code = *type == FC_RANGE ? type[1] : *type;
    struct scalar scalar = format_scalar(code);
    const uint8_t *at = take(s, scalar.wire, scalar.wire);
    uint32_t value = 0;

    if (!at)
        return;
    memset(memory, 0, scalar.memory);
    memcpy(memory, at, scalar.wire);
    if (*type != FC_RANGE)
        return;
    memcpy(&value, memory, scalar.memory < sizeof value ? scalar.memory : sizeof value);
    if (value < load_u32(type + 2) || value > load_u32(type + 6))
        bad_stub(s);
}

void get_value(struct stub *s, format type, uint8_t *memory, const uint8_t *around)
{
    if (FAILED(s->m.hr))
        return;
    if (format_scalar(*type).wire || *type == FC_RANGE) {
        get_scalar(s, type, memory);
    } else if (format_is_array(type)) {
        get_array(s, type, memory, around);
    } else if (*type == FC_CSTRUCT) {
        stub_fail(s, E_NOTIMPL); /* its size is the sender's: there is always a pointer to one */
    } else {
        const struct plan *p = plan_of(type, &s->m.hr);
        if (p)
            get_elements(s, p, memory, 1);
    }
}

static uint8_t *get_new_fixed(struct stub *s, format type, const uint8_t *around, bool keep)
{
    uint8_t *memory = stub_alloc(s, format_size(type), keep);
    if (memory)
        get_value(s, type, memory, around);
    return memory;
}

uint8_t *get_new_value(struct stub *s, format type, const uint8_t *around, bool keep)
{
    uint8_t *memory = NULL;

    if (s->depth == STUB_DEPTH_MAXIMUM)
        bad_stub(s);
    if (FAILED(s->m.hr))
        return NULL;
    s->depth++;
    if (*type == FC_C_WSTRING)
        memory = get_new_string(s, keep);
    else if (format_is_array(type))
        memory = get_new_array(s, type, around, keep);
    else if (*type == FC_CSTRUCT)
        memory = get_new_conformant_struct(s, type, keep);
    else
        memory = get_new_fixed(s, type, around, keep);
    s->depth--;
    return SUCCEEDED(s->m.hr) ? memory : NULL;
}
