/* The figures of a bench and their two forms. Plain data without COM. */
#ifndef PROBE_CLIENT_BENCH_RESULT_H
#define PROBE_CLIENT_BENCH_RESULT_H

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/histogram.h"
#include "probe-client/bench_kind.h"
#include "probe-client/bench_plan.h"
#include "probe-client/interval.h"
#include "probe-client/options.h"
#include "probe-client/page.h"
#include "probe-client/stages.h"

/* GetStatus; four operations with each number of items; Activate and its two parts */
#define BENCH_OPERATIONS_MAXIMUM (1 + 4 * BENCH_SIZES_MAXIMUM + 3)
#define BENCH_FLOOR              BENCH_LEVELS_MAXIMUM /* the bare TCP floor's place behind the levels */
#define BENCH_PARTIES            (BENCH_LEVELS_MAXIMUM + 1)

/* Fewer samples than this have no percentile of that rank worth the name; the maximum stands for it. */
#define BENCH_P99_SAMPLES  1000
#define BENCH_P999_SAMPLES 10000

/* For histogram_percentile_ns. */
#define BENCH_P50  500000
#define BENCH_P90  900000
#define BENCH_P99  990000
#define BENCH_P999 999000

/* One operation at one level, or at the floor. */
struct bench_row {
    struct histogram latency;
    int64_t cpu_ns;              /* of both processes, over the counted calls */
    int64_t block_p50_lowest_ns; /* medians of single blocks: how steady the machine was */
    int64_t block_p50_highest_ns;
    int64_t block_p50_ns[BENCH_ROUNDS_MAXIMUM]; /* of each round; 0: it has none */
    uint32_t pdus;                              /* of one call, request and reply; 0: not known */
    uint64_t bytes;
    uint32_t code; /* a call that failed ended it, with the figures so far; or 0 */
};

struct bench_operation {
    enum bench_kind kind;
    uint32_t items;         /* 0 where the operation has none */
    uint32_t request_bytes; /* what the floor sends and receives for one call */
    uint32_t reply_bytes;
    struct bench_row rows[BENCH_PARTIES];
};

/* Whether the verifiers of a level cover the headers too. */
enum bench_signing {
    BENCH_SIGNING_UNKNOWN, /* the runtime does not tell */
    BENCH_SIGNING_NO,
    BENCH_SIGNING_YES
};

struct bench_level {
    uint8_t asked;
    uint8_t sent;    /* as the server saw it; LEVEL_UNKNOWN when no call came through */
    bool obtainable; /* false: no figure */
    uint32_t code;   /* why no call came through, or 0 */
    enum bench_signing header_signing;
    uint8_t callback_sent; /* with the callbacks of its process; LEVEL_UNKNOWN when none was seen */
};

struct bench_result {
    char here[STAGE_HOST];
    char there[STAGE_HOST];
    char account[STAGE_ACCOUNT];
    char server[256];
    const char *kind;
    const char *runtime;     /* the COM runtime of this end, runtime_name() */
    char server_runtime[16]; /* empty: not known */
    bool one_machine;        /* by local RPC or a loopback address; false: not known */
    uint8_t mechanism;
    bool same_host; /* local RPC: there are no levels, and one row stands for all */
    bool has_floor;
    uint8_t callback_asked; /* of this process: the calls that the server makes to us */
    uint8_t callback_sent;  /* LEVEL_UNKNOWN when none came */
    bool interrupted;
    uint32_t lost_code;  /* the server answered no more; or 0 */
    int64_t duration_ns; /* asked */
    unsigned rounds;     /* done */
    struct bench_level levels[BENCH_LEVELS_MAXIMUM];
    unsigned level_count;
    struct bench_operation operations[BENCH_OPERATIONS_MAXIMUM];
    unsigned operation_count;
};

/* Adds the calls of the block of one round, and the CPU time they took. */
void bench_row_add(struct bench_row *row, unsigned round, const struct histogram *block, int64_t cpu_ns);
/* "Read of 100 items". */
void bench_operation_title(const struct bench_operation *o, char out[64]);
/* Whether the callbacks of this process travel as calls at that level do, so that a figure of both belongs to it. */
bool bench_result_callbacks_match(const struct bench_result *r, unsigned party);
/* CPU time per counted call. */
int64_t bench_row_cpu_ns(const struct bench_row *row);
/* "packet-integrity", "local" or "bare TCP floor"; `party` is a level's place or BENCH_FLOOR. */
const char *bench_result_party_name(const struct bench_result *r, unsigned party);
/* Whether the operation was measured there. */
bool bench_result_has_figure(const struct bench_result *r, const struct bench_operation *o, unsigned party);
/* What the operation costs more there than at `reference`: the difference of the medians within each round, over the
 * rounds that have both. False with fewer than two of them. */
bool bench_result_difference(const struct bench_operation *o, unsigned party, unsigned reference, struct interval *out);
/* The lowest level of this run that has a figure of the operation: what the others are compared with. False: none has.
 */
bool bench_result_lowest(const struct bench_result *r, const struct bench_operation *o, unsigned *party);
void bench_result_text(const struct page *p, const struct bench_result *r);
/* As schema/bench.schema.json says; the caller deletes the tree. */
cJSON *bench_result_json(const struct bench_result *r);

#endif
