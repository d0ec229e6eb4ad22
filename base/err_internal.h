/* How numbers of the C library become `enum err`; for base/ alone. */
#ifndef BASE_ERR_INTERNAL_H
#define BASE_ERR_INTERNAL_H

#include "base/err.h"

/* ERR_OK for 0; ERR_IO for every number without a meaning of its own. */
enum err err_from_errno(int number);

#endif
