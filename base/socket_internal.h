/* What the system-independent half of socket.h asks of the operating system; for base/ alone. */
#ifndef BASE_SOCKET_INTERNAL_H
#define BASE_SOCKET_INTERNAL_H

#include "base/socket.h"

/* Keeps the system's number for socket_last_error() of this thread. */
void socket_keep_error(int number);
/* One lookup by the system's resolver, for as long as it takes. */
enum err socket_resolve_now(const char *name, char out[SOCKET_ADDRESS_TEXT], int *system_error);

#endif
