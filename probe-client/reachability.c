#include "probe-client/reachability.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"

#define RESOLVER_PORT 135
/* Long enough for a far plant, and short beside what a runtime itself waits for an address that does not answer. */
#define TRY_NS        (2 * NS_PER_S)

/* "[10.2.0.2, BETA]": the bindings that could not be reached. */
static void list_unreachable(const struct binding_list *list, char *out, size_t size)
{
    size_t used = 0;
    out[0] = '\0';
    for (size_t i = 0; i < list->count && used < size; i++)
        if (list->all[i].reach == REACH_NO)
            used += (size_t)snprintf(out + used, size - used, "%s%.60s", used ? ", " : "", list->all[i].endpoint);
}

static const struct binding *find_used(const struct binding_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        if (list->all[i].in_use)
            return &list->all[i];
    return NULL;
}

/* The connection goes to an address that the other side does not know itself by. */
static bool is_translated(const struct binding_list *list)
{
    const struct binding *used = find_used(list);
    for (size_t i = 0; used && i < list->count; i++)
        if (list->all[i].offered && strcmp(list->all[i].address, used->address) == 0)
            return false; /* a name that leads to it is offered */
    return used && !used->offered && list->count > 1;
}

static bool is_first_of_endpoint(const struct binding_list *list, size_t at)
{
    for (size_t i = 0; i < at; i++)
        if (strcmp(list->all[i].endpoint, list->all[at].endpoint) == 0)
            return false;
    return true;
}

/* One finding for the server's side, the gravest: they have one cause. */
static void judge_server(struct check_report *report, enum stage stage, const struct binding_list *list)
{
    char unreachable[200];
    list_unreachable(list, unreachable, sizeof(unreachable));
    if (is_translated(list)) {
        check_report_find(
            report, stage, EVIDENCE_WIRE,
            "The server offers addresses of which none is the one in use (%.60s): address translation "
            "(NAT) or a second network lies between. DCOM carries addresses inside its messages, which NAT "
            "does not change; a client that goes by them does not arrive.%s%.120s",
            find_used(list)->address, unreachable[0] ? " Not reachable from here: " : "", unreachable);
    } else if (unreachable[0]) {
        check_report_find(
            report, stage, EVIDENCE_WIRE,
            "The server also offers what cannot be reached from here: %.180s. A client that tries it first "
            "waits for its time-out, or fails.",
            unreachable);
    }
}

void reachability_of_resolver(struct check_report *report, const struct observed *events, size_t count)
{
    struct binding_list *list = &report->resolver_bindings;
    bindings_take(list, events, count, OFFER_RESOLVER, RESOLVER_PORT);
    bindings_mark_used(list, events, count);
    bindings_try(list, TRY_NS);
    judge_server(report, STAGE_RESOLVER, list);
}

void reachability_of_object(struct check_report *report, const struct observed *events, size_t count)
{
    struct binding_list *list = &report->object_bindings;
    bindings_take(list, events, count, OFFER_OBJECT, 0);
    bindings_mark_used(list, events, count);
    bindings_try(list, TRY_NS);
    judge_server(report, STAGE_CONNECT, list);
}

static const char *scope_text(enum address_scope scope)
{
    switch (scope) {
    case SCOPE_LOOPBACK:
        return "a loopback address, which is the server itself to the server";
    case SCOPE_LINK_LOCAL:
        return "a link-local address, which no router forwards";
    default:
        return "a private address, while the server has a public one: address translation (NAT) lies between, and the "
               "server cannot reach it";
    }
}

/* Whether the server can reach us only the server can try; what is wrong on its face can be said here. */
static void judge_own(struct check_report *report, const struct binding_list *list)
{
    const struct binding *server = find_used(&report->resolver_bindings);
    enum address_scope far = server ? address_scope(server->address) : SCOPE_PRIVATE;
    for (size_t i = 0; i < list->count; i++) {
        const struct binding *b = &list->all[i];
        if (b->is_name || !b->address[0] || !is_first_of_endpoint(list, i))
            continue;
        enum address_scope near = address_scope(b->address);
        if (near > far)
            check_report_find(report, STAGE_LISTEN, EVIDENCE_INFERRED,
                              "For the way back this computer offers %.60s, %s.", b->endpoint, scope_text(near));
    }
    for (size_t i = 0; i < list->count; i++)
        if (list->all[i].reach == REACH_NO && !list->all[i].is_name)
            check_report_find(
                report, STAGE_LISTEN, EVIDENCE_WIRE,
                "Nobody listens at %.100s of this computer (%.100s): the server must reach it before it can "
                "call back.",
                list->all[i].text, list->all[i].note);
}

void reachability_of_own(struct check_report *report, const struct observed *events, size_t count)
{
    struct binding_list *list = &report->own_bindings;
    bindings_take(list, events, count, OFFER_OWN_RESOLVER, RESOLVER_PORT);
    bindings_try(list, TRY_NS);
    bindings_take(list, events, count, OFFER_OWN_OBJECT, 0);
    bindings_resolve(list, TRY_NS, "only the server can try it");
    judge_own(report, list);
}
