#include "probe-client/report_json.h"

#include <stdio.h>
#include <stdlib.h>

#include "opcda/codes.h"

void json_add_text(cJSON *object, const char *key, const char *text)
{
    if (text && *text)
        cJSON_AddStringToObject(object, key, text);
    else
        cJSON_AddNullToObject(object, key);
}

void json_add_code(cJSON *object, const char *key, uint32_t code)
{
    char text[16];
    snprintf(text, sizeof(text), "0x%08X", (unsigned)code);
    json_add_text(object, key, code ? text : NULL);
}

static void add_wire(cJSON *stage, const struct stage_result *r)
{
    if (r->shape == WIRE_NONE) {
        cJSON_AddNullToObject(stage, "wire");
        return;
    }
    cJSON *wire = cJSON_AddObjectToObject(stage, "wire");
    json_add_text(wire, "shape", wire_shape_name(r->shape));
    json_add_code(wire, "status", r->wire_status);
}

static void add_bindings(cJSON *stage, const struct binding_list *list)
{
    cJSON *array = cJSON_AddArrayToObject(stage, "bindings");
    for (size_t i = 0; array && list && i < list->count; i++) {
        const struct binding *b = &list->all[i];
        cJSON *object = cJSON_CreateObject();
        cJSON_AddItemToArray(array, object);
        json_add_text(object, "binding", b->text);
        if (b->reach == REACH_UNTRIED)
            cJSON_AddNullToObject(object, "reachable");
        else
            cJSON_AddBoolToObject(object, "reachable", b->reach == REACH_YES);
        cJSON_AddBoolToObject(object, "offered", b->offered);
        cJSON_AddBoolToObject(object, "in_use", b->in_use);
        json_add_code(object, "code", b->code);
        cJSON_AddNumberToObject(object, "elapsed_ns", (double)b->elapsed_ns);
        json_add_text(object, "note", b->note);
    }
}

static void add_stage(cJSON *stages, const struct check_report *report, const struct stage_result *r)
{
    cJSON *stage = cJSON_CreateObject();
    cJSON_AddItemToArray(stages, stage);
    json_add_text(stage, "stage", stage_name(r->stage));
    json_add_text(stage, "direction", direction_name(r->direction));
    json_add_text(stage, "host", r->host);
    json_add_text(stage, "status", status_name(r->status));
    json_add_code(stage, "code", r->code);
    json_add_text(stage, "code_name", r->code ? code_name(r->code) : NULL);
    add_wire(stage, r);
    json_add_code(stage, "ntstatus", r->ntstatus);
    json_add_text(stage, "mechanism", r->level_sent != LEVEL_UNKNOWN ? mechanism_name(r->mechanism) : NULL);
    json_add_text(stage, "level_asked", level_name(r->level_asked));
    json_add_text(stage, "level_sent", level_name(r->level_sent));
    json_add_text(stage, "binding", r->binding);
    json_add_text(stage, "account", r->account);
    cJSON_AddNumberToObject(stage, "elapsed_ns", (double)r->elapsed_ns);
    bool settled = r->status == OUTCOME_OK || r->status == OUTCOME_FAILED;
    json_add_text(stage, "evidence", settled ? evidence_name(r->evidence) : NULL);
    cJSON_AddStringToObject(stage, "detail", r->detail);
    add_bindings(stage, check_report_bindings(report, r->stage));
}

static void add_texts(cJSON *object, const char *key, const char *const *texts, size_t maximum)
{
    cJSON *array = cJSON_AddArrayToObject(object, key);
    for (size_t i = 0; i < maximum && texts[i]; i++)
        cJSON_AddItemToArray(array, cJSON_CreateString(texts[i]));
}

static void add_verdict(cJSON *root, const struct verdict *v)
{
    cJSON *verdict = cJSON_AddObjectToObject(root, "verdict");
    const struct stage_result *failure = v->failure;
    cJSON_AddStringToObject(verdict, "outcome", v->connected ? "connected" : "failed");
    json_add_text(verdict, "stage", failure ? stage_name(failure->stage) : NULL);
    json_add_text(verdict, "direction", failure ? direction_name(failure->direction) : NULL);
    json_add_text(verdict, "machine", failure ? machine_name(v->machine) : NULL);
    json_add_text(verdict, "host", v->host);
    json_add_text(verdict, "meaning", v->meaning);
    json_add_text(verdict, "finding", v->finding);
    json_add_text(verdict, "look_at", v->look_at);
    add_texts(verdict, "causes", v->causes, EXPLANATION_CAUSES);
    json_add_text(verdict, "change", v->change);
    json_add_text(verdict, "undo", v->undo);
    json_add_text(verdict, "note", v->note);
    add_texts(verdict, "not_proven", v->not_proven, NOT_PROVEN_MAXIMUM);
}

static void add_clock(cJSON *clocks, const char *source, const struct skew *s)
{
    if (!s->known)
        return;
    cJSON *clock = cJSON_CreateObject();
    cJSON_AddItemToArray(clocks, clock);
    cJSON_AddStringToObject(clock, "source", source);
    cJSON_AddNumberToObject(clock, "skew_ns", (double)s->ns);
    cJSON_AddNumberToObject(clock, "uncertainty_ns", (double)s->uncertainty_ns);
}

static void add_clocks(cJSON *root, const struct check_report *report)
{
    cJSON *clocks = cJSON_AddArrayToObject(root, "clocks");
    add_clock(clocks, "logon", &report->logon_clock);
    add_clock(clocks, "status", &report->status_clock);
}

static void add_seen(cJSON *root, const struct seen_by_server *seen)
{
    if (!seen->known) {
        cJSON_AddNullToObject(root, "seen_by_server");
        return;
    }
    cJSON *object = cJSON_AddObjectToObject(root, "seen_by_server");
    json_add_text(object, "account", seen->account);
    json_add_text(object, "level", level_name(seen->level));
    json_add_text(object, "mechanism", mechanism_name(seen->mechanism));
    json_add_text(object, "session", seen->session);
}

static void add_counts(cJSON *root, const struct check_report *report)
{
    cJSON *counts = cJSON_AddObjectToObject(root, "counts");
    if (report->counted) {
        cJSON_AddNumberToObject(counts, "tcp_connections", (double)report->tcp_connections);
        cJSON_AddNumberToObject(counts, "local_connections", (double)report->local_connections);
    } else {
        cJSON_AddNullToObject(counts, "tcp_connections");
        cJSON_AddNullToObject(counts, "local_connections");
    }
    cJSON_AddNumberToObject(counts, "data_changes", report->data_changes);
}

static void add_findings(cJSON *root, const struct check_report *report)
{
    cJSON *array = cJSON_AddArrayToObject(root, "findings");
    for (size_t i = 0; array && i < report->finding_count; i++) {
        const struct finding *f = &report->findings[i];
        cJSON *object = cJSON_CreateObject();
        cJSON_AddItemToArray(array, object);
        json_add_text(object, "stage", stage_name(f->stage));
        json_add_text(object, "evidence", evidence_name(f->evidence));
        json_add_text(object, "text", f->text);
    }
}

cJSON *report_json(const struct check_report *report, const struct verdict *v)
{
    cJSON *root = cJSON_CreateObject();
    cJSON_AddStringToObject(root, "program", "probe-client");
    cJSON_AddStringToObject(root, "version", OPCPROBE_VERSION);
    cJSON_AddStringToObject(root, "command", "check");
    cJSON_AddStringToObject(root, "kind", report->kind);
    json_add_text(root, "kind_reason", report->kind_reason);
    cJSON_AddStringToObject(root, "runtime", report->runtime);
    cJSON_AddStringToObject(root, "client", report->here);
    cJSON_AddStringToObject(root, "target", report->there);
    json_add_text(root, "clsid", report->clsid);
    json_add_text(root, "progid", report->progid);
    json_add_text(root, "server", report->server);
    cJSON *asked = cJSON_AddObjectToObject(root, "asked");
    json_add_text(asked, "activation", level_name(report->asked.activation));
    json_add_text(asked, "call", level_name(report->asked.call));
    json_add_text(asked, "callback", level_name(report->asked.callback));
    cJSON *stages = cJSON_AddArrayToObject(root, "stages");
    for (int i = 0; stages && i < STAGE_COUNT; i++)
        add_stage(stages, report, &report->stages.results[i]);
    add_verdict(root, v);
    add_findings(root, report);
    add_clocks(root, report);
    add_seen(root, &report->seen);
    add_counts(root, report);
    return root;
}

bool report_json_print(cJSON *root, FILE *file)
{
    char *text = root ? cJSON_Print(root) : NULL;
    cJSON_Delete(root);
    if (!text)
        return false;
    bool written = fprintf(file, "%s\n", text) > 0 && fflush(file) == 0;
    cJSON_free(text);
    return written;
}
