/* What COM is in this process: from the first CoInitializeEx to the last CoUninitialize.
 *
 * There is one apartment, the multithreaded one: objects are called on whatever thread a call arrives. The parts below
 * are made once and constant afterwards; the exporter is made when something is given away for the first time, so that
 * a pure client never listens. A process without OPCPROBE_HOST has neither host nor probe-scm: it can activate and call
 * with explicit credentials, and giving an object away fails with CO_E_INIT_RPC_CHANNEL. */
#ifndef DCOM_COM_RUNTIME_H
#define DCOM_COM_RUNTIME_H

#include <objbase.h>

#include "dcom/orpc/exporter.h"
#include "dcom/orpc/oid_reporter.h"
#include "dcom/orpc/ping_client.h"
#include "dcom/orpc/resolver.h"

/* What CoInitializeSecurity says, and what holds without it. */
struct security_defaults {
    bool settled;                  /* said by the program, or used already: too late to change */
    bool refuses_authentication;   /* registered no authentication service */
    enum auth_mechanism mechanism; /* AUTH_NONE: what each server's bindings prefer */
    enum auth_level level;         /* of calls we make, and the least of those we take */
    uint8_t impersonation;
    char appid[GUID_TEXT];           /* whose lists in the registry judge calls; empty: the machine's default */
    const struct com_list *own_list; /* of the program itself; NULL: the registry's. Borrowed from the runtime */
};

struct runtime {
    struct host_files *files;        /* NULL without a host */
    const struct host_view *view;    /* the files as they were at the start; NULL without a host */
    const struct host *host;         /* of that view */
    bool remote_disabled;            /* (RO) EnableDCOM was N at the start: nothing goes to other machines */
    struct auth_authority authority; /* zeros without a host */
    struct pool *pool;
    struct local_scm *scm; /* NULL without a host */
    struct resolver *resolver;
    struct oid_reporter *reporter; /* NULL without a host */
    struct ping_client *pinger;    /* NULL with a host, whose probe-scm pings */
    int64_t ping_period_ns;        /* of the pinger; tests shorten it before they activate anything */

    struct mutex lock;
    struct condition changed;
    struct security_defaults security; /* (LOCK lock) */
    struct com_list own_list;          /* (LOCK lock) constant once security is settled */
    struct exporter *exporter;         /* (LOCK lock) NULL until made */
    bool exporter_in_making;           /* (LOCK lock) */
};

/* The runtime of this process; NULL while COM is not initialized. Borrowed: it lives until the last CoUninitialize. */
struct runtime *runtime_get(void);
/* The exporter, made when there is none yet. Borrowed. */
HRESULT runtime_exporter(struct runtime *rt, struct exporter **out);
/* The exporter if there is one, else NULL. */
struct exporter *runtime_exporter_if_any(struct runtime *rt);
/* A copy; the first use settles them. */
struct security_defaults runtime_security(struct runtime *rt);
/* What the registry says for an application ("{...}"; NULL for a program that has none), as of the start of COM. */
struct security_defaults runtime_security_of(const struct runtime *rt, const char *appid);

#endif
