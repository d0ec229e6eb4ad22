#include "probe-client/verdict.h"

#include <stdio.h>
#include <string.h>

#include "opcda/runtime.h"
#include "probe-client/kind.h"

#define ACCESS_DENIED      UINT32_C(0x80070005)
#define SERVER_UNAVAILABLE UINT32_C(0x800706BA)

/* What can be said of a stage without a code, or with one that the table does not explain there. */
struct stage_advice {
    enum machine machine;
    const char *meaning;
    const char *look_at;
    const char *causes[EXPLANATION_CAUSES];
};

static const struct stage_advice advices[STAGE_COUNT] = {
    [STAGE_NAME] = { MACHINE_CLIENT,
                     "The name of the server's computer has no address here.",
                     "the name as typed; the hosts file and the DNS servers of this computer",
                     { "the name is misspelt", "the name is not in DNS and not in the hosts file",
                       "this computer asks a DNS server that does not know the plant's names" } },
    [STAGE_PORT135] = { MACHINE_SERVER,
                        "TCP port 135 of the server's computer cannot be reached.",
                        "the firewalls between the two computers, then the service RpcSs and 'netstat -a' on the "
                        "server",
                        { "a firewall blocks TCP 135", "the computer is off or has another address",
                          "the service RpcSs does not run" } },
    [STAGE_RESOLVER] = { MACHINE_SERVER,
                         "TCP port 135 is open, but what answers there is not a working DCOM resolver.",
                         "the service RpcSs and its host process on the server; a proxy or port forwarding in between",
                         { "RpcSs hangs or is overloaded", "something else listens on port 135",
                           "a firewall lets the connection through but inspects and drops RPC" } },
    [STAGE_AUTHENTICATE] = { MACHINE_SERVER,
                             "The server did not accept our logon. No permission has been checked yet.",
                             "the Security log of the server: failure audits 4625 and 4776",
                             { "wrong user name or password", "the account does not exist on the server",
                               "the account is disabled, locked or expired" } },
    [STAGE_LOOKUP] = { MACHINE_CLIENT,
                       "The ProgID is not known on this computer, so its CLSID is not known either.",
                       "HKEY_CLASSES_ROOT on this computer; the vendor's list of CLSIDs",
                       { "the ProgID is misspelt", "the server's components are not installed on this computer" } },
    [STAGE_ACTIVATE] = { MACHINE_SERVER,
                         "The server's computer did not give us the object.",
                         "the System log of the server, source DistributedCOM",
                         { "the server program does not start or does not register its class in time",
                           "permissions or the identity of the class" } },
    [STAGE_CONNECT] = { MACHINE_SERVER,
                        "The object exists, but its own port cannot be reached.",
                        "the firewalls between the two computers: the dynamic port range of the server",
                        { "a firewall lets 135 through but not the server's dynamic ports",
                          "the server announces an address that is not reachable from here (NAT, second network card)",
                          "the server program has ended since" } },
    [STAGE_QUERY] = { MACHINE_SERVER,
                      "The object does not give us the interface IOPCServer.",
                      "the server's own log, then the Security log of the server for the account it saw",
                      { "the class is not an OPC DA server", "the server's own security refuses this account",
                        "a licence is missing" } },
    [STAGE_CALL] = { MACHINE_SERVER,
                     "The server was found, but GetStatus did not succeed.",
                     "the server's own log, then the System log of the server",
                     { "the server hangs or waits for its device",
                       "the level of the calls is below what the server asks for" } },
    [STAGE_GROUP] = { MACHINE_SERVER,
                      "The server did not take our group or one of our items.",
                      "the item names as typed; the server's own log",
                      { "an item name is not the server's own spelling", "the account may not see the item" } },
    [STAGE_READ] = { MACHINE_SERVER,
                     "The server did not give us the values from its cache.",
                     "the server's own log",
                     { "the server has no value yet", "the account may not read the item" } },
    [STAGE_LISTEN] = { MACHINE_CLIENT,
                       "This computer cannot be called back: it has no port for the server's calls.",
                       "this computer: its DCOM settings and free ports; on Linux, that probe-scm runs for this host",
                       { "no probe-scm runs for this host (Linux), or DCOM is disabled (Windows)",
                         "the range of ports for DCOM is used up" } },
    [STAGE_ADVISE] = { MACHINE_CLIENT,
                       "The server could not call us back while we subscribed.",
                       "this computer's firewall and its Security log, then its System log (source DistributedCOM)",
                       { "a firewall blocks the server's calls to this computer",
                         "the account of the server is unknown or refused on this computer",
                         "the server knows a wrong address of this computer (DNS, NAT)" } },
    [STAGE_DATA] = { MACHINE_CLIENT,
                     "The server took our sink, but no OnDataChange arrived.",
                     "this computer's firewall log for connections from the server, then its Security log; then the "
                     "server's own log",
                     { "a firewall cuts the server's calls to this computer",
                       "this computer refuses the level or the account of the server's calls",
                       "the server has no value for the items yet" } },
    [STAGE_TEARDOWN] = { MACHINE_SERVER,
                         "The server did not let us take our group and sink away in good order.",
                         "the server's own list of clients and groups: a group named opcprobe-... may be left",
                         { "the connection broke", "the server hangs" } },
};

static bool names_no_account(const struct check_report *report, const struct stage_result *failure)
{
    if (failure->direction == DIRECTION_SERVER_TO_CLIENT)
        return failure->level_sent == LEVEL_NONE || strstr(failure->account, "ANONYMOUS") != NULL;
    return report->anonymous || failure->level_asked == LEVEL_NONE;
}

/* What this run saw beside the code of the failing stage. */
static uint32_t measured_facts(const struct check_report *report, const struct stage_result *failure)
{
    const struct stage_result *authenticate = &report->stages.results[STAGE_AUTHENTICATE];
    bool below = failure->level_sent > LEVEL_NONE && failure->level_sent < LEVEL_PACKET_INTEGRITY;
    bool local = strcmp(report->there, ".") == 0 || report->stages.results[STAGE_PORT135].status == OUTCOME_SKIPPED;
    uint32_t facts = FACT_BIT(local ? FACT_SAME_HOST : FACT_OTHER_HOST);
    if (failure->shape == WIRE_FAULT)
        facts |= FACT_BIT(FACT_FAULT);
    if (failure->shape == WIRE_BODY)
        facts |= FACT_BIT(FACT_BODY);
    if (authenticate->status == OUTCOME_OK)
        facts |= FACT_BIT(FACT_LOGON_ACCEPTED);
    if (names_no_account(report, failure))
        facts |= FACT_BIT(FACT_NO_ACCOUNT);
    if (failure->level_sent > LEVEL_NONE && failure->mechanism == MECHANISM_NTLM)
        facts |= FACT_BIT(FACT_NTLM);
    if (below)
        facts |= FACT_BIT(FACT_BELOW_INTEGRITY);
    if (failure->way_back == WAY_BACK_REFUSED)
        facts |= FACT_BIT(FACT_REFUSED_HERE);
    if (failure->way_back == WAY_BACK_UNSEEN)
        facts |= FACT_BIT(FACT_NEVER_ARRIVED);
    return facts;
}

/* What narrows the causes although no entry is written for it. */
static const char *find_finding(const struct check_report *report, const struct stage_result *failure)
{
    const struct stage_result *authenticate = &report->stages.results[STAGE_AUTHENTICATE];
    if (failure->direction == DIRECTION_SERVER_TO_CLIENT && failure->ntstatus != 0)
        return "Measured: the server's call reached this computer, and this computer refused its logon.";
    if (failure->stage == STAGE_ACTIVATE && failure->code == ACCESS_DENIED &&
        authenticate->status == OUTCOME_NOT_OBSERVABLE)
        return "Not told apart in this run: whether the logon or the permission was refused. The Security log decides: "
               "a failure audit (4625) means the logon.";
    if (failure->stage == STAGE_ACTIVATE && failure->code == SERVER_UNAVAILABLE &&
        report->stages.results[STAGE_PORT135].status == OUTCOME_OK)
        return "Measured: port 135 is open. So this is not a closed port: look for a downgrade to anonymous (event "
               "10027) or hardening (event 10036) before the firewall.";
    if (failure->stage == STAGE_LOOKUP && report->stages.results[STAGE_CALL].status == OUTCOME_OK)
        return "Measured: the same server answers when it is named by its CLSID. Only the lookup of its name fails, so "
               "neither the server nor its permissions are the place to look.";
    if (failure->stage == STAGE_CONNECT)
        return "Measured: port 135 and the activation work; only the object's own port does not.";
    if (failure->direction == DIRECTION_SERVER_TO_CLIENT)
        return "Measured: every call from here to the server works. Only the way back does not, so the server's "
               "settings are not the place to look first.";
    return NULL;
}

/* An NTSTATUS of our own acceptor says more than the HRESULT that the server made of it. */
static const struct explanation *find_explanation(const struct check_report *report, const struct stage_result *failure)
{
    const struct explanation *e = NULL;
    if (failure->ntstatus != 0)
        e = explain_find(failure->ntstatus, failure->stage, failure->direction);
    if (!e && failure->code != 0)
        e = explain_find_measured(failure->code, failure->stage, failure->direction, measured_facts(report, failure));
    return e;
}

static void name_machine(const struct check_report *report, struct verdict *v)
{
    const char *there = strcmp(report->there, ".") == 0 ? report->here : report->there;
    if (v->machine == MACHINE_BOTH && strcmp(there, report->here) != 0)
        snprintf(v->host, sizeof(v->host), "%s and %s", report->here, there);
    else
        snprintf(v->host, sizeof(v->host), "%s", v->machine == MACHINE_SERVER ? there : report->here);
}

static void add_not_proven(struct verdict *v, const char *text)
{
    size_t n = 0;
    while (n < NOT_PROVEN_MAXIMUM && v->not_proven[n])
        n++;
    if (n < NOT_PROVEN_MAXIMUM)
        v->not_proven[n] = text;
}

static void list_not_proven(const struct check_report *report, struct verdict *v)
{
    if (strcmp(report->runtime, RUNTIME_WINE) == 0)
        add_not_proven(v, "that Windows decides the same: this side ran on Wine, which has no COM security");
    else if (strcmp(report->runtime, RUNTIME_WINDOWS) != 0)
        add_not_proven(v, "that Windows decides the same: this side ran on the portable COM runtime (simulated)");
    if (strcmp(report->kind, KIND_SIMULATED) == 0)
        add_not_proven(v, "that a Windows server decides the same: the server's side was simulated");
    else if (strcmp(report->kind, KIND_WINE) == 0)
        add_not_proven(v, "that a Windows server decides the same: the server's side was Wine");
    else if (strcmp(report->kind, KIND_UNKNOWN) == 0)
        add_not_proven(v, "that the server's computer is a Windows machine at all: nothing that was seen tells");
    if (!v->connected) {
        add_not_proven(v, "anything about the stages behind the one that failed");
        add_not_proven(v, "that the likely causes are complete, or that one change is enough");
        return;
    }
    if (report->stages.results[STAGE_DATA].status != OUTCOME_OK)
        add_not_proven(v, "that values arrive by callback: no item was named");
    add_not_proven(v, "that other accounts, other levels or another client program connect as well");
    add_not_proven(v, "that writing is allowed: nothing was written");
    add_not_proven(v, "that it still works after a restart, a password change or an update of either computer");
    add_not_proven(v,
                   "that it is fast enough for your scan classes: 'probe-client bench' measures the cost of a level");
}

static void take_explanation(struct verdict *v, const struct explanation *e)
{
    v->machine = explain_machine(e, v->failure->direction);
    v->meaning = e->meaning;
    v->finding = e->finding;
    v->look_at = e->look_at;
    memcpy(v->causes, e->causes, sizeof(v->causes));
    v->change = e->change;
    v->undo = e->undo;
    v->note = e->note;
}

static void take_advice(struct verdict *v, const struct stage_advice *a)
{
    v->machine = a->machine;
    v->meaning = a->meaning;
    v->look_at = a->look_at;
    memcpy(v->causes, a->causes, sizeof(v->causes));
}

void verdict_make(const struct check_report *report, struct verdict *out)
{
    memset(out, 0, sizeof(*out));
    const struct stage_result *failure = stages_first_failure(&report->stages);
    out->failure = failure;
    out->connected = failure == NULL;
    if (failure) {
        static const struct stage_advice ended = {
            .machine = MACHINE_CLIENT,
            .meaning =
                "The check was ended by the user while this stage ran. That proves nothing about the connection.",
        };
        const struct explanation *e = find_explanation(report, failure);
        if (failure->given_up)
            take_advice(out, &ended);
        else if (e)
            take_explanation(out, e);
        else
            take_advice(out, &advices[failure->stage]);
        if (!out->finding && !failure->given_up)
            out->finding = find_finding(report, failure);
        name_machine(report, out);
    }
    list_not_proven(report, out);
}
