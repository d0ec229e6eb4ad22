/* Where to look and what to change, as several explanations say it. */
#ifndef OPCDA_EXPLAIN_CHANGES_H
#define OPCDA_EXPLAIN_CHANGES_H

#include "opcda/explain_tables.h"

/* ---- client to server */
#define TRIAGE                                                                                                         \
    "the server: (1) Security log, failure audits 4625 and 4776 (680 on XP and 2003): bad or unknown account; (2) "    \
    "none: success audits 4624 (540), which account arrived? ANONYMOUS LOGON means level None or the sharing model "   \
    "Guest only; (3) System log, source DistributedCOM: which permission list refused it"
#define LIMITS_CHANGE                                                                                                  \
    "On the server: " DCOMCNFG_MACHINE                                                                                 \
    " > COM Security > Launch and Activation Permissions > Edit Limits: add the client's account with Remote "         \
    "Activation (and Remote Launch only when the client has to start the server)"
#define LIMITS_UNDO "Remove that account from Edit Limits again."
#define LAUNCH_CHANGE                                                                                                  \
    "On the server: " DCOMCNFG_APP                                                                                     \
    " > Security > Launch and Activation Permissions > Customize > Edit: add the client's account with Remote "        \
    "Activation (and Remote Launch only when the client has to start the server)"
#define LAUNCH_UNDO "Remove that account from the list again, or choose Use Default if that was chosen."
#define ACCESS_CHANGE                                                                                                  \
    "On the server: " DCOMCNFG_APP " > Security > Access Permissions > Customize > Edit: add the client's account "    \
    "with Remote Access; restart the OPC server"
#define ACCESS_UNDO                                                                                                    \
    "Remove that account from the list again, or choose Use Default if that was chosen; restart the OPC server."

#define ENABLE_DCOM_SWITCH                                                                                             \
    DCOMCNFG_MACHINE " > Default Properties: Enable Distributed COM on this computer; as .reg: "                       \
                     "[HKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\Ole] \"EnableDCOM\"=\"Y\"; restart the machine"
#define ENABLE_DCOM_UNDO "Clear that box again, or \"EnableDCOM\"=\"N\"; restart the machine."

#define CLASSIC_CHANGE                                                                                                 \
    "secpol.msc > Local Policies > Security Options > Network access: Sharing and security model for local accounts "  \
    "= Classic; as .reg: [HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Control\\Lsa] \"ForceGuest\"=dword:00000000"
#define CLASSIC_UNDO "Set the sharing model back to Guest only, or \"ForceGuest\"=dword:00000001."

/* ---- the way back */
#define TRIAGE_CLIENT                                                                                                  \
    "the client: (1) Security log, failure audits 4625 and 4776 (680 on XP and 2003): the server's identity is "       \
    "unknown or has another password there; (2) none: success audits 4624 (540), which account arrived? ANONYMOUS "    \
    "LOGON means level None, LocalSystem in a workgroup, or the sharing model Guest only; (3) System log, source "     \
    "DistributedCOM, 10017 and 10019"
#define CLIENT_ACCESS_CHANGE                                                                                           \
    "On the client: " DCOMCNFG_MACHINE " > COM Security > Access Permissions > Edit Default: add the account under "   \
    "which the OPC server runs with Remote Access; restart the client program (undo: remove it there again)"
#define CLIENT_ACCOUNT_CHANGE                                                                                          \
    "On the client, give the account under which the OPC server runs the password it has on the server: lusrmgr.msc "  \
    "> Users > (the account) > Set Password; create it there first if it is missing"
#define CLIENT_ACCOUNT_UNDO "Set the former password again, or delete the account that was created."
#define CLIENT_FIREWALL_CHANGE                                                                                         \
    "On the client, one inbound rule for the client program and the server's address: netsh advfirewall firewall add " \
    "rule name=\"OPC callbacks from SERVER\" dir=in action=allow program=\"PATH\\client.exe\" protocol=TCP "           \
    "remoteip=SERVER-ADDRESS"
#define CLIENT_FIREWALL_UNDO "netsh advfirewall firewall delete rule name=\"OPC callbacks from SERVER\""

#endif
