#include "probe-client/bench_plan.h"

#include "base/clock.h"
#include "probe-client/bench_floor.h"

#define BLOCK_NS         (50 * NS_PER_MS) /* long enough for warm-up and many calls */
#define BLOCK_LEAST_NS   (20 * NS_PER_MS) /* shorter ones are taken rather than fewer than ROUNDS_WANTED */
#define ROUNDS_WANTED    6                /* fewer have an interval too wide to say much */
#define ROUNDS_NECESSARY 2

#define FRAGMENT_BYTES 5840 /* what both sides offer in the bind */
#define HEADER_BYTES   24
#define OBJECT_BYTES   16 /* the IPID in a request's header */
#define THIS_BYTES     32 /* ORPCTHIS without extensions */
#define THAT_BYTES     8  /* ORPCTHAT without extensions */

/* What each operation has in its stubs, in bytes: a VT_R8 in a VARIANT is 40 with its pointer, a name of our bulk items
 * with its empty access path 64. */
static const struct {
    uint16_t request, request_item, reply, reply_item;
} stubs[BENCH_KINDS] = {
    [BENCH_GET_STATUS] = { 0, 0, 104, 0 }, [BENCH_ADD_ITEMS] = { 12, 92, 20, 28 }, [BENCH_READ] = { 12, 4, 20, 48 },
    [BENCH_WRITE] = { 16, 44, 12, 4 },     [BENCH_REFRESH] = { 8, 0, 48, 58 },
};

/* An even number of rounds of about this length. */
static int64_t whole_rounds(int64_t duration_ns, int64_t round_ns)
{
    int64_t rounds = duration_ns / round_ns / 2 * 2;
    if (rounds > BENCH_ROUNDS_MAXIMUM)
        return BENCH_ROUNDS_MAXIMUM;
    return rounds < ROUNDS_NECESSARY ? ROUNDS_NECESSARY : rounds;
}

struct bench_plan bench_plan_make(int64_t duration_ns, unsigned blocks)
{
    int64_t per_round = blocks;
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

struct bench_sizes bench_plan_sizes(enum bench_kind kind, uint32_t items)
{
    uint32_t request = stubs[kind].request + stubs[kind].request_item * items;
    uint32_t reply = stubs[kind].reply + stubs[kind].reply_item * items;
    return (struct bench_sizes){ with_headers(THIS_BYTES + request, HEADER_BYTES + OBJECT_BYTES),
                                 with_headers(THAT_BYTES + reply, HEADER_BYTES) };
}

struct bench_sizes bench_plan_sizes_of(enum bench_kind kind, uint32_t items, uint64_t both_bytes)
{
    struct bench_sizes s = bench_plan_sizes(kind, items);
    uint32_t smaller = s.request_bytes < s.reply_bytes ? s.request_bytes : s.reply_bytes;
    uint64_t larger = both_bytes - smaller;
    if (both_bytes <= smaller || larger > FLOOR_BYTES_MAXIMUM)
        return s;
    if (s.request_bytes < s.reply_bytes)
        s.reply_bytes = (uint32_t)larger;
    else
        s.request_bytes = (uint32_t)larger;
    return s;
}
