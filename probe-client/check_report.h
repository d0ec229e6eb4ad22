/* Everything a check found out, as its reports need it. Plain data without COM. */
#ifndef PROBE_CLIENT_CHECK_REPORT_H
#define PROBE_CLIENT_CHECK_REPORT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"
#include "probe-client/level.h"
#include "probe-client/stages.h"

/* What our own server says of its caller, from its reserved items. */
struct seen_by_server {
    bool known; /* false on any other server */
    char account[STAGE_ACCOUNT];
    uint8_t level;
    uint8_t mechanism;
    char session[32];
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
    const char *kind; /* "real", "simulated" or "wine" */
    char server[256]; /* the server's own words about itself, from GetStatus */
    struct stage_table stages;
    struct seen_by_server seen;
    uint64_t tcp_connections;
    uint64_t local_connections;
    uint32_t data_changes;
    bool counted; /* false: the runtime does not show its connections */
};

#endif
