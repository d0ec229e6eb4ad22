/* What a class object may ask about the client it makes an object for. */
#ifndef COM_CALL_CONTEXT_H
#define COM_CALL_CONTEXT_H

#include <stdbool.h>

/* Around an activation that probe-scm passes on: whether its client is of this host. Of the calling thread. */
void call_context_begin_activation(bool local);
void call_context_end_activation(void);

#endif
