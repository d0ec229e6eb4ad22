/* The name of the computer this process runs on. */
#ifndef BASE_HOST_NAME_H
#define BASE_HOST_NAME_H

#include <stddef.h>

/* UTF-8, without a domain; "localhost" when the system does not tell. */
void host_name(char *out, size_t size);

#endif
