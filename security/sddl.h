/* Security descriptors as text ([MS-DTYP] 2.5.1): "O:BAG:BAD:(A;;CCDCLC;;;WD)(A;;CCDC;;;AN)".
 *
 * Read and written as far as DCOM uses it: owner, group, and allowing and denying entries. A system list is read past.
 * Pure; any thread. */
#ifndef SECURITY_SDDL_H
#define SECURITY_SDDL_H

#include "security/descriptor.h"

#define SDDL_MAXIMUM ((size_t)256 << 10) /* bytes of one text with its zero */

/* `machine` is the SID that LA and LG (the accounts 500 and 501) belong to; NULL when there is none. ERR_PROTOCOL: not
 * SDDL; ERR_UNSUPPORTED: an object, conditional or other entry, or an alias of a domain; ERR_LIMIT, ERR_MEMORY. `out`
 * is { 0 } on failure. */
MUST_USE enum err sddl_parse(const char *text, const struct sid *machine, struct descriptor *out);
/* A heap text that the caller frees; NULL when memory is short. Well-known SIDs are written as their aliases and masks
 * as names where every bit has one. */
char *sddl_format(const struct descriptor *d);

#endif
