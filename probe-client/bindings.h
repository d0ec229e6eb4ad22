/* The string bindings that a server or this computer offers, each with whether it can be reached from here.
 *
 * A COM runtime takes the first binding that works and says nothing of the others; yet a client that tries them in
 * another order, or resolves another name, ends at one of those. They are tried here by hand, all at once and under one
 * short deadline, by a TCP connection that is closed again without a byte: what the runtime uses is not changed by it.
 * ([MS-DCOM] 2.2.19.3.) */
#ifndef PROBE_CLIENT_BINDINGS_H
#define PROBE_CLIENT_BINDINGS_H

#include "probe-client/observe.h"

#define BINDINGS_MAXIMUM 24
#define BINDING_NOTE     160

enum reach {
    REACH_UNTRIED, /* the note says why */
    REACH_YES,
    REACH_NO
};

/* What is to be said of an address that may not hold on the other side. */
enum address_scope {
    SCOPE_PUBLIC,
    SCOPE_PRIVATE,    /* 10/8, 172.16/12, 192.168/16, 100.64/10, fc00::/7: another network may use the same */
    SCOPE_LINK_LOCAL, /* 169.254/16, fe80::/10: nobody behind a router reaches it */
    SCOPE_LOOPBACK
};

struct binding {
    char text[STAGE_BINDING];  /* "ncacn_ip_tcp:10.2.0.2[135]" */
    char endpoint[STAGE_HOST]; /* its address or name, alone; empty when it is not TCP */
    char address[STAGE_HOST];  /* the address of it; empty for a name that has none here */
    uint16_t port;             /* 0: none was named, and none is usual */
    bool is_name;
    bool offered; /* false: the runtime dialled it although nobody offers it */
    bool in_use;  /* the runtime is connected to it */
    enum reach reach;
    uint32_t code; /* HRESULT of the attempt; 0 for none */
    int64_t elapsed_ns;
    char note[BINDING_NOTE]; /* empty when there is nothing to say */
};

struct binding_list {
    struct binding all[BINDINGS_MAXIMUM];
    size_t count;
};

/* Adds what these events offer; bindings without a port get `default_port`. A binding that stands in the list already
 * is not added again. */
void bindings_take(struct binding_list *list, const struct observed *events, size_t count, enum observed_offer offer,
                   uint16_t default_port);
/* Marks those that the runtime connected to in these events: they need no attempt of ours. */
void bindings_mark_used(struct binding_list *list, const struct observed *events, size_t count);
/* Tries every one that is not settled, in parallel; returns after `allowed_ns` at the latest. */
void bindings_try(struct binding_list *list, int64_t allowed_ns);
/* Resolves the names without connecting: what this computer offers can be reached only by the other side. */
void bindings_resolve(struct binding_list *list, int64_t allowed_ns, const char *why_untried);
/* Those that were tried by a connection of ours. */
size_t bindings_tried(const struct binding_list *list);
enum address_scope address_scope(const char *address);

#endif
