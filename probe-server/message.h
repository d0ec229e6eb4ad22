/* The arrays of one callback, reused from one to the next. */
#ifndef PROBE_SERVER_MESSAGE_H
#define PROBE_SERVER_MESSAGE_H

#include <opcda.h>
#include <stdbool.h>

#include "probe-server/group_item.h"

struct message {
    DWORD count, capacity;
    OPCHANDLE *clients;
    VARIANT *values;
    WORD *qualities;
    FILETIME *timestamps;
    HRESULT *errors;
    HRESULT master_quality; /* S_FALSE when any quality is not good */
    HRESULT master_error;   /* S_FALSE when any error is not S_OK */
};

/* Empties the message and makes room; false when memory is short. */
bool message_begin(struct message *m, DWORD capacity);
/* Takes the reading's value over. */
void message_add(struct message *m, OPCHANDLE client, const struct reading *reading);
void message_add_error(struct message *m, OPCHANDLE client, HRESULT error);
void message_cleanup(struct message *m);

#endif
