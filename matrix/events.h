/* Event streams (base/event.h) of a cell, read back. */
#ifndef MATRIX_EVENTS_H
#define MATRIX_EVENTS_H

#include <stdint.h>

#include "base/json.h"

/* Every event of the folder's *.jsonl files written at or after the monotonic time, in no order
 * between files; lines that are no JSON (one still being written) are passed over. Heap; NULL when memory is short. */
cJSON *events_read(const char *folder, int64_t since_ns);
/* The NTSTATUS of the last logon that one of our own acceptors refused, as text; borrowed, NULL when none was. */
const char *events_refused_logon(const cJSON *events);

/* The last caller that the host's probe-client let in: {"account", "level", "mechanism"} of a callback. Heap; NULL when
 * there was none, as with callbacks that carry no account. */
cJSON *events_callback_caller(const cJSON *events, const char *host_name);

#endif
