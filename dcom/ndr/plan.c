#include "dcom/ndr/plan.h"

#include <stdatomic.h>
#include <stdlib.h>

#define STEPS_MAXIMUM 64

struct builder {
    struct plan plan;
    struct plan_step steps[STEPS_MAXIMUM];
    bool failed;
};

static size_t round_up(size_t value, size_t alignment)
{
    return (value + alignment - 1) & ~(alignment - 1);
}

static void add_step(struct builder *b, format type, size_t memory, size_t around, enum plan_kind kind, size_t size,
                     size_t alignment)
{
    struct plan *p = &b->plan;
    struct plan_step *last = p->count ? &b->steps[p->count - 1] : NULL;
    size_t wire = round_up(p->wire_size, alignment);

    if (alignment > p->alignment)
        p->alignment = alignment;
    p->has_gaps |= wire != p->wire_size;
    p->wire_size = wire + size;
    p->has_referents |= kind >= PLAN_POINTER;
    if (kind == PLAN_COPY && last && last->kind == PLAN_COPY && last->memory + last->size == memory &&
        last->wire + last->size == wire) {
        last->size = (uint16_t)(last->size + size);
        last->held = last->size;
        return;
    }
    if (p->count == STEPS_MAXIMUM) {
        b->failed = true;
        return;
    }
    b->steps[p->count++] = (struct plan_step){ .type = type,
                                               .memory = (uint16_t)memory,
                                               .wire = (uint16_t)wire,
                                               .held = (uint16_t)(kind == PLAN_COPY ? size : format_size(type)),
                                               .size = (uint16_t)size,
                                               .around = (uint16_t)around,
                                               .kind = (uint8_t)kind };
}

static void add_type(struct builder *b, format type, size_t memory, size_t around);

/* Walks the members of a structure; those that are pointers are described one after the other at `pointers`. */
static void add_members(struct builder *b, format layout, format pointers, size_t start)
{
    size_t memory = start;

    for (format q = layout; *q != FC_END && !b->failed;) {
        if (*q >= FC_ALIGNM2 && *q <= FC_ALIGNM8) {
            memory = round_up(memory, (size_t)2 << (*q++ - FC_ALIGNM2));
        } else if (*q >= FC_STRUCTPAD1 && *q <= FC_STRUCTPAD7) {
            memory += (size_t)(*q++ - FC_STRUCTPAD1) + 1;
        } else if (*q == FC_PAD) {
            q++;
        } else if (*q == FC_POINTER) {
            add_type(b, pointers, memory, start);
            memory += sizeof(void *);
            pointers += 4;
            q++;
        } else if (*q == FC_EMBEDDED_COMPLEX) {
            format member = format_member(q);
            memory += q[1]; /* padding in memory in front of it */
            add_type(b, member, memory, start);
            memory += *member == FC_SMFARRAY ? format_u16(member + 2) : format_size(member);
            q += 4;
        } else {
            add_type(b, q, memory, start);
            memory += format_size(q);
            q++;
        }
    }
}

static void add_structure(struct builder *b, format type, size_t memory)
{
    size_t alignment = (size_t)type[1] + 1, wire = round_up(b->plan.wire_size, alignment);

    b->plan.has_gaps |= wire != b->plan.wire_size;
    b->plan.wire_size = wire;
    if (alignment > b->plan.alignment)
        b->plan.alignment = alignment;
    if (*type == FC_STRUCT) {
        add_members(b, type + 4, NULL, memory);
    } else if (*type == FC_CSTRUCT) {
        add_members(b, type + 6, NULL, memory);
    } else if (format_u16(type + 4) == 0) {
        add_members(b, type + 8, type + 6 + format_s16(type + 6), memory);
    } else {
        b->failed = true; /* a complex structure that ends with a conformant array */
    }
}

static void add_type(struct builder *b, format type, size_t memory, size_t around)
{
    struct scalar scalar = format_scalar(*type);

    switch (*type) {
    case FC_STRUCT:
    case FC_CSTRUCT:
    case FC_BOGUS_STRUCT:
        add_structure(b, type, memory);
        return;
    case FC_SMFARRAY:
        if (format_scalar(*format_array(type).element).wire == 0)
            break;
        add_step(b, type, memory, around, PLAN_COPY, format_u16(type + 2), (size_t)type[1] + 1);
        return;
    case FC_UP:
    case FC_OP:
        add_step(b, type, memory, around, PLAN_POINTER, 4, 4);
        return;
    case FC_IP:
        add_step(b, type, memory, around, PLAN_INTERFACE, 4, 4);
        return;
    case FC_USER_MARSHAL:
        add_step(b, type, memory, around, PLAN_USER, 4, 4);
        return;
    case FC_ENUM16:
        add_step(b, type, memory, around, PLAN_ENUM16, 2, 2);
        return;
    default:
        if (!scalar.wire)
            break;
        add_step(b, type, memory, around, PLAN_COPY, scalar.wire, scalar.wire);
        return;
    }
    b->failed = true;
}

static struct plan *compile(format type, HRESULT *hr)
{
    struct builder b = { .plan = { .alignment = 1 } };
    add_type(&b, type, 0, 0);
    if (b.failed) {
        *hr = E_NOTIMPL;
        return NULL;
    }
    b.plan.memory_size = *type == FC_SMFARRAY ? format_u16(type + 2) : format_size(type);
    b.plan.stride = round_up(b.plan.wire_size, b.plan.alignment);
    b.plan.is_copy = b.plan.count == 1 && b.steps[0].kind == PLAN_COPY && b.plan.stride == b.plan.wire_size &&
                     b.plan.memory_size == b.plan.wire_size;
    /* Between elements there is padding when they do not end aligned. */
    b.plan.has_gaps |= b.plan.stride != b.plan.wire_size;

    size_t steps_size = b.plan.count * sizeof *b.steps;
    struct plan *p = malloc(sizeof *p + steps_size);
    if (!p) {
        *hr = E_OUTOFMEMORY;
        return NULL;
    }
    *p = b.plan;
    p->steps = memcpy(p + 1, b.steps, steps_size);
    return p;
}

/* ---- plans once compiled ------------------------------------------------------------------- */
/* An open-addressed table that is only ever added to. It holds every type of our IDL several times over; should it
 * be full after all, the next plan cannot be kept and the call fails instead of leaking one per call. */
#define TABLE_SIZE 1024

static struct entry {
    _Atomic(format) type;
    _Atomic(struct plan *) plan;
} table[TABLE_SIZE];

/* The entry of `type`, claimed for it when it is new. */
static struct entry *entry_of(format type)
{
    uintptr_t hash = (uintptr_t)type;
    hash ^= hash >> 10;
    for (unsigned i = 0; i < TABLE_SIZE; i++) {
        struct entry *e = &table[(hash + i) % TABLE_SIZE];
        format found = atomic_load_explicit(&e->type, memory_order_acquire);
        if (!found && atomic_compare_exchange_strong(&e->type, &found, type))
            return e;
        if (found == type)
            return e;
    }
    return NULL;
}

const struct plan *plan_of(format type, HRESULT *hr)
{
    struct entry *e = entry_of(type);
    if (!e) {
        *hr = E_OUTOFMEMORY;
        return NULL;
    }
    struct plan *p = atomic_load_explicit(&e->plan, memory_order_acquire);
    if (p)
        return p;
    p = compile(type, hr);
    if (!p)
        return NULL;
    /* Another thread may have been faster; both plans are the same. */
    struct plan *first = NULL;
    if (atomic_compare_exchange_strong(&e->plan, &first, p))
        return p;
    free(p);
    return first;
}
