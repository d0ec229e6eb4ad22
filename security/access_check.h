/* The access check of [MS-DTYP] 2.5.3.2, without object types, conditions and privileges: DCOM uses none of them.
 *
 * Pure; any thread. */
#ifndef SECURITY_ACCESS_CHECK_H
#define SECURITY_ACCESS_CHECK_H

#include "security/descriptor.h"
#include "security/token.h"

#define ACCESS_READ_CONTROL UINT32_C(0x00020000)
#define ACCESS_WRITE_DAC    UINT32_C(0x00040000)

/* Whether the list grants every bit of `wanted`. Entries are taken in the order in which they stand: a bit is decided
 * by the first entry that speaks of it, so a denial behind a grant comes too late. `self` is who SELF stands for in
 * this list (the identity of the server); NULL: nobody. */
bool access_check(const struct descriptor *d, const struct token *caller, const struct sid *self, uint32_t wanted);

#endif
