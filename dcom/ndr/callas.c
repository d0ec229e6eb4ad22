/* The local halves of [call_as] methods: what callers and objects see on one side, what travels on the other. */
#include <comstd.h>

/* Enumerators: the number fetched may be left out by the caller, but always travels. The object sets it only when
 * it gives fewer than asked for. */
/* NOLINTBEGIN(bugprone-macro-parentheses): a type cannot stand in parentheses. */
#define ENUMERATOR_NEXT(face, element)                                                                                 \
    HRESULT CALLBACK face##_Next_Proxy(face *This, ULONG count, element *items, ULONG *fetched)                        \
    {                                                                                                                  \
        ULONG ignored;                                                                                                 \
        if (!fetched && count != 1)                                                                                    \
            return E_INVALIDARG;                                                                                       \
        return face##_RemoteNext_Proxy(This, count, items, fetched ? fetched : &ignored);                              \
    }                                                                                                                  \
    HRESULT face##_Next_Stub(face *This, ULONG count, element *items, ULONG *fetched)                                  \
    {                                                                                                                  \
        *fetched = 0;                                                                                                  \
        HRESULT hr = face##_Next(This, count, items, fetched);                                                         \
        if (hr == S_OK)                                                                                                \
            *fetched = count;                                                                                          \
        return hr;                                                                                                     \
    }
/* NOLINTEND(bugprone-macro-parentheses) */

ENUMERATOR_NEXT(IEnumString, LPOLESTR)
ENUMERATOR_NEXT(IEnumUnknown, IUnknown *)
ENUMERATOR_NEXT(IEnumGUID, GUID)
ENUMERATOR_NEXT(IEnumConnections, CONNECTDATA)
ENUMERATOR_NEXT(IEnumConnectionPoints, IConnectionPoint *)

/* Aggregation does not cross processes, so the outer object is not sent ([MS-DCOM] 3.1.1.5.1). */
HRESULT CALLBACK IClassFactory_CreateInstance_Proxy(IClassFactory *This, IUnknown *outer, REFIID iid, void **out)
{
    *out = NULL;
    if (outer)
        return CLASS_E_NOAGGREGATION;
    return IClassFactory_RemoteCreateInstance_Proxy(This, iid, (IUnknown **)out);
}

HRESULT IClassFactory_CreateInstance_Stub(IClassFactory *This, REFIID iid, IUnknown **out)
{
    return IClassFactory_CreateInstance(This, NULL, iid, (void **)out);
}

HRESULT CALLBACK IClassFactory_LockServer_Proxy(IClassFactory *This, BOOL lock)
{
    return IClassFactory_RemoteLockServer_Proxy(This, lock);
}

HRESULT IClassFactory_LockServer_Stub(IClassFactory *This, BOOL lock)
{
    return IClassFactory_LockServer(This, lock);
}
