/* "Access is denied", client to server. The same number means another list at each stage; the tree of
 * causes is always: was the logon refused, which account arrived, which list lacks it. */
#include "opcda/explain_changes.h"

static const struct explanation entries[] = {
    {
        .code = 0x80070005,
        .stages = STAGE_BIT(STAGE_NAME) | STAGE_BIT(STAGE_PORT135) | STAGE_BIT(STAGE_RESOLVER),
        .machine = MACHINE_SERVER,
        .meaning = "The server's resolver refuses even a call without authentication.",
        .look_at =
            "the server: HKLM\\SOFTWARE\\Microsoft\\Ole, EnableDCOM; then HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows "
            "NT\\Rpc, RestrictRemoteClients",
        .causes = { "DCOM is disabled on the server (EnableDCOM=N): clients of its own machine still work",
                    "RestrictRemoteClients is 2: no anonymous RPC at all",
                    "a security product answers in the server's place" },
        .change = "On the server: " ENABLE_DCOM_SWITCH,
        .undo = ENABLE_DCOM_UNDO,
        .note = "With RestrictRemoteClients instead, an authenticated check may still work: give an account.",
    },
    {
        .code = 0x80070005,
        .stages = STAGE_BIT(STAGE_AUTHENTICATE),
        .machine = MACHINE_SERVER,
        .meaning = "The logon was refused. Permissions are not checked at this step, so it is not a question of DCOM "
                   "permission lists.",
        .look_at = "the server: Security log, failure audits 4625 and 4776 (680 on XP and 2003); their status tells "
                   "unknown account (0xC0000064) from wrong password (0xC000006A)",
        .causes = { "the password of the account is another one on the server", "the server does not know the account",
                    "the account is disabled, locked, expired, or may not log on from the network (0xC000015B)",
                    "the account becomes Guest there (sharing model Guest only), whose session has no key for calls at "
                    "Packet and above: success audit 4624 for Guest" },
        .change = "On the server, give that account the password that the client uses: lusrmgr.msc > Users > (the "
                  "account) > Set Password",
        .undo = "Set the former password again.",
        .note = "The check stops here: another attempt could lock the account out.",
    },
    {
        .code = 0x80070005,
        .stages = STAGE_BIT(STAGE_LOOKUP),
        .machine = MACHINE_SERVER,
        .meaning =
            "OpcEnum, which turns a ProgID into a CLSID, refuses the client. The OPC server itself is not concerned.",
        .look_at = "the server: System log, source DistributedCOM, events 10016, 10017, 10019 or 10027 with CLSID "
                   "{13486D51-4821-11D2-A494-3CB306C10000}, which is OpcEnum",
        .causes = { "the machine-wide limits refuse the account; OpcEnum's own open settings do not override them",
                    "OpcEnum's launch or access permissions lack the account" },
        .change = "Give the CLSID instead of the ProgID: the connection needs no OpcEnum.",
        .undo = "Give the ProgID again.",
    },
    {
        .code = 5,
        .stages = STAGE_BIT(STAGE_ACTIVATE),
        .machine = MACHINE_SERVER,
        .meaning = "The activation was refused by an RPC fault, before the class's own permissions were looked at: "
                   "machine-wide limits, DCOM hardening, or a logon that ended as ANONYMOUS LOGON.",
        .look_at = TRIAGE ": 10036 hardening, 10027 or 10015 machine-wide limits",
        .causes = { "the account is bad or unknown (failure audit)",
                    "the call arrived as ANONYMOUS LOGON: level None on both sides, the sharing model Guest only, or "
                    "no right to log on from the network (0xC000015B)",
                    "DCOM hardening: the activation came below Packet Integrity (event 10036)",
                    "the machine-wide limits lack Remote Activation for the account (events 10027, 10015); a local "
                    "administrator is filtered over the network by remote UAC",
                    "DCOM is disabled on the server (EnableDCOM=N)" },
        .change = LIMITS_CHANGE,
        .undo = LIMITS_UNDO,
        .note = "With event 10036 raise the client's level to Packet Integrity instead. Switching the hardening off is "
                "no remedy: since March 2023 the switch is ignored.",
    },
    {
        .code = 0x80070005,
        .stages = STAGE_BIT(STAGE_ACTIVATE),
        .machine = MACHINE_SERVER,
        .meaning = "The server refuses to activate the class for this account. When the refusal came in the answer's "
                   "body and not as a fault, it is the class's own list or the default list; an account problem shows "
                   "at the step before.",
        .look_at = TRIAGE ": 10002 and 10016 application-specific, 10003 and 10016 machine-default, 10015 and 10027 "
                          "machine-wide limits, 10036 hardening",
        .causes = { "the account is bad or unknown (failure audit)",
                    "the call arrived as ANONYMOUS LOGON (level None on both sides, or the sharing model Guest only)",
                    "the class's Launch and Activation Permissions lack the account (events 10016, 10002)",
                    "the default Launch and Activation Permissions lack it (event 10016 machine-default, 10003)",
                    "the machine-wide limits lack Remote Activation for it (10015, 10027)",
                    "DCOM hardening: the activation came below Packet Integrity (10036)" },
        .change = LAUNCH_CHANGE,
        .undo = LAUNCH_UNDO,
        .note = "Being in the limits alone or in the list alone is not enough: an account needs both.",
    },
    {
        .code = 0x8000401B,
        .stages = STAGES_ALL,
        .machine = MACHINE_SERVER,
        .meaning = "The account may use the server when it runs, but may not start it, and it does not run.",
        .look_at =
            "the server: " DCOMCNFG_APP
            " > Security > Launch and Activation Permissions: Remote Launch; System log, events 10002, 10003, 10016",
        .causes = { "the account has Remote Activation but not Remote Launch",
                    "the server is expected to run as a service and is stopped" },
        .change = "Start the OPC server (its service, or by its own account): then Remote Activation is enough.",
        .undo = "Stop it again.",
        .note = "The alternative is Remote Launch for that one account in " DCOMCNFG_APP
                " > Security > Launch and Activation Permissions.",
    },
    {
        .code = 0x80070005,
        .stages = STAGE_BIT(STAGE_CONNECT),
        .machine = MACHINE_SERVER,
        .meaning =
            "Activation passed, but the OPC server's own process refuses the security context of the connection.",
        .look_at = TRIAGE ": 10017 default access list, 10018 list set by the program, 10019 machine-wide limits "
                          "(logged only with CallFailureLoggingLevel=1)",
        .causes = { "the object's port was bound under another account than the activation",
                    "the process asks for a higher authentication level than the connection has",
                    "the logon to the process was refused: its host asks another authority" },
        .change = ACCESS_CHANGE,
        .undo = ACCESS_UNDO,
    },
    {
        .code = 0x80070005,
        .stages = STAGE_BIT(STAGE_QUERY) | STAGE_BIT(STAGE_CALL) | STAGE_BIT(STAGE_READ) | STAGE_BIT(STAGE_TEARDOWN),
        .machine = MACHINE_SERVER,
        .meaning = "Activation passed, but calls to the object are refused: the access list of the server, not its "
                   "launch list.",
        .look_at =
            TRIAGE ": 10017 application or default access list, 10018 list set by the program itself, 10019 "
                   "machine-wide limits (logged only with HKLM\\SOFTWARE\\Microsoft\\Ole\\CallFailureLoggingLevel=1)",
        .causes = { "the call arrived as another account than the activation, or as ANONYMOUS LOGON",
                    "the application's Access Permissions lack Remote Access for the account",
                    "no default access list is set: then only the server's own identity and SYSTEM may call",
                    "the machine-wide access limits lack Remote Access for it",
                    "the client set a level on the proxy below the server's: that is refused, not raised" },
        .change = ACCESS_CHANGE,
        .undo = ACCESS_UNDO,
        .note = "A changed list takes effect when the server process starts again: compare its start time with the "
                "time of the change.",
    },
    {
        .code = 0x80070005,
        .stages = STAGE_BIT(STAGE_GROUP),
        .machine = MACHINE_SERVER,
        .meaning = "Earlier calls passed, but adding the group or its items is refused.",
        .look_at = "the server: the OPC server's own user management and log; secpol.msc > Local Policies > Security "
                   "Options > Network access: Sharing and security model for local accounts; then Security log 4624, "
                   "which account arrived: Guest?",
        .causes = { "the sharing model is Guest only, so that the client arrives as Guest",
                    "the OPC server's own security refuses this account",
                    "the request is larger than the 4 MiB that RPC accepts in one call, which is answered with the "
                    "same fault 5" },
        .change = "On the server, if the account that arrived is Guest: secpol.msc > Local Policies > Security Options "
                  "> Network access: Sharing and security model for local accounts = Classic",
        .undo = "Set the sharing model back to Guest only.",
        .note = "With many thousand items, add them in several calls before suspecting permissions.",
    },
};

const struct explanation_table explain_access = EXPLANATION_TABLE(entries);
