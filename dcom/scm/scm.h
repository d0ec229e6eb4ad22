/* probe-scm itself: the parts, who owns them, and its two RPC servers.
 *
 * Threads: those of the RPC servers serve calls; one tells of ended processes; one starts servers; one pings other
 * hosts; one looks for objects nobody wants. No lock is held over a call to somebody else. */
#ifndef SCM_SCM_H
#define SCM_SCM_H

#include <dcom.h>
#include <local.h>

#include "base/process_tree.h"
#include "base/thread.h"
#include "dcom/orpc/com_version.h"
#include "dcom/orpc/plain_call.h"
#include "dcom/scm/activator.h"
#include "dcom/scm/exporters.h"
#include "dcom/scm/lsa.h"
#include "dcom/scm/ping_sets.h"
#include "dcom/scm/pings.h"

#define SCM_SOCKET "scm.sock"

struct scm {
    struct host_files *files;
    struct sessions *sessions;
    struct launcher *launcher;
    struct exporters *exporters;
    struct activator *activator;
    struct ping_sets *ping_sets;
    struct ping_client *ping_client;
    struct process_watch *watch;
    struct lsa lsa;
    struct lsa_authority authority;     /* of our own TCP connections */
    COMVERSION version;                 /* (RO) of DCOM that this host speaks */
    DUALSTRINGARRAY *resolver_bindings; /* (RO) where this host's resolver is reached */

    /* The interfaces, as COM-shaped objects whose methods find `struct scm` around them. */
    IObjectExporter object_exporter;
    IRemoteSCMActivator scm_activator;
    IActivation activation;
    ILocalScm local_scm;
    struct plain_service remote_services[3];
    size_t remote_service_count; /* (RO) */
    struct plain_service local_services[1];
    uint64_t epm_seal; /* (RO) random: what the endpoint mapper's context handles carry */
    struct rpc_server *remote_server;
    struct rpc_server *local_server;

    struct thread keeper;
    struct mutex keeper_lock;
    struct condition keeper_wakes;
    bool keeper_runs;
    bool stop; /* (LOCK keeper_lock) */
};

/* Builds everything and listens. On failure the complaint is one line for the user: what, where, what to do. The value
 * says whether the files (ERR_PROTOCOL, ERR_NOT_FOUND ...) or the environment were the reason (`*environment`). */
MUST_USE enum err scm_create(const char *folder, struct scm **out, char complaint[JSON_COMPLAINT], bool *environment);
/* Stops serving, then ends the servers it started. */
void scm_destroy(struct scm *s);

/* For the services: watches a process from now on; true when it is alive. */
bool scm_watch(struct scm *s, int64_t pid);
/* A process ended: everything of it goes. */
void scm_process_ended(struct scm *s, int64_t pid);

/* Runs a call of the endpoint mapper (service_endpoint_map.c). */
uint32_t scm_endpoint_map_dispatch(struct scm *s, struct rpc_server_call *call);

/* The vtables of the services (service_*.c). */
extern const IObjectExporterVtbl scm_object_exporter_vtbl;
extern const IRemoteSCMActivatorVtbl scm_remote_activator_vtbl;
extern const IActivationVtbl scm_activation_vtbl;
extern const ILocalScmVtbl scm_local_vtbl;

#endif
