#include <dcom_observer.h>
#include <stdatomic.h>

#include "base/clock.h"
#include "dcom/rpc/recorder.h"

/* Set once before the first call; atomic so that threads of the runtime may look at any time. */
struct listener {
    _Atomic(dcom_observer) function;
    _Atomic(void *) context;
};

static struct listener observer, recorder;

static void install(struct listener *l, dcom_observer function, void *context)
{
    atomic_store(&l->function, NULL);
    atomic_store(&l->context, context);
    atomic_store(&l->function, function);
}

static void tell(struct listener *l, const struct dcom_event *event)
{
    dcom_observer function = atomic_load(&l->function);

    if (function)
        function(atomic_load(&l->context), event);
}

void dcom_set_observer(dcom_observer function, void *context)
{
    install(&observer, function, context);
}

void rpc_set_recorder(dcom_observer function, void *context)
{
    install(&recorder, function, context);
}

bool rpc_is_watched(void)
{
    return atomic_load_explicit(&observer.function, memory_order_relaxed) != NULL;
}

bool dcom_observed(void)
{
    return rpc_is_watched() || atomic_load_explicit(&recorder.function, memory_order_relaxed) != NULL;
}

void dcom_observe(struct dcom_event *event)
{
    event->time_ns = clock_now_ns();
    tell(&observer, event);
    if (event->kind != DCOM_PDU && event->kind != DCOM_AUTH_LEG)
        tell(&recorder, event);
}
