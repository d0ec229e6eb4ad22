#include "probe-client/session.h"

#include "idl/opc_proxies.h"

HRESULT session_start(unsigned callback_level)
{
    HRESULT hr = CoInitializeEx(NULL, COINIT_MULTITHREADED);
    if (FAILED(hr))
        return hr;
    hr = opc_proxies_register();
    if (SUCCEEDED(hr))
        /* The one level of this process counts for the calls that come in; calls going out get theirs by blanket. */
        hr =
            CoInitializeSecurity(NULL, -1, NULL, NULL, callback_level, RPC_C_IMP_LEVEL_IDENTIFY, NULL, EOAC_NONE, NULL);
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
