/* What the COM objects of this process share, and what they need from the process around them.
 *
 * The operations are a table so that tests can stand in for COM's caller, the clock and the process's
 * lifetime. Objects are free-threaded: every method may be called from any thread.
 *
 * Threads: COM's threads call methods; one scheduler thread samples groups (scheduler.h); each advised group has
 * one thread for its callbacks (subscription.h), the only one that waits for a client.
 * Locks are taken in the order service, server, group, address space; none is held over a call to a client. */
#ifndef PROBE_SERVER_SERVICE_H
#define PROBE_SERVER_SERVICE_H

#include <objbase.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/thread.h"

struct address_space;
struct refusal;
struct scheduler;
struct server;

#define CALLER_ACCOUNT 528 /* two names of 256 UTF-16 units would be longer in UTF-8: cut, never overrun */

/* Who makes the call in progress, as COM tells it. */
struct caller {
    char account[CALLER_ACCOUNT]; /* "DOMAIN\\user"; empty when there is none */
    int32_t level;                /* RPC_C_AUTHN_LEVEL_*; 0 outside of a call */
    int32_t mechanism;            /* RPC_C_AUTHN_* */
};

/* "none": the call carried no authentication; "anonymous"; "guest": signed in as Guest, so a level
 * of integrity protects nothing that matters; "user". */
const char *caller_session(const struct caller *caller);

struct service_ops {
    int64_t (*now_ns)(void *context);         /* monotonic */
    uint64_t (*wall_filetime)(void *context); /* to label values */
    void (*query_caller)(void *context, struct caller *out);
    /* Whether the client whose activation or call runs on this thread is on another computer. */
    bool (*caller_is_remote)(void *context);
    /* Around everything a thread of ours does with COM. */
    void (*thread_enter)(void *context);
    void (*thread_leave)(void *context);
    /* Applies the configured level to calls made through `sink`. */
    void (*prepare_sink)(void *context, IUnknown *sink);
    /* An object comes or is about to go; called without locks. */
    void (*objects_changed)(void *context);
};

struct service {
    const struct service_ops *ops; /* (RO) */
    void *context;                 /* (RO) */
    struct address_space *space;   /* (RO) owned by the creator of the service */
    struct scheduler *scheduler;   /* (RO) likewise */
    const struct refusal *refusal; /* (RO) borrowed; NULL: nothing is refused */
    uint16_t floor_port;           /* (RO) 0 when there is no floor */
    LONG time_bias_minutes;        /* (RO) what a group gets when the client names none */
    FILETIME started;              /* (RO) */
    /* What bounded queues cost clients: values replaced before a subscriber got them, and requests refused. */
    atomic_llong updates_overwritten, requests_refused;
    atomic_uint objects; /* servers, groups, subscriptions and server locks alive */
    struct mutex lock;
    struct server *servers; /* (LOCK lock) those that clients hold, for IOPCShutdown */
};

/* `space` and `scheduler` are borrowed and must outlive every object. */
void service_init(struct service *service, const struct service_ops *ops, void *context, struct address_space *space,
                  struct scheduler *scheduler);
void service_cleanup(struct service *service);
int64_t service_now_ns(const struct service *service);
FILETIME service_now_filetime(const struct service *service);
void service_object_born(struct service *service);
void service_object_died(struct service *service);

/* Minutes that local time is behind UTC, the sign that TimeBias has. Not for several threads at once. */
LONG service_local_time_bias(void);

#endif
