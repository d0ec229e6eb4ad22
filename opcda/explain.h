/* What a code means at a step of the connection, where to look, and what would mend it.
 *
 * One code means different machines at different stages: an access denied while activating is
 * the server's to decide, the same number while advising is the client machine's. Nothing
 * here is allocated; any thread may ask. */
#ifndef OPCDA_EXPLAIN_H
#define OPCDA_EXPLAIN_H

#include <stddef.h>
#include <stdint.h>

#include "opcda/stage.h"

#define EXPLANATION_CAUSES 8

/* Whose logs and settings to look at. MACHINE_CALLED stands in the table for entries that hold in both
 * directions; explain_machine tells which machine that is. */
enum machine {
    MACHINE_CLIENT,
    MACHINE_SERVER,
    MACHINE_BOTH,
    MACHINE_CALLED,
    MACHINE_COUNT
};

/* What a run can measure beside the code. The same number hides several decisions; these tell them apart. */
enum fact {
    FACT_FAULT,           /* the refusal was an RPC fault */
    FACT_BODY,            /* it was an orderly reply that says no */
    FACT_LOGON_ACCEPTED,  /* the same account was accepted a moment before, where no permission is checked */
    FACT_NO_ACCOUNT,      /* the failing call carried no account */
    FACT_BELOW_INTEGRITY, /* the failing call travelled below packet-integrity */
    FACT_REFUSED_HERE,    /* the server's call reached the client program, which refused it */
    FACT_NEVER_ARRIVED,   /* it did not reach it */
    FACT_NTLM,            /* the failing call, or its logon, used NTLM */
    FACT_SAME_HOST,       /* client and server are on one machine */
    FACT_OTHER_HOST,
    FACT_COUNT
};

#define FACT_BIT(f) (UINT32_C(1) << (f))

struct explanation {
    uint32_t code;
    uint32_t stages;     /* set of STAGE_BIT */
    uint32_t directions; /* set of DIRECTION_BIT; 0 stands for all */
    enum machine machine;
    uint32_t facts;      /* set of FACT_BIT that must have been measured; 0 in the entries for the code alone */
    const char *finding; /* "Measured: ...", what the facts exclude; NULL without facts */
    const char *meaning; /* one or two sentences: what happened */
    const char *look_at; /* log and setting, in the order to look at them */
    const char *causes[EXPLANATION_CAUSES]; /* most likely first, NULL at the end */
    const char *change; /* the one narrowest change, with where to make it; NULL when nothing is to be changed */
    const char *undo;   /* how to take it back; NULL with `change` */
    const char *note;   /* what else one has to know; NULL for nothing */
};

/* The explanation that fits best: the code itself before another spelling of it, the stage
 * itself before an entry for many. NULL when the code is not explained. */
const struct explanation *explain_find(uint32_t code, enum stage stage, enum direction direction);
/* The same for a run that measured `facts` (a set of FACT_BIT): the entry that these narrow it down to, else that of
 * the code alone. */
const struct explanation *explain_find_measured(uint32_t code, enum stage stage, enum direction direction,
                                                uint32_t facts);
/* The n-th of all explanations, NULL past the end: for tests and listings. */
const struct explanation *explain_at(size_t index);
/* The machine to look at when the failing call ran in `direction`; never MACHINE_CALLED. */
enum machine explain_machine(const struct explanation *e, enum direction direction);
/* "client", "server", "client and server", "called machine" */
const char *machine_name(enum machine machine);

#endif
