/* Everything a check found out, as its reports need it. Plain data without COM. */
#ifndef PROBE_CLIENT_CHECK_REPORT_H
#define PROBE_CLIENT_CHECK_REPORT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"
#include "probe-client/bindings.h"
#include "probe-client/level.h"
#include "probe-client/skew.h"
#include "probe-client/stages.h"

/* What our own server says of its caller, from its reserved items. */
struct seen_by_server {
    bool known; /* false on any other server */
    char account[STAGE_ACCOUNT];
    uint8_t level;
    uint8_t mechanism;
    char session[32];
    char runtime[16]; /* of the server: names of opcda/runtime.h */
};

#define KIND_REASON      160
#define FINDINGS_MAXIMUM 16
#define FINDING_TEXT     480

/* Something that this run shows beside the verdict: it may work today and still not be as it should be. */
struct finding {
    enum stage stage; /* where it was seen */
    enum evidence evidence;
    char text[FINDING_TEXT];
};

struct check_report {
    char here[STAGE_HOST];  /* this host's name */
    char there[STAGE_HOST]; /* the target as the user named it; "." for this host */
    char clsid[GUID_TEXT];
    char progid[128];            /* empty when the class was given by its CLSID */
    char account[STAGE_ACCOUNT]; /* who we are; "anonymous", "this process's account" */
    bool anonymous;              /* a null session was asked for */
    struct levels asked;
    uint8_t mechanism;
    const char *runtime; /* the COM runtime of this side, runtime_name() */
    const char *kind;    /* what the server's side was: a constant of kind.h */
    char kind_reason[KIND_REASON];
    struct observed_system system; /* of the server's computer */
    bool same_host;                /* the object is on this host; known after the activation */
    struct skew logon_clock;       /* the server computer's clock, from its logon challenge */
    struct skew status_clock;      /* the OPC server's clock, from GetStatus */
    char server[256];              /* the server's own words about itself, from GetStatus */
    struct stage_table stages;
    struct binding_list resolver_bindings; /* what the server's computer offers, at `resolver` */
    struct binding_list object_bindings;   /* what the object's process offers, at `connect` */
    struct binding_list own_bindings;      /* what this computer offers for the way back, at `listen` */
    struct finding findings[FINDINGS_MAXIMUM];
    size_t finding_count;
    struct seen_by_server seen;
    uint64_t tcp_connections;
    uint64_t local_connections;
    uint32_t data_changes;
    bool counted; /* false: the runtime does not show its connections */
};

/* The bindings that belong to a stage; NULL for a stage that has none. */
const struct binding_list *check_report_bindings(const struct check_report *report, enum stage stage);
/* Notes a finding; beyond the maximum they are dropped, the first ones being those of the first stages. */
void check_report_find(struct check_report *report, enum stage stage, enum evidence evidence, const char *text, ...)
    PRINTF_LIKE(4, 5);

#endif
