#include "tests/fuzz/ndr_target.h"

#include <stdlib.h>

#define STUB_MAXIMUM ((size_t)1 << 20)

/* ---- interface pointers ----------------------------------------------------------------------- */
static HRESULT STDMETHODCALLTYPE everlasting_QueryInterface(IUnknown *self, REFIID iid, void **out)
{
    (void)iid;
    *out = self;
    return S_OK;
}

static ULONG STDMETHODCALLTYPE everlasting_count(IUnknown *self)
{
    (void)self;
    return 1;
}

static const IUnknownVtbl everlasting_vtbl = { everlasting_QueryInterface, everlasting_count, everlasting_count };
static IUnknown everlasting = { &everlasting_vtbl };

static HRESULT marshal(void *context, const IID *iid, void *object, struct writer *out)
{
    (void)context;
    (void)iid;
    if (object != &everlasting)
        abort();
    writer_u32(out, 0);
    return S_OK;
}

static HRESULT unmarshal(void *context, const IID *iid, const uint8_t *objref, uint32_t size, void **object)
{
    (void)context;
    if (!iid || !objref || size < 4)
        return RPC_E_INVALID_OBJREF;
    *object = &everlasting;
    return S_OK;
}

const struct ndr_objects target_objects = { marshal, unmarshal };

/* ---- methods ------------------------------------------------------------------------------------ */
static HRESULT STDMETHODCALLTYPE plain_method(void *self)
{
    (void)self;
    return S_FALSE;
}

#define FOUR (ndr_entry) plain_method, (ndr_entry)plain_method, (ndr_entry)plain_method, (ndr_entry)plain_method
static const ndr_entry object_vtbl[] = { (ndr_entry)everlasting_QueryInterface,
                                         (ndr_entry)everlasting_count,
                                         (ndr_entry)everlasting_count,
                                         FOUR,
                                         FOUR,
                                         FOUR,
                                         FOUR };
static struct {
    const ndr_entry *vtbl;
} object = { object_vtbl };
void *target_object = &object;

/* Everything that was unmarshalled is read again, so that a sanitizer sees it. */
static const struct target *serving;

static uint64_t serve(void *given, const uint64_t *slots)
{
    struct writer out;
    struct stub s;
    uint64_t copy[CALL_SLOTS_MAXIMUM];

    (void)given;
    memcpy(copy, slots, serving->method.procedure.slots * sizeof *copy);
    writer_init(&out, STUB_MAXIMUM);
    stub_init(&s, serving->method.tables, copy, &target_objects, NULL);
    s.m.out = &out;
    put_parameters(&s, &serving->method, PARAMETER_IN);
    stub_cleanup(&s);
    writer_cleanup(&out);
    return (uint32_t)S_FALSE;
}

static const ndr_server_shim servers[] = { NULL,  NULL,  NULL,  serve, serve, serve, serve, serve, serve, serve,
                                           serve, serve, serve, serve, serve, serve, serve, serve, serve, serve };

bool target_choose(struct reader *input, struct target *out)
{
    static struct ndr_shims shims = { .server = servers };
    const struct ndr_interface *type = NULL, *chosen = NULL;
    uint32_t first = reader_u32(input);
    uint8_t number = reader_u8(input);

    if (input->failed)
        return false;
    for (unsigned i = 1; !chosen && (type = ndr_interface_at(i)); i++)
        if (type->iid->Data1 == first)
            chosen = type;
    if (!chosen && !(chosen = ndr_interface_at(1 + first % 41)))
        return false;
    out->type = *chosen;
    out->type.shims = &shims;
    out->number = number;
    serving = out;
    return number < sizeof servers / sizeof *servers && method_find(&out->type, number, &out->method);
}

/* ---- arguments ------------------------------------------------------------------------------------ */
void target_arguments_init(struct target_arguments *a, const struct target *t)
{
    memset(a, 0, sizeof *a);
    for (unsigned i = 0; i < t->method.procedure.count; i++) {
        struct parameter p = format_parameter(&t->method.procedure, i, t->method.tables->pFormatTypes);
        uint64_t *slot = &a->slots[p.offset / SLOT_SIZE];
        if (p.flags & PARAMETER_RETURN)
            continue;
        if (p.by_reference || *p.type == FC_UP || *p.type == FC_OP)
            *slot = (uintptr_t)a->memory[i];
        else if (*p.type != FC_IP)
            *slot = 2;
    }
}

void target_arguments_drop(struct target_arguments *a, const struct target *t)
{
    struct stub s;
    stub_init(&s, t->method.tables, a->slots, NULL, NULL);
    for (unsigned i = 0; i < t->method.procedure.count; i++) {
        struct parameter p = format_parameter(&t->method.procedure, i, t->method.tables->pFormatTypes);
        if ((p.flags & (PARAMETER_OUT | PARAMETER_RETURN | PARAMETER_BASE)) == PARAMETER_OUT)
            drop_value(&s, p.type, parameter_value(&s, &p), NULL);
    }
    stub_cleanup(&s);
}
