/* What the files of the exporter share. */
#ifndef DCOM_EXPORTER_INTERNAL_H
#define DCOM_EXPORTER_INTERNAL_H

#include "base/thread.h"
#include "dcom/orpc/exporter.h"
#include "dcom/orpc/table.h"

/* One object. Its uses: one for being in the tables, one per entry that still exists, one per running function. */
struct stub {
    struct table_link by_oid, by_identity;
    OID oid;
    IUnknown *identity;         /* counted */
    struct ipid_entry *entries; /* (LOCK) those in the IPID table */
    unsigned uses;              /* (LOCK) */
    unsigned marshalling;       /* (LOCK) functions about to export an interface: it stays in the tables meanwhile */
    bool linked;                /* (LOCK) in both tables */
    int64_t last_used_ns;       /* (LOCK) */
    struct stub *next_garbage;
};

/* One interface of an object. Its uses: one for being in the table, one per running call. */
struct ipid_entry {
    struct table_link by_ipid;
    struct ipid_entry *next; /* (LOCK) of the stub */
    struct stub *stub;
    IPID ipid;
    IID iid;
    const struct ndr_interface *type; /* NULL for IUnknown, which has no remote method */
    IUnknown *pointer;                /* counted; of that interface */
    ULONG public_references;          /* (LOCK) of all clients */
    ULONG private_references;         /* (LOCK) counted for all clients together */
    unsigned uses;                    /* (LOCK) */
    bool linked;                      /* (LOCK) */
    struct ipid_entry *next_garbage;
};

/* What a function took out under the lock and lets go after it. */
struct garbage {
    struct ipid_entry *entries;
    struct stub *stubs;
};

struct exporter {
    struct exporter_options options;
    COMVERSION version; /* (RO) what it speaks */
    OXID oxid;
    IPID ipid_rem_unknown;
    IRemUnknown2 IRemUnknown2_iface;
    struct rpc_server *server;
    DUALSTRINGARRAY *bindings, *resolver_bindings;

    struct mutex lock;
    struct table ipids;      /* (LOCK) struct ipid_entry */
    struct table oids;       /* (LOCK) struct stub */
    struct table identities; /* (LOCK) struct stub by IUnknown pointer */
};

/* exporter_objects.c. Functions named _locked are called under the lock; garbage is collected after it. */
struct ipid_entry *exporter_find_ipid_locked(struct exporter *x, const void *ipid);
void exporter_unlink_entry_locked(struct exporter *x, struct ipid_entry *entry, struct garbage *g);
void exporter_drop_entry_locked(struct ipid_entry *entry, struct garbage *g);
/* Counts stop at their ends: a client can neither wrap them nor take more than there are. */
void exporter_add_references_locked(struct ipid_entry *entry, ULONG public_references, ULONG private_references);
/* The entry goes when both counts are zero ([MS-DCOM] 3.1.1.5.6.1.3). */
void exporter_take_references_locked(struct exporter *x, struct ipid_entry *entry, ULONG public_references,
                                     ULONG private_references, struct garbage *g);
void exporter_collect(struct exporter *x, struct garbage *g);
/* Takes a use of the entry, NULL when there is none. */
struct ipid_entry *exporter_use_ipid(struct exporter *x, const void *ipid);
void exporter_unuse(struct exporter *x, struct ipid_entry *entry);
/* Finds or makes the entry of an interface of `stub`, which the caller uses, and adds references. */
HRESULT exporter_export(struct exporter *x, struct stub *stub, const IID *iid, ULONG references, STDOBJREF *out);
void exporter_objects_cleanup(struct exporter *x);

/* exporter_rem_unknown.c */
extern const IRemUnknown2Vtbl exporter_IRemUnknown2_vtbl;

#endif
