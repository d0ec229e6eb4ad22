#include "dcom/orpc/target.h"

#include <stdio.h>
#include <string.h>

#include "base/socket.h"

static bool is_ipv6(const char *address)
{
    return strchr(address, ':') != NULL;
}

/* A socket bound to an address of another family or scope could not connect at all. */
static void choose_source(const struct host *host, struct rpc_endpoint *out)
{
    if (!host || host->address_count == 0)
        return;
    const char *own = host->addresses[0];
    if (is_ipv6(own) == is_ipv6(out->address) &&
        host_address_is_loopback(own) == host_address_is_loopback(out->address))
        snprintf(out->from, sizeof out->from, "%s", own);
}

static enum err resolve(const struct host *host, const char *name, uint16_t *port, int64_t deadline_ns,
                        struct rpc_endpoint *out)
{
    char address[SOCKET_ADDRESS_TEXT];
    const struct host_name *known = host ? host_find_name(host, name) : NULL;
    enum err e = ERR_OK;
    if (known) {
        snprintf(out->address, sizeof out->address, "%s", known->address);
        if (*port == 0)
            *port = known->port;
    } else if (address_is_numeric(name)) {
        snprintf(out->address, sizeof out->address, "%s", name);
    } else {
        e = socket_resolve(name, deadline_ns, address);
        if (!e)
            snprintf(out->address, sizeof out->address, "%s", address);
    }
    return e;
}

enum err target_parse(const struct host *host, const char *text, uint16_t default_port, int64_t deadline_ns,
                      struct rpc_endpoint *out)
{
    struct string_binding b;
    *out = (struct rpc_endpoint){ .protseq = RPC_TCP };
    while (*text == '\\')
        text++;
    string_binding_parse(RPC_TCP, text, &b);
    if (b.address[0] == 0)
        return ERR_RESOLVE;
    enum err e = resolve(host, b.address, &b.port, deadline_ns, out);
    if (e)
        return e;
    out->port = b.port ? b.port : default_port;
    choose_source(host, out);
    return ERR_OK;
}

enum err target_of_binding(const struct host *host, const struct string_binding *b, int64_t deadline_ns,
                           struct rpc_endpoint *out)
{
    uint16_t port = b->port;
    *out = (struct rpc_endpoint){ .protseq = RPC_TCP };
    enum err e = resolve(host, b->address, &port, deadline_ns, out);
    if (e)
        return e;
    out->port = port;
    choose_source(host, out);
    return ERR_OK;
}

bool target_is_here(const struct host *host, const DUALSTRINGARRAY *bindings)
{
    struct binding_cursor cursor;
    struct string_binding b;
    if (!host)
        return false;
    binding_cursor_strings(&cursor, bindings);
    while (binding_next_string(&cursor, &b))
        if (b.tower == RPC_TCP && b.address[0] && host_is_me(host, b.address))
            return true;
    return false;
}
