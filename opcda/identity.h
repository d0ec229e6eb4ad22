/* Who our test server is: its class, its names, and the items that only it has.
 *
 * A client tells our server from a plant's by `opcprobe.nonce`: it gives back the run's own
 * nonce, and no other server does. */
#ifndef OPCDA_IDENTITY_H
#define OPCDA_IDENTITY_H

#include <windows.h>

extern const CLSID CLSID_OpcprobeServer;

#define OPCPROBE_CLSID_TEXT    "{6F0B7E4C-2D0F-4C5B-9C2B-0A6C1E5D7A10}"
#define OPCPROBE_APPID_TEXT    OPCPROBE_CLSID_TEXT
#define OPCPROBE_PROGID        "opcprobe.TestServer.1"
#define OPCPROBE_PROGID_LATEST "opcprobe.TestServer"
#define OPCPROBE_SERVER_NAME   "opcprobe test server"
#define OPCPROBE_VENDOR        "opcprobe test server " OPCPROBE_VERSION

/* The OPC Foundation's OPCEnum, whose part opcprobe-opcenum plays (OPC Common 1.10, 5). */
extern const CLSID CLSID_OPCServerList;

#define OPCENUM_CLSID_TEXT    "{13486D51-4821-11D2-A494-3CB306C10000}"
#define OPCENUM_APPID_TEXT    "{13486D44-4821-11D2-A494-3CB306C10000}"
#define OPCENUM_PROGID        "OPC.ServerList.1"
#define OPCENUM_PROGID_LATEST "OPC.ServerList"
#define OPCENUM_NAME          "OPC server list (opcprobe)"

/* SetClientName with this prefix sets the nonce of the client's own server object. */
#define OPCPROBE_NONCE_PREFIX "opcprobe-nonce:"

#define OPCPROBE_RESERVED_PREFIX       "opcprobe."
#define OPCPROBE_ITEM_NONCE            "opcprobe.nonce"          /* VT_BSTR */
#define OPCPROBE_ITEM_CALLER_ACCOUNT   "opcprobe.caller.account" /* VT_BSTR, "DOMAIN\\user"; empty when there is none */
#define OPCPROBE_ITEM_CALLER_LEVEL     "opcprobe.caller.level"   /* VT_I4, RPC_C_AUTHN_LEVEL_* */
#define OPCPROBE_ITEM_CALLER_MECHANISM "opcprobe.caller.mechanism" /* VT_I4, RPC_C_AUTHN_* */
#define OPCPROBE_ITEM_CALLER_SESSION   "opcprobe.caller.session"   /* VT_BSTR: "none", "anonymous", "guest" or "user" */
#define OPCPROBE_ITEM_RUNTIME          "opcprobe.runtime"          /* VT_BSTR, as runtime_name() says */
#define OPCPROBE_ITEM_FLOOR_PORT       "opcprobe.floor.port"       /* VT_I4, 0 for none */
#define OPCPROBE_ITEM_PROCESS_CPU_NS   "opcprobe.process.cpu_ns"   /* VT_I8 */
#define OPCPROBE_ITEM_PROCESS_PID      "opcprobe.process.pid"      /* VT_I4 */
/* VT_I8, since the server started: values that a subscriber should have got, replaced by newer ones before they could
 * be sent, and asynchronous requests refused because too many of the group waited. */
#define OPCPROBE_ITEM_OVERWRITTEN      "opcprobe.updates.overwritten"
#define OPCPROBE_ITEM_REFUSED          "opcprobe.requests.refused"
/* Each active one in a group makes the server take so much longer for every read or update of it, and several add up:
 * a client that measures is calibrated against a need that it knows. VT_I4, for 1, 2, 4, ... 1024 milliseconds. */
#define OPCPROBE_ITEM_SERVICE_MS       "opcprobe.service.%ums"
#define OPCPROBE_SERVICE_ITEMS         11

#endif
