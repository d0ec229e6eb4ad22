#include "tests/ndr/fixture.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "dcom/ndr/call.h"

#define STUB_MAXIMUM ((size_t)16 << 20)

/* ---- golden stubs ---------------------------------------------------------------------------- */
static uint8_t *bytes_of(char *line, size_t *size)
{
    char *text = line + 1 + strspn(line + 1, " ");
    size_t digits = strcspn(text, "\r\n");
    text[digits] = 0;
    uint8_t *bytes = malloc(digits / 2 + 1);
    *size = digits / 2;
    ck_assert(bytes != NULL);
    if (*size)
        ck_assert(hex_parse(text, bytes, *size));
    return bytes;
}

static void add_line(struct golden *g, char *line)
{
    struct golden_call *last = g->count ? &g->calls[g->count - 1] : NULL;

    if (*line == '#' || *line == '\n')
        return;
    if (*line == '>') {
        last->request = bytes_of(line, &last->request_size);
    } else if (*line == '<') {
        last->reply = bytes_of(line, &last->reply_size);
    } else {
        g->calls = realloc(g->calls, (g->count + 1) * sizeof *g->calls);
        ck_assert(g->calls != NULL);
        last = &g->calls[g->count++];
        memset(last, 0, sizeof *last);
        ck_assert_int_eq(sscanf(line, "%47s %u %47s", last->interface_name, &last->method, last->method_name), 3);
    }
}

struct golden golden_load(const char *name)
{
    struct golden g = { 0 };
    char path[512], *line = NULL;
    size_t capacity = 0;

    snprintf(path, sizeof path, "%s/tests/ndr/golden/%s", getenv("OPCPROBE_SOURCE"), name);
    FILE *file = fopen(path, "r");
    ck_assert_msg(file != NULL, "%s cannot be read", path);
    while (getline(&line, &capacity, file) > 0)
        add_line(&g, line);
    free(line);
    fclose(file);
    ck_assert_uint_gt(g.count, 0);
    return g;
}

void golden_free(struct golden *g)
{
    for (unsigned i = 0; i < g->count; i++) {
        free(g->calls[i].request);
        free(g->calls[i].reply);
    }
    free(g->calls);
}

const struct ndr_interface *interface_by_name(const char *name)
{
    const struct ndr_interface *type;
    for (unsigned i = 0; (type = ndr_interface_at(i)); i++)
        if (!strcmp(type->name, name))
            return type;
    return NULL;
}

static bool is_referent(uint32_t word)
{
    return word == 0x72657355 || word >> 16 == 2;
}

bool same_stub(const void *a, size_t a_size, const void *b, size_t b_size)
{
    const uint8_t *left = a, *right = b;
    if (a_size != b_size)
        return false;
    for (size_t at = 0; at < a_size; at += 4) {
        size_t size = a_size - at < 4 ? a_size - at : 4;
        if (memcmp(left + at, right + at, size) &&
            !(size == 4 && is_referent(load_u32(left + at)) && is_referent(load_u32(right + at))))
            return false;
    }
    return true;
}

void assert_same_stub(const char *what, const void *expected, size_t expected_size, const void *got, size_t got_size)
{
    if (same_stub(expected, expected_size, got, got_size))
        return;
    char *wanted = calloc(1, expected_size * 2 + 1), *have = calloc(1, got_size * 2 + 1);
    ck_assert(wanted && have);
    hex_format(expected, expected_size, wanted);
    hex_format(got, got_size, have);
    ck_abort_msg("%s\n  expected %s\n  got      %s", what, wanted, have);
}

/* ---- an object that counts its references ----------------------------------------------------- */
static struct counted *counted_from_IUnknown(IUnknown *self)
{
    return (struct counted *)((char *)self - offsetof(struct counted, IUnknown_iface));
}

static HRESULT STDMETHODCALLTYPE counted_QueryInterface(IUnknown *self, REFIID iid, void **out)
{
    (void)iid;
    IUnknown_AddRef(self);
    *out = self;
    return S_OK;
}

static ULONG STDMETHODCALLTYPE counted_AddRef(IUnknown *self)
{
    return (ULONG)++counted_from_IUnknown(self)->references;
}

static ULONG STDMETHODCALLTYPE counted_Release(IUnknown *self)
{
    return (ULONG)--counted_from_IUnknown(self)->references;
}

static const IUnknownVtbl counted_vtbl = {
    .QueryInterface = counted_QueryInterface,
    .AddRef = counted_AddRef,
    .Release = counted_Release,
};

void counted_init(struct counted *c)
{
    c->IUnknown_iface.lpVtbl = &counted_vtbl;
    c->references = 1;
}

/* ---- loops ------------------------------------------------------------------------------------ */
static HRESULT marshal(void *context, const IID *iid, void *object, struct writer *out)
{
    (void)context;
    (void)iid;
    writer_bytes(out, &object, sizeof object);
    return S_OK;
}

static HRESULT unmarshal(void *context, const IID *iid, const uint8_t *objref, uint32_t size, void **object)
{
    struct loop *l = context;
    IUnknown *unknown;

    (void)iid;
    if (size != sizeof unknown)
        return RPC_E_INVALID_OBJREF;
    memcpy(&unknown, objref, sizeof unknown);
    if (l->passes)
        unknown = &l->passes->IUnknown_iface;
    IUnknown_AddRef(unknown);
    *object = unknown;
    return S_OK;
}

static HRESULT prepare(struct ndr_proxy *self, unsigned method, struct ndr_call *call)
{
    struct loop *l = (struct loop *)self;
    (void)method;
    if (FAILED(l->prepare_result))
        return l->prepare_result;
    writer_init(&call->request, STUB_MAXIMUM);
    call->objects = &l->objects;
    call->objects_context = l;
    return S_OK;
}

static HRESULT exchange(struct ndr_proxy *self, unsigned method, struct ndr_call *call)
{
    struct loop *l = (struct loop *)self;
    struct reader request;

    writer_reset(&l->request);
    writer_reset(&l->reply);
    writer_bytes(&l->request, call->request.data, call->request.size);
    if (l->canned) {
        reader_init(&call->reply, l->canned, l->canned_size);
        return S_OK;
    }
    reader_init(&request, l->request.data, l->request.size);
    l->server_result =
        ndr_server_call(l->proxy.type, l->object, method, &l->objects, l, &request, &l->reply, &l->surplus);
    reader_init(&call->reply, l->reply.data, l->reply.size);
    return l->server_result;
}

static void finish(struct ndr_proxy *self, unsigned method, struct ndr_call *call)
{
    (void)method;
    ((struct loop *)self)->reply_left = reader_left(&call->reply);
    writer_cleanup(&call->request);
}

static const struct ndr_channel channel = { prepare, exchange, finish };

static HRESULT STDMETHODCALLTYPE loop_QueryInterface(IUnknown *self, REFIID iid, void **out)
{
    (void)self;
    (void)iid;
    *out = NULL;
    return E_NOINTERFACE;
}

static ULONG STDMETHODCALLTYPE loop_AddRef(IUnknown *self)
{
    (void)self;
    return 2;
}

static ULONG STDMETHODCALLTYPE loop_Release(IUnknown *self)
{
    (void)self;
    return 1;
}

struct loop *loop_create_type(const struct ndr_interface *type, void *object)
{
    static const ndr_entry unknown_methods[3] = { (ndr_entry)loop_QueryInterface, (ndr_entry)loop_AddRef,
                                                  (ndr_entry)loop_Release };
    struct loop *l = calloc(1, sizeof *l);
    ck_assert(l != NULL && type != NULL);
    l->proxy.vtbl = ndr_proxy_vtbl(type, unknown_methods);
    l->proxy.type = type;
    l->proxy.channel = &channel;
    l->object = object;
    l->objects = (struct ndr_objects){ marshal, unmarshal };
    writer_init(&l->request, STUB_MAXIMUM);
    writer_init(&l->reply, STUB_MAXIMUM);
    return l;
}

struct loop *loop_create(const IID *iid, void *object)
{
    return loop_create_type(ndr_find_interface(iid), object);
}

void loop_destroy(struct loop *l)
{
    writer_cleanup(&l->request);
    writer_cleanup(&l->reply);
    free(l);
}

/* ---- any method of any interface ---------------------------------------------------------------- */
void any_arguments_init(struct any_arguments *a, const struct ndr_interface *type, unsigned method)
{
    struct method m;
    memset(a, 0, sizeof *a);
    ck_assert(method_find(type, method, &m));
    for (unsigned i = 0; i < m.procedure.count; i++) {
        struct parameter p = format_parameter(&m.procedure, i, m.tables->pFormatTypes);
        uint64_t *slot = &a->slots[p.offset / SLOT_SIZE];
        if (p.flags & PARAMETER_RETURN)
            continue;
        if (p.by_reference || *p.type == FC_UP || *p.type == FC_OP)
            *slot = (uintptr_t)a->memory[i];
        else if (*p.type != FC_IP)
            *slot = 2;
    }
}

_Atomic unsigned any_object_calls;
HRESULT any_object_result;

/* No argument is looked at, so the number of them does not matter to this function. */
static HRESULT STDMETHODCALLTYPE any_method(void *self)
{
    (void)self;
    any_object_calls++;
    return any_object_result;
}

#define FOUR_ENTRIES (ndr_entry) any_method, (ndr_entry)any_method, (ndr_entry)any_method, (ndr_entry)any_method
static const ndr_entry any_vtbl[] = { (ndr_entry)loop_QueryInterface,
                                      (ndr_entry)loop_AddRef,
                                      (ndr_entry)loop_Release,
                                      FOUR_ENTRIES,
                                      FOUR_ENTRIES,
                                      FOUR_ENTRIES,
                                      FOUR_ENTRIES };
struct any_object any_object = { any_vtbl };

HRESULT any_call(struct loop *l, unsigned method, struct any_arguments *a)
{
    a->slots[0] = (uintptr_t)l;
    return ndr_client_call(l, method, (uintptr_t *)a->slots);
}

/* ---- running ------------------------------------------------------------------------------------- */
LPWSTR wide_dup(const OLECHAR *text)
{
    size_t size = (utf16_length(text) + 1) * sizeof *text;
    LPWSTR copy = CoTaskMemAlloc(size);
    ck_assert(copy != NULL);
    return memcpy(copy, text, size);
}

int suite_run(Suite *suite)
{
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? 1 : 0;
}
