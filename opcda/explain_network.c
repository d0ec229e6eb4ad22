/* The peer cannot be reached, does not answer, or hangs up. */
#include "opcda/explain_tables.h"

#define FIREWALL_135_CHANGE                                                                                            \
    "On the server, an inbound rule for the client's address only: netsh advfirewall firewall add rule name=\"DCOM "   \
    "135 from CLIENT\" dir=in action=allow protocol=TCP localport=135 remoteip=CLIENT-ADDRESS"
#define FIREWALL_135_UNDO "netsh advfirewall firewall delete rule name=\"DCOM 135 from CLIENT\""
#define SERVER_PROGRAM_CHANGE                                                                                          \
    "On the server, an inbound rule for that one program and the client's address: netsh advfirewall firewall add "    \
    "rule name=\"OPC server from CLIENT\" dir=in action=allow program=\"PATH\\server.exe\" protocol=TCP "              \
    "remoteip=CLIENT-ADDRESS"
#define SERVER_PROGRAM_UNDO "netsh advfirewall firewall delete rule name=\"OPC server from CLIENT\""

static const struct explanation entries[] = {
    {
        .code = 11001,
        .stages = STAGE_BIT(STAGE_NAME),
        .machine = MACHINE_CLIENT,
        .meaning = "The host name has no address on this machine.",
        .look_at = "the client's name resolution: hosts file, DNS suffix, DNS server, NetBIOS",
        .causes = { "the name is misspelt",
                    "the name is known only in another DNS zone, or only by NetBIOS on another subnet" },
        .change =
            "Use the server's numeric address in the client, or add one line to the client's hosts file: ADDRESS NAME",
        .undo = "Remove that line from the hosts file.",
    },
    {
        .code = 0x800706BA,
        .stages = STAGE_BIT(STAGE_NAME) | STAGE_BIT(STAGE_PORT135) | STAGE_BIT(STAGE_RESOLVER),
        .machine = MACHINE_SERVER,
        .meaning = "Nothing answered on the server's port 135, where the RPC service of Windows (RPCSS) has to listen.",
        .look_at = "the server: is port 135 LISTENING (netstat -an), is the service RpcSs running, is there an inbound "
                   "firewall rule for TCP 135; a refusal at once is a reject or a closed port, a timeout is a drop",
        .causes = { "a firewall on the server or between the machines blocks TCP 135 from the client",
                    "the name resolves to the wrong machine, or the machine is off",
                    "RPCSS is not running or impaired: something accepts on 135 and does not answer",
                    "DCOM is disabled on the server (EnableDCOM=N)" },
        .change = FIREWALL_135_CHANGE,
        .undo = FIREWALL_135_UNDO,
    },
    {
        .code = 0x800706BA,
        .stages = STAGE_BIT(STAGE_LOOKUP),
        .machine = MACHINE_SERVER,
        .meaning = "The program OpcEnum, which turns a ProgID into a CLSID on the server, cannot be reached. The OPC "
                   "server itself is not concerned.",
        .look_at = "the server: is the service OpcEnum installed and running, and may its program accept connections "
                   "(firewall rule for OpcEnum.exe)",
        .causes = { "a firewall lets 135 and the OPC server pass, but not OpcEnum.exe",
                    "OpcEnum is not installed or stopped" },
        .change = "Give the CLSID instead of the ProgID: the connection needs no OpcEnum.",
        .undo = "Give the ProgID again.",
    },
    {
        .code = 0x800706BA,
        .stages = STAGE_BIT(STAGE_AUTHENTICATE) | STAGE_BIT(STAGE_ACTIVATE),
        .machine = MACHINE_SERVER,
        .meaning = "The server stopped answering between the resolver's answer and the activation, or refused the "
                   "activation in a way that Windows reports as unavailable.",
        .look_at = "the server: System log, source DistributedCOM, events 10036 (authentication level too low), 10027 "
                   "and 10015 (machine-wide limits; ANONYMOUS LOGON in the text means that the logon failed), 10028; "
                   "then port 135 as seen from the client",
        .causes = { "the server's DCOM hardening refuses an activation below Packet Integrity (event 10036)",
                    "the account may not log on from the network, so it arrived as ANONYMOUS LOGON and the limits "
                    "refused it (event 10027, NTSTATUS 0xC000015B)",
                    "a firewall that inspects RPC cut the connection",
                    "DCOM is disabled on the client or the server (EnableDCOM=N)" },
        .change = "With event 10036: raise the client's activation level to Packet Integrity (" DCOMCNFG_MACHINE
                  " > Default Properties > Default Authentication Level, on the client).",
        .undo = "Set the default authentication level back to what it was.",
        .note = "0x800706BA and 0x80070005 are both seen for the same hardening refusal; the event decides. If another "
                "component of the client states a lower level explicitly (event 10037), only its vendor can raise it.",
    },
    {
        .code = 0x800706BA,
        .stages = STAGES_OBJECT,
        .machine = MACHINE_SERVER,
        .meaning =
            "Activation worked through port 135, but the port of the OPC server's own process cannot be reached.",
        .look_at = "the server: inbound firewall rule for the OPC server's program, and the addresses in the bindings "
                   "it announces (each is listed with its reachability)",
        .causes = { "a firewall lets 135 pass, but not the server's dynamic port",
                    "address translation: the server announces an address that the client cannot reach",
                    "the server process ended between activation and call",
                    "the server has several network adapters and announces one that is on another network" },
        .change = SERVER_PROGRAM_CHANGE,
        .undo = SERVER_PROGRAM_UNDO,
        .note = "Where only fixed ports may be opened, a static endpoint pins the port: " DCOMCNFG_APP
                " > Endpoints > Add > Use static endpoint.",
    },
    {
        .code = 1726,
        .stages = STAGES_ALL,
        .machine = MACHINE_CALLED,
        .meaning = "The connection broke while the call was under way; it may have been executed.",
        .look_at = "the called machine: did the process end (Application log, events 1000 and 1026), and devices "
                   "between the machines that cut idle or long connections",
        .causes = { "the called process crashed or was ended",
                    "a firewall or translator dropped the connection's state",
                    "the request was larger than the called machine accepts" },
        .note = "Nothing repeats such a call by itself: a write may have taken effect.",
    },
    {
        .code = 1723,
        .stages = STAGES_ALL,
        .machine = MACHINE_CALLED,
        .meaning = "The called machine takes no more calls at the moment.",
        .look_at = "the called machine: CPU, memory, number of connections; then repeat",
        .causes = { "it is starting or ending", "its connection or thread limit is reached" },
    },
    {
        .code = 1753,
        .stages = STAGES_ALL,
        .machine = MACHINE_SERVER,
        .meaning = "The endpoint mapper answered, but the wanted service is not registered with it.",
        .look_at = "the server: is the service or program that was asked for running",
        .causes = { "the service is stopped or just starting", "the server process ended and left its name behind" },
    },
    {
        .code = 1910,
        .stages = STAGES_ALL & ~STAGES_CALLBACK,
        .machine = MACHINE_SERVER,
        .meaning = "The client holds a reference to an object whose address cannot be found out: the resolver named in "
                   "the reference does not know its exporter, or cannot be reached.",
        .look_at = "the bindings in the object reference, each with its reachability; on the server, whether the "
                   "process that owned the object still runs",
        .causes = { "the server process ended and was started again",
                    "address translation or a wrong name: none of the bindings leads to the server's port 135",
                    "the core components of the other bitness are missing, so a reference of another process was "
                    "handed out" },
        .note = "Text form: OR_INVALID_OXID, \"The object exporter specified was not found\".",
    },
    {
        .code = 0x8001011F,
        .stages = STAGE_BIT(STAGE_PORT135),
        .machine = MACHINE_SERVER,
        .meaning = "Nothing answered on the server's port 135 while there was time, not even a refusal.",
        .look_at =
            "the server: is it on and reachable (ping), is there an inbound firewall rule for TCP 135; a firewall "
            "that drops is silent, a closed port is refused at once",
        .causes = { "a firewall on the server or between the machines drops what comes to TCP 135",
                    "the machine is off, or the name leads to an address that nobody has" },
        .change = FIREWALL_135_CHANGE,
        .undo = FIREWALL_135_UNDO,
    },
    {
        .code = 0x8001011F,
        .stages = STAGE_BIT(STAGE_CONNECT),
        .machine = MACHINE_SERVER,
        .meaning = "Activation worked through port 135, but the port of the OPC server's own process is silent.",
        .look_at =
            "the server: inbound firewall rule for the OPC server's program, and the addresses in the bindings it "
            "announces (each is listed with its reachability)",
        .causes = { "a firewall lets 135 pass and drops what comes to the server's dynamic port",
                    "address translation: the server announces an address that leads nowhere from the client" },
        .change = SERVER_PROGRAM_CHANGE,
        .undo = SERVER_PROGRAM_UNDO,
    },
    {
        .code = 0x8001011F,
        .stages = STAGE_BIT(STAGE_RESOLVER),
        .machine = MACHINE_SERVER,
        .meaning = "Port 135 takes connections, but the RPC service of Windows (RPCSS) behind it does not answer.",
        .look_at =
            "the server: the service RpcSs (its svchost hangs, or a device in between accepts in its place); the "
            "System log; whether other clients get through",
        .causes = { "RPCSS hangs or is overloaded on the server",
                    "a firewall or proxy accepts the connection for the server and lets nothing pass",
                    "a firewall drops the answers" },
    },
    {
        .code = 0x8001011F,
        .stages = STAGES_ALL &
                  ~(STAGES_CALLBACK | STAGE_BIT(STAGE_PORT135) | STAGE_BIT(STAGE_CONNECT) | STAGE_BIT(STAGE_RESOLVER)),
        .machine = MACHINE_SERVER,
        .meaning = "The server accepted the connection and did not answer in time.",
        .look_at = "the server: is its process busy or hung (CPU, a dialog on a session nobody sees); then the network "
                   "for one-way loss",
        .causes = { "the server works longer than the deadline on this call", "the server hangs",
                    "a firewall drops the answers" },
        .note = "Windows itself notices a dead peer only after minutes: a client should poll GetStatus.",
    },
    {
        .code = 0x80010007,
        .stages = STAGES_ALL,
        .machine = MACHINE_CALLED,
        .meaning = "The called process died during the call.",
        .look_at = "the called machine's Application log: events 1000, 1001 and 1026 at that time",
        .causes = { "the process crashed in this call", "somebody or an update restarted it" },
    },
};

const struct explanation_table explain_network = EXPLANATION_TABLE(entries);
