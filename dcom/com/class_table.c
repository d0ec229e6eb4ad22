#include "dcom/com/class_table.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "dcom/com/call_context.h"
#include "dcom/com/marshal.h"

#define OBJREF_MAXIMUM (1u << 18)

struct class_entry {
    struct class_entry *next;
    CLSID clsid;
    IUnknown *factory; /* counted */
    DWORD context, flags;
    DWORD cookie;     /* ours */
    DWORD scm_cookie; /* probe-scm's; 0: it does not know of this class (yet) */
    bool used;        /* single use: its one instance was made */
};

static struct mutex lock = MUTEX_INIT;
static struct class_entry *entries;        /* (LOCK lock) */
static DWORD next_cookie = 1;              /* (LOCK lock) */
static bool suspended;                     /* (LOCK lock) activations of this process are held off */
static unsigned activations;               /* (LOCK lock) under way for probe-scm */
static unsigned server_references;         /* (LOCK lock) */
static struct condition activations_ended; /* exists between class_table_begin and class_table_end */
static _Thread_local bool activating;      /* this thread is one of them */

static bool is_multiple(const struct class_entry *c)
{
    return c->flags & (REGCLS_MULTIPLEUSE | REGCLS_MULTI_SEPARATE);
}

/* ---- registration ---------------------------------------------------------------------------------- */

/* Tells probe-scm, which needs to know our exporter first. */
static HRESULT announce(struct runtime *rt, const struct class_entry *c, DWORD *scm_cookie)
{
    struct exporter *x;
    *scm_cookie = 0;
    HRESULT hr = runtime_exporter(rt, &x);
    if (FAILED(hr))
        return hr;
    return local_scm_register_class(rt->scm, &c->clsid, CLSCTX_LOCAL_SERVER, c->flags & ~(DWORD)REGCLS_SUSPENDED,
                                    scm_cookie);
}

static void link_entry(struct class_entry *c)
{
    mutex_lock(&lock);
    c->cookie = next_cookie++;
    c->next = entries;
    entries = c;
    mutex_unlock(&lock);
}

static struct class_entry *unlink_entry(DWORD cookie)
{
    mutex_lock(&lock);
    struct class_entry **at = &entries;
    while (*at && (*at)->cookie != cookie)
        at = &(*at)->next;
    struct class_entry *c = *at;
    if (c)
        *at = c->next;
    mutex_unlock(&lock);
    return c;
}

static void set_scm_cookie(DWORD cookie, DWORD scm_cookie)
{
    mutex_lock(&lock);
    for (struct class_entry *c = entries; c; c = c->next)
        if (c->cookie == cookie)
            c->scm_cookie = scm_cookie;
    mutex_unlock(&lock);
}

static void end_entry(struct runtime *rt, struct class_entry *c)
{
    if (c->scm_cookie && rt && rt->scm)
        local_scm_revoke_class(rt->scm, c->scm_cookie);
    IUnknown_Release(c->factory);
    free(c);
}

STDAPI CoRegisterClassObject(REFCLSID clsid, IUnknown *factory, DWORD context, DWORD flags, DWORD *cookie)
{
    struct runtime *rt = runtime_get();
    DWORD scm_cookie;
    if (!rt)
        return CO_E_NOTINITIALIZED;
    if (!factory || !cookie || !(context & (CLSCTX_INPROC_SERVER | CLSCTX_LOCAL_SERVER)))
        return E_INVALIDARG;
    *cookie = 0;
    struct class_entry *c = calloc(1, sizeof *c);
    if (!c)
        return E_OUTOFMEMORY;
    /* A class for several clients outside serves this process as well, unless it is to be kept apart. */
    if ((context & CLSCTX_LOCAL_SERVER) && (flags & REGCLS_MULTIPLEUSE))
        context |= CLSCTX_INPROC_SERVER;
    *c = (struct class_entry){ .clsid = *clsid, .factory = factory, .context = context, .flags = flags };
    IUnknown_AddRef(factory);
    /* It is in the table before probe-scm knows it, because the first activation may come at once. */
    link_entry(c);
    DWORD own = c->cookie;
    if ((context & CLSCTX_LOCAL_SERVER) && !(flags & REGCLS_SUSPENDED)) {
        HRESULT hr = announce(rt, c, &scm_cookie);
        if (FAILED(hr)) {
            end_entry(rt, unlink_entry(own));
            return hr;
        }
        set_scm_cookie(own, scm_cookie);
    }
    *cookie = own;
    return S_OK;
}

STDAPI CoRevokeClassObject(DWORD cookie)
{
    struct class_entry *c = unlink_entry(cookie);
    if (!c)
        return E_INVALIDARG;
    end_entry(runtime_get(), c);
    return S_OK;
}

/* One class that was registered suspended and that probe-scm does not know yet; false when there is no more. */
static bool next_unannounced(struct class_entry *copy)
{
    mutex_lock(&lock);
    struct class_entry *c = entries;
    while (c && !((c->flags & REGCLS_SUSPENDED) && (c->context & CLSCTX_LOCAL_SERVER)))
        c = c->next;
    if (c) {
        c->flags &= ~(DWORD)REGCLS_SUSPENDED;
        *copy = *c;
    }
    mutex_unlock(&lock);
    return c != NULL;
}

STDAPI CoResumeClassObjects(void)
{
    struct runtime *rt = runtime_get();
    struct class_entry c;
    if (!rt)
        return CO_E_NOTINITIALIZED;
    mutex_lock(&lock);
    suspended = false;
    mutex_unlock(&lock);
    while (next_unannounced(&c)) {
        DWORD scm_cookie;
        HRESULT hr = announce(rt, &c, &scm_cookie);
        if (FAILED(hr))
            return hr;
        set_scm_cookie(c.cookie, scm_cookie);
    }
    return S_OK;
}

/* A program suspends, looks whether it still has objects, and ends: so whoever was let in before must have got his
 * object, or his refusal, when this returns. */
static void suspend_locked(void)
{
    suspended = true;
    while (activations && !activating)
        condition_wait(&activations_ended, &lock, CLOCK_NEVER); /* for methods of this process alone */
}

STDAPI CoSuspendClassObjects(void)
{
    mutex_lock(&lock);
    suspend_locked();
    mutex_unlock(&lock);
    return S_OK;
}

STDAPI_(ULONG) CoAddRefServerProcess(void)
{
    mutex_lock(&lock);
    ULONG references = ++server_references;
    mutex_unlock(&lock);
    return references;
}

/* The last reference holds off new activations, so that none falls into the end of the process. One that was
 * under way may have made a new reference meanwhile: then the process goes on. */
STDAPI_(ULONG) CoReleaseServerProcess(void)
{
    mutex_lock(&lock);
    ULONG left = server_references ? --server_references : 0;
    if (left == 0) {
        suspend_locked();
        left = server_references;
    }
    mutex_unlock(&lock);
    if (left)
        CoResumeClassObjects();
    return left;
}

void class_table_begin(void)
{
    condition_init(&activations_ended);
}

void class_table_clear(struct runtime *rt)
{
    for (;;) {
        mutex_lock(&lock);
        DWORD cookie = entries ? entries->cookie : 0;
        suspended = false;
        mutex_unlock(&lock);
        struct class_entry *c = cookie ? unlink_entry(cookie) : NULL;
        if (!c)
            return;
        end_entry(rt, c);
    }
}

void class_table_end(void)
{
    condition_cleanup(&activations_ended);
}

/* ---- use -------------------------------------------------------------------------------------------- */

static struct class_entry *find_locked(REFCLSID clsid, DWORD context)
{
    struct class_entry *c = entries;
    while (c && (!IsEqualCLSID(&c->clsid, clsid) || !(c->context & context) || (c->used && !is_multiple(c))))
        c = c->next;
    return c;
}

IUnknown *class_table_find_inproc(REFCLSID clsid)
{
    IUnknown *factory = NULL;
    mutex_lock(&lock);
    struct class_entry *c = find_locked(clsid, CLSCTX_INPROC_SERVER);
    if (c) {
        c->used = true;
        factory = c->factory;
        IUnknown_AddRef(factory);
    }
    mutex_unlock(&lock);
    return factory;
}

/* Lets an activation of probe-scm in, which ends with end_activation; NULL when there is no class or it is held off.
 * Held off, it is withdrawn there, and to be announced anew should the program resume. */
static IUnknown *begin_activation(REFCLSID clsid)
{
    IUnknown *factory = NULL;
    mutex_lock(&lock);
    struct class_entry *c = find_locked(clsid, CLSCTX_LOCAL_SERVER);
    if (c && !suspended && !(c->flags & REGCLS_SUSPENDED)) {
        c->used = true;
        factory = c->factory;
        IUnknown_AddRef(factory);
        activations++;
        activating = true;
    } else if (c) {
        c->flags |= REGCLS_SUSPENDED;
        c->scm_cookie = 0;
    }
    mutex_unlock(&lock);
    return factory;
}

static void end_activation(IUnknown *factory)
{
    IUnknown_Release(factory);
    mutex_lock(&lock);
    activations--;
    activating = false;
    condition_signal(&activations_ended);
    mutex_unlock(&lock);
}

HRESULT class_table_create(IUnknown *factory, IUnknown **out)
{
    IClassFactory *f;
    *out = NULL;
    HRESULT hr = IUnknown_QueryInterface(factory, &IID_IClassFactory, (void **)&f);
    if (FAILED(hr))
        return hr;
    hr = IClassFactory_CreateInstance(f, NULL, &IID_IUnknown, (void **)out);
    IClassFactory_Release(f);
    return SUCCEEDED(hr) && !*out ? E_UNEXPECTED : hr;
}

static HRESULT marshal_one(struct runtime *rt, IUnknown *object, const IID *iid, PMInterfacePointer *out)
{
    struct writer w;
    MInterfacePointer *pointer = NULL;
    writer_init(&w, OBJREF_MAXIMUM);
    HRESULT hr = marshal_object(rt, iid, object, &w, NULL);
    if (SUCCEEDED(hr) && w.failed)
        hr = E_OUTOFMEMORY;
    if (SUCCEEDED(hr)) {
        pointer = CoTaskMemAlloc(sizeof *pointer + w.size);
        hr = pointer ? S_OK : E_OUTOFMEMORY;
    }
    if (pointer) {
        pointer->ulCntData = (ULONG)w.size;
        memcpy(pointer->abData, w.data, w.size);
    }
    writer_cleanup(&w);
    *out = pointer;
    return hr;
}

/* ---- ILocalExporter ----------------------------------------------------------------------------------- */

/* The dispatcher owns the object; nobody else ever calls these three. */
static HRESULT STDMETHODCALLTYPE local_QueryInterface(ILocalExporter *self, REFIID iid, void **out)
{
    (void)self;
    (void)iid;
    *out = NULL;
    return E_NOINTERFACE;
}

static ULONG STDMETHODCALLTYPE local_AddRef(ILocalExporter *self)
{
    (void)self;
    return 1;
}

static ULONG STDMETHODCALLTYPE local_Release(ILocalExporter *self)
{
    (void)self;
    return 1;
}

static HRESULT STDMETHODCALLTYPE local_CreateInstance(ILocalExporter *self, REFCLSID clsid, BOOL get_class_object,
                                                      ULONG count, IID *iids, LOCAL_TOKEN *caller, BOOL local,
                                                      HRESULT *results, PMInterfacePointer *objrefs)
{
    struct runtime *rt = runtime_get();
    IUnknown *object = NULL;
    (void)self;
    (void)caller; /* probe-scm has checked it */
    memset(results, 0, count * sizeof *results);
    memset(objrefs, 0, count * sizeof(PMInterfacePointer));
    IUnknown *factory = begin_activation(clsid);
    if (!factory)
        return CO_E_SERVER_STOPPING; /* it was registered a moment ago: probe-scm starts another server */
    HRESULT hr = S_OK;
    call_context_begin_activation(local);
    if (get_class_object) {
        object = factory;
        IUnknown_AddRef(object);
    } else {
        hr = class_table_create(factory, &object);
    }
    for (ULONG i = 0; SUCCEEDED(hr) && i < count; i++)
        results[i] = marshal_one(rt, object, &iids[i], &objrefs[i]);
    if (object)
        IUnknown_Release(object);
    call_context_end_activation();
    end_activation(factory);
    return hr;
}

static HRESULT STDMETHODCALLTYPE local_Rundown(ILocalExporter *self, ULONG count, OID *oids)
{
    struct exporter *x = runtime_exporter_if_any(runtime_get());
    (void)self;
    if (x)
        exporter_rundown(x, oids, count);
    return S_OK;
}

static const ILocalExporterVtbl local_ILocalExporter_vtbl = {
    .QueryInterface = local_QueryInterface,
    .AddRef = local_AddRef,
    .Release = local_Release,
    .CreateInstance = local_CreateInstance,
    .Rundown = local_Rundown,
};

static ILocalExporter local_exporter = { &local_ILocalExporter_vtbl };

const struct plain_service *class_table_services(size_t *count)
{
    static const struct plain_service services[] = { { &IID_ILocalExporter, &local_exporter, 0 } };
    *count = sizeof services / sizeof *services;
    return services;
}
