#include "probe-server/class_factory.h"

#include <stdlib.h>

#include "opcda/com_object.h"

struct class_factory {
    IClassFactory IClassFactory_iface;
    atomic_uint references;
    atomic_uint locks;       /* of clients: an unlock too many is theirs and takes nothing from others */
    struct service *service; /* (RO) borrowed */
    object_create *create;   /* (RO) */
};

static const struct com_iface_entry class_factory_ifaces[] = {
    { &IID_IUnknown, offsetof(struct class_factory, IClassFactory_iface) },
    { &IID_IClassFactory, offsetof(struct class_factory, IClassFactory_iface) },
    { NULL, 0 },
};

static HRESULT class_factory_query(struct class_factory *f, REFIID iid, void **out)
{
    return com_query(class_factory_ifaces, f, iid, out);
}

static ULONG class_factory_addref(struct class_factory *f)
{
    return atomic_fetch_add(&f->references, 1) + 1;
}

/* The factory is no object that keeps the process alive: COM's registration holds it all the time. */
static ULONG class_factory_release(struct class_factory *f)
{
    ULONG left = atomic_fetch_sub(&f->references, 1) - 1;
    if (!left)
        free(f);
    return left;
}

COM_FORWARD_IUNKNOWN(class_factory, IClassFactory)

static HRESULT STDMETHODCALLTYPE class_factory_CreateInstance(IClassFactory *self, IUnknown *outer, REFIID iid,
                                                              void **out)
{
    if (!out)
        return E_POINTER;
    *out = NULL;
    if (outer)
        return CLASS_E_NOAGGREGATION;
    struct class_factory *f = class_factory_from_IClassFactory(self);
    return f->create(f->service, iid, out);
}

static HRESULT STDMETHODCALLTYPE class_factory_LockServer(IClassFactory *self, BOOL lock)
{
    struct class_factory *f = class_factory_from_IClassFactory(self);
    if (lock) {
        atomic_fetch_add(&f->locks, 1);
        service_object_born(f->service);
        return S_OK;
    }
    unsigned locks = atomic_load(&f->locks);
    while (locks && !atomic_compare_exchange_weak(&f->locks, &locks, locks - 1))
        ;
    if (!locks)
        return E_UNEXPECTED;
    service_object_died(f->service);
    return S_OK;
}

static const IClassFactoryVtbl class_factory_IClassFactory_vtbl = {
    .QueryInterface = class_factory_IClassFactory_QueryInterface,
    .AddRef = class_factory_IClassFactory_AddRef,
    .Release = class_factory_IClassFactory_Release,
    .CreateInstance = class_factory_CreateInstance,
    .LockServer = class_factory_LockServer,
};

HRESULT class_factory_create(struct service *service, object_create *create, IClassFactory **out)
{
    *out = NULL;
    struct class_factory *f = calloc(1, sizeof(*f));
    if (!f)
        return E_OUTOFMEMORY;
    f->IClassFactory_iface.lpVtbl = &class_factory_IClassFactory_vtbl;
    atomic_init(&f->references, 1);
    atomic_init(&f->locks, 0);
    f->service = service;
    f->create = create;
    *out = &f->IClassFactory_iface;
    return S_OK;
}
