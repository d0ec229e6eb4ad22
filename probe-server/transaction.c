#include "probe-server/transaction.h"

#include <oleauto.h>
#include <stdlib.h>

struct transaction *transaction_create(enum transaction_kind kind, DWORD id, DWORD capacity)
{
    struct transaction *t = calloc(1, sizeof(*t));
    if (!t)
        return NULL;
    t->kind = kind;
    t->id = id;
    t->source = OPC_DS_DEVICE;
    t->servers = calloc(capacity, sizeof(*t->servers));
    t->clients = calloc(capacity, sizeof(*t->clients));
    t->values = kind == TRANSACTION_WRITE ? calloc(capacity, sizeof(*t->values)) : NULL;
    if (!t->servers || !t->clients || (kind == TRANSACTION_WRITE && !t->values)) {
        transaction_destroy(t);
        return NULL;
    }
    return t;
}

void transaction_destroy(struct transaction *t)
{
    if (!t)
        return;
    for (DWORD i = 0; t->values && i < t->count; i++)
        VariantClear(&t->values[i]);
    free(t->values);
    free(t->clients);
    free(t->servers);
    free(t);
}

void transaction_add(struct transaction *t, OPCHANDLE server, OPCHANDLE client)
{
    t->servers[t->count] = server;
    t->clients[t->count] = client;
    t->count++;
}
