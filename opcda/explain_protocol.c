/* Both ends talk, but not the same language. */
#include "opcda/explain_tables.h"

static const struct explanation entries[] = {
    {
        .code = 0x80010110,
        .stages = STAGES_ALL,
        .machine = MACHINE_BOTH,
        .meaning = "The caller speaks a newer DCOM version than the called machine.",
        .look_at = "the version that each side announced: 5.1 is the oldest, 5.7 what Windows XP and later speak",
        .causes = { "a client library announces a fixed version that is higher than the server's",
                    "a very old server (NT 4: 5.4, Windows 2000: 5.6)" },
        .note = "[MS-DCOM] 2.2.11: a server refuses a higher minor or a different major version. In a client library, "
                "choose the COM version per server.",
    },
    {
        .code = 0x80010111,
        .stages = STAGES_ALL,
        .machine = MACHINE_BOTH,
        .meaning = "The header that stands before the arguments of every DCOM call was not understood.",
        .look_at = "the client's library or its version setting; a device that rewrites RPC",
        .causes = { "a client library builds the header for another COM version",
                    "flags or extensions in the header that the server does not know" },
        .note = "The familiar decimal form is 2147549457.",
    },
    {
        .code = 0x8001011D,
        .stages = STAGES_ALL,
        .machine = MACHINE_CALLED,
        .meaning = "A marshalled object reference was malformed.",
        .look_at = "the side that made the reference: its runtime or library and their versions",
        .causes = { "a client library encodes references wrongly", "an RPC-inspecting device changed the data" },
    },
    {
        .code = 1702,
        .stages = STAGES_ALL,
        .machine = MACHINE_CLIENT,
        .meaning = "The address of the server is not in a form that RPC accepts.",
        .look_at = "the host name or address given to the client",
        .causes = { "a name with characters that host names do not have",
                    "an address with a port where none is expected" },
    },
    {
        .code = 1703,
        .stages = STAGES_ALL,
        .machine = MACHINE_BOTH,
        .meaning = "The two sides have no transport in common.",
        .look_at = "dcomcnfg > ... > My Computer > Properties > Default Protocols on both machines: "
                   "Connection-oriented TCP/IP has to be there",
        .causes = { "Connection-oriented TCP/IP was removed from the default protocols",
                    "the server's Endpoints tab names another protocol only" },
        .change =
            DCOMCNFG_MACHINE " > Default Protocols > Add > Connection-oriented TCP/IP, on the machine that lacks it",
        .undo = "Remove Connection-oriented TCP/IP from the list again.",
    },
    {
        .code = 1717,
        .stages = STAGES_ALL,
        .machine = MACHINE_CALLED,
        .meaning = "The called process does not know this interface: what listens on that port is not what the caller "
                   "expects.",
        .look_at = "the called machine: which program owns that port (netstat -ano)",
        .causes = { "another program took the port after a restart", "a very old resolver without this interface" },
    },
    {
        .code = 1728,
        .stages = STAGES_ALL,
        .machine = MACHINE_BOTH,
        .meaning = "The bytes received are not the RPC protocol, or not in a state where they make sense.",
        .look_at = "a trace of the connection; what listens on that port; devices that inspect RPC",
        .causes = { "something else than RPC listens on that port", "a firewall answers in the server's place",
                    "a defect in one side's RPC library" },
    },
    {
        .code = 1745,
        .stages = STAGES_ALL,
        .machine = MACHINE_BOTH,
        .meaning = "The called interface has fewer methods than the caller believes.",
        .look_at = "versions: an OPC DA 2.05A server asked for 3.00 methods, an old resolver asked for ServerAlive2",
        .causes = { "the interface version of the proxy does not match the server",
                    "an old DCOM: the caller has to fall back to older methods" },
    },
    {
        .code = 1747,
        .stages = STAGES_ALL,
        .machine = MACHINE_CALLED,
        .meaning = "The called machine does not offer the authentication service that the caller asked for.",
        .look_at = "the security bindings that the called machine announces (9 SPNEGO, 10 NTLM, 16 Kerberos)",
        .causes = { "Kerberos asked from a machine that is in no domain",
                    "NTLM is switched off by policy on the called machine" },
        .note = "Restrict NTLM: Network security > Restrict NTLM: Incoming NTLM traffic, in the local security policy.",
    },
    {
        .code = 1783,
        .stages = STAGES_ALL,
        .machine = MACHINE_BOTH,
        .meaning = "The arguments of the call could not be decoded: the two sides describe the interface differently, "
                   "or the data are damaged.",
        .look_at = "proxy/stub DLLs on both machines (opcproxy.dll, opccomn_ps.dll): version and bitness",
        .causes = { "different versions of the OPC core components", "a client library encodes an argument wrongly",
                    "an activation refused by hardening was reported this way by an old library" },
    },
    {
        .code = 0x1C00001D,
        .stages = STAGES_ALL,
        .machine = MACHINE_BOTH,
        .meaning = "The called machine does not accept the authentication level of the call.",
        .look_at = "the level that was sent, and the called machine's System log, event 10036",
        .causes = { "the call was made below Packet Integrity" },
        .change = "Raise the caller's default authentication level to Packet Integrity: " DCOMCNFG_MACHINE
                  " > Default Properties",
        .undo = "Set the default authentication level back to what it was.",
    },
    {
        .code = 0x1C00001A,
        .stages = STAGES_ALL,
        .machine = MACHINE_CALLED,
        .meaning = "The caller presented a handle that the called process did not give out.",
        .look_at = "whether the called process was restarted since",
        .causes = { "the called process was restarted", "the caller used a handle of another connection" },
    },
    {
        .code = 0x1C010013,
        .stages = STAGES_ALL,
        .machine = MACHINE_CALLED,
        .meaning = "The answer is too large for the called machine to send.",
        .look_at = "the number of items in the call",
        .causes = { "too many items in one call: split it" },
    },
};

const struct explanation_table explain_protocol = EXPLANATION_TABLE(entries);
