/* A COM server with one class, started by probe-scm (see com_test_class.h). It ends when its last object has gone, or
 * after a minute. */
#include "tests/com/com_test_class.h"

#include <olectl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "base/thread.h"

#define SINKS 8

struct test_object {
    IOPCCommon IOPCCommon_iface;
    IConnectionPointContainer IConnectionPointContainer_iface;
    IConnectionPoint IConnectionPoint_iface;
    atomic_uint references;
    struct mutex lock;
    IOPCShutdown *sinks[SINKS]; /* (LOCK lock) counted */
    _Atomic LCID locale;
    _Atomic HRESULT last_callback;
};

static atomic_uint objects;
static struct mutex end_lock = MUTEX_INIT;
static struct condition ended;
static bool ending; /* (LOCK end_lock) */

static void object_came(void)
{
    atomic_fetch_add(&objects, 1);
    CoAddRefServerProcess();
}

/* COM says whether it was the last one: an activation under way may have made another. */
static void object_went(void)
{
    atomic_fetch_sub(&objects, 1);
    if (CoReleaseServerProcess())
        return;
    mutex_lock(&end_lock);
    ending = true;
    condition_signal(&ended);
    mutex_unlock(&end_lock);
}

#define FROM(face) ((struct test_object *)((char *)self - offsetof(struct test_object, face##_iface)))

static ULONG object_addref(struct test_object *o)
{
    return atomic_fetch_add(&o->references, 1) + 1;
}

static ULONG object_release(struct test_object *o)
{
    ULONG left = atomic_fetch_sub(&o->references, 1) - 1;
    if (left)
        return left;
    for (int i = 0; i < SINKS; i++)
        if (o->sinks[i])
            IOPCShutdown_Release(o->sinks[i]);
    mutex_cleanup(&o->lock);
    free(o);
    object_went();
    return 0;
}

static HRESULT object_query(struct test_object *o, REFIID iid, void **out)
{
    *out = NULL;
    if (IsEqualIID(iid, &IID_IUnknown) || IsEqualIID(iid, &IID_IOPCCommon))
        *out = &o->IOPCCommon_iface;
    else if (IsEqualIID(iid, &IID_IConnectionPointContainer))
        *out = &o->IConnectionPointContainer_iface;
    if (!*out)
        return E_NOINTERFACE;
    object_addref(o);
    return S_OK;
}

#define FORWARD(face)                                                                                                  \
    static HRESULT STDMETHODCALLTYPE object_##face##_QueryInterface(face *self, REFIID iid, void **out)                \
    {                                                                                                                  \
        return object_query(FROM(face), iid, out);                                                                     \
    }                                                                                                                  \
    static ULONG STDMETHODCALLTYPE object_##face##_AddRef(face *self)                                                  \
    {                                                                                                                  \
        return object_addref(FROM(face));                                                                              \
    }                                                                                                                  \
    static ULONG STDMETHODCALLTYPE object_##face##_Release(face *self)                                                 \
    {                                                                                                                  \
        return object_release(FROM(face));                                                                             \
    }

FORWARD(IOPCCommon)
FORWARD(IConnectionPointContainer)

/* ---- IOPCCommon --------------------------------------------------------------------------------- */

static HRESULT STDMETHODCALLTYPE object_SetLocaleID(IOPCCommon *self, LCID locale)
{
    if (locale >= TEST_LOCALE_SLEEP) {
        clock_sleep_until_ns(clock_deadline_ns((int64_t)(locale - TEST_LOCALE_SLEEP) * NS_PER_MS));
        return S_FALSE;
    }
    FROM(IOPCCommon)->locale = locale;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE object_GetLocaleID(IOPCCommon *self, LCID *out)
{
    *out = FROM(IOPCCommon)->locale;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE object_QueryAvailableLocaleIDs(IOPCCommon *self, DWORD *count, LCID **out)
{
    (void)self;
    *count = 3;
    *out = CoTaskMemAlloc(3 * sizeof **out);
    for (int i = 0; *out && i < 3; i++)
        (*out)[i] = 0x400u + (LCID)i;
    return *out ? S_OK : E_OUTOFMEMORY;
}

static void answer_blanket(DWORD question, char *out, size_t size)
{
    DWORD service, level;
    RPC_AUTHZ_HANDLE privileges;
    snprintf(out, size, "?");
    if (FAILED(CoQueryClientBlanket(&service, NULL, NULL, &level, NULL, &privileges, NULL)))
        return;
    if (question == TEST_ASK_LEVEL)
        snprintf(out, size, "%u", level);
    else if (question == TEST_ASK_MECHANISM)
        snprintf(out, size, "%u", service);
    else if (!privileges)
        snprintf(out, size, "-");
    else
        utf8_from_utf16(privileges, utf16_length(privileges), out, size);
}

static HRESULT STDMETHODCALLTYPE object_GetErrorString(IOPCCommon *self, HRESULT question, LPWSTR *out)
{
    static char text[TEST_LONG_TEXT + 1];
    char answer[600];
    const char *chosen = answer;
    switch (question) {
    case TEST_ASK_PID:
        snprintf(answer, sizeof answer, "%u", GetCurrentProcessId());
        break;
    case TEST_ASK_OBJECTS:
        snprintf(answer, sizeof answer, "%u", atomic_load(&objects));
        break;
    case TEST_ASK_HRESULT:
        snprintf(answer, sizeof answer, "0x%08x", (uint32_t)FROM(IOPCCommon)->last_callback);
        break;
    case TEST_ASK_LONG:
        memset(text, 'x', TEST_LONG_TEXT);
        chosen = text;
        break;
    default:
        answer_blanket((DWORD)question, answer, sizeof answer);
        break;
    }
    size_t units = strlen(chosen) + 1;
    *out = CoTaskMemAlloc(units * sizeof **out);
    if (!*out)
        return E_OUTOFMEMORY;
    utf16_from_utf8(chosen, *out, units);
    return S_OK;
}

/* Calls the sinks outside the lock, as a server must. */
static HRESULT STDMETHODCALLTYPE object_SetClientName(IOPCCommon *self, LPCWSTR name)
{
    struct test_object *o = FROM(IOPCCommon);
    HRESULT hr = S_OK;
    for (int i = 0; i < SINKS; i++) {
        mutex_lock(&o->lock);
        IOPCShutdown *sink = o->sinks[i];
        if (sink)
            IOPCShutdown_AddRef(sink);
        mutex_unlock(&o->lock);
        if (!sink)
            continue;
        HRESULT called = IOPCShutdown_ShutdownRequest(sink, name);
        o->last_callback = called;
        if (FAILED(called) && SUCCEEDED(hr))
            hr = called;
        IOPCShutdown_Release(sink);
    }
    return hr;
}

static const IOPCCommonVtbl object_IOPCCommon_vtbl = {
    .QueryInterface = object_IOPCCommon_QueryInterface,
    .AddRef = object_IOPCCommon_AddRef,
    .Release = object_IOPCCommon_Release,
    .SetLocaleID = object_SetLocaleID,
    .GetLocaleID = object_GetLocaleID,
    .QueryAvailableLocaleIDs = object_QueryAvailableLocaleIDs,
    .GetErrorString = object_GetErrorString,
    .SetClientName = object_SetClientName,
};

/* ---- the connection point ------------------------------------------------------------------------- */

static HRESULT STDMETHODCALLTYPE point_QueryInterface(IConnectionPoint *self, REFIID iid, void **out)
{
    bool ours = IsEqualIID(iid, &IID_IUnknown) || IsEqualIID(iid, &IID_IConnectionPoint);
    *out = ours ? self : NULL;
    if (ours)
        IConnectionPoint_AddRef(self);
    return ours ? S_OK : E_NOINTERFACE;
}

static ULONG STDMETHODCALLTYPE point_AddRef(IConnectionPoint *self)
{
    return object_addref(FROM(IConnectionPoint));
}

static ULONG STDMETHODCALLTYPE point_Release(IConnectionPoint *self)
{
    return object_release(FROM(IConnectionPoint));
}

static HRESULT STDMETHODCALLTYPE point_GetConnectionInterface(IConnectionPoint *self, IID *out)
{
    (void)self;
    *out = IID_IOPCShutdown;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE point_GetConnectionPointContainer(IConnectionPoint *self,
                                                                   IConnectionPointContainer **out)
{
    struct test_object *o = FROM(IConnectionPoint);
    object_addref(o);
    *out = &o->IConnectionPointContainer_iface;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE point_Advise(IConnectionPoint *self, IUnknown *sink, DWORD *cookie)
{
    struct test_object *o = FROM(IConnectionPoint);
    IOPCShutdown *shutdown;
    *cookie = 0;
    HRESULT queried = IUnknown_QueryInterface(sink, &IID_IOPCShutdown, (void **)&shutdown);
    o->last_callback = queried;
    if (FAILED(queried))
        return CONNECT_E_CANNOTCONNECT;
    mutex_lock(&o->lock);
    for (DWORD i = 0; i < SINKS && !*cookie; i++)
        if (!o->sinks[i]) {
            o->sinks[i] = shutdown;
            *cookie = i + 1;
        }
    mutex_unlock(&o->lock);
    if (!*cookie)
        IOPCShutdown_Release(shutdown);
    return *cookie ? S_OK : CONNECT_E_ADVISELIMIT;
}

static HRESULT STDMETHODCALLTYPE point_Unadvise(IConnectionPoint *self, DWORD cookie)
{
    struct test_object *o = FROM(IConnectionPoint);
    if (cookie == 0 || cookie > SINKS)
        return CONNECT_E_NOCONNECTION;
    mutex_lock(&o->lock);
    IOPCShutdown *sink = o->sinks[cookie - 1];
    o->sinks[cookie - 1] = NULL;
    mutex_unlock(&o->lock);
    if (!sink)
        return CONNECT_E_NOCONNECTION;
    IOPCShutdown_Release(sink);
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE point_EnumConnections(IConnectionPoint *self, IEnumConnections **out)
{
    (void)self;
    *out = NULL;
    return E_NOTIMPL;
}

static const IConnectionPointVtbl object_IConnectionPoint_vtbl = {
    .QueryInterface = point_QueryInterface,
    .AddRef = point_AddRef,
    .Release = point_Release,
    .GetConnectionInterface = point_GetConnectionInterface,
    .GetConnectionPointContainer = point_GetConnectionPointContainer,
    .Advise = point_Advise,
    .Unadvise = point_Unadvise,
    .EnumConnections = point_EnumConnections,
};

/* ---- its container and the enumerator of its one point ------------------------------------------------ */

struct point_enumerator {
    IEnumConnectionPoints IEnumConnectionPoints_iface;
    atomic_uint references;
    struct test_object *object; /* counted */
    ULONG at;
};

#define ENUMERATOR ((struct point_enumerator *)self)

static HRESULT new_enumerator(struct test_object *o, ULONG at, IEnumConnectionPoints **out);

static HRESULT STDMETHODCALLTYPE enumerator_QueryInterface(IEnumConnectionPoints *self, REFIID iid, void **out)
{
    bool ours = IsEqualIID(iid, &IID_IUnknown) || IsEqualIID(iid, &IID_IEnumConnectionPoints);
    *out = ours ? self : NULL;
    if (ours)
        IEnumConnectionPoints_AddRef(self);
    return ours ? S_OK : E_NOINTERFACE;
}

static ULONG STDMETHODCALLTYPE enumerator_AddRef(IEnumConnectionPoints *self)
{
    return atomic_fetch_add(&ENUMERATOR->references, 1) + 1;
}

static ULONG STDMETHODCALLTYPE enumerator_Release(IEnumConnectionPoints *self)
{
    ULONG left = atomic_fetch_sub(&ENUMERATOR->references, 1) - 1;
    if (left == 0) {
        object_release(ENUMERATOR->object);
        free(self);
    }
    return left;
}

static HRESULT STDMETHODCALLTYPE enumerator_Next(IEnumConnectionPoints *self, ULONG count, IConnectionPoint **out,
                                                 ULONG *fetched)
{
    ULONG given = 0;
    if (count && ENUMERATOR->at == 0) {
        out[given++] = &ENUMERATOR->object->IConnectionPoint_iface;
        IConnectionPoint_AddRef(out[0]);
        ENUMERATOR->at = 1;
    }
    if (fetched)
        *fetched = given;
    return given == count ? S_OK : S_FALSE;
}

static HRESULT STDMETHODCALLTYPE enumerator_Skip(IEnumConnectionPoints *self, ULONG count)
{
    bool all = count <= 1 - ENUMERATOR->at;
    ENUMERATOR->at = 1;
    return all ? S_OK : S_FALSE;
}

static HRESULT STDMETHODCALLTYPE enumerator_Reset(IEnumConnectionPoints *self)
{
    ENUMERATOR->at = 0;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE enumerator_Clone(IEnumConnectionPoints *self, IEnumConnectionPoints **out)
{
    return new_enumerator(ENUMERATOR->object, ENUMERATOR->at, out);
}

static const IEnumConnectionPointsVtbl enumerator_vtbl = {
    .QueryInterface = enumerator_QueryInterface,
    .AddRef = enumerator_AddRef,
    .Release = enumerator_Release,
    .Next = enumerator_Next,
    .Skip = enumerator_Skip,
    .Reset = enumerator_Reset,
    .Clone = enumerator_Clone,
};

static HRESULT new_enumerator(struct test_object *o, ULONG at, IEnumConnectionPoints **out)
{
    struct point_enumerator *e = calloc(1, sizeof *e);
    *out = NULL;
    if (!e)
        return E_OUTOFMEMORY;
    e->IEnumConnectionPoints_iface.lpVtbl = &enumerator_vtbl;
    e->references = 1;
    e->object = o;
    e->at = at;
    object_addref(o);
    *out = &e->IEnumConnectionPoints_iface;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE object_EnumConnectionPoints(IConnectionPointContainer *self,
                                                             IEnumConnectionPoints **out)
{
    return new_enumerator(FROM(IConnectionPointContainer), 0, out);
}

static HRESULT STDMETHODCALLTYPE object_FindConnectionPoint(IConnectionPointContainer *self, REFIID iid,
                                                            IConnectionPoint **out)
{
    struct test_object *o = FROM(IConnectionPointContainer);
    *out = NULL;
    if (!IsEqualIID(iid, &IID_IOPCShutdown))
        return CONNECT_E_NOCONNECTION;
    object_addref(o);
    *out = &o->IConnectionPoint_iface;
    return S_OK;
}

static const IConnectionPointContainerVtbl object_IConnectionPointContainer_vtbl = {
    .QueryInterface = object_IConnectionPointContainer_QueryInterface,
    .AddRef = object_IConnectionPointContainer_AddRef,
    .Release = object_IConnectionPointContainer_Release,
    .EnumConnectionPoints = object_EnumConnectionPoints,
    .FindConnectionPoint = object_FindConnectionPoint,
};

/* ---- factory and program ---------------------------------------------------------------------------- */

static HRESULT STDMETHODCALLTYPE factory_QueryInterface(IClassFactory *self, REFIID iid, void **out)
{
    bool ours = IsEqualIID(iid, &IID_IUnknown) || IsEqualIID(iid, &IID_IClassFactory);
    *out = ours ? self : NULL;
    return ours ? S_OK : E_NOINTERFACE;
}

static ULONG STDMETHODCALLTYPE factory_AddRef(IClassFactory *self)
{
    (void)self;
    return 2;
}

static ULONG STDMETHODCALLTYPE factory_Release(IClassFactory *self)
{
    (void)self;
    return 1;
}

static HRESULT STDMETHODCALLTYPE factory_CreateInstance(IClassFactory *self, IUnknown *outer, REFIID iid, void **out)
{
    (void)self;
    *out = NULL;
    if (outer)
        return CLASS_E_NOAGGREGATION;
    struct test_object *o = calloc(1, sizeof *o);
    if (!o)
        return E_OUTOFMEMORY;
    o->IOPCCommon_iface.lpVtbl = &object_IOPCCommon_vtbl;
    o->IConnectionPointContainer_iface.lpVtbl = &object_IConnectionPointContainer_vtbl;
    o->IConnectionPoint_iface.lpVtbl = &object_IConnectionPoint_vtbl;
    o->references = 1;
    o->locale = 0x409;
    mutex_init(&o->lock);
    object_came();
    HRESULT hr = object_query(o, iid, out);
    object_release(o);
    return hr;
}

static HRESULT STDMETHODCALLTYPE factory_LockServer(IClassFactory *self, BOOL lock)
{
    (void)self;
    if (lock)
        object_came();
    else
        object_went();
    return S_OK;
}

static const IClassFactoryVtbl factory_vtbl = {
    .QueryInterface = factory_QueryInterface,
    .AddRef = factory_AddRef,
    .Release = factory_Release,
    .CreateInstance = factory_CreateInstance,
    .LockServer = factory_LockServer,
};

static void wait_for_end(void)
{
    int64_t deadline_ns = clock_deadline_ns(60 * NS_PER_S);
    mutex_lock(&end_lock);
    while (!ending && condition_wait(&ended, &end_lock, deadline_ns))
        continue;
    mutex_unlock(&end_lock);
}

/* By its command line: a least level of callers and no list, or what the registry says for its AppID, or for its name.
 */
static HRESULT initialize_security(int argc, char **argv)
{
    static GUID appid = { 0x6F0B7E4C, 0x2D0F, 0x4C5B, { 0x9C, 0x2B, 0x0A, 0x6C, 0x1E, 0x5D, 0x7A, 0x12 } };
    DWORD level = RPC_C_AUTHN_LEVEL_CONNECT;
    for (int i = 1; i < argc; i++) {
        if (strncmp(argv[i], "--minimum=", 10) == 0)
            level = (DWORD)atoi(argv[i] + 10);
        if (strcmp(argv[i], "--appid") == 0)
            return CoInitializeSecurity(&appid, -1, NULL, NULL, 0, 0, NULL, EOAC_APPID, NULL);
        if (strcmp(argv[i], "--silent") == 0)
            return S_OK;
    }
    return CoInitializeSecurity(NULL, -1, NULL, NULL, level, RPC_C_IMP_LEVEL_IDENTIFY, NULL, EOAC_NONE, NULL);
}

int main(int argc, char **argv)
{
    static IClassFactory factory = { &factory_vtbl };
    DWORD cookie;
    condition_init(&ended);
    HRESULT hr = CoInitializeEx(NULL, COINIT_MULTITHREADED);
    if (SUCCEEDED(hr))
        hr = initialize_security(argc, argv);
    if (SUCCEEDED(hr))
        hr = CoRegisterClassObject(&CLSID_TestServer, (IUnknown *)&factory, CLSCTX_LOCAL_SERVER, REGCLS_MULTIPLEUSE,
                                   &cookie);
    if (FAILED(hr)) {
        fprintf(stderr, "com_test_server: 0x%08x\n", (uint32_t)hr);
        return 1;
    }
    wait_for_end();
    CoRevokeClassObject(cookie);
    CoUninitialize();
    condition_cleanup(&ended);
    return 0;
}
