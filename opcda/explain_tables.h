/* The tables behind explain.h, one per subject, and the places that many entries point to. */
#ifndef OPCDA_EXPLAIN_TABLES_H
#define OPCDA_EXPLAIN_TABLES_H

#include "opcda/explain.h"

struct explanation_table {
    const struct explanation *entries;
    size_t count;
};

extern const struct explanation_table explain_network, explain_protocol, explain_logon, explain_activate,
    explain_access, explain_calls, explain_callback, explain_opc, explain_measured;

#define EXPLANATION_TABLE(entries)                                                                                     \
    {                                                                                                                  \
        (entries), sizeof(entries) / sizeof((entries)[0])                                                              \
    }

/* Where dcomcnfg keeps what the entries name. */
#define DCOMCNFG_MACHINE "dcomcnfg > Component Services > Computers > My Computer > Properties"
#define DCOMCNFG_APP                                                                                                   \
    "dcomcnfg > Component Services > Computers > My Computer > DCOM Config > (the OPC server) > Properties"

/* The stages in which the client calls the server's own process. */
#define STAGES_OBJECT                                                                                                  \
    (STAGE_BIT(STAGE_CONNECT) | STAGE_BIT(STAGE_QUERY) | STAGE_BIT(STAGE_CALL) | STAGE_BIT(STAGE_GROUP) |              \
     STAGE_BIT(STAGE_READ) | STAGE_BIT(STAGE_TEARDOWN))
#define STAGES_CALLBACK (STAGE_BIT(STAGE_ADVISE) | STAGE_BIT(STAGE_DATA))

#endif
