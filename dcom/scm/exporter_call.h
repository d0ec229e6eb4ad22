/* Calls to ILocalExporter, at a process's own local endpoint. They block; no lock may be held. */
#ifndef SCM_EXPORTER_CALL_H
#define SCM_EXPORTER_CALL_H

#include "dcom/scm/exporters.h"
#include "security/token.h"

/* What an exporter is asked to make. */
struct exporter_request {
    const CLSID *clsid;
    bool get_class_object;
    const IID *iids;
    uint32_t iid_count;
    const struct token *caller; /* NULL: a process without a logon session */
    bool local;
};

/* Fills `results` and `objrefs` (CoTaskMemFree each; NULL where a result failed), arrays of `iid_count`. `*hresult` is
 * what the class object said. `*gone` is true when nobody listened at its endpoint: nothing was asked, and the process
 * has ended. */
MUST_USE enum err exporter_call_create(const struct exporter *x, const struct exporter_request *request,
                                       int64_t deadline_ns, HRESULT *hresult, HRESULT *results,
                                       PMInterfacePointer *objrefs, bool *gone);
/* Nobody wants these objects any more. */
MUST_USE enum err exporter_call_rundown(const struct exporter *x, const OID *oids, uint32_t count, int64_t deadline_ns);

#endif
