#include "probe-client/bindings.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/socket.h"
#include "base/text.h"
#include "base/thread.h"
#include "probe-client/evidence.h"
#include "probe-client/this_host.h"

#define TCP_PREFIX "ncacn_ip_tcp:"

#define NO_CONNECTION UINT32_C(0x800706BA) /* HRESULT_FROM_WIN32(RPC_S_SERVER_UNAVAILABLE), as COM says it */

/* ---- addresses ---- */

static bool parse_ipv4(const char *text, unsigned out[4])
{
    char end;
    return sscanf(text, "%3u.%3u.%3u.%3u%c", &out[0], &out[1], &out[2], &out[3], &end) == 4 && out[0] < 256 &&
           out[1] < 256 && out[2] < 256 && out[3] < 256;
}

static bool is_numeric(const char *text)
{
    unsigned parts[4];
    return strchr(text, ':') || parse_ipv4(text, parts);
}

static enum address_scope ipv6_scope(const char *address)
{
    unsigned first = 0;
    if (strcmp(address, "::1") == 0)
        return SCOPE_LOOPBACK;
    if (sscanf(address, "%4x", &first) != 1)
        return SCOPE_PUBLIC;
    if ((first & 0xFFC0) == 0xFE80)
        return SCOPE_LINK_LOCAL;
    return (first & 0xFE00) == 0xFC00 ? SCOPE_PRIVATE : SCOPE_PUBLIC;
}

enum address_scope address_scope(const char *address)
{
    unsigned p[4];
    if (!parse_ipv4(address, p))
        return ipv6_scope(address);
    if (p[0] == 127)
        return SCOPE_LOOPBACK;
    if (p[0] == 169 && p[1] == 254)
        return SCOPE_LINK_LOCAL;
    if (p[0] == 10 || (p[0] == 172 && (p[1] & 0xF0) == 16) || (p[0] == 192 && p[1] == 168) ||
        (p[0] == 100 && (p[1] & 0xC0) == 64))
        return SCOPE_PRIVATE;
    return SCOPE_PUBLIC;
}

/* ---- the list ---- */

/* "10.2.0.2[135]", "fe80::1[135]", "beta": the part behind the protocol. */
static void split(struct binding *b, uint16_t default_port)
{
    const char *rest = b->text + strlen(TCP_PREFIX);
    size_t length = strcspn(rest, "[");
    uint64_t port = default_port;
    if (rest[length] == '[') {
        char digits[8];
        snprintf(digits, sizeof(digits), "%.*s", (int)strcspn(rest + length + 1, "]"), rest + length + 1);
        if (!text_parse_u64(digits, 1, 65535, &port))
            port = 0;
    }
    snprintf(b->endpoint, sizeof(b->endpoint), "%.*s", (int)length, rest);
    b->port = (uint16_t)port;
    b->is_name = b->endpoint[0] && !is_numeric(b->endpoint);
    if (!b->is_name)
        snprintf(b->address, sizeof(b->address), "%s", b->endpoint);
}

static struct binding *find_text(struct binding_list *list, const char *text)
{
    for (size_t i = 0; i < list->count; i++)
        if (strcmp(list->all[i].text, text) == 0)
            return &list->all[i];
    return NULL;
}

/* Addresses stand before names, because they are tried first; both keep the order in which they were offered. */
static void insert(struct binding_list *list, const struct binding *b)
{
    size_t at = list->count;
    if (list->count == BINDINGS_MAXIMUM)
        return;
    while (!b->is_name && at > 0 && list->all[at - 1].is_name)
        at--;
    memmove(&list->all[at + 1], &list->all[at], (list->count - at) * sizeof(*b));
    list->all[at] = *b;
    list->count++;
}

void bindings_take(struct binding_list *list, const struct observed *events, size_t count, enum observed_offer offer,
                   uint16_t default_port)
{
    for (size_t i = 0; i < count; i++) {
        struct binding b = { .offered = true, .reach = REACH_UNTRIED };
        if (events[i].kind != OBSERVED_OFFERED || events[i].offer != offer || find_text(list, events[i].peer))
            continue;
        snprintf(b.text, sizeof(b.text), "%s", events[i].peer);
        if (strncmp(b.text, TCP_PREFIX, strlen(TCP_PREFIX)) == 0)
            split(&b, default_port);
        if (!b.endpoint[0])
            snprintf(b.note, sizeof(b.note), "not TCP");
        else if (b.port == 0)
            snprintf(b.note, sizeof(b.note), "names no port");
        insert(list, &b);
    }
}

static bool has_port(const struct binding_list *list, unsigned port)
{
    for (size_t i = 0; i < list->count; i++)
        if (list->all[i].port == port)
            return true;
    return false;
}

/* What the runtime dialled stands last: an address that nobody offers works for this client alone. */
static void add_dialled(struct binding_list *list, const char *address, unsigned port, int64_t elapsed_ns)
{
    struct binding b = { .in_use = true, .reach = REACH_YES, .elapsed_ns = elapsed_ns, .port = (uint16_t)port };
    if (list->count == BINDINGS_MAXIMUM)
        return;
    snprintf(b.text, sizeof(b.text), TCP_PREFIX "%.200s[%u]", address, port);
    snprintf(b.endpoint, sizeof(b.endpoint), "%s", address);
    snprintf(b.address, sizeof(b.address), "%s", address);
    snprintf(b.note, sizeof(b.note), "dialled; the server does not offer it");
    list->all[list->count++] = b;
}

/* "10.2.0.2:135" or "[fe80::1]:135". */
static bool split_peer(const char *peer, char *address, size_t size, unsigned *port)
{
    const char *colon = strrchr(peer, ':');
    uint64_t number;
    if (!colon || !text_parse_u64(colon + 1, 1, 65535, &number))
        return false;
    bool bracketed = peer[0] == '[' && colon > peer + 1 && colon[-1] == ']';
    snprintf(address, size, "%.*s", (int)(colon - peer) - (bracketed ? 2 : 0), peer + bracketed);
    *port = (unsigned)number;
    return true;
}

void bindings_mark_used(struct binding_list *list, const struct observed *events, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct observed *e = &events[i];
        char address[STAGE_HOST];
        unsigned port;
        if (e->kind != OBSERVED_CONNECT || e->local || e->error != ERR_OK ||
            !split_peer(e->peer, address, sizeof(address), &port) || !has_port(list, port))
            continue;
        bool found = false;
        for (size_t j = 0; j < list->count; j++) {
            struct binding *b = &list->all[j];
            if (b->port != port || strcmp(b->address, address) != 0)
                continue;
            found = true;
            b->elapsed_ns = b->in_use ? b->elapsed_ns : e->elapsed_ns;
            b->in_use = true;
            b->reach = REACH_YES;
        }
        if (!found)
            add_dialled(list, address, port, e->elapsed_ns);
    }
}

size_t bindings_tried(const struct binding_list *list)
{
    size_t n = 0;
    for (size_t i = 0; i < list->count; i++)
        n += list->all[i].reach != REACH_UNTRIED && !list->all[i].in_use && list->all[i].address[0];
    return n;
}

/* ---- trying ---- */

struct attempt {
    struct binding *binding;
    bool connect;
    int64_t deadline_ns;
    struct thread thread;
};

/* A name is looked up as the runtime does it: host.json's own names before the system's resolver. */
static bool resolve(struct binding *b, int64_t deadline_ns)
{
    char address[SOCKET_ADDRESS_TEXT];
    if (!b->is_name || this_host_find(b->endpoint, b->address, sizeof(b->address)))
        return true;
    enum err e = socket_resolve(b->endpoint, deadline_ns, address);
    if (e != ERR_OK) {
        b->reach = REACH_NO;
        b->code = EVIDENCE_NO_SUCH_HOST;
        snprintf(b->note, sizeof(b->note), "the name has no address here (%s)", err_text(e));
        return false;
    }
    snprintf(b->address, sizeof(b->address), "%s", address);
    return true;
}

static void connect_once(struct binding *b, int64_t deadline_ns)
{
    char from[SOCKET_ADDRESS_TEXT];
    socket_t s;
    this_host_source(b->address, from, sizeof(from));
    enum err e = socket_connect_tcp(b->address, b->port, from[0] ? from : NULL, deadline_ns, &s);
    b->reach = e == ERR_OK ? REACH_YES : REACH_NO;
    if (e == ERR_OK) {
        socket_close(s);
        return;
    }
    b->code = NO_CONNECTION;
    snprintf(b->note, sizeof(b->note), "%s",
             e == ERR_REFUSED   ? "refused: nobody listens there, or a firewall rejects it"
             : e == ERR_TIMEOUT ? "no answer: a firewall drops it, or the address leads nowhere"
                                : err_text(e));
}

static void run(void *argument)
{
    struct attempt *a = argument;
    struct binding *b = a->binding;
    int64_t begun_ns = clock_now_ns();
    bool resolved = resolve(b, a->deadline_ns);
    if (resolved && a->connect)
        connect_once(b, a->deadline_ns);
    b->elapsed_ns = clock_now_ns() - begun_ns;
    if (resolved && b->is_name) {
        char note[BINDING_NOTE];
        snprintf(note, sizeof(note), "%.64s%s%.80s", b->address, b->note[0] ? "; " : "", b->note);
        memcpy(b->note, note, sizeof(note));
    }
}

static void run_all(struct binding_list *list, bool connect, int64_t allowed_ns)
{
    struct attempt attempts[BINDINGS_MAXIMUM];
    size_t started = 0;
    int64_t deadline_ns = clock_deadline_ns(allowed_ns);
    for (size_t i = 0; i < list->count; i++) {
        struct binding *b = &list->all[i];
        if (b->reach != REACH_UNTRIED || !b->endpoint[0] || (connect && b->port == 0) || (!connect && !b->is_name))
            continue;
        struct attempt *a = &attempts[started];
        *a = (struct attempt){ .binding = b, .connect = connect, .deadline_ns = deadline_ns };
        if (thread_start(&a->thread, run, a) == ERR_OK)
            started++;
        else
            snprintf(b->note, sizeof(b->note), "not tried: no thread could be started");
    }
    for (size_t i = 0; i < started; i++)
        thread_join(&attempts[i].thread);
}

void bindings_try(struct binding_list *list, int64_t allowed_ns)
{
    run_all(list, true, allowed_ns);
}

void bindings_resolve(struct binding_list *list, int64_t allowed_ns, const char *why_untried)
{
    run_all(list, false, allowed_ns);
    for (size_t i = 0; i < list->count; i++) {
        struct binding *b = &list->all[i];
        if (b->reach != REACH_UNTRIED)
            continue;
        size_t used = strlen(b->note);
        snprintf(b->note + used, sizeof(b->note) - used, "%s%s", used ? "; " : "", why_untried);
    }
}
