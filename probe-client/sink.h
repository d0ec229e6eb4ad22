/* Our IOPCDataCallback: it only notes what came and wakes who waits.
 *
 * Calls arrive on threads of the runtime, perhaps several at once, so nothing is computed or called from
 * inside them. The object counts references and frees itself; its creator holds one. */
#ifndef PROBE_CLIENT_SINK_H
#define PROBE_CLIENT_SINK_H

#include <opcda.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

struct data_sink;

/* The first OnDataChange, in short. */
struct sink_arrival {
    int64_t time_ns;
    uint32_t items;
    uint32_t bad_items;     /* those with an error */
    uint16_t first_quality; /* of the first item */
};

/* The last OnDataChange of an awaited refresh. */
struct sink_refresh {
    int64_t time_ns;       /* just before it returned */
    uint16_t last_quality; /* of its last item */
    uint8_t level;         /* it came at */
};

MUST_USE enum err data_sink_create(struct data_sink **out);
ULONG data_sink_release(struct data_sink *s);
IUnknown *data_sink_unknown(struct data_sink *s); /* borrowed */
/* Waits for the `wanted`th OnDataChange with at least one item, and gives the first; false at the deadline or at
 * Ctrl-C. */
bool data_sink_wait(struct data_sink *s, uint32_t wanted, int64_t deadline_ns, struct sink_arrival *out);
/* Begins to wait for the OnDataChange calls of this transaction until they have brought so many items. Before the
 * refresh is asked for: they may come before its answer. Until then they are not written down as events. */
void data_sink_expect(struct data_sink *s, uint32_t transaction, uint32_t items);
/* False at the deadline or at Ctrl-C. */
bool data_sink_wait_refresh(struct data_sink *s, int64_t deadline_ns, struct sink_refresh *out);
/* Who is told of every OnDataChange at its end, still inside the call and under the sink's lock: it must be quick and
 * call nothing of the server's. It takes the place of the event. NULL: nobody, and nobody is being told any more when
 * this returns. */
typedef void data_sink_listener(void *context, uint32_t transaction, uint32_t items, int64_t now_ns);
void data_sink_listen(struct data_sink *s, data_sink_listener *listener, void *context);
/* OnDataChange calls so far. */
uint32_t data_sink_count(struct data_sink *s);

#endif
