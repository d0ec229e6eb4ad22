#include "probe-client/servers.h"

#include <stdio.h>
#include <string.h>

#include "base/interrupt.h"
#include "opcda/codes.h"
#include "opcda/explain.h"
#include "opcda/identity.h"
#include "opcda/opc_classes.h"
#include "opcda/runtime.h"
#include "probe-client/connection.h"
#include "probe-client/exit_code.h"
#include "probe-client/guard.h"
#include "probe-client/kind.h"
#include "probe-client/opcenum.h"
#include "probe-client/report_json.h"
#include "probe-client/report_text.h"
#include "probe-client/session.h"
#include "probe-client/this_host.h"

struct listing {
    const struct servers_options *options;
    struct check_report report; /* of the way to OPCEnum */
    struct login login;
    struct activity activity;
    struct connection connection;
    struct server_names names;
    const char *way; /* who told; NULL: nobody did */
    struct page out;
    struct page progress; /* the stage that runs, for who watches */
};

/* ---- the report ---- */

/* A GUID as Windows spells it. */
static void class_text(const CLSID *clsid, char out[GUID_TEXT])
{
    guid_text(clsid, out);
    for (char *c = out; *c; c++)
        if (*c >= 'a' && *c <= 'f')
            *c = (char)(*c - 'a' + 'A');
}

static const char *there(const struct listing *l)
{
    return l->options->host ? l->options->host : "this computer";
}

static void print_server(const struct page *p, const struct server_name *s)
{
    char clsid[GUID_TEXT], versions[64] = "";
    class_text(&s->clsid, clsid);
    for (unsigned i = 0; i < OPC_CATEGORIES; i++) {
        size_t used = strlen(versions);
        if (s->categories & 1U << i)
            snprintf(versions + used, sizeof(versions) - used, "%s%s", used ? ", " : "", opc_categories[i].label);
    }
    fprintf(p->file, "\n%s\n", s->progid && *s->progid ? s->progid : "(no ProgID)");
    page_labelled(p, "CLSID", clsid);
    page_labelled(p, "Name", s->user_type && *s->user_type ? s->user_type : NULL);
    page_labelled(p, "Versions", versions);
    if (FAILED(s->details)) {
        char text[96];
        snprintf(text, sizeof(text), "not told: 0x%08X %s", (unsigned)s->details, code_name((uint32_t)s->details));
        page_labelled(p, "Details", text);
    }
}

static void print_text(const struct listing *l, const struct stage_result *failure, const struct explanation *e)
{
    const struct page *p = &l->out;
    if (!failure) {
        fprintf(p->file, "%zu OPC DA server%s on %s, by %s\n", l->names.count, l->names.count == 1 ? "" : "s", there(l),
                l->options->host ? "its OPCEnum" : "its registry");
        for (size_t i = 0; i < l->names.count; i++)
            print_server(p, &l->names.all[i]);
        return;
    }
    fprintf(p->file, "The OPC servers of %s cannot be listed: %s, 0x%08X %s\n", there(l), stage_name(failure->stage),
            (unsigned)failure->code, code_name(failure->code));
    if (!e)
        return;
    page_labelled(p, "Meaning", e->meaning);
    report_text_advice(p, e->look_at, e->causes, e->change, e->undo, e->note);
}

static void add_server(cJSON *array, const struct server_name *s)
{
    char clsid[GUID_TEXT];
    cJSON *object = cJSON_CreateObject();
    cJSON_AddItemToArray(array, object);
    class_text(&s->clsid, clsid);
    json_add_text(object, "progid", s->progid);
    json_add_text(object, "latest_progid", s->latest_progid);
    json_add_text(object, "clsid", clsid);
    json_add_text(object, "name", s->user_type);
    cJSON *categories = cJSON_AddArrayToObject(object, "categories");
    for (unsigned i = 0; i < OPC_CATEGORIES; i++)
        if (s->categories & 1U << i)
            cJSON_AddItemToArray(categories, cJSON_CreateString(opc_categories[i].name));
    json_add_code(object, "code", FAILED(s->details) ? (uint32_t)s->details : 0);
}

static cJSON *make_json(const struct listing *l, const struct stage_result *failure, const struct explanation *e)
{
    cJSON *root = cJSON_CreateObject();
    cJSON_AddStringToObject(root, "program", "probe-client");
    cJSON_AddStringToObject(root, "version", OPCPROBE_VERSION);
    cJSON_AddStringToObject(root, "command", "servers");
    cJSON_AddStringToObject(root, "kind", l->report.kind);
    cJSON_AddStringToObject(root, "kind_reason", l->report.kind_reason);
    cJSON_AddStringToObject(root, "client", l->report.here);
    cJSON_AddStringToObject(root, "target", l->report.there);
    json_add_text(root, "way", l->way);
    json_add_text(root, "stage", failure ? stage_name(failure->stage) : NULL);
    json_add_code(root, "code", failure ? failure->code : 0);
    json_add_text(root, "code_name", failure ? code_name(failure->code) : NULL);
    json_add_text(root, "meaning", e ? e->meaning : NULL);
    json_add_text(root, "look_at", e ? e->look_at : NULL);
    cJSON *causes = cJSON_AddArrayToObject(root, "causes");
    for (size_t i = 0; e && i < EXPLANATION_CAUSES && e->causes[i]; i++)
        cJSON_AddItemToArray(causes, cJSON_CreateString(e->causes[i]));
    cJSON *servers = cJSON_AddArrayToObject(root, "servers");
    for (size_t i = 0; i < l->names.count; i++)
        add_server(servers, &l->names.all[i]);
    return root;
}

static int report(struct listing *l)
{
    const struct stage_result *failure = stages_first_failure(&l->report.stages);
    const struct explanation *e = failure ? explain_find(failure->code, failure->stage, failure->direction) : NULL;
    if (!l->options->json)
        print_text(l, failure, e);
    else if (!report_json_print(make_json(l, failure, e), stdout))
        return EXIT_HARNESS;
    return failure ? EXIT_UNEXPECTED : EXIT_AS_EXPECTED;
}

/* ---- the list ---- */

static HRESULT ask_opcenum(struct listing *l)
{
    struct connection *c = &l->connection;
    struct opcenum e;
    HRESULT hr = opcenum_open(c, &e);
    if (SUCCEEDED(hr))
        hr = opcenum_servers(c, &e, &l->names);
    if (SUCCEEDED(hr))
        l->way = e.list2 ? "opcenum-list2" : "opcenum-list";
    opcenum_close(&e);
    return hr;
}

static HRESULT read_registry(struct listing *l)
{
    stages_at(&l->report.stages, STAGE_LOOKUP)->direction = DIRECTION_LOCAL;
    HRESULT hr = server_names_of_this_host(&l->names);
    if (SUCCEEDED(hr))
        l->way = "registry";
    return hr;
}

static int run_in_session(struct listing *l)
{
    struct stage_table *t = &l->report.stages;
    activity_begin(&l->activity, "servers", l->report.account, l->report.here, l->report.there,
                   l->options->host ? OPCENUM_CLSID_TEXT : "");
    HRESULT hr = l->options->host ? ask_opcenum(l) : read_registry(l);
    if (FAILED(hr) && !stages_failed_before(t, STAGE_LOOKUP)) {
        stages_at(t, STAGE_LOOKUP)->code = (uint32_t)hr;
        stages_settle(t, STAGE_LOOKUP, OUTCOME_FAILED, "the list could not be had");
    }
    if (FAILED(hr))
        server_names_cleanup(&l->names); /* half a list would pass for the whole one */
    kind_decide(&l->report);
    int exit_code = report(l);
    activity_end(&l->activity, exit_code);
    return exit_code;
}

static int run_connection(struct listing *l)
{
    struct connection *c = &l->connection;
    c->report = &l->report;
    c->login = &l->login;
    c->activity = &l->activity;
    c->host = l->options->host;
    c->timeout_ns = l->options->timeout_ns;
    c->progress = &l->progress;
    enum err e = connection_init(c);
    if (e == ERR_OK)
        e = interrupt_catch();
    if (e != ERR_OK) {
        fprintf(stderr, "probe-client servers: %s\n", err_text(e));
        connection_cleanup(c);
        return EXIT_HARNESS;
    }
    c->watched = observe_start();
    int exit_code = EXIT_HARNESS;
    HRESULT hr = session_start(l->options->level);
    if (FAILED(hr)) {
        fprintf(stderr, "probe-client servers: COM cannot be initialised: 0x%08X %s\n", (unsigned)hr,
                code_name((uint32_t)hr));
    } else {
        exit_code = run_in_session(l);
        /* A thread that is lost inside COM would make this wait for ever; the process ends now anyway. */
        if (!c->abandoned)
            session_end();
    }
    observe_stop();
    connection_cleanup(c);
    return exit_code;
}

static void describe(struct listing *l)
{
    const struct servers_options *o = l->options;
    struct check_report *r = &l->report;
    this_host_name(r->here, sizeof(r->here));
    snprintf(r->there, sizeof(r->there), "%.255s", o->host ? o->host : ".");
    snprintf(r->account, sizeof(r->account), "%s", l->login.display);
    r->anonymous = o->login.anonymous;
    r->asked = (struct levels){ .activation = o->level, .call = o->level, .callback = o->level };
    r->mechanism = l->login.mechanism;
    r->runtime = runtime_name();
    r->same_host = o->host == NULL;
    stages_init(&r->stages, r->here, o->host ? r->there : r->here);
}

int servers_run(const struct servers_options *o)
{
    struct listing l = { .options = o };
    char complaint[COMPLAINT];
    if (login_init(&l.login, &o->login, complaint) != ERR_OK) {
        fprintf(stderr, "probe-client servers: %s\n", complaint);
        return EXIT_USAGE;
    }
    const struct guard_request request = {
        .class_name = OPCENUM_PROGID " (OPCEnum)",
        .host = o->host,
        .account = o->login.account ? l.login.display : NULL,
        .may_launch = o->may_launch,
        .may_fail_logon = o->may_fail_logon,
    };
    if (o->host && !guard_allows(&request)) {
        login_cleanup(&l.login);
        return EXIT_USAGE;
    }
    int exit_code = EXIT_HARNESS;
    page_init(&l.out, stdout);
    page_init(&l.progress, stderr);
    describe(&l);
    if (FAILED(server_names_init(&l.names)))
        fprintf(stderr, "probe-client servers: out of memory; free some and try again\n");
    else if (activity_open(&l.activity, o->out) == ERR_OK)
        exit_code = run_connection(&l);
    else
        fprintf(stderr, "probe-client servers: %s/activity.jsonl cannot be written; is the folder there?\n", o->out);
    server_names_cleanup(&l.names);
    login_cleanup(&l.login);
    return exit_code;
}
