/* The proxy/stub code that would make a DLL of its own is linked in and registered with COM for this process alone. */
#include "idl/opc_proxies.h"

#include <opccomn.h>
#include <opcda.h>
#include <opcsec.h>

/* From dlldata.c, which is compiled with ENTRY_PREFIX=OpcProxies. */
HRESULT STDAPICALLTYPE OpcProxiesDllGetClassObject(REFCLSID clsid, REFIID iid, void **out);

/* {7D0C5A10-2B7E-4C55-9B11-521E00000001}, as PROXY_CLSID_IS says in the build. */
static const CLSID clsid_proxies = { 0x7d0c5a10, 0x2b7e, 0x4c55, { 0x9b, 0x11, 0x52, 0x1e, 0x00, 0x00, 0x00, 0x01 } };

static const IID *const interfaces[] = {
    &IID_IOPCServer,
    &IID_IOPCServerPublicGroups,
    &IID_IOPCBrowseServerAddressSpace,
    &IID_IOPCGroupStateMgt,
    &IID_IOPCGroupStateMgt2,
    &IID_IOPCPublicGroupStateMgt,
    &IID_IOPCSyncIO,
    &IID_IOPCSyncIO2,
    &IID_IOPCItemMgt,
    &IID_IEnumOPCItemAttributes,
    &IID_IOPCDataCallback,
    &IID_IOPCAsyncIO2,
    &IID_IOPCAsyncIO3,
    &IID_IOPCItemProperties,
    &IID_IOPCItemDeadbandMgt,
    &IID_IOPCItemSamplingMgt,
    &IID_IOPCBrowse,
    &IID_IOPCItemIO,
    &IID_IOPCShutdown,
    &IID_IOPCCommon,
    &IID_IOPCServerList,
    &IID_IOPCServerList2,
    &IID_IOPCEnumGUID,
    &IID_IOPCSecurityNT,
    &IID_IOPCSecurityPrivate,
};

HRESULT opc_proxies_register(void)
{
    IUnknown *factory = NULL;
    DWORD cookie;
    HRESULT hr = OpcProxiesDllGetClassObject(&clsid_proxies, &IID_IUnknown, (void **)&factory);

    if (FAILED(hr))
        return hr;
    /* The registration ends with the process: CoUninitialize drops it. */
    hr = CoRegisterClassObject(&clsid_proxies, factory, CLSCTX_INPROC_SERVER, REGCLS_MULTIPLEUSE, &cookie);
    IUnknown_Release(factory);
    for (size_t i = 0; SUCCEEDED(hr) && i < sizeof interfaces / sizeof *interfaces; i++)
        hr = CoRegisterPSClsid(interfaces[i], &clsid_proxies);
    return hr;
}
