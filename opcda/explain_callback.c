/* The way back: the server calls the client. The client machine is the one that is called, and it has no
 * DCOM lists of its own for the client program: only its limits and its default access list count. */
#include "opcda/explain_changes.h"

static const struct explanation entries[] = {
    {
        .code = 0x80040202,
        .stages = STAGES_CALLBACK | STAGE_BIT(STAGE_GROUP),
        .machine = MACHINE_CLIENT,
        .meaning = "The server could not make its first call back to the client. Everything from client to server "
                   "works; the way back does not.",
        .look_at = TRIAGE_CLIENT "; then the client's inbound firewall rules (TCP 135 and the client program) and the "
                                 "address the server resolved for the client",
        .causes = { "the account under which the OPC server runs is unknown on the client, or has another password "
                    "there (failure audit on the client)",
                    "the server calls as ANONYMOUS LOGON (level None, LocalSystem in a workgroup, sharing model Guest "
                    "only on the server) and the client's limits refuse it",
                    "the client's access limits or default access list lack the server's account",
                    "a firewall blocks the way from server to client (TCP 135 or the client program's port)",
                    "address translation between server and client: the client's bindings carry an address that the "
                    "server cannot reach",
                    "DNS gives the server a wrong address for the client" },
        .change = CLIENT_ACCOUNT_CHANGE,
        .undo = CLIENT_ACCOUNT_UNDO,
        .note = "Old programs show this number with the text \"Unable to open the access token of the current "
                "thread\". That text is wrong here: in an old winerror.h CO_E_FAILEDTOOPENTHREADTOKEN had this number; "
                "today it is 0x80010125. The change is for the first cause; when the client's Security log shows that "
                "the account was authenticated: " CLIENT_ACCESS_CHANGE ".",
    },
    {
        .code = 0x80010125,
        .stages = STAGES_ALL,
        .machine = MACHINE_CALLED,
        .meaning = "A process could not open the identity under which its thread works.",
        .look_at = "the program that reports it: impersonation at level Identify or Anonymous",
        .causes = { "the program impersonates its caller at a level that does not allow it" },
        .note = "In an old winerror.h this error had the number 0x80040202: programs that print this text for "
                "0x80040202 mean \"Connection attempt failed\" of Advise.",
    },
    {
        .code = 0x80070005,
        .stages = STAGES_CALLBACK,
        .machine = MACHINE_CLIENT,
        .meaning = "The client machine refuses the server's call back. No list of the OPC server matters here: only "
                   "the client's limits and its default access list.",
        .look_at = TRIAGE_CLIENT " (logged only with HKLM\\SOFTWARE\\Microsoft\\Ole\\CallFailureLoggingLevel=1)",
        .causes = { "the account under which the OPC server runs cannot be authenticated by the client machine: "
                    "unknown there or another password (failure audit on the client)",
                    "it arrives as ANONYMOUS LOGON: level None on both sides, LocalSystem in a workgroup, launching "
                    "user, or the sharing model Guest only",
                    "the client's default access list lacks that account",
                    "the client's access limits lack Remote Access for it" },
        .change = CLIENT_ACCOUNT_CHANGE,
        .undo = CLIENT_ACCOUNT_UNDO,
        .note = "That is the change for the first cause. When the client's Security log shows that the account was "
                "authenticated: " CLIENT_ACCESS_CHANGE ".",
    },
    {
        .code = 0x800706BA,
        .stages = STAGES_CALLBACK,
        .machine = MACHINE_CLIENT,
        .meaning = "The server cannot reach the client machine: its port 135 or the port of the client program.",
        .look_at =
            "the client: inbound firewall rules for TCP 135 and for the client program; is port 135 LISTENING, is the "
            "service RpcSs running; from the server, which address the client's name and bindings lead to",
        .causes = { "a firewall blocks TCP 135 or the client program's port from server to client",
                    "address translation: the client's bindings carry an address that the server cannot reach",
                    "DNS gives the server a wrong address for the client",
                    "RPCSS on the client is not running or impaired", "DCOM is disabled on the client (EnableDCOM=N)" },
        .change = CLIENT_FIREWALL_CHANGE,
        .undo = CLIENT_FIREWALL_UNDO,
        .note = "TCP 135 on the client needs the same rule. Reading synchronously works without any of this.",
    },
    {
        .code = 1910,
        .stages = STAGES_CALLBACK,
        .machine = MACHINE_CLIENT,
        .meaning = "The server could not resolve the address of the client's callback object: the client's port 135 is "
                   "not reachable at any of the addresses that the client announced.",
        .look_at = "the client: inbound rule for TCP 135, RpcSs; the client's addresses as the server sees them",
        .causes = { "a firewall blocks TCP 135 from server to client", "address translation between server and client",
                    "the client has several network adapters and announces one that the server cannot reach" },
        .change = "On the client: netsh advfirewall firewall add rule name=\"DCOM 135 from SERVER\" dir=in "
                  "action=allow protocol=TCP localport=135 remoteip=SERVER-ADDRESS",
        .undo = "netsh advfirewall firewall delete rule name=\"DCOM 135 from SERVER\"",
    },
    {
        .code = 0x8001011F,
        .stages = STAGES_CALLBACK,
        .machine = MACHINE_CLIENT,
        .meaning = "The callback did not arrive in time, although Advise may have succeeded.",
        .look_at = "the client: inbound rule for the client program (a connection that was established and then cut "
                   "leaves no error), its default access list; then whether group and items are active",
        .causes = { "a firewall drops the server's packets silently",
                    "the callback was refused on the client and the server does not report it",
                    "the group or its items are not active", "the client's callback handler blocks" },
        .change = CLIENT_FIREWALL_CHANGE,
        .undo = CLIENT_FIREWALL_UNDO,
    },
    {
        .code = 0x80004002,
        .stages = STAGES_CALLBACK,
        .machine = MACHINE_BOTH,
        .meaning = "The connection point or the client's callback object does not offer the interface.",
        .look_at =
            "the OPC core components (proxy DLLs) on both machines in the bitness of the program; the client program",
        .causes = { "the proxy/stub of IOPCDataCallback is not registered on the server or the client",
                    "the client's object is no IOPCDataCallback",
                    "the server offers only the old data advise of OPC DA 1.0" },
        .change = "Install the OPC Core Components Redistributable (x86 and x64) on the machine that lacks them.",
        .undo = "Uninstall it in Apps & features.",
    },
    {
        .code = 0x80040155,
        .stages = STAGES_CALLBACK,
        .machine = MACHINE_BOTH,
        .meaning =
            "The proxy/stub of the callback interface is not registered, so that the callback cannot be marshalled.",
        .look_at =
            "HKEY_CLASSES_ROOT\\Interface\\{39C13A70-011E-11D0-9675-0020AFD8ADB3} on both machines, in both views",
        .causes = { "the OPC core components are missing on the client or the server, or there in the other bitness "
                    "only" },
        .change = "Install the OPC Core Components Redistributable (x86 and x64) on the machine that lacks them.",
        .undo = "Uninstall it in Apps & features.",
    },
    {
        .code = 0x80010108,
        .stages = STAGES_CALLBACK,
        .machine = MACHINE_BOTH,
        .meaning = "The callback object or the group is gone while calls still work: the subscription broke.",
        .look_at = "how long it had worked; pings between the machines; whether the client process was restarted",
        .causes = { "the client released its callback object or was restarted",
                    "pings did not get through for more than six minutes and the objects were cleaned up" },
        .note = "The client has to advise anew.",
    },
    {
        .code = 0x80040200,
        .stages = STAGES_ALL,
        .machine = MACHINE_CLIENT,
        .meaning = "An asynchronous call was made without a subscription, or the server has no connection point for "
                   "this interface.",
        .look_at = "the order of the client's calls: Advise comes before asynchronous reads, writes and refreshes",
        .causes = { "Advise was not called or failed", "the cookie given to Unadvise is not the server's",
                    "the server offers another callback interface" },
    },
    {
        .code = 0x80040201,
        .stages = STAGES_ALL,
        .machine = MACHINE_SERVER,
        .meaning = "The group takes no further subscription or transaction.",
        .look_at = "whether a subscription from an earlier run still exists: a client that was killed is noticed after "
                   "about eight minutes",
        .causes = { "the group is advised already", "too many asynchronous transactions wait",
                    "a client that died left its subscription" },
    },
    {
        .code = 0x80040203,
        .stages = STAGES_ALL,
        .machine = MACHINE_CLIENT,
        .meaning = "The connection point wants a derived interface.",
        .look_at = "the client's callback object",
        .causes = { "the client offers an older callback interface" },
    },
};

const struct explanation_table explain_callback = EXPLANATION_TABLE(entries);
