#include "probe-server/message.h"

#include <assert.h>
#include <stdlib.h>

#include "opcda/quality.h"

static void clear_values(struct message *m)
{
    for (DWORD i = 0; i < m->count; i++)
        VariantClear(&m->values[i]);
    m->count = 0;
}

void message_cleanup(struct message *m)
{
    clear_values(m);
    free(m->clients);
    free(m->values);
    free(m->qualities);
    free(m->timestamps);
    free(m->errors);
    *m = (struct message){ 0 };
}

bool message_begin(struct message *m, DWORD capacity)
{
    clear_values(m);
    m->master_quality = S_OK;
    m->master_error = S_OK;
    if (capacity <= m->capacity)
        return true;
    message_cleanup(m);
    m->clients = calloc(capacity, sizeof(*m->clients));
    m->values = calloc(capacity, sizeof(*m->values));
    m->qualities = calloc(capacity, sizeof(*m->qualities));
    m->timestamps = calloc(capacity, sizeof(*m->timestamps));
    m->errors = calloc(capacity, sizeof(*m->errors));
    if (!m->clients || !m->values || !m->qualities || !m->timestamps || !m->errors) {
        message_cleanup(m);
        return false;
    }
    m->capacity = capacity;
    return true;
}

void message_add(struct message *m, OPCHANDLE client, const struct reading *reading)
{
    assert(m->count < m->capacity);
    DWORD at = m->count++;
    m->clients[at] = client;
    m->values[at] = reading->value;
    m->qualities[at] = reading->quality;
    m->timestamps[at] = reading->timestamp;
    m->errors[at] = reading->error;
    if (!quality_is_good(reading->quality))
        m->master_quality = S_FALSE;
    if (reading->error != S_OK)
        m->master_error = S_FALSE;
}

void message_add_error(struct message *m, OPCHANDLE client, HRESULT error)
{
    struct reading reading = { .quality = OPC_QUALITY_BAD, .error = error };
    VariantInit(&reading.value);
    message_add(m, client, &reading);
}
