#include "probe-server/snapshot.h"

#include <ocidl.h>
#include <opcda.h>
#include <stdlib.h>
#include <string.h>

#include "opcda/text.h"
#include "probe-server/value.h"

static HRESULT copy_interface(const void *from, void *to)
{
    IUnknown *unknown = *(IUnknown *const *)from;
    IUnknown_AddRef(unknown);
    *(IUnknown **)to = unknown;
    return S_OK;
}

static void clear_interface(void *element)
{
    IUnknown_Release(*(IUnknown **)element);
}

static HRESULT copy_string(const void *from, void *to)
{
    LPOLESTR copy = wide_copy(*(LPOLESTR const *)from);
    *(LPOLESTR *)to = copy;
    return copy ? S_OK : E_OUTOFMEMORY;
}

static void clear_string(void *element)
{
    CoTaskMemFree(*(LPOLESTR *)element);
}

static HRESULT copy_connection(const void *from, void *to)
{
    const CONNECTDATA *connection = from;
    IUnknown_AddRef(connection->pUnk);
    *(CONNECTDATA *)to = *connection;
    return S_OK;
}

static void clear_connection(void *element)
{
    IUnknown_Release(((CONNECTDATA *)element)->pUnk);
}

static void clear_attributes(void *element)
{
    OPCITEMATTRIBUTES *a = element;
    CoTaskMemFree(a->szAccessPath);
    CoTaskMemFree(a->szItemID);
    CoTaskMemFree(a->pBlob);
    VariantClear(&a->vEUInfo);
}

/* Our items have no blob. */
static HRESULT copy_attributes(const void *from, void *to)
{
    const OPCITEMATTRIBUTES *source = from;
    OPCITEMATTRIBUTES copy = *source;
    copy.pBlob = NULL;
    copy.dwBlobSize = 0;
    copy.szAccessPath = wide_copy(source->szAccessPath);
    copy.szItemID = wide_copy(source->szItemID);
    HRESULT hr = value_copy(&source->vEUInfo, &copy.vEUInfo);
    if (SUCCEEDED(hr) && (!copy.szAccessPath || !copy.szItemID))
        hr = E_OUTOFMEMORY;
    if (FAILED(hr))
        clear_attributes(&copy);
    else
        *(OPCITEMATTRIBUTES *)to = copy;
    return hr;
}

static HRESULT copy_guid(const void *from, void *to)
{
    *(GUID *)to = *(const GUID *)from;
    return S_OK;
}

/* A GUID owns nothing. */
static void clear_guid(void *element)
{
    (void)element;
}

const struct snapshot_ops snapshot_of_interfaces = { sizeof(IUnknown *), copy_interface, clear_interface };
const struct snapshot_ops snapshot_of_strings = { sizeof(LPOLESTR), copy_string, clear_string };
const struct snapshot_ops snapshot_of_connections = { sizeof(CONNECTDATA), copy_connection, clear_connection };
const struct snapshot_ops snapshot_of_attributes = { sizeof(OPCITEMATTRIBUTES), copy_attributes, clear_attributes };
const struct snapshot_ops snapshot_of_guids = { sizeof(GUID), copy_guid, clear_guid };

static void clear_all(const struct snapshot_ops *ops, char *elements, ULONG count)
{
    for (ULONG i = 0; i < count; i++)
        ops->clear(elements + i * ops->size);
}

struct snapshot *snapshot_create(const struct snapshot_ops *ops, void *elements, ULONG count)
{
    struct snapshot *s = calloc(1, sizeof(*s));
    char *copy = calloc(count ? count : 1, ops->size);
    if (!s || !copy) {
        clear_all(ops, elements, count);
        free(s);
        free(copy);
        return NULL;
    }
    if (count)
        memcpy(copy, elements, count * ops->size);
    atomic_init(&s->references, 1);
    s->ops = ops;
    s->count = count;
    s->elements = copy;
    return s;
}

struct snapshot *snapshot_addref(struct snapshot *s)
{
    atomic_fetch_add(&s->references, 1);
    return s;
}

void snapshot_release(struct snapshot *s)
{
    if (atomic_fetch_sub(&s->references, 1) != 1)
        return;
    clear_all(s->ops, s->elements, s->count);
    free(s->elements);
    free(s);
}

HRESULT snapshot_copy(const struct snapshot *s, ULONG position, ULONG wanted, void *out, ULONG *copied)
{
    ULONG left = s->count - position;
    ULONG count = wanted < left ? wanted : left;
    for (ULONG i = 0; i < count; i++) {
        HRESULT hr = s->ops->copy(s->elements + (position + i) * s->ops->size, (char *)out + i * s->ops->size);
        if (FAILED(hr)) {
            clear_all(s->ops, out, i);
            return hr;
        }
    }
    *copied = count;
    return S_OK;
}
