/* Vtables of proxies. */
#include <stdlib.h>

#include "base/thread.h"
#include "dcom/ndr/ndr.h"

#define IUNKNOWN_METHODS 3

struct vtable {
    struct vtable *next;
    const struct ndr_interface *type;
    ndr_entry entries[];
};

/* Vtables are made once and last as long as the process (LOCK vtables_mutex for the list, entries are constant). */
static struct mutex vtables_mutex = MUTEX_INIT;
static struct vtable *vtables;

/* Where the table has no placeholder it has the local half of a [call_as] method. */
static ndr_entry entry_of(const struct ndr_interface *type, unsigned number)
{
    void *local = type->proxy->Vtbl[number];
    ndr_entry entry;

    if ((intptr_t)local == -1)
        return type->shims->client[number];
    _Static_assert(sizeof entry == sizeof local, "function and object pointers have one size");
    memcpy(&entry, &local, sizeof entry);
    return entry;
}

static struct vtable *make(const struct ndr_interface *type, const ndr_entry unknown_methods[IUNKNOWN_METHODS])
{
    struct vtable *v = malloc(sizeof *v + type->method_count * sizeof *v->entries);
    if (!v)
        return NULL;
    v->type = type;
    memcpy(v->entries, unknown_methods, IUNKNOWN_METHODS * sizeof *v->entries);
    for (unsigned i = IUNKNOWN_METHODS; i < type->method_count; i++)
        v->entries[i] = entry_of(type, i);
    return v;
}

const ndr_entry *ndr_proxy_vtbl(const struct ndr_interface *type, const ndr_entry unknown_methods[IUNKNOWN_METHODS])
{
    struct vtable *v;

    mutex_lock(&vtables_mutex);
    for (v = vtables; v; v = v->next)
        if (v->type == type && !memcmp(v->entries, unknown_methods, IUNKNOWN_METHODS * sizeof *v->entries))
            break;
    if (!v && (v = make(type, unknown_methods))) {
        v->next = vtables;
        vtables = v;
    }
    mutex_unlock(&vtables_mutex);
    return v ? v->entries : NULL;
}

void *NdrOleAllocate(size_t size)
{
    return CoTaskMemAlloc(size);
}

void NdrOleFree(void *memory)
{
    CoTaskMemFree(memory);
}

/* The tables name these three where ndr_proxy_vtbl puts the runtime's own. */
HRESULT IUnknown_QueryInterface_Proxy(IUnknown *self, REFIID iid, void **out)
{
    return IUnknown_QueryInterface(self, iid, out);
}

ULONG IUnknown_AddRef_Proxy(IUnknown *self)
{
    return IUnknown_AddRef(self);
}

ULONG IUnknown_Release_Proxy(IUnknown *self)
{
    return IUnknown_Release(self);
}
