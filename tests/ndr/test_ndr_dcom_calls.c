/* Calls of DCOM's own interfaces with real arguments: golden bytes on the wire, and the same values on the other side.
 */
#include <dcom.h>
#include <opcda.h>
#include <string.h>

#include "tests/ndr/golden_calls.h"

static HRESULT STDMETHODCALLTYPE remote_Query(IRemUnknown *self, REFIPID ipid, ULONG references, USHORT count,
                                              IID *iids, REMQIRESULT **out)
{
    (void)self;
    ck_assert_uint_eq(ipid->Data1, 0xdeadbeef);
    ck_assert_uint_eq(references, 5);
    ck_assert(is_iid(&iids[1], &IID_IOPCSyncIO));
    *out = CoTaskMemAlloc(count * sizeof **out);
    for (USHORT i = 0; i < count; i++)
        (*out)[i] =
            (REMQIRESULT){ i, { .cPublicRefs = 5, .oxid = 0x0102030405060708, .oid = 9u + i, .ipid = GUID_NULL } };
    return S_OK;
}

static const IRemUnknownVtbl remote_vtbl = { .RemQueryInterface = remote_Query };

START_TEST(rem_query_interface_has_no_garbage_between_its_members)
{
    IRemUnknown remote = { &remote_vtbl };
    struct loop *l = loop_create(&IID_IRemUnknown, &remote);
    IPID ipid = { 0xdeadbeef, 1, 2, { 3 } };
    IID iids[] = { IID_IOPCServer, IID_IOPCSyncIO };
    REMQIRESULT *results = NULL;

    ck_assert_int_eq(IRemUnknown_RemQueryInterface(LOOP_AS(IRemUnknown, l), &ipid, 5, 2, iids, &results), S_OK);
    ck_assert_int_eq(results[1].hResult, 1);
    ck_assert_uint_eq(results[1].std.oid, 10);
    ck_assert_uint_eq(results[0].std.oxid, 0x0102030405060708);
    assert_golden(l, 3, 0);
    CoTaskMemFree(results);
    loop_destroy(l);
}
END_TEST

static MInterfacePointer *interface_data(ULONG size, int fill)
{
    MInterfacePointer *p = CoTaskMemAlloc(sizeof *p + size);
    p->ulCntData = size;
    memset(p->abData, fill, size);
    return p;
}

static DUALSTRINGARRAY *string_array(USHORT count, USHORT security, USHORT first)
{
    DUALSTRINGARRAY *d = CoTaskMemAlloc(sizeof *d + count * sizeof *d->aStringArray);
    d->wNumEntries = count;
    d->wSecurityOffset = security;
    for (USHORT i = 0; i < count; i++)
        d->aStringArray[i] = first ? (USHORT)(first + i) : 0;
    return d;
}

static HRESULT STDMETHODCALLTYPE exporter_Ping(IObjectExporter *self, SETID *set, unsigned short sequence,
                                               unsigned short add_count, unsigned short drop_count, OID *add, OID *drop,
                                               unsigned short *backoff)
{
    (void)self;
    ck_assert_uint_eq(*set, 5);
    ck_assert_uint_eq(sequence, 2);
    ck_assert_uint_eq(add_count, 3);
    ck_assert_uint_eq(add[2], 0x33);
    ck_assert_uint_eq(drop_count, 0);
    ck_assert_ptr_null(drop);
    *set = 77;
    *backoff = 0;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE exporter_Resolve(IObjectExporter *self, OXID *oxid, unsigned short count,
                                                  unsigned short *sequences, DUALSTRINGARRAY **bindings, IPID *ipid,
                                                  DWORD *hint, COMVERSION *version)
{
    (void)self;
    ck_assert_uint_eq(*oxid, 0xabcdef);
    ck_assert_uint_eq(count, 1);
    ck_assert_uint_eq(sequences[0], 7);
    *bindings = string_array(6, 4, 7);
    memset(ipid, 0x5a, sizeof *ipid);
    *hint = 10;
    *version = (COMVERSION){ 5, 7 };
    return S_OK;
}

static const IObjectExporterVtbl exporter_vtbl = { .ComplexPing = exporter_Ping, .ResolveOxid2 = exporter_Resolve };

START_TEST(resolve_oxid2_gives_conformant_bindings)
{
    IObjectExporter exporter = { &exporter_vtbl };
    struct loop *l = loop_create(&IID_IObjectExporter, &exporter);
    OXID oxid = 0xabcdef;
    unsigned short sequences[] = { 7 };
    DUALSTRINGARRAY *bindings = NULL;
    IPID ipid;
    DWORD hint = 0;
    COMVERSION version;

    ck_assert_int_eq(IObjectExporter_ResolveOxid2(LOOP_AS(IObjectExporter, l), &oxid, 1, sequences, &bindings, &ipid,
                                                  &hint, &version),
                     S_OK);
    ck_assert_uint_eq(bindings->wNumEntries, 6);
    ck_assert_uint_eq(bindings->aStringArray[5], 12);
    ck_assert_uint_eq(ipid.Data4[7], 0x5a);
    ck_assert_uint_eq(hint, 10);
    ck_assert_uint_eq(version.MinorVersion, 7);
    assert_golden(l, 7, 0);
    CoTaskMemFree(bindings);
    loop_destroy(l);
}
END_TEST

START_TEST(complex_ping_changes_its_set_in_place)
{
    IObjectExporter exporter = { &exporter_vtbl };
    struct loop *l = loop_create(&IID_IObjectExporter, &exporter);
    SETID set = 5;
    OID add[] = { 1, 2, 0x33 };
    unsigned short backoff = 9;

    ck_assert_int_eq(IObjectExporter_ComplexPing(LOOP_AS(IObjectExporter, l), &set, 2, 3, 0, add, NULL, &backoff),
                     S_OK);
    ck_assert_uint_eq(set, 77);
    ck_assert_uint_eq(backoff, 0);
    assert_golden(l, 5, 0);
    loop_destroy(l);
}
END_TEST

static HRESULT STDMETHODCALLTYPE activation_Remote(IActivation *self, ORPCTHIS *orpc_this, ORPCTHAT *orpc_that,
                                                   GUID *clsid, WCHAR *name, MInterfacePointer *storage,
                                                   DWORD impersonation, DWORD mode, DWORD count, IID *iids,
                                                   unsigned short protseq_count, unsigned short *protseqs, OXID *oxid,
                                                   DUALSTRINGARRAY **bindings, IPID *ipid, DWORD *hint,
                                                   COMVERSION *version, HRESULT *hr, PMInterfacePointer *interfaces,
                                                   HRESULT *results)
{
    (void)self;
    ck_assert_uint_eq(orpc_this->version.MinorVersion, 7);
    ck_assert_uint_eq(orpc_this->extensions->size, 1);
    ck_assert_ptr_null(orpc_this->extensions->extent[1]);
    ck_assert_uint_eq(orpc_this->extensions->extent[0]->size, 5);
    ck_assert_mem_eq(orpc_this->extensions->extent[0]->data, "\1\2\3\4\5", 5);
    ck_assert(is_iid(clsid, &IID_IOPCServer));
    assert_text(name, "name");
    ck_assert_uint_eq(storage->ulCntData, 2);
    ck_assert_uint_eq(impersonation, 2);
    ck_assert_uint_eq(mode, 0xffffffff);
    ck_assert_uint_eq(count, 2);
    ck_assert(is_iid(&iids[1], &IID_IOPCBrowse));
    ck_assert_uint_eq(protseq_count, 1);
    ck_assert_uint_eq(protseqs[0], 7);

    *orpc_that = (ORPCTHAT){ 0, NULL };
    *oxid = 0x1122334455667788;
    *bindings = string_array(2, 1, 0);
    memset(ipid, 1, sizeof *ipid);
    *hint = 1;
    *version = (COMVERSION){ 5, 6 };
    *hr = S_OK;
    interfaces[0] = interface_data(9, 0x41);
    results[1] = S_FALSE;
    return S_OK;
}

static const IActivationVtbl activation_vtbl = { .RemoteActivation = activation_Remote };

/* An ORPC_EXTENT of 5 bytes, which travel as 8. */
static ORPC_EXTENT *extent_of_five(void)
{
    ORPC_EXTENT *e = calloc(1, sizeof *e + 8);
    e->id.Data1 = 0x99;
    e->size = 5;
    memcpy(e->data, "\1\2\3\4\5", 5);
    return e;
}

START_TEST(remote_activation_carries_extensions_and_two_arrays_of_results)
{
    IActivation activation = { &activation_vtbl };
    struct loop *l = loop_create(&IID_IActivation, &activation);
    ORPC_EXTENT *extents[2] = { extent_of_five(), NULL };
    ORPC_EXTENT_ARRAY extensions = { 1, 0, extents };
    ORPCTHIS orpc_this = { { 5, 7 }, 1, 0, { 0xc1d, 1, 2, { 3 } }, &extensions };
    ORPCTHAT orpc_that;
    IID clsid = IID_IOPCServer, iids[] = { IID_IOPCServer, IID_IOPCBrowse };
    unsigned short protseqs[] = { 7 };
    MInterfacePointer *storage = interface_data(2, 0x22);
    OXID oxid = 0;
    DUALSTRINGARRAY *bindings = NULL;
    IPID ipid;
    DWORD hint;
    COMVERSION version;
    HRESULT hr = E_FAIL, results[2] = { E_FAIL, E_FAIL };
    PMInterfacePointer interfaces[2] = { NULL, NULL };

    ck_assert_int_eq(IActivation_RemoteActivation(LOOP_AS(IActivation, l), &orpc_this, &orpc_that, &clsid,
                                                  OLESTR("name"), storage, 2, 0xffffffff, 2, iids, 1, protseqs, &oxid,
                                                  &bindings, &ipid, &hint, &version, &hr, interfaces, results),
                     S_OK);
    ck_assert_uint_eq(oxid, 0x1122334455667788);
    ck_assert_uint_eq(bindings->wNumEntries, 2);
    ck_assert_int_eq(hr, S_OK);
    ck_assert_uint_eq(interfaces[0]->ulCntData, 9);
    ck_assert_mem_eq(interfaces[0]->abData, "AAAAAAAAA", 9);
    ck_assert_ptr_null(interfaces[1]);
    ck_assert_int_eq(results[1], S_FALSE);
    assert_golden(l, 3, 0);
    CoTaskMemFree(bindings);
    CoTaskMemFree(interfaces[0]);
    CoTaskMemFree(storage);
    free(extents[0]);
    loop_destroy(l);
}
END_TEST

static HRESULT STDMETHODCALLTYPE activator_Create(IRemoteSCMActivator *self, ORPCTHIS *orpc_this, ORPCTHAT *orpc_that,
                                                  MInterfacePointer *outer, MInterfacePointer *request,
                                                  PMInterfacePointer *reply)
{
    (void)self;
    ck_assert_ptr_null(orpc_this->extensions);
    ck_assert_ptr_null(outer);
    ck_assert_uint_eq(request->ulCntData, 2);
    *orpc_that = (ORPCTHAT){ 1, NULL };
    *reply = interface_data(5, 0x77);
    return S_OK;
}

static const IRemoteSCMActivatorVtbl activator_vtbl = { .RemoteCreateInstance = activator_Create };

START_TEST(remote_create_instance_carries_activation_blobs)
{
    IRemoteSCMActivator activator = { &activator_vtbl };
    struct loop *l = loop_create(&IID_IRemoteSCMActivator, &activator);
    ORPCTHIS orpc_this = { { 5, 7 }, 1, 0, { 0xc1d, 1, 2, { 3 } }, NULL };
    ORPCTHAT orpc_that;
    MInterfacePointer *request = interface_data(2, 0x22);
    PMInterfacePointer reply = NULL;

    ck_assert_int_eq(IRemoteSCMActivator_RemoteCreateInstance(LOOP_AS(IRemoteSCMActivator, l), &orpc_this, &orpc_that,
                                                              NULL, request, &reply),
                     S_OK);
    ck_assert_uint_eq(orpc_that.flags, 1);
    ck_assert_uint_eq(reply->ulCntData, 5);
    ck_assert_uint_eq(reply->abData[4], 0x77);
    assert_golden(l, 4, 0);
    CoTaskMemFree(request);
    CoTaskMemFree(reply);
    loop_destroy(l);
}
END_TEST

static HRESULT STDMETHODCALLTYPE remote2_AddRef(IRemUnknown2 *self, USHORT count, REMINTERFACEREF *references,
                                                HRESULT *results)
{
    (void)self;
    ck_assert_uint_eq(references[1].cPublicRefs, 5);
    for (USHORT i = 0; i < count; i++)
        results[i] = 100 + i;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE remote2_Query2(IRemUnknown2 *self, REFIPID ipid, USHORT count, IID *iids,
                                                HRESULT *results, PMInterfacePointer *interfaces)
{
    (void)self;
    (void)iids;
    ck_assert_uint_eq(ipid->Data1, 0x01010101);
    for (USHORT i = 0; i < count; i++)
        results[i] = i;
    interfaces[0] = interface_data(3, 0x33);
    return S_OK;
}

static const IRemUnknown2Vtbl remote2_vtbl = { .RemAddRef = remote2_AddRef, .RemQueryInterface2 = remote2_Query2 };

START_TEST(arrays_that_the_caller_gives_room_for_are_filled)
{
    IRemUnknown2 remote = { &remote2_vtbl };
    struct loop *l = loop_create(&IID_IRemUnknown2, &remote);
    REMINTERFACEREF references[] = { { IID_IOPCServer, 1, 0 }, { IID_IOPCBrowse, 5, 0 } };
    IID iids[] = { IID_IOPCServer, IID_IOPCBrowse };
    HRESULT results[2] = { E_FAIL, E_FAIL };
    PMInterfacePointer interfaces[2] = { NULL, NULL };
    IPID ipid;

    ck_assert_int_eq(IRemUnknown2_RemAddRef(LOOP_AS(IRemUnknown2, l), 2, references, results), S_OK);
    ck_assert_int_eq(results[1], 101);
    assert_golden(l, 4, 0);
    memset(&ipid, 1, sizeof ipid);
    ck_assert_int_eq(IRemUnknown2_RemQueryInterface2(LOOP_AS(IRemUnknown2, l), &ipid, 2, iids, results, interfaces),
                     S_OK);
    ck_assert_int_eq(results[1], 1);
    ck_assert_uint_eq(interfaces[0]->ulCntData, 3);
    ck_assert_ptr_null(interfaces[1]);
    assert_golden(l, 6, 0);
    CoTaskMemFree(interfaces[0]);
    loop_destroy(l);
}
END_TEST

/* ---- calls without a proxy ---------------------------------------------------------------------- */
static const struct golden_call *golden_call(const char *method)
{
    for (unsigned i = 0; i < golden.count; i++)
        if (!strcmp(golden.calls[i].method_name, method))
            return &golden.calls[i];
    ck_abort_msg("no golden call of %s", method);
    return NULL;
}

START_TEST(a_plain_call_writes_its_request_behind_a_header_and_reads_its_reply)
{
    const struct golden_call *c = golden_call("ResolveOxid2");
    const struct ndr_interface *type = ndr_find_interface(&IID_IObjectExporter);
    OXID oxid = 0xabcdef;
    unsigned short sequences[] = { 7 };
    DUALSTRINGARRAY *bindings = NULL;
    IPID ipid;
    DWORD hint = 0;
    COMVERSION version;
    HRESULT result = E_FAIL;
    uintptr_t slots[] = { 0,
                          (uintptr_t)&oxid,
                          1,
                          (uintptr_t)sequences,
                          (uintptr_t)&bindings,
                          (uintptr_t)&ipid,
                          (uintptr_t)&hint,
                          (uintptr_t)&version };
    struct ndr_call call = { .stub_at = 5 };

    writer_init(&call.request, 1 << 16);
    writer_bytes(&call.request, "begin", 5);
    ck_assert_int_eq(ndr_put_request(type, c->method, slots, &call), ERR_OK);
    assert_same_stub("request", c->request, c->request_size, call.request.data + 5, call.request.size - 5);
    reader_init(&call.reply, c->reply, c->reply_size);
    ck_assert_int_eq(ndr_get_reply(type, c->method, slots, &call, &result), ERR_OK);
    ck_assert_int_eq(result, S_OK);
    ck_assert_uint_eq(bindings->wNumEntries, 6);
    ck_assert_uint_eq(hint, 10);
    CoTaskMemFree(bindings);

    reader_init(&call.reply, c->reply, c->reply_size - 1);
    ck_assert_int_eq(ndr_get_reply(type, c->method, slots, &call, &result), ERR_PROTOCOL);
    ck_assert_ptr_null(bindings);
    ck_assert_uint_eq(hint, 0);
    ck_assert_int_eq(ndr_put_request(type, 2, slots, &call), ERR_UNSUPPORTED);
    ck_assert_int_eq(ndr_get_reply(type, 99, slots, &call, &result), ERR_UNSUPPORTED);
    writer_cleanup(&call.request);
    writer_init(&call.request, 4);
    call.stub_at = 0;
    ck_assert_int_eq(ndr_put_request(type, c->method, slots, &call), ERR_MEMORY);
    writer_cleanup(&call.request);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("ndr dcom calls");
    TCase *cases = tcase_create("golden calls");
    tcase_add_checked_fixture(cases, load, unload);
    tcase_add_test(cases, rem_query_interface_has_no_garbage_between_its_members);
    tcase_add_test(cases, resolve_oxid2_gives_conformant_bindings);
    tcase_add_test(cases, complex_ping_changes_its_set_in_place);
    tcase_add_test(cases, remote_activation_carries_extensions_and_two_arrays_of_results);
    tcase_add_test(cases, remote_create_instance_carries_activation_blobs);
    tcase_add_test(cases, arrays_that_the_caller_gives_room_for_are_filled);
    tcase_add_test(cases, a_plain_call_writes_its_request_behind_a_header_and_reads_its_reply);
    suite_add_tcase(suite, cases);
    return suite_run(suite);
}
