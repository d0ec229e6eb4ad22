/* What a run measured beside the code, and which of its causes that leaves.
 *
 * "Access is denied" has several shapes. A refusal by the machine-wide limits is an RPC fault ([MS-DCOM] note 61), one
 * by the list of the class comes in the body of an orderly answer; a logon that the resolver accepted a moment before,
 * where it checks no permission ([MS-DCOM] 3.1.2.5.1.6), was not the reason. The first entry that fits is taken. */
#include "opcda/explain_changes.h"

#define ACCEPTED     FACT_BIT(FACT_LOGON_ACCEPTED)
#define STAGES_CALLS (STAGES_OBJECT & ~STAGE_BIT(STAGE_CONNECT))

#define OLE_KEY "HKLM\\SOFTWARE\\Microsoft\\Ole"
#define CALL_LOG                                                                                                       \
    " (written only with " OLE_KEY ", CallFailureLoggingLevel=1, as .reg: [HKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\"  \
    "Ole] \"CallFailureLoggingLevel\"=dword:00000001, undo \"CallFailureLoggingLevel\"=-)"
#define RAISE_LEVEL                                                                                                    \
    "On the client: " DCOMCNFG_MACHINE                                                                                 \
    " > Default Properties > Default Authentication Level = Packet Integrity; as .reg: "                               \
    "[HKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\Ole] \"LegacyAuthenticationLevel\"=dword:00000005"
#define RAISE_LEVEL_UNDO "Set the default authentication level back to what it was."
#define SERVER_IDENTITY_CHANGE                                                                                         \
    "On the server, let the OPC server run under an account that the client machine knows with the same password: "    \
    "services.msc > (the service) > Log On > This account, or for a program " DCOMCNFG_APP " > Identity > This user"
#define SERVER_IDENTITY_UNDO "Choose the former identity again, and restart the OPC server."

static const struct explanation entries[] = {
    {
        .code = 0x80070721,
        .stages = STAGE_BIT(STAGE_AUTHENTICATE),
        .facts = FACT_BIT(FACT_NTLM),
        .finding = "Measured: the logon used NTLM, so neither a service name nor a ticket is wrong: likely it was "
                   "accepted as Guest, whose session has no key to protect calls with.",
        .machine = MACHINE_SERVER,
        .meaning = "The server accepted a logon, but the two sides have no common key for calls at Packet and above.",
        .look_at = "the server: Security log, success audit 4624 (540): is the account Guest? Then secpol.msc > Local "
                   "Policies > Security Options > Network access: Sharing and security model for local accounts",
        .causes = { "the sharing model is Guest only, so that every local account becomes Guest over the network",
                    "the account is unknown there, and Guest is enabled without a password: unknown accounts become "
                    "Guest",
                    "minimum session security of NTLM differs (NtlmMinClientSec, NtlmMinServerSec)" },
        .change = "On the server: " CLASSIC_CHANGE,
        .undo = CLASSIC_UNDO,
        .note = "Lowering the level to Connect is no remedy: the server would see Guest, whoever calls.",
    },
    {
        .code = 0x80070005,
        .stages = STAGE_BIT(STAGE_ACTIVATE),
        .facts = FACT_BIT(FACT_NO_ACCOUNT),
        .finding =
            "Measured: the activation named no account, so the server saw ANONYMOUS LOGON and refused it. That is as "
            "it should be: connect with an account and a level of packet-integrity instead of opening the server.",
        .machine = MACHINE_SERVER,
        .meaning = "Nobody may activate the class without saying who it is.",
        .look_at = "the server: System log, source DistributedCOM, event 10027 (10014 on XP SP2) or 10015 for "
                   "ANONYMOUS LOGON; on the client, the level that the client program asks for",
        .causes = { "the client asks for the level None", "the client gives no credentials, or empty ones" },
        .note = "Nothing on the server is to be opened for this.",
    },
    {
        .code = 0x80070005,
        .stages = STAGE_BIT(STAGE_ACTIVATE),
        .facts = FACT_BIT(FACT_FAULT) | ACCEPTED | FACT_BIT(FACT_BELOW_INTEGRITY),
        .finding = "Measured: the logon was accepted a moment before, and the refusal is an RPC fault. So it is not "
                   "the password, and likely not the class's own list: the machine-wide limits, or the hardening that "
                   "demands packet-integrity, refuse in this way. The check with --level packet-integrity tells which: "
                   "hardening lets that through.",
        .machine = MACHINE_SERVER,
        .meaning = "The server machine refuses the activation before it looks at the class.",
        .look_at = "the server: System log, source DistributedCOM: 10036 hardening; 10027 or 10015 machine-wide "
                   "limits, with the account",
        .causes = { "DCOM hardening: the activation came below Packet Integrity (event 10036)",
                    "the machine-wide limits lack Remote Activation or Remote Launch for the account (10027, 10015)",
                    "a local administrator is filtered over the network by remote UAC, so that the entry for "
                    "Administrators does not count",
                    "the account arrives as Guest: the sharing model is Guest only",
                    "DCOM is disabled on the server (EnableDCOM=N)" },
        .change = RAISE_LEVEL,
        .undo = RAISE_LEVEL_UNDO,
        .note = "That is the change for the first cause. Switching the hardening off is no remedy: since March 2023 "
                "the switch is ignored. For the second cause: " LIMITS_CHANGE ".",
    },
    {
        .code = 0x80070005,
        .stages = STAGE_BIT(STAGE_ACTIVATE),
        .facts = FACT_BIT(FACT_FAULT) | ACCEPTED,
        .finding = "Measured: the logon was accepted a moment before, the level was high enough for hardening, and the "
                   "refusal is an RPC fault. So it is not the password, and likely not the class's own list: the "
                   "machine-wide limits, or DCOM that is disabled there, refuse in this way.",
        .machine = MACHINE_SERVER,
        .meaning = "The server machine refuses the activation before it looks at the class.",
        .look_at = "the server: System log, source DistributedCOM: 10027 or 10015 machine-wide limits, with the "
                   "account (10014 on XP SP2); none of them: " OLE_KEY ", EnableDCOM",
        .causes = { "the machine-wide limits for launch and activation lack Remote Activation or Remote Launch for the "
                    "account (10027, 10015)",
                    "a local administrator is filtered over the network by remote UAC, so that the entry for "
                    "Administrators does not count",
                    "the account arrives as Guest: the sharing model is Guest only",
                    "DCOM is disabled on the server (EnableDCOM=N)",
                    "the machine-wide limits for access lack Remote Access for the account (10019)" },
        .change = LIMITS_CHANGE,
        .undo = LIMITS_UNDO,
        .note =
            "The limits alone are not enough: the class's own list, or the default list, has to name the account too.",
    },
    {
        .code = 0x80070005,
        .stages = STAGE_BIT(STAGE_ACTIVATE),
        .facts = FACT_BIT(FACT_BODY) | ACCEPTED,
        .finding = "Measured: the logon was accepted, and the refusal came as an orderly answer. So it is neither the "
                   "password nor the machine-wide limits: likely the launch and activation permissions of this class.",
        .machine = MACHINE_SERVER,
        .meaning =
            "The machine-wide limits let the account pass, but the class's own list or the default list does not.",
        .look_at =
            "the server: System log, source DistributedCOM, event 10016: it begins with application-specific or "
            "machine-default and names Launch or Activation (10002 and 10003 on older systems); then " DCOMCNFG_APP
            " > Security: is Customize chosen, or Use Default",
        .causes = { "the class's Launch and Activation Permissions lack Remote Activation for the account (10016 "
                    "application-specific)",
                    "they lack Remote Launch for it, and the server does not run (10016 application-specific, 10002)",
                    "the class uses the default list, and that lacks the account (10016 machine-default, 10003)",
                    "the program's file may not be executed by the identity that the server runs as" },
        .change = LAUNCH_CHANGE,
        .undo = LAUNCH_UNDO,
        .note = "With Use Default, choosing Customize for this one class is narrower than changing the default of "
                "every class. Customize begins as a copy of the default: check that SYSTEM is still in it.",
    },
    {
        .code = 0x80070005,
        .stages = STAGES_CALLS & ~STAGE_BIT(STAGE_QUERY),
        .facts = FACT_BIT(FACT_BODY),
        .finding = "Measured: the refusal came as an orderly answer of the method itself. So every list of DCOM let "
                   "the call through: it is the OPC server's own security.",
        .machine = MACHINE_SERVER,
        .meaning = "The OPC server's program refuses this account.",
        .look_at = "the server: the OPC server's own user management and log; Security log 4624, which account "
                   "arrived: Guest?",
        .causes = { "the OPC server's own security does not know this account or gives it no right to this",
                    "the account arrives as Guest: the sharing model is Guest only" },
    },
    {
        .code = 0x80070005,
        .stages = STAGES_CALLS,
        .facts = ACCEPTED | FACT_BIT(FACT_BELOW_INTEGRITY),
        .finding = "Measured: logon and activation passed, and only calls to the object are refused. So it is neither "
                   "the password nor the launch list: it is an access list, or the server's minimum level. A check "
                   "with --level packet-integrity tells which.",
        .machine = MACHINE_SERVER,
        .meaning = "The OPC server's process refuses the calls of this account, or their level.",
        .look_at = "the server: System log, source DistributedCOM: 10017 application or default access list, 10018 "
                   "list set by the program itself, 10019 machine-wide limits" CALL_LOG "; " DCOMCNFG_APP
                   " > General > Authentication Level",
        .causes = { "the calls travel below the server's authentication level: that is refused, not raised",
                    "the application's Access Permissions lack Remote Access for the account (10017)",
                    "the class uses the default access list, and that is not set: then only the server's own identity "
                    "and SYSTEM may call (10017)",
                    "the machine-wide access limits lack Remote Access for it (10019)" },
        .change = RAISE_LEVEL,
        .undo = RAISE_LEVEL_UNDO,
        .note = "That is the change for the first cause. When packet-integrity is refused as well: " ACCESS_CHANGE ".",
    },
    {
        .code = 0x80070005,
        .stages = STAGES_CALLS,
        .facts = ACCEPTED,
        .finding = "Measured: logon and activation passed, and only calls to the object are refused. So it is neither "
                   "the password nor the launch list: it is an access list.",
        .machine = MACHINE_SERVER,
        .meaning = "The account may activate the class, but not call the OPC server's process.",
        .look_at = "the server: System log, source DistributedCOM: 10017 application or default access list, 10018 "
                   "list set by the program itself, 10019 machine-wide limits" CALL_LOG,
        .causes = { "the application's Access Permissions lack Remote Access for the account (10017)",
                    "the class uses the default access list, and that is not set: then only the server's own identity "
                    "and SYSTEM may call (10017)",
                    "the program gave COM a list of its own, without the account (10018)",
                    "the machine-wide access limits lack Remote Access for it (10019)",
                    "the server asks for packet-privacy" },
        .change = ACCESS_CHANGE,
        .undo = ACCESS_UNDO,
        .note = "A changed list takes effect when the server process starts again: compare its start time with the "
                "time of the change.",
    },
    {
        .code = 0x80070005,
        .stages = STAGES_CALLBACK,
        .facts = FACT_BIT(FACT_REFUSED_HERE) | FACT_BIT(FACT_NO_ACCOUNT),
        .finding =
            "Measured: the server's call reached this program, and it named no account: it came as ANONYMOUS LOGON.",
        .machine = MACHINE_CLIENT,
        .meaning = "The server calls back as nobody, and this computer rightly refuses that.",
        .look_at = "the server: as whom its process runs (Task Manager, column User name); this computer: System log, "
                   "source DistributedCOM, 10019 for ANONYMOUS LOGON" CALL_LOG,
        .causes = { "the OPC server runs as LocalSystem in a workgroup: it has no account on the network",
                    "its identity is The launching user, who has no password on that machine",
                    "the default authentication level of the server machine is None" },
        .change = SERVER_IDENTITY_CHANGE,
        .undo = SERVER_IDENTITY_UNDO,
        .note = "Remote Access for ANONYMOUS LOGON in this computer's limits would let anybody on the network call "
                "back: that is no remedy.",
    },
    {
        .code = 0x80070005,
        .stages = STAGES_CALLBACK,
        .facts = FACT_BIT(FACT_REFUSED_HERE),
        .finding = "Measured: the server's call reached this program and its account was accepted, so the password is "
                   "right: an access list of this computer refused it.",
        .machine = MACHINE_CLIENT,
        .meaning = "This computer knows the account under which the OPC server runs, but does not let it call.",
        .look_at = "this computer: System log, source DistributedCOM: 10017 default access list (10018 when the "
                   "program handed that list to COM itself, as this one does), 10019 machine-wide limits" CALL_LOG,
        .causes = { "this computer's default access list lacks Remote Access for the server's account (10017, or "
                    "10018)",
                    "its machine-wide access limits lack Remote Access for it (10019)",
                    "another client program gave COM a list of its own, without the account (10018)" },
        .change = "On the client: " DCOMCNFG_MACHINE
                  " > COM Security > Access Permissions > Edit Default (10017, 10018) or Edit Limits (10019): add the "
                  "account under which the OPC server runs with Remote Access; restart the client program",
        .undo = "Remove that account there again; restart the client program.",
        .note = "No list of the OPC server matters here. Entries like Everyone or ANONYMOUS LOGON would let anybody on "
                "the network call back.",
    },
    {
        .code = 0x80070005,
        .stages = STAGES_CALLBACK,
        .facts = FACT_BIT(FACT_NEVER_ARRIVED),
        .finding = "Measured: the server's call was refused before it reached this program, so no access list of this "
                   "computer was asked: likely its resolver (port 135) refused the logon.",
        .machine = MACHINE_CLIENT,
        .meaning = "This computer did not accept the account under which the OPC server runs.",
        .look_at = "this computer: Security log, failure audits 4625 and 4776 (680 on XP and 2003), for the account of "
                   "the OPC server; none: " OLE_KEY ", EnableDCOM",
        .causes = { "the account under which the OPC server runs is unknown on this computer, or has another password "
                    "here (failure audit)",
                    "it is disabled, locked or expired here, or may not log on from the network",
                    "DCOM is disabled on this computer (EnableDCOM=N)" },
        .change = CLIENT_ACCOUNT_CHANGE,
        .undo = CLIENT_ACCOUNT_UNDO,
    },
    {
        .code = 0x80040202,
        .stages = STAGES_CALLBACK,
        .facts = FACT_BIT(FACT_NEVER_ARRIVED),
        .finding = "Measured: the server's call never reached this program, while every call from here to the server "
                   "works. So no access list refused it: likely the way back is blocked.",
        .machine = MACHINE_CLIENT,
        .meaning = "The server could not make its first call back to this computer.",
        .look_at = "this computer: inbound firewall rules for the client program; the address that the server resolves "
                   "for this computer; then the Security log, failure audits 4625 and 4776",
        .causes = { "a firewall blocks the way from server to client (the client program's port)",
                    "address translation between server and client: the client's bindings carry an address that the "
                    "server cannot reach",
                    "DNS gives the server a wrong address for the client",
                    "the account under which the OPC server runs is unknown here, or has another password (failure "
                    "audit)" },
        .change = CLIENT_FIREWALL_CHANGE,
        .undo = CLIENT_FIREWALL_UNDO,
        .note = "Old programs show this number with the text \"Unable to open the access token of the current "
                "thread\"; that text belongs to another error. TCP 135 of this computer needs the same rule.",
    },
    {
        .code = 0x80040111,
        .stages = STAGES_ALL,
        .facts = FACT_BIT(FACT_SAME_HOST),
        .finding = "Measured: the connection was a local one, because the host was left out or names this computer.",
        .machine = MACHINE_SERVER,
        .meaning = "The server's program runs, but its class factory does not serve local clients, or not this class.",
        .look_at = "the server's own settings for local clients; its registration",
        .causes = { "the server accepts only remote connections", "the server is not registered correctly",
                    "another program is registered under this CLSID" },
        .change = "Name the server's host explicitly in the client, instead of leaving it out or writing localhost.",
        .undo = "Leave the host name out again.",
        .note = "Some clients turn the own name into a local connection again; then the product's own setting decides.",
    },
    {
        .code = 0x80040111,
        .stages = STAGES_ALL,
        .facts = FACT_BIT(FACT_OTHER_HOST),
        .finding = "Measured: limits, lists and identity let the activation pass, and the program itself refused the "
                   "class. So it is no permission.",
        .machine = MACHINE_SERVER,
        .meaning = "The server's program runs, but its class factory does not serve remote clients, or not this class.",
        .look_at = "the server: the OPC server's own settings (remote clients allowed?) and log; its registration",
        .causes = { "the server accepts only local connections, by its own setting or licence",
                    "the server is not registered correctly", "another program is registered under this CLSID" },
        .change = "In the OPC server's own settings allow remote clients; when it has no such setting, register it "
                  "anew as administrator (usually server.exe /RegServer)",
        .undo = "Take that setting back.",
    },
};

const struct explanation_table explain_measured = EXPLANATION_TABLE(entries);
