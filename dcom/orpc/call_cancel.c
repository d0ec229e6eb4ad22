#include "dcom/orpc/call_cancel.h"

void call_cancel_init(struct call_cancel *c)
{
    *c = (struct call_cancel){ 0 };
    mutex_init(&c->lock);
}

void call_cancel_cleanup(struct call_cancel *c)
{
    mutex_cleanup(&c->lock);
}

bool call_cancel_attach(struct call_cancel *c, struct rpc_connection *connection)
{
    if (!c)
        return true;
    mutex_lock(&c->lock);
    bool go_on = !c->requested;
    if (go_on)
        c->connection = connection;
    mutex_unlock(&c->lock);
    return go_on;
}

void call_cancel_detach(struct call_cancel *c)
{
    if (!c)
        return;
    mutex_lock(&c->lock);
    c->connection = NULL;
    mutex_unlock(&c->lock);
}

void call_cancel_request(struct call_cancel *c)
{
    mutex_lock(&c->lock);
    c->requested = true;
    if (c->connection)
        rpc_connection_cancel(c->connection);
    mutex_unlock(&c->lock);
}

void call_cancel_rearm(struct call_cancel *c)
{
    mutex_lock(&c->lock);
    c->requested = false;
    mutex_unlock(&c->lock);
}
