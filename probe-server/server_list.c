#include "probe-server/server_list.h"

#include <stdlib.h>
#include <string.h>

#include "opcda/com_object.h"
#include "opcda/opc_classes.h"
#include "opcda/text.h"
#include "probe-server/enumerator.h"

struct server_list {
    IOPCServerList IOPCServerList_iface;
    IOPCServerList2 IOPCServerList2_iface;
    atomic_uint references;
    struct service *service; /* (RO) borrowed */
};

static const struct com_iface_entry server_list_ifaces[] = {
    { &IID_IUnknown, offsetof(struct server_list, IOPCServerList_iface) },
    { &IID_IOPCServerList, offsetof(struct server_list, IOPCServerList_iface) },
    { &IID_IOPCServerList2, offsetof(struct server_list, IOPCServerList2_iface) },
    { NULL, 0 },
};

static HRESULT server_list_query(struct server_list *l, REFIID iid, void **out)
{
    return com_query(server_list_ifaces, l, iid, out);
}

static ULONG server_list_addref(struct server_list *l)
{
    return atomic_fetch_add(&l->references, 1) + 1;
}

static ULONG server_list_release(struct server_list *l)
{
    ULONG left = atomic_fetch_sub(&l->references, 1) - 1;
    if (!left) {
        struct service *service = l->service;
        free(l);
        service_object_died(service);
    }
    return left;
}

COM_FORWARD_IUNKNOWN(server_list, IOPCServerList)
COM_FORWARD_IUNKNOWN(server_list, IOPCServerList2)

/* ---- what both interfaces do ---- */

static bool is_list(ULONG count, const CATID *list)
{
    return count <= SERVER_LIST_CATEGORIES_MAXIMUM && (count == 0 || list);
}

static HRESULT find_classes(const struct opc_class_query *query, GUID **ids, ULONG *count)
{
    struct classes_root *root;
    if (!is_list(query->implemented_count, query->implemented) || !is_list(query->required_count, query->required))
        return E_INVALIDARG;
    HRESULT hr = classes_root_open(&root);
    if (FAILED(hr))
        return hr;
    hr = opc_classes_find(root, query, ids, count);
    classes_root_close(root);
    return hr;
}

static HRESULT describe_class(REFCLSID clsid, struct opc_class *out)
{
    struct classes_root *root;
    HRESULT hr = classes_root_open(&root);
    if (FAILED(hr))
        return hr;
    hr = opc_class_describe(root, clsid, out);
    classes_root_close(root);
    return hr;
}

/* `latest` is NULL in the older interface. */
static HRESULT class_details(REFCLSID clsid, LPOLESTR *progid, LPOLESTR *user_type, LPOLESTR *latest)
{
    struct opc_class description;
    HRESULT hr = describe_class(clsid, &description);
    if (FAILED(hr))
        return hr;
    *progid = wide_from_utf8(description.progid);
    *user_type = wide_from_utf8(description.user_type);
    if (latest)
        *latest = wide_from_utf8(description.latest_progid);
    opc_class_cleanup(&description);
    if (*progid && *user_type && (!latest || *latest))
        return S_OK;
    CoTaskMemFree(*progid);
    CoTaskMemFree(*user_type);
    *progid = *user_type = NULL;
    if (latest) {
        CoTaskMemFree(*latest);
        *latest = NULL;
    }
    return E_OUTOFMEMORY;
}

static HRESULT class_of_progid(LPCOLESTR progid, LPCLSID clsid)
{
    if (!progid || !*progid || !clsid)
        return E_INVALIDARG;
    char *name = wide_to_utf8(progid);
    if (!name)
        return E_OUTOFMEMORY;
    struct classes_root *root;
    HRESULT hr = classes_root_open(&root);
    if (SUCCEEDED(hr)) {
        hr = opc_class_of_progid(root, name, clsid);
        classes_root_close(root);
    }
    free(name);
    return hr;
}

/* ---- IOPCServerList, for old clients ---- */

static HRESULT STDMETHODCALLTYPE server_list_EnumClassesOfCategories(IOPCServerList *self, ULONG implemented_count,
                                                                     CATID implemented[], ULONG required_count,
                                                                     CATID required[], IEnumGUID **out)
{
    (void)self;
    if (!out)
        return E_INVALIDARG;
    *out = NULL;
    const struct opc_class_query query = { implemented, implemented_count, required, required_count, false };
    GUID *ids;
    ULONG count;
    HRESULT hr = find_classes(&query, &ids, &count);
    if (FAILED(hr))
        return hr;
    hr = enumerator_create_guids(ids, count, out);
    free(ids);
    return hr;
}

static HRESULT STDMETHODCALLTYPE server_list_GetClassDetails(IOPCServerList *self, REFCLSID clsid, LPOLESTR *progid,
                                                             LPOLESTR *user_type)
{
    (void)self;
    if (!clsid || !progid || !user_type)
        return E_INVALIDARG;
    *progid = *user_type = NULL;
    return class_details(clsid, progid, user_type, NULL);
}

static HRESULT STDMETHODCALLTYPE server_list_CLSIDFromProgID(IOPCServerList *self, LPCOLESTR progid, LPCLSID clsid)
{
    (void)self;
    return class_of_progid(progid, clsid);
}

static const IOPCServerListVtbl server_list_IOPCServerList_vtbl = {
    .QueryInterface = server_list_IOPCServerList_QueryInterface,
    .AddRef = server_list_IOPCServerList_AddRef,
    .Release = server_list_IOPCServerList_Release,
    .EnumClassesOfCategories = server_list_EnumClassesOfCategories,
    .GetClassDetails = server_list_GetClassDetails,
    .CLSIDFromProgID = server_list_CLSIDFromProgID,
};

/* ---- IOPCServerList2 ---- */

static HRESULT STDMETHODCALLTYPE server_list2_EnumClassesOfCategories(IOPCServerList2 *self, ULONG implemented_count,
                                                                      CATID implemented[], ULONG required_count,
                                                                      CATID required[], IOPCEnumGUID **out)
{
    (void)self;
    if (!out)
        return E_INVALIDARG;
    *out = NULL;
    const struct opc_class_query query = { implemented, implemented_count, required, required_count, true };
    GUID *ids;
    ULONG count;
    HRESULT hr = find_classes(&query, &ids, &count);
    if (FAILED(hr))
        return hr;
    hr = enumerator_create_opc_guids(ids, count, out);
    free(ids);
    return hr;
}

static HRESULT STDMETHODCALLTYPE server_list2_GetClassDetails(IOPCServerList2 *self, REFCLSID clsid, LPOLESTR *progid,
                                                              LPOLESTR *user_type, LPOLESTR *latest)
{
    (void)self;
    if (!clsid || !progid || !user_type || !latest)
        return E_INVALIDARG;
    *progid = *user_type = *latest = NULL;
    return class_details(clsid, progid, user_type, latest);
}

static HRESULT STDMETHODCALLTYPE server_list2_CLSIDFromProgID(IOPCServerList2 *self, LPCOLESTR progid, LPCLSID clsid)
{
    (void)self;
    return class_of_progid(progid, clsid);
}

static const IOPCServerList2Vtbl server_list_IOPCServerList2_vtbl = {
    .QueryInterface = server_list_IOPCServerList2_QueryInterface,
    .AddRef = server_list_IOPCServerList2_AddRef,
    .Release = server_list_IOPCServerList2_Release,
    .EnumClassesOfCategories = server_list2_EnumClassesOfCategories,
    .GetClassDetails = server_list2_GetClassDetails,
    .CLSIDFromProgID = server_list2_CLSIDFromProgID,
};

HRESULT server_list_create(struct service *service, REFIID iid, void **out)
{
    *out = NULL;
    struct server_list *l = calloc(1, sizeof(*l));
    if (!l)
        return E_OUTOFMEMORY;
    l->IOPCServerList_iface.lpVtbl = &server_list_IOPCServerList_vtbl;
    l->IOPCServerList2_iface.lpVtbl = &server_list_IOPCServerList2_vtbl;
    atomic_init(&l->references, 1);
    l->service = service;
    service_object_born(service);
    HRESULT hr = server_list_query(l, iid, out);
    server_list_release(l);
    return hr;
}
