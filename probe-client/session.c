#include "probe-client/session.h"

#include "idl/opc_proxies.h"
#include "probe-client/callback_list.h"

/* The one level of this process counts for the calls that come in; calls going out get theirs by blanket. At None
 * there is no list, as there is none for a program whose level the machine's settings say is None. */
static HRESULT set_security(DWORD callback_level)
{
    PSECURITY_DESCRIPTOR list = NULL;
    HRESULT hr = callback_level == RPC_C_AUTHN_LEVEL_NONE ? S_OK : callback_list(&list);
    if (SUCCEEDED(hr))
        hr =
            CoInitializeSecurity(list, -1, NULL, NULL, callback_level, RPC_C_IMP_LEVEL_IDENTIFY, NULL, EOAC_NONE, NULL);
    callback_list_cleanup();
    return hr;
}

HRESULT session_start(unsigned callback_level)
{
    HRESULT hr = CoInitializeEx(NULL, COINIT_MULTITHREADED);
    if (FAILED(hr))
        return hr;
    hr = opc_proxies_register();
    if (SUCCEEDED(hr))
        hr = set_security(callback_level);
    if (SUCCEEDED(hr))
        hr = CoEnableCallCancellation(NULL);
    if (FAILED(hr))
        CoUninitialize();
    return hr;
}

void session_end(void)
{
    (void)CoDisableCallCancellation(NULL);
    CoUninitialize();
}

void session_cancel_calls(uint32_t thread_id)
{
    /* "No call is running" is no failure: the watchdog asks again as long as the section lasts. */
    (void)CoCancelCall(thread_id, 0);
}
