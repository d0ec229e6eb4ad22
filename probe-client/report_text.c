#include "probe-client/report_text.h"

#include <stdarg.h>
#include <string.h>

#include "base/clock.h"
#include "opcda/codes.h"

#define ROUTE_MAXIMUM    34 /* columns of "here -> there" */
#define STAGE_COLUMNS    20 /* the outcome and the name of a stage */
#define PROGRESS_COLUMNS 36
#define BINDING_INDENT   8 /* what belongs to a stage stands below it */

static const char *there_name(const struct check_report *report)
{
    return strcmp(report->there, ".") == 0 ? "this computer" : report->there;
}

void report_text_head(const struct page *p, const struct check_report *report)
{
    const struct levels *asked = &report->asked;
    fprintf(p->file, "OPC DA connection to %s from %s: %s%s%s\n", there_name(report), report->here, report->progid,
            report->progid[0] ? " " : "", report->clsid);
    fprintf(p->file, "as %s, %s, ", report->account, mechanism_name(report->mechanism));
    if (asked->activation == asked->call && asked->call == asked->callback)
        fprintf(p->file, "level %s\n\n", level_name(asked->call));
    else
        fprintf(p->file, "levels: activation %s, calls %s, callbacks %s\n\n", level_name(asked->activation),
                level_name(asked->call), level_name(asked->callback));
}

static void route(const struct page *p, const struct check_report *report, enum direction direction, char *out,
                  size_t size)
{
    if (direction == DIRECTION_LOCAL || strcmp(report->there, ".") == 0)
        snprintf(out, size, "%.*s", ROUTE_MAXIMUM, report->here);
    else
        snprintf(out, size, "%.*s %s %.*s", ROUTE_MAXIMUM / 2 - 2, report->here, page_arrow(p, direction),
                 ROUTE_MAXIMUM / 2 - 2, report->there);
}

/* printf pads by bytes; names and arrows may be UTF-8. */
static void print_padded(const struct page *p, const char *text, unsigned width)
{
    unsigned used = 0;
    for (const char *c = text; *c; c++)
        used += ((unsigned char)*c & 0xC0) != 0x80;
    fprintf(p->file, "%s%*s", text, used < width ? (int)(width - used) : 0, "");
}

static unsigned route_width(const struct check_report *report)
{
    size_t width = strlen(report->here) + strlen(report->there) + 4;
    return width > ROUTE_MAXIMUM ? ROUTE_MAXIMUM : (unsigned)width;
}

/* What a stage's line says behind its columns, put together before it is wrapped. */
struct tail {
    char text[STAGE_DETAIL + STAGE_ACCOUNT + 256];
    size_t used;
};

static void add(struct tail *t, const char *format, ...) PRINTF_LIKE(2, 3);

static void add(struct tail *t, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(t->text + t->used, sizeof(t->text) - t->used, format, arguments);
    va_end(arguments);
    if (length > 0)
        t->used += (size_t)length < sizeof(t->text) - t->used ? (size_t)length : sizeof(t->text) - t->used - 1;
}

static void add_level(struct tail *t, const struct stage_result *r)
{
    const char *asked = level_name(r->level_asked);
    const char *sent = level_name(r->level_sent);
    const char *mechanism = r->level_sent > LEVEL_NONE ? mechanism_name(r->mechanism) : NULL;
    if (!asked && r->level_sent <= LEVEL_NONE)
        return;
    add(t, "; %s%s", mechanism ? mechanism : "", mechanism ? " " : "");
    if (asked && sent && strcmp(asked, sent) != 0)
        add(t, "%s, sent as %s", asked, sent);
    else if (sent)
        add(t, "%s", sent);
    else
        add(t, "%s asked", asked);
}

static void add_codes(struct tail *t, const struct stage_result *r)
{
    if (r->code)
        add(t, "0x%08X %s; ", (unsigned)r->code, code_name(r->code));
    if (r->shape == WIRE_FAULT || r->shape == WIRE_BIND_NAK || r->shape == WIRE_BODY)
        add(t, "on the wire: %s 0x%08X; ", wire_shape_name(r->shape), (unsigned)r->wire_status);
    else if (r->shape != WIRE_NONE)
        add(t, "on the wire: %s; ", wire_shape_name(r->shape));
    if (r->ntstatus)
        add(t, "NTSTATUS 0x%08X %s; ", (unsigned)r->ntstatus, code_name(r->ntstatus));
}

static void make_tail(const struct stage_result *r, struct tail *t)
{
    bool ran = r->status == OUTCOME_OK || r->status == OUTCOME_FAILED;
    t->used = 0;
    t->text[0] = '\0';
    if (r->status == OUTCOME_FAILED)
        add_codes(t, r);
    if (ran && r->evidence == EVIDENCE_INFERRED)
        add(t, "likely: ");
    if (ran && r->evidence == EVIDENCE_LOG)
        add(t, "the log says: ");
    size_t length = strlen(r->detail);
    if (length > 0 && r->detail[length - 1] == '.')
        length--; /* the text of a code is a sentence; here it is part of a line */
    add(t, "%.*s", (int)length, r->detail);
    if (ran)
        add_level(t, r);
    if (r->account[0])
        add(t, "; as %s", r->account);
}

static void print_binding(const struct page *p, const struct binding *b)
{
    static const char *const words[] = {
        [REACH_UNTRIED] = "not tried", [REACH_YES] = "reachable", [REACH_NO] = "NOT REACHABLE"
    };
    const char *colon = strchr(b->text, ':');
    bool tcp = b->endpoint[0] && colon;
    fprintf(p->file, "%*s%-28s %s%s%s%s%s%s\n", BINDING_INDENT, "", tcp ? colon + 1 : b->text,
            b->reach == REACH_NO ? page_ink(p, INK_BAD) : "", words[b->reach], page_ink(p, INK_PLAIN),
            b->in_use ? ", in use" : "", b->note[0] ? ": " : "", b->note);
}

/* One line when there is nothing to see in them, a line for each otherwise. */
static void print_bindings(const struct page *p, const struct binding_list *list)
{
    bool plain = true, tried = true;
    for (size_t i = 0; i < list->count; i++) {
        plain = plain && list->all[i].reach != REACH_NO && list->all[i].offered && list->all[i].endpoint[0];
        tried = tried && list->all[i].reach == REACH_YES;
    }
    for (size_t i = 0; !plain && i < list->count; i++)
        print_binding(p, &list->all[i]);
    if (!plain || list->count == 0)
        return;
    fprintf(p->file, "%*soffers ", BINDING_INDENT, "");
    for (size_t i = 0; i < list->count; i++)
        fprintf(p->file, "%s%s", i ? ", " : "", strchr(list->all[i].text, ':') + 1);
    fputs(tried ? ": reachable\n" : ", for the server to reach\n", p->file);
}

void report_text_stage(const struct page *p, const struct check_report *report, const struct stage_result *r)
{
    static const struct {
        const char *word;
        enum ink ink;
    } words[] = {
        [OUTCOME_PENDING] = { "", INK_PLAIN },         [OUTCOME_OK] = { "ok", INK_GOOD },
        [OUTCOME_FAILED] = { "FAILED", INK_BAD },      [OUTCOME_SKIPPED] = { "-", INK_FAINT },
        [OUTCOME_NOT_OBSERVABLE] = { "?", INK_FAINT },
    };
    char text[4 * ROUTE_MAXIMUM + 16];
    char duration[PAGE_DURATION] = "";
    struct tail tail;
    if (r->elapsed_ns > 0)
        page_duration(r->elapsed_ns, duration);
    route(p, report, r->direction, text, sizeof(text));
    fprintf(p->file, "%s%-7s%s%-13s", page_ink(p, words[r->status].ink), words[r->status].word, page_ink(p, INK_PLAIN),
            stage_name(r->stage));
    print_padded(p, text, route_width(report));
    fprintf(p->file, "%9s  ", duration);
    make_tail(r, &tail);
    /* In a file or a pipe a stage stays one line, for those who search it. */
    if (p->live)
        page_continue(p, STAGE_COLUMNS + route_width(report) + 9 + 2, BINDING_INDENT, tail.text);
    else
        fprintf(p->file, "%s\n", tail.text);
    if (check_report_bindings(report, r->stage))
        print_bindings(p, check_report_bindings(report, r->stage));
    fflush(p->file);
}

void report_text_progress(const struct page *p, const struct check_report *report, enum stage stage, int64_t elapsed_ns,
                          int64_t allowed_ns)
{
    char text[4 * ROUTE_MAXIMUM + 16] = "";
    unsigned width = route_width(report);
    if (STAGE_COLUMNS + width + PROGRESS_COLUMNS > p->width)
        width = 0; /* a line that wraps cannot be written over */
    else
        route(p, report, stage_direction(stage), text, sizeof(text));
    fprintf(p->file, "\r%s%-7s%-13s", page_ink(p, INK_FAINT), "...", stage_name(stage));
    print_padded(p, text, width);
    int64_t left_ns = allowed_ns > elapsed_ns ? allowed_ns - elapsed_ns : 0;
    fprintf(p->file, "%7.1f s  gives up in %lld s%s\033[K", (double)elapsed_ns / 1e9,
            (long long)((left_ns + NS_PER_S - 1) / NS_PER_S), page_ink(p, INK_PLAIN));
    fflush(p->file);
}

void report_text_clear_progress(const struct page *p)
{
    fputs("\r\033[K", p->file);
}

void report_text_advice(const struct page *p, const char *look_at, const char *const causes[], const char *change,
                        const char *undo, const char *note)
{
    page_labelled(p, "Look at", look_at);
    for (int i = 0; i < EXPLANATION_CAUSES && causes[i]; i++) {
        char number[8];
        snprintf(number, sizeof(number), "%d. ", i + 1);
        page_listed(p, i == 0 ? "Likely causes" : "", number, causes[i]);
    }
    page_labelled(p, "Change", change);
    page_labelled(p, "Undo", undo);
    page_labelled(p, "Note", note);
}

static const char *ask_machine(const struct verdict *v)
{
    switch (v->machine) {
    case MACHINE_CLIENT:
        return "the client, this computer";
    case MACHINE_SERVER:
        return "the server's computer";
    default:
        return "both computers";
    }
}

static void print_failure(const struct page *p, const struct verdict *v)
{
    const struct stage_result *r = v->failure;
    if (r->given_up)
        fprintf(p->file, "\nENDED at %s by the user.\n", stage_name(r->stage));
    else
        fprintf(p->file, "\n%sFAILED%s at %s (%s). Look at %s: %s.\n", page_ink(p, INK_BAD), page_ink(p, INK_PLAIN),
                stage_name(r->stage), direction_name(r->direction), v->host, ask_machine(v));
    if (r->code) {
        const struct code_info *info = code_find(r->code);
        fprintf(p->file, "0x%08X %s%s%s\n", (unsigned)r->code, info ? info->name : "(a code that is not in our table)",
                info ? ": " : "", info ? info->text : "");
    }
    fputc('\n', p->file);
    page_labelled(p, "Meaning", v->meaning);
    page_labelled(p, "Finding", v->finding);
    report_text_advice(p, v->look_at, v->causes, v->change, v->undo, v->note);
}

static void print_success(const struct page *p, const struct check_report *report)
{
    fprintf(p->file, "\n%sCONNECTED%s: every stage that ran passed.\n\n", page_ink(p, INK_GOOD),
            page_ink(p, INK_PLAIN));
    page_labelled(p, "Server", report->server[0] ? report->server : NULL);
}

static void print_findings(const struct page *p, const struct check_report *report)
{
    for (size_t i = 0; i < report->finding_count; i++) {
        static const char *const grades[] = {
            [EVIDENCE_WIRE] = "measured",
            [EVIDENCE_API] = "measured",
            [EVIDENCE_LOG] = "the log says",
            [EVIDENCE_INFERRED] = "likely",
        };
        const struct finding *f = &report->findings[i];
        char text[FINDING_TEXT + 64];
        snprintf(text, sizeof(text), "%s, %s: %s", stage_name(f->stage), grades[f->evidence], f->text);
        page_listed(p, i == 0 ? "Findings" : "", "- ", text);
    }
}

/* How much of the lines above rests on what. */
static void print_evidence(const struct page *p, const struct check_report *report)
{
    unsigned counts[EVIDENCE_INFERRED + 1] = { 0 };
    char text[160];
    for (int i = 0; i < STAGE_COUNT; i++) {
        const struct stage_result *r = &report->stages.results[i];
        if (r->status == OUTCOME_OK || r->status == OUTCOME_FAILED)
            counts[r->evidence]++;
    }
    int used = snprintf(text, sizeof(text), "of these stages %u measured on the wire, %u told by COM",
                        counts[EVIDENCE_WIRE], counts[EVIDENCE_API]);
    if (counts[EVIDENCE_LOG])
        used += snprintf(text + used, sizeof(text) - (size_t)used, ", %u by a log", counts[EVIDENCE_LOG]);
    if (counts[EVIDENCE_INFERRED])
        snprintf(text + used, sizeof(text) - (size_t)used, ", %u concluded (likely)", counts[EVIDENCE_INFERRED]);
    page_labelled(p, "Evidence", text);
}

static void print_clocks(const struct page *p, const struct check_report *report)
{
    const struct skew *s = report->logon_clock.known ? &report->logon_clock : &report->status_clock;
    char text[96];
    if (!s->known)
        return;
    skew_text(s, text, sizeof(text));
    page_labelled(p, "Clocks", text);
}

static void print_seen(const struct page *p, const struct check_report *report)
{
    char text[STAGE_ACCOUNT + 128];
    snprintf(text, sizeof(text), "%s: %s", report->kind, report->kind_reason);
    page_labelled(p, "Server was", text);
    print_clocks(p, report);
    print_evidence(p, report);
    if (report->seen.known) {
        const char *mechanism = mechanism_name(report->seen.mechanism);
        const char *level = level_name(report->seen.level);
        int used = snprintf(text, sizeof(text), "%s, session %s",
                            report->seen.account[0] ? report->seen.account : "nobody", report->seen.session);
        if (level && used > 0 && (size_t)used < sizeof(text))
            snprintf(text + used, sizeof(text) - (size_t)used, ", %s %s", mechanism ? mechanism : "unknown mechanism",
                     level);
        page_labelled(p, "It saw us as", text);
    }
    if (report->counted) {
        snprintf(text, sizeof(text), "%llu TCP, %llu local; %u OnDataChange",
                 (unsigned long long)report->tcp_connections, (unsigned long long)report->local_connections,
                 (unsigned)report->data_changes);
        page_labelled(p, "Connections", text);
    }
}

void report_text_verdict(const struct page *p, const struct check_report *report, const struct verdict *v)
{
    if (v->connected)
        print_success(p, report);
    else
        print_failure(p, v);
    print_findings(p, report);
    print_seen(p, report);
    for (int i = 0; i < NOT_PROVEN_MAXIMUM && v->not_proven[i]; i++)
        page_listed(p, i == 0 ? "Not proven:" : "", "- ", v->not_proven[i]);
    fflush(p->file);
}
