/* Calls of OPC interfaces with real arguments: golden bytes on the wire, and the same values on the other side. */
#include <opcda.h>
#include <string.h>

#include "tests/ndr/golden_calls.h"

/* ---- IOPCServer ---------------------------------------------------------------------------- */
static bool optional_given;

static HRESULT STDMETHODCALLTYPE server_AddGroup(IOPCServer *self, LPCWSTR name, BOOL active, DWORD rate,
                                                 OPCHANDLE client, LONG *bias, FLOAT *deadband, DWORD lcid,
                                                 OPCHANDLE *server, DWORD *revised, REFIID iid, LPUNKNOWN *out)
{
    (void)self;
    ck_assert_int_eq(active, optional_given);
    ck_assert_uint_eq(rate, 1000);
    ck_assert_uint_eq(client, 42);
    ck_assert_uint_eq(lcid, 1033);
    ck_assert(is_iid(iid, &IID_IOPCItemMgt));
    assert_text(name, optional_given ? "Group1" : "G");
    if (optional_given) {
        ck_assert_int_eq(*bias, -60);
        ck_assert_float_eq(*deadband, 2.5f);
    } else {
        ck_assert_ptr_null(bias);
        ck_assert_ptr_null(deadband);
    }
    *server = 0xabcd;
    *revised = 500;
    *out = NULL;
    return S_FALSE;
}

static HRESULT STDMETHODCALLTYPE server_GetErrorString(IOPCServer *self, HRESULT error, LCID locale, LPWSTR *out)
{
    (void)self;
    ck_assert_int_eq(error, 5);
    ck_assert_uint_eq(locale, 1033);
    *out = wide_dup(u"Item unknown");
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE server_GetStatus(IOPCServer *self, OPCSERVERSTATUS **out)
{
    (void)self;
    OPCSERVERSTATUS *s = *out = CoTaskMemAlloc(sizeof *s);
    *s = (OPCSERVERSTATUS){
        .ftStartTime = { 1, 0 },
        .ftCurrentTime = { 0, 2 },
        .ftLastUpdateTime = { 3, 0 },
        .dwServerState = OPC_STATUS_TEST,
        .dwGroupCount = 7,
        .dwBandWidth = 80,
        .wMajorVersion = 3,
        .wMinorVersion = 1,
        .wBuildNumber = 4,
        .szVendorInfo = wide_dup(u"Vendor X"),
    };
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE server_RemoveGroup(IOPCServer *self, OPCHANDLE group, BOOL force)
{
    (void)self;
    ck_assert_uint_eq(group, 9);
    ck_assert_int_eq(force, TRUE);
    return (HRESULT)0xC0040001;
}

static const IOPCServerVtbl server_vtbl = {
    .AddGroup = server_AddGroup,
    .GetErrorString = server_GetErrorString,
    .GetStatus = server_GetStatus,
    .RemoveGroup = server_RemoveGroup,
};

static struct loop *server_loop(void)
{
    static IOPCServer server = { &server_vtbl };
    return loop_create(&IID_IOPCServer, &server);
}

START_TEST(add_group_carries_all_its_arguments)
{
    struct loop *l = server_loop();
    LONG bias = -60;
    FLOAT deadband = 2.5f;
    OPCHANDLE server = 0;
    DWORD revised = 0;
    IUnknown *group = NULL;

    optional_given = true;
    HRESULT hr = IOPCServer_AddGroup(LOOP_AS(IOPCServer, l), OLESTR("Group1"), TRUE, 1000, 42, &bias, &deadband, 1033,
                                     &server, &revised, &IID_IOPCItemMgt, &group);
    ck_assert_int_eq(hr, S_FALSE);
    ck_assert_uint_eq(server, 0xabcd);
    ck_assert_uint_eq(revised, 500);
    ck_assert_ptr_null(group);
    assert_golden(l, 3, 0);
    loop_destroy(l);
}
END_TEST

START_TEST(optional_arguments_of_add_group_may_be_missing)
{
    struct loop *l = server_loop();
    OPCHANDLE server;
    DWORD revised;
    IUnknown *group;

    optional_given = false;
    HRESULT hr = IOPCServer_AddGroup(LOOP_AS(IOPCServer, l), OLESTR("G"), FALSE, 1000, 42, NULL, NULL, 1033, &server,
                                     &revised, &IID_IOPCItemMgt, &group);
    ck_assert_int_eq(hr, S_FALSE);
    assert_golden(l, 3, 1);
    loop_destroy(l);
}
END_TEST

START_TEST(get_status_aligns_every_member_and_sends_its_state_in_16_bits)
{
    struct loop *l = server_loop();
    OPCSERVERSTATUS *s = NULL;

    ck_assert_int_eq(IOPCServer_GetStatus(LOOP_AS(IOPCServer, l), &s), S_OK);
    ck_assert_uint_eq(s->ftStartTime.dwLowDateTime, 1);
    ck_assert_uint_eq(s->ftCurrentTime.dwHighDateTime, 2);
    ck_assert_int_eq(s->dwServerState, OPC_STATUS_TEST);
    ck_assert_uint_eq(s->dwGroupCount, 7);
    ck_assert_uint_eq(s->dwBandWidth, 80);
    ck_assert_uint_eq(s->wBuildNumber, 4);
    assert_text(s->szVendorInfo, "Vendor X");
    assert_golden(l, 6, 0);
    CoTaskMemFree(s->szVendorInfo);
    CoTaskMemFree(s);
    loop_destroy(l);
}
END_TEST

START_TEST(an_out_string_arrives)
{
    struct loop *l = server_loop();
    LPWSTR text = NULL;

    ck_assert_int_eq(IOPCServer_GetErrorString(LOOP_AS(IOPCServer, l), 5, 1033, &text), S_OK);
    assert_text(text, "Item unknown");
    assert_golden(l, 4, 0);
    CoTaskMemFree(text);
    loop_destroy(l);
}
END_TEST

START_TEST(a_result_of_the_method_is_no_failure_of_the_call)
{
    struct loop *l = server_loop();
    ck_assert_int_eq(IOPCServer_RemoveGroup(LOOP_AS(IOPCServer, l), 9, TRUE), (HRESULT)0xC0040001);
    ck_assert_int_eq(l->server_result, S_OK);
    assert_golden(l, 7, 0);
    loop_destroy(l);
}
END_TEST

/* ---- IOPCItemMgt --------------------------------------------------------------------------- */
static HRESULT STDMETHODCALLTYPE mgt_AddItems(IOPCItemMgt *self, DWORD count, OPCITEMDEF *items,
                                              OPCITEMRESULT **results, HRESULT **errors)
{
    (void)self;
    ck_assert_uint_eq(count, 3);
    assert_text(items[0].szAccessPath, "");
    assert_text(items[0].szItemID, "Random.Int4");
    ck_assert_int_eq(items[0].vtRequestedDataType, VT_I4);
    ck_assert_ptr_null(items[0].pBlob);
    ck_assert_ptr_null(items[1].szAccessPath);
    ck_assert_int_eq(items[1].bActive, FALSE);
    ck_assert_uint_eq(items[1].dwBlobSize, 5);
    ck_assert_mem_eq(items[1].pBlob, "blob!", 5);
    assert_text(items[2].szAccessPath, "path");
    ck_assert_uint_eq(items[2].hClient, 3);

    *results = CoTaskMemAlloc(count * sizeof **results);
    *errors = CoTaskMemAlloc(count * sizeof **errors);
    for (DWORD i = 0; i < count; i++) {
        (*results)[i] = (OPCITEMRESULT){ .hServer = 100 + i, .vtCanonicalDataType = VT_R8, .dwAccessRights = 3 };
        (*errors)[i] = i == 2 ? (HRESULT)0xC0040007 : S_OK;
    }
    (*results)[1].dwBlobSize = 3;
    (*results)[1].pBlob = CoTaskMemAlloc(3);
    memcpy((*results)[1].pBlob, "xyz", 3);
    return S_FALSE;
}

static const IOPCItemMgtVtbl mgt_vtbl = { .AddItems = mgt_AddItems };

START_TEST(add_items_carries_strings_and_blobs_of_each_item)
{
    IOPCItemMgt mgt = { &mgt_vtbl };
    struct loop *l = loop_create(&IID_IOPCItemMgt, &mgt);
    OPCITEMDEF items[] = {
        { OLESTR(""), OLESTR("Random.Int4"), TRUE, 1, 0, NULL, VT_I4, 0 },
        { NULL, OLESTR("X"), FALSE, 2, 5, (BYTE *)"blob!", VT_EMPTY, 0 },
        { OLESTR("path"), OLESTR("Long.Item.Name"), TRUE, 3, 0, NULL, VT_BSTR, 0 },
    };
    OPCITEMRESULT *results = NULL;
    HRESULT *errors = NULL;

    ck_assert_int_eq(IOPCItemMgt_AddItems(LOOP_AS(IOPCItemMgt, l), 3, items, &results, &errors), S_FALSE);
    ck_assert_uint_eq(results[2].hServer, 102);
    ck_assert_uint_eq(results[1].dwBlobSize, 3);
    ck_assert_mem_eq(results[1].pBlob, "xyz", 3);
    ck_assert_ptr_null(results[0].pBlob);
    ck_assert_int_eq(errors[2], (HRESULT)0xC0040007);
    assert_golden(l, 3, 0);
    CoTaskMemFree(results[1].pBlob);
    CoTaskMemFree(results);
    CoTaskMemFree(errors);
    loop_destroy(l);
}
END_TEST

/* ---- IOPCSyncIO and IOPCDataCallback ---------------------------------------------------------- */
static void set_value(VARIANT *v, unsigned i)
{
    static const VARTYPE types[] = { VT_R8, VT_BSTR, VT_I2, VT_EMPTY, VT_BOOL, VT_I8, VT_UI1 };
    VariantInit(v);
    v->vt = types[i];
    switch (v->vt) {
    case VT_R8:
        v->dblVal = 3.25;
        break;
    case VT_BSTR:
        v->bstrVal = SysAllocString(OLESTR("hello"));
        break;
    case VT_I2:
        v->iVal = -5;
        break;
    case VT_BOOL:
        v->boolVal = VARIANT_TRUE;
        break;
    case VT_I8:
        v->llVal = 0x1122334455667788;
        break;
    case VT_UI1:
        v->bVal = 9;
        break;
    default:
        break;
    }
}

static void assert_values(const VARIANT *v, size_t stride)
{
    for (unsigned i = 0; i < 7; i++) {
        VARIANT expected;
        const VARIANT *got = (const VARIANT *)(const void *)((const char *)v + i * stride);
        set_value(&expected, i);
        ck_assert_int_eq(got->vt, expected.vt);
        if (expected.vt == VT_BSTR)
            assert_text(got->bstrVal, "hello");
        else
            ck_assert_int_eq(got->llVal, expected.llVal);
        VariantClear(&expected);
    }
}

static HRESULT STDMETHODCALLTYPE io_Read(IOPCSyncIO *self, OPCDATASOURCE source, DWORD count, OPCHANDLE *handles,
                                         OPCITEMSTATE **states, HRESULT **errors)
{
    (void)self;
    ck_assert_int_eq(source, OPC_DS_DEVICE);
    *states = CoTaskMemAlloc(count * sizeof **states);
    *errors = CoTaskMemAlloc(count * sizeof **errors);
    for (DWORD i = 0; i < count; i++) {
        (*states)[i] = (OPCITEMSTATE){ handles[i], { 0x11111111, 0x22222222 }, 192, 0, { .vt = VT_EMPTY } };
        set_value(&(*states)[i].vDataValue, i);
        (*errors)[i] = S_OK;
    }
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE io_Write(IOPCSyncIO *self, DWORD count, OPCHANDLE *handles, VARIANT *values,
                                          HRESULT **errors)
{
    (void)self;
    ck_assert_uint_eq(handles[6], 17);
    assert_values(values, sizeof *values);
    *errors = CoTaskMemAlloc(count * sizeof **errors);
    memset(*errors, 0, count * sizeof **errors);
    return S_OK;
}

static const IOPCSyncIOVtbl io_vtbl = { .Read = io_Read, .Write = io_Write };
static OPCHANDLE handles[] = { 11, 12, 13, 14, 15, 16, 17 };

START_TEST(read_carries_values_of_several_types)
{
    IOPCSyncIO io = { &io_vtbl };
    struct loop *l = loop_create(&IID_IOPCSyncIO, &io);
    OPCITEMSTATE *states = NULL;
    HRESULT *errors = NULL;

    ck_assert_int_eq(IOPCSyncIO_Read(LOOP_AS(IOPCSyncIO, l), OPC_DS_DEVICE, 7, handles, &states, &errors), S_OK);
    ck_assert_uint_eq(states[6].hClient, 17);
    ck_assert_uint_eq(states[3].ftTimeStamp.dwHighDateTime, 0x22222222);
    ck_assert_uint_eq(states[5].wQuality, 192);
    assert_values(&states[0].vDataValue, sizeof *states);
    assert_golden(l, 3, 0);
    for (unsigned i = 0; i < 7; i++)
        VariantClear(&states[i].vDataValue);
    CoTaskMemFree(states);
    CoTaskMemFree(errors);
    loop_destroy(l);
}
END_TEST

START_TEST(write_carries_values_of_several_types)
{
    IOPCSyncIO io = { &io_vtbl };
    struct loop *l = loop_create(&IID_IOPCSyncIO, &io);
    VARIANT values[7];
    HRESULT *errors = NULL;

    for (unsigned i = 0; i < 7; i++)
        set_value(&values[i], i);
    ck_assert_int_eq(IOPCSyncIO_Write(LOOP_AS(IOPCSyncIO, l), 7, handles, values, &errors), S_OK);
    ck_assert_int_eq(errors[6], S_OK);
    assert_golden(l, 4, 0);
    VariantClear(&values[1]);
    CoTaskMemFree(errors);
    loop_destroy(l);
}
END_TEST

static HRESULT STDMETHODCALLTYPE sink_OnDataChange(IOPCDataCallback *self, DWORD transaction, OPCHANDLE group,
                                                   HRESULT quality, HRESULT error, DWORD count, OPCHANDLE *clients,
                                                   VARIANT *values, WORD *qualities, FILETIME *times, HRESULT *errors)
{
    (void)self;
    ck_assert_uint_eq(transaction, 77);
    ck_assert_uint_eq(group, 88);
    ck_assert_int_eq(quality, S_OK);
    ck_assert_int_eq(error, S_FALSE);
    ck_assert_uint_eq(count, 7);
    ck_assert_uint_eq(clients[0], 11);
    assert_values(values, sizeof *values);
    ck_assert_uint_eq(qualities[2], 64);
    ck_assert_uint_eq(times[1].dwLowDateTime, 3);
    ck_assert_int_eq(errors[2], E_FAIL);
    return S_OK;
}

static const IOPCDataCallbackVtbl sink_vtbl = { .OnDataChange = sink_OnDataChange };

START_TEST(on_data_change_carries_five_arrays_of_one_length)
{
    IOPCDataCallback sink = { &sink_vtbl };
    struct loop *l = loop_create(&IID_IOPCDataCallback, &sink);
    VARIANT values[7];
    WORD qualities[7] = { 192, 0, 64 };
    FILETIME times[7] = { { 1, 2 }, { 3, 4 } };
    HRESULT errors[7] = { S_OK, S_OK, E_FAIL };

    for (unsigned i = 0; i < 7; i++)
        set_value(&values[i], i);
    ck_assert_int_eq(IOPCDataCallback_OnDataChange(LOOP_AS(IOPCDataCallback, l), 77, 88, S_OK, S_FALSE, 7, handles,
                                                   values, qualities, times, errors),
                     S_OK);
    assert_golden(l, 3, 0);
    VariantClear(&values[1]);
    loop_destroy(l);
}
END_TEST

/* ---- IOPCItemProperties and IOPCBrowse -------------------------------------------------------- */
static HRESULT STDMETHODCALLTYPE properties_Query(IOPCItemProperties *self, LPWSTR item, DWORD *count, DWORD **ids,
                                                  LPWSTR **texts, VARTYPE **types)
{
    (void)self;
    assert_text(item, "Tag");
    *count = 2;
    *ids = CoTaskMemAlloc(2 * sizeof **ids);
    *texts = CoTaskMemAlloc(2 * sizeof **texts);
    *types = CoTaskMemAlloc(2 * sizeof **types);
    (*ids)[0] = 1;
    (*ids)[1] = 5000;
    (*texts)[0] = wide_dup(u"Datatype");
    (*texts)[1] = wide_dup(u"Mine");
    (*types)[0] = VT_I2;
    (*types)[1] = VT_BSTR;
    return S_OK;
}

static const IOPCItemPropertiesVtbl properties_vtbl = { .QueryAvailableProperties = properties_Query };

START_TEST(arrays_counted_by_an_out_parameter_arrive)
{
    IOPCItemProperties properties = { &properties_vtbl };
    struct loop *l = loop_create(&IID_IOPCItemProperties, &properties);
    DWORD count = 0, *ids = NULL;
    LPWSTR *texts = NULL;
    VARTYPE *types = NULL;
    HRESULT hr = IOPCItemProperties_QueryAvailableProperties(LOOP_AS(IOPCItemProperties, l), OLESTR("Tag"), &count,
                                                             &ids, &texts, &types);
    ck_assert_int_eq(hr, S_OK);
    ck_assert_uint_eq(count, 2);
    ck_assert_uint_eq(ids[1], 5000);
    assert_text(texts[0], "Datatype");
    assert_text(texts[1], "Mine");
    ck_assert_int_eq(types[1], VT_BSTR);
    assert_golden(l, 3, 0);
    CoTaskMemFree(texts[0]);
    CoTaskMemFree(texts[1]);
    CoTaskMemFree(texts);
    CoTaskMemFree(ids);
    CoTaskMemFree(types);
    loop_destroy(l);
}
END_TEST

static HRESULT STDMETHODCALLTYPE browse_Browse(IOPCBrowse *self, LPWSTR item, LPWSTR *continuation, DWORD most,
                                               OPCBROWSEFILTER filter, LPWSTR names, LPWSTR vendor, BOOL all,
                                               BOOL values, DWORD count, DWORD *ids, BOOL *more, DWORD *found,
                                               OPCBROWSEELEMENT **out)
{
    (void)self;
    assert_text(item, "");
    assert_text(*continuation, "here");
    ck_assert_uint_eq(most, 10);
    ck_assert_int_eq(filter, OPC_BROWSE_FILTER_ALL);
    assert_text(names, "*");
    assert_text(vendor, "");
    ck_assert_int_eq(all, FALSE);
    ck_assert_int_eq(values, TRUE);
    ck_assert_uint_eq(count, 3);
    ck_assert_uint_eq(ids[2], 5);

    CoTaskMemFree(*continuation);
    *continuation = wide_dup(u"next");
    *more = TRUE;
    *found = 2;
    OPCBROWSEELEMENT *e = *out = CoTaskMemAlloc(2 * sizeof *e);
    OPCITEMPROPERTY *p = CoTaskMemAlloc(sizeof *p);
    *p = (OPCITEMPROPERTY){ .vtDataType = VT_R8, .dwPropertyID = 2, .szDescription = wide_dup(u"Value") };
    p->vValue.vt = VT_R8;
    p->vValue.dblVal = 1.5;
    e[0] = (OPCBROWSEELEMENT){ wide_dup(u"A"), wide_dup(u"Root.A"), 3, 0, { S_OK, 1, p, 0 } };
    e[1] = (OPCBROWSEELEMENT){ wide_dup(u"BB"), NULL, 0, 0, { S_FALSE, 0, NULL, 0 } };
    return S_OK;
}

static const IOPCBrowseVtbl browse_vtbl = { .Browse = browse_Browse };

START_TEST(browse_replaces_its_continuation_point_and_gives_nested_structures)
{
    IOPCBrowse browse = { &browse_vtbl };
    struct loop *l = loop_create(&IID_IOPCBrowse, &browse);
    LPWSTR continuation = wide_dup(u"here");
    DWORD ids[] = { 1, 2, 5 }, found = 0;
    BOOL more = FALSE;
    OPCBROWSEELEMENT *e = NULL;
    HRESULT hr = IOPCBrowse_Browse(LOOP_AS(IOPCBrowse, l), OLESTR(""), &continuation, 10, OPC_BROWSE_FILTER_ALL,
                                   OLESTR("*"), OLESTR(""), FALSE, TRUE, 3, ids, &more, &found, &e);
    ck_assert_int_eq(hr, S_OK);
    assert_text(continuation, "next");
    ck_assert_int_eq(more, TRUE);
    ck_assert_uint_eq(found, 2);
    assert_text(e[0].szItemID, "Root.A");
    assert_text(e[1].szName, "BB");
    ck_assert_ptr_null(e[1].szItemID);
    OPCITEMPROPERTY *p = e[0].ItemProperties.pItemProperties;
    assert_text(p->szDescription, "Value");
    ck_assert_double_eq(p->vValue.dblVal, 1.5);
    assert_golden(l, 4, 0);
    CoTaskMemFree(continuation);
    CoTaskMemFree(p->szDescription);
    CoTaskMemFree(p);
    CoTaskMemFree(e[0].szName);
    CoTaskMemFree(e[0].szItemID);
    CoTaskMemFree(e[1].szName);
    CoTaskMemFree(e);
    loop_destroy(l);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("ndr calls");
    TCase *cases = tcase_create("golden calls");
    tcase_add_checked_fixture(cases, load, unload);
    tcase_add_test(cases, add_group_carries_all_its_arguments);
    tcase_add_test(cases, optional_arguments_of_add_group_may_be_missing);
    tcase_add_test(cases, get_status_aligns_every_member_and_sends_its_state_in_16_bits);
    tcase_add_test(cases, an_out_string_arrives);
    tcase_add_test(cases, a_result_of_the_method_is_no_failure_of_the_call);
    tcase_add_test(cases, add_items_carries_strings_and_blobs_of_each_item);
    tcase_add_test(cases, read_carries_values_of_several_types);
    tcase_add_test(cases, write_carries_values_of_several_types);
    tcase_add_test(cases, on_data_change_carries_five_arrays_of_one_length);
    tcase_add_test(cases, arrays_counted_by_an_out_parameter_arrive);
    tcase_add_test(cases, browse_replaces_its_continuation_point_and_gives_nested_structures);
    suite_add_tcase(suite, cases);
    return suite_run(suite);
}
