/* Proxies: vtables, interface pointers, the local halves of [call_as] methods. */
#include <comstd.h>
#include <opccomn.h>
#include <opcda.h>
#include <string.h>

#include "base/thread.h"
#include "dcom/oleaut/user_marshal.h"
#include "tests/ndr/fixture.h"

/* ---- tables ---------------------------------------------------------------------------------- */
START_TEST(every_interface_is_found_by_its_iid)
{
    const struct ndr_interface *type;
    unsigned i;
    for (i = 0; (type = ndr_interface_at(i)); i++) {
        ck_assert_ptr_eq(ndr_find_interface(type->iid), type);
        if (i) {
            ck_assert_ptr_eq(type->proxy->header.piid, type->iid);
            ck_assert_ptr_eq(type->stub->header.piid, type->iid);
            ck_assert_ptr_eq(type->shims->iid, type->iid);
        }
    }
    ck_assert_uint_ge(i, 42);
    ck_assert_ptr_null(ndr_find_interface(&GUID_NULL));
}
END_TEST

START_TEST(the_opc_interfaces_have_the_methods_of_the_specification)
{
    static const struct {
        const IID *iid;
        unsigned methods;
    } expected[] = {
        { &IID_IUnknown, 3 },           { &IID_IOPCServer, 9 },   { &IID_IOPCGroupStateMgt, 7 },
        { &IID_IOPCGroupStateMgt2, 9 }, { &IID_IOPCSyncIO, 5 },   { &IID_IOPCSyncIO2, 7 },
        { &IID_IOPCItemMgt, 10 },       { &IID_IOPCAsyncIO2, 9 }, { &IID_IOPCDataCallback, 7 },
        { &IID_IConnectionPoint, 8 },   { &IID_IOPCBrowse, 5 },   { &IID_IOPCItemProperties, 6 },
    };
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++)
        ck_assert_uint_eq(ndr_find_interface(expected[i].iid)->method_count, expected[i].methods);
}
END_TEST

static HRESULT STDMETHODCALLTYPE other_QueryInterface(IUnknown *self, REFIID iid, void **out)
{
    (void)self;
    (void)iid;
    *out = NULL;
    return E_NOINTERFACE;
}

START_TEST(a_vtable_is_made_once_for_one_set_of_iunknown_methods)
{
    const struct ndr_interface *type = ndr_find_interface(&IID_IOPCServer);
    const ndr_entry one[3] = { (ndr_entry)other_QueryInterface, (ndr_entry)other_QueryInterface,
                               (ndr_entry)other_QueryInterface };
    const ndr_entry two[3] = { (ndr_entry)other_QueryInterface, NULL, NULL };
    const ndr_entry *first = ndr_proxy_vtbl(type, one);
    ck_assert_ptr_nonnull(first);
    ck_assert_ptr_eq(ndr_proxy_vtbl(type, one), first);
    ck_assert_ptr_ne(ndr_proxy_vtbl(type, two), first);
    ck_assert_ptr_ne(ndr_proxy_vtbl(ndr_find_interface(&IID_IOPCCommon), one), first);
    for (unsigned i = 0; i < type->method_count; i++)
        ck_assert(first[i] != NULL);
}
END_TEST

START_TEST(iunknown_itself_has_a_vtable_of_three)
{
    struct loop *l = loop_create(&IID_IUnknown, NULL);
    ck_assert_uint_eq(IUnknown_AddRef(LOOP_AS(IUnknown, l)), 2);
    ck_assert_int_eq(ndr_client_call(l, 3, (uintptr_t[]){ (uintptr_t)l }), HR_PROCNUM_OUT_OF_RANGE);
    loop_destroy(l);
}
END_TEST

/* ---- interface pointers -------------------------------------------------------------------------- */
static struct counted object;

static HRESULT STDMETHODCALLTYPE server_AddGroup(IOPCServer *self, LPCWSTR name, BOOL active, DWORD rate,
                                                 OPCHANDLE client, LONG *bias, FLOAT *deadband, DWORD lcid,
                                                 OPCHANDLE *server, DWORD *revised, REFIID iid, LPUNKNOWN *out)
{
    (void)self, (void)name, (void)active, (void)rate, (void)client, (void)bias, (void)deadband, (void)lcid, (void)iid;
    *server = 1;
    *revised = 2;
    *out = &object.IUnknown_iface;
    IUnknown_AddRef(*out);
    return S_OK;
}

static HRESULT add_group(struct loop *l, REFIID iid, IUnknown **out)
{
    OPCHANDLE server;
    DWORD revised;
    return IOPCServer_AddGroup(LOOP_AS(IOPCServer, l), OLESTR("g"), TRUE, 1, 1, NULL, NULL, 0, &server, &revised, iid,
                               out);
}

START_TEST(an_object_that_a_method_gives_is_the_callers)
{
    static const IOPCServerVtbl vtbl = { .AddGroup = server_AddGroup };
    IOPCServer server = { &vtbl };
    struct loop *l = loop_create(&IID_IOPCServer, &server);
    IUnknown *group = NULL;

    counted_init(&object);
    ck_assert_int_eq(add_group(l, &IID_IOPCItemMgt, &group), S_OK);
    ck_assert_ptr_eq(group, &object.IUnknown_iface);
    /* Ours and the one the caller has now; the method's own went with the reply. */
    ck_assert_int_eq(object.references, 2);
    IUnknown_Release(group);
    loop_destroy(l);
}
END_TEST

START_TEST(an_iid_that_is_missing_is_refused)
{
    static const IOPCServerVtbl vtbl = { .AddGroup = server_AddGroup };
    IOPCServer server = { &vtbl };
    struct loop *l = loop_create(&IID_IOPCServer, &server);
    IUnknown *group = NULL;
    ck_assert_int_eq(add_group(l, NULL, &group), HR_NULL_REF_POINTER);
    loop_destroy(l);
}
END_TEST

static HRESULT refuse_to_marshal(void *context, const IID *iid, void *given, struct writer *out)
{
    (void)context, (void)iid, (void)given, (void)out;
    return RPC_E_DISCONNECTED;
}

START_TEST(an_object_that_cannot_be_marshalled_fails_the_call_and_is_released)
{
    static const IOPCServerVtbl vtbl = { .AddGroup = server_AddGroup };
    IOPCServer server = { &vtbl };
    struct loop *l = loop_create(&IID_IOPCServer, &server);
    IUnknown *group = &object.IUnknown_iface;

    counted_init(&object);
    l->objects.marshal = refuse_to_marshal;
    ck_assert_int_eq(add_group(l, &IID_IOPCItemMgt, &group), RPC_E_DISCONNECTED);
    ck_assert_ptr_null(group);
    ck_assert_int_eq(object.references, 1);
    ck_assert_uint_eq(l->reply.size, 0);
    loop_destroy(l);
}
END_TEST

static HRESULT STDMETHODCALLTYPE point_Advise(IConnectionPoint *self, IUnknown *sink, DWORD *cookie)
{
    (void)self;
    ck_assert_ptr_eq(sink, &object.IUnknown_iface);
    IUnknown_AddRef(sink); /* kept */
    *cookie = 55;
    return S_OK;
}

START_TEST(an_object_that_a_caller_gives_lives_as_long_as_the_method_wants)
{
    static const IConnectionPointVtbl vtbl = { .Advise = point_Advise };
    IConnectionPoint point = { &vtbl };
    struct loop *l = loop_create(&IID_IConnectionPoint, &point);
    DWORD cookie = 0;

    counted_init(&object);
    ck_assert_int_eq(IConnectionPoint_Advise(LOOP_AS(IConnectionPoint, l), &object.IUnknown_iface, &cookie), S_OK);
    ck_assert_uint_eq(cookie, 55);
    ck_assert_int_eq(object.references, 2);
    loop_destroy(l);
}
END_TEST

/* ---- [call_as] ------------------------------------------------------------------------------------ */
static unsigned names_left;

static HRESULT STDMETHODCALLTYPE names_Next(IEnumString *self, ULONG count, LPOLESTR *out, ULONG *fetched)
{
    ULONG given = 0;
    (void)self;
    for (; given < count && names_left; given++, names_left--)
        out[given] = wide_dup(names_left % 2 ? u"odd" : u"even");
    if (fetched)
        *fetched = given;
    return given == count ? S_OK : S_FALSE;
}

static const IEnumStringVtbl names_vtbl = { .Next = names_Next };
static IEnumString names = { &names_vtbl };

START_TEST(an_enumerator_gives_fewer_than_asked_for)
{
    struct loop *l = loop_create(&IID_IEnumString, &names);
    LPOLESTR out[100];
    ULONG fetched = 0;

    names_left = 2;
    memset(out, 0xEE, sizeof out);
    ck_assert_int_eq(IEnumString_Next(LOOP_AS(IEnumString, l), 100, out, &fetched), S_FALSE);
    ck_assert_uint_eq(fetched, 2);
    ck_assert_uint_eq(out[0][0], 'e');
    ck_assert_uint_eq(out[1][0], 'o');
    for (unsigned i = 2; i < 100; i++)
        ck_assert_ptr_null(out[i]);
    CoTaskMemFree(out[0]);
    CoTaskMemFree(out[1]);
    loop_destroy(l);
}
END_TEST

START_TEST(an_enumerator_may_be_asked_for_one_without_a_count)
{
    struct loop *l = loop_create(&IID_IEnumString, &names);
    LPOLESTR out[2] = { NULL, NULL };

    names_left = 2;
    ck_assert_int_eq(IEnumString_Next(LOOP_AS(IEnumString, l), 1, out, NULL), S_OK);
    ck_assert_uint_eq(out[0][0], 'e');
    CoTaskMemFree(out[0]);
    ck_assert_int_eq(IEnumString_Next(LOOP_AS(IEnumString, l), 2, out, NULL), E_INVALIDARG);
    ck_assert_uint_eq(names_left, 1);
    loop_destroy(l);
}
END_TEST

START_TEST(an_enumerator_at_its_end_gives_nothing)
{
    struct loop *l = loop_create(&IID_IEnumString, &names);
    LPOLESTR out[1] = { (LPOLESTR)8 };
    ULONG fetched = 5;

    names_left = 0;
    ck_assert_int_eq(IEnumString_Next(LOOP_AS(IEnumString, l), 1, out, &fetched), S_FALSE);
    ck_assert_uint_eq(fetched, 0);
    ck_assert_ptr_null(out[0]);
    loop_destroy(l);
}
END_TEST

static HRESULT STDMETHODCALLTYPE connections_Next(IEnumConnections *self, ULONG count, CONNECTDATA *out, ULONG *fetched)
{
    (void)self;
    ck_assert_uint_eq(count, 2);
    for (ULONG i = 0; i < count; i++) {
        out[i] = (CONNECTDATA){ &object.IUnknown_iface, 7 + i };
        IUnknown_AddRef(out[i].pUnk);
    }
    *fetched = 1; /* wrong, but S_OK says that all are there */
    return S_OK;
}

START_TEST(structures_with_interface_pointers_are_enumerated)
{
    static const IEnumConnectionsVtbl vtbl = { .Next = connections_Next };
    IEnumConnections connections = { &vtbl };
    struct loop *l = loop_create(&IID_IEnumConnections, &connections);
    CONNECTDATA out[2];
    ULONG fetched;

    counted_init(&object);
    ck_assert_int_eq(IEnumConnections_Next(LOOP_AS(IEnumConnections, l), 2, out, &fetched), S_OK);
    ck_assert_uint_eq(fetched, 2);
    ck_assert_uint_eq(out[1].dwCookie, 8);
    ck_assert_ptr_eq(out[1].pUnk, &object.IUnknown_iface);
    ck_assert_int_eq(object.references, 3);
    loop_destroy(l);
}
END_TEST

static HRESULT STDMETHODCALLTYPE factory_CreateInstance(IClassFactory *self, IUnknown *outer, REFIID iid, void **out)
{
    (void)self;
    ck_assert_ptr_null(outer);
    ck_assert(IsEqualIID(iid, &IID_IOPCServer));
    IUnknown_AddRef(&object.IUnknown_iface);
    *out = &object.IUnknown_iface;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE factory_LockServer(IClassFactory *self, BOOL lock)
{
    (void)self;
    return lock ? S_OK : S_FALSE;
}

START_TEST(a_remote_class_factory_creates_and_refuses_aggregation)
{
    static const IClassFactoryVtbl vtbl = { .CreateInstance = factory_CreateInstance,
                                            .LockServer = factory_LockServer };
    IClassFactory factory = { &vtbl };
    struct loop *l = loop_create(&IID_IClassFactory, &factory);
    void *out = NULL;

    counted_init(&object);
    ck_assert_int_eq(IClassFactory_CreateInstance(LOOP_AS(IClassFactory, l), NULL, &IID_IOPCServer, &out), S_OK);
    ck_assert_ptr_eq(out, &object.IUnknown_iface);
    ck_assert_int_eq(object.references, 2);
    ck_assert_int_eq(
        IClassFactory_CreateInstance(LOOP_AS(IClassFactory, l), &object.IUnknown_iface, &IID_IOPCServer, &out),
        CLASS_E_NOAGGREGATION);
    ck_assert_ptr_null(out);
    ck_assert_int_eq(IClassFactory_LockServer(LOOP_AS(IClassFactory, l), TRUE), S_OK);
    ck_assert_int_eq(IClassFactory_LockServer(LOOP_AS(IClassFactory, l), FALSE), S_FALSE);
    loop_destroy(l);
}
END_TEST

/* ---- threads ------------------------------------------------------------------------------------- */
static void call_everything(void *argument)
{
    const struct ndr_interface *type;
    (void)argument;
    for (unsigned i = 1; (type = ndr_interface_at(i)); i++) {
        struct loop *l = loop_create_type(type, &any_object);
        struct any_arguments a;
        any_arguments_init(&a, type, 3);
        any_call(l, 3, &a);
        loop_destroy(l);
    }
}

START_TEST(several_threads_may_meet_an_interface_first)
{
    struct thread threads[4];
    for (unsigned i = 0; i < 4; i++)
        ck_assert_int_eq(thread_start(&threads[i], call_everything, NULL), ERR_OK);
    for (unsigned i = 0; i < 4; i++)
        thread_join(&threads[i]);
    ck_assert_ptr_nonnull(ndr_interface_at(0));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("ndr proxy");
    TCase *cases = tcase_create("proxies");
    tcase_add_test(cases, every_interface_is_found_by_its_iid);
    tcase_add_test(cases, the_opc_interfaces_have_the_methods_of_the_specification);
    tcase_add_test(cases, a_vtable_is_made_once_for_one_set_of_iunknown_methods);
    tcase_add_test(cases, iunknown_itself_has_a_vtable_of_three);
    tcase_add_test(cases, an_object_that_a_method_gives_is_the_callers);
    tcase_add_test(cases, an_iid_that_is_missing_is_refused);
    tcase_add_test(cases, an_object_that_cannot_be_marshalled_fails_the_call_and_is_released);
    tcase_add_test(cases, an_object_that_a_caller_gives_lives_as_long_as_the_method_wants);
    tcase_add_test(cases, an_enumerator_gives_fewer_than_asked_for);
    tcase_add_test(cases, an_enumerator_may_be_asked_for_one_without_a_count);
    tcase_add_test(cases, an_enumerator_at_its_end_gives_nothing);
    tcase_add_test(cases, structures_with_interface_pointers_are_enumerated);
    tcase_add_test(cases, a_remote_class_factory_creates_and_refuses_aggregation);
    tcase_add_test(cases, several_threads_may_meet_an_interface_first);
    suite_add_tcase(suite, cases);
    return suite_run(suite);
}
