#include "probe-client/bench_plan.h"

#include "base/clock.h"

#define BLOCK_NS         (50 * NS_PER_MS) /* long enough for warm-up and many calls */
#define BLOCK_LEAST_NS   (20 * NS_PER_MS) /* shorter ones are taken rather than fewer than ROUNDS_WANTED */
#define ROUNDS_WANTED    6                /* fewer have an interval too wide to say much */
#define ROUNDS_NECESSARY 2

#define FRAGMENT_BYTES 5840 /* what both sides offer in the bind */
#define HEADER_BYTES   24
#define OBJECT_BYTES   16  /* the IPID in a request's header */
#define THIS_BYTES     32  /* ORPCTHIS without extensions */
#define THAT_BYTES     8   /* ORPCTHAT without extensions */
#define STATUS_BYTES   104 /* OPCSERVERSTATUS with a short vendor text */
#define STATE_BYTES    48  /* OPCITEMSTATE with a VT_R8, and its HRESULT */

/* An even number of rounds of about this length. */
static int64_t whole_rounds(int64_t duration_ns, int64_t round_ns)
{
    int64_t rounds = duration_ns / round_ns / 2 * 2;
    if (rounds > BENCH_ROUNDS_MAXIMUM)
        return BENCH_ROUNDS_MAXIMUM;
    return rounds < ROUNDS_NECESSARY ? ROUNDS_NECESSARY : rounds;
}

struct bench_plan bench_plan_make(int64_t duration_ns, unsigned parties, unsigned operations)
{
    int64_t per_round = (int64_t)parties * operations;
    int64_t rounds = whole_rounds(duration_ns, per_round * BLOCK_NS);
    if (rounds < ROUNDS_WANTED) {
        int64_t possible = whole_rounds(duration_ns, per_round * BLOCK_LEAST_NS);
        rounds = possible < ROUNDS_WANTED ? possible : ROUNDS_WANTED;
    }
    return (struct bench_plan){ .rounds = (unsigned)rounds, .block_ns = duration_ns / (rounds * per_round) };
}

unsigned bench_plan_party(unsigned round, unsigned place, unsigned parties)
{
    return round % 2 == 0 ? place : parties - 1 - place;
}

static uint32_t with_headers(uint32_t stub, uint32_t header)
{
    uint32_t fragments = (stub + FRAGMENT_BYTES - header - 1) / (FRAGMENT_BYTES - header);
    return stub + (fragments ? fragments : 1) * header;
}

uint32_t bench_plan_request_bytes(uint32_t items)
{
    uint32_t arguments = items ? 12 + 4 * items : 0;
    return with_headers(THIS_BYTES + arguments, HEADER_BYTES + OBJECT_BYTES);
}

uint32_t bench_plan_reply_bytes(uint32_t items)
{
    uint32_t results = items ? 20 + STATE_BYTES * items : STATUS_BYTES;
    return with_headers(THAT_BYTES + results, HEADER_BYTES);
}
