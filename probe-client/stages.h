/* The results of one check: one record per stage, in the order of opcda/stage.h.
 *
 * A record is written once, by the thread that runs the check; the table's listener is told whenever the
 * run of settled stages at the head of the table grows, so that lines appear in order although one COM call
 * settles several stages at once. */
#ifndef PROBE_CLIENT_STAGES_H
#define PROBE_CLIENT_STAGES_H

#include <stdbool.h>
#include <stdint.h>

#include "opcda/stage.h"
#include "probe-client/level.h"

enum stage_status {
    OUTCOME_PENDING, /* not settled yet */
    OUTCOME_OK,
    OUTCOME_FAILED,
    OUTCOME_SKIPPED,       /* did not run; the detail says why */
    OUTCOME_NOT_OBSERVABLE /* this runtime hides it, or it cannot be told apart from another stage */
};

/* How a failure looked on the wire. */
enum wire_shape {
    WIRE_NONE,
    WIRE_CONNECT,          /* no TCP connection */
    WIRE_BIND_NAK,         /* the bind was refused; the status is its reason */
    WIRE_CONTEXT_REJECTED, /* the interface was refused in the bind */
    WIRE_FAULT,            /* a fault PDU */
    WIRE_CLOSED,           /* the peer hung up in the middle */
    WIRE_TIMEOUT,          /* no answer within the deadline */
    WIRE_BAD_PDU,          /* an answer that is not what the specification says */
    WIRE_BODY              /* an orderly reply whose HRESULT says no */
};

/* What a result rests on, so that a report can say "measured" or "likely". */
enum evidence {
    EVIDENCE_WIRE,
    EVIDENCE_API,
    EVIDENCE_LOG,
    EVIDENCE_INFERRED
};

/* Whether the other side's call for this stage reached this program. */
enum way_back {
    WAY_BACK_UNKNOWN, /* no such call is part of the stage, or the runtime hides it */
    WAY_BACK_UNSEEN,
    WAY_BACK_SEEN,
    WAY_BACK_REFUSED /* it did, and an access list here refused it */
};

#define STAGE_HOST    260
#define STAGE_BINDING 300
#define STAGE_ACCOUNT 528
#define STAGE_DETAIL  320

struct stage_result {
    enum stage stage;
    enum stage_status status;
    enum direction direction;
    char host[STAGE_HOST]; /* whose side the stage exercises */
    uint32_t code;         /* the HRESULT as the caller got it; 0 for none */
    enum wire_shape shape;
    uint32_t wire_status;
    uint32_t ntstatus;   /* only from our own acceptor; 0 for none */
    uint8_t mechanism;   /* RPC_C_AUTHN_*, meaningful when level_sent is known */
    uint8_t level_asked; /* LEVEL_UNKNOWN when the stage has no level */
    uint8_t level_sent;
    char binding[STAGE_BINDING];
    char account[STAGE_ACCOUNT];
    int64_t elapsed_ns;
    enum evidence evidence;
    enum way_back way_back;
    bool given_up; /* failed only because the user ended it */
    char detail[STAGE_DETAIL];
};

struct stage_table {
    struct stage_result results[STAGE_COUNT];
    unsigned announced; /* stages told to the listener */
    void (*listener)(void *context, const struct stage_result *result);
    void *listener_context;
};

/* `here` and `there` name this host and the target. */
void stages_init(struct stage_table *t, const char *here, const char *there);
/* Who is told of settled stages; those settled before are told at once. */
void stages_listen(struct stage_table *t, void (*listener)(void *context, const struct stage_result *result),
                   void *context);
/* The record of a stage, to be filled before it is settled. */
struct stage_result *stages_at(struct stage_table *t, enum stage stage);
/* Settles a stage; the detail is printf-formatted. A settled stage is not settled again: the first word counts. */
void stages_settle(struct stage_table *t, enum stage stage, enum stage_status status, const char *detail, ...)
    __attribute__((format(printf, 4, 5)));
/* Settles every stage from `first` to before `last` that is still pending as skipped. */
void stages_skip(struct stage_table *t, enum stage first, enum stage last, const char *why);
bool stages_settled(const struct stage_table *t, enum stage stage);
/* The first failed stage, NULL when none failed. */
const struct stage_result *stages_first_failure(const struct stage_table *t);

/* Whether one of the stages before `end` has failed. */
bool stages_failed_before(const struct stage_table *t, enum stage end);

const char *status_name(enum stage_status status);
const char *wire_shape_name(enum wire_shape shape); /* NULL for WIRE_NONE */
const char *evidence_name(enum evidence evidence);

#endif
