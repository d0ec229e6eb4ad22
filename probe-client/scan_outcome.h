/* What one block of scans at one level came to, and how a process of its own tells it to the one that compares.
 *
 * A block has a process to itself, because the level of the calls that the server makes to us is that of the process.
 * Plain data without COM; large: on the heap. */
#ifndef PROBE_CLIENT_SCAN_OUTCOME_H
#define PROBE_CLIENT_SCAN_OUTCOME_H

#include "probe-client/level.h"
#include "probe-client/scan_figures.h"
#include "probe-client/stages.h"

struct scan_outcome {
    bool connected;
    bool ours;       /* the server proved to be the opcprobe test server */
    bool same_host;  /* local RPC, which knows no levels */
    bool whole;      /* ran to its end */
    uint32_t code;   /* HRESULT that ended it, or why it never began; 0: none */
    char failed[64]; /* the stage or call that `code` belongs to */
    char here[STAGE_HOST];
    char there[STAGE_HOST];
    char server[256];
    char kind[16];    /* of kind.h */
    char runtime[16]; /* of this side */
    char mechanism[16];
    uint8_t sent;        /* client to server, as the server saw it */
    uint8_t callback;    /* server to client, as we saw it; LEVEL_UNKNOWN: none came */
    int64_t measured_ns; /* without warm-up */
    int64_t own_ns;      /* what it costs to note one scan */
    int64_t cpu_ns;      /* of this process, over measured_ns */
    unsigned class_count;
    int64_t floor_ns[SCAN_CLASSES_MAXIMUM]; /* median of bare TCP, the bytes of the class's answer; 0: not known */
    struct scan_figures figures[SCAN_CLASSES_MAXIMUM];
};

cJSON *scan_outcome_to_json(const struct scan_outcome *o);
/* ERR_PROTOCOL: it is not what scan_outcome_to_json wrote. */
MUST_USE enum err scan_outcome_from_json(const cJSON *json, struct scan_outcome *out);

#endif
