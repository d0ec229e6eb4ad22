/* Security identifiers ([MS-DTYP] 2.4.2): binary, text, and the well-known ones.
 *
 * Pure values; any thread. */
#ifndef SECURITY_SID_H
#define SECURITY_SID_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"

#define SID_SUBAUTHORITIES 15
#define SID_TEXT           192 /* "S-1-", a 48-bit authority, 15 sub-authorities and the zero */

struct sid {
    uint8_t revision;     /* 1 */
    uint8_t count;        /* sub-authorities in use */
    uint8_t authority[6]; /* big-endian, as on the wire */
    uint32_t sub[SID_SUBAUTHORITIES];
};

/* [MS-DTYP] 2.4.2.4. */
enum sid_well_known {
    SID_EVERYONE,
    SID_ANONYMOUS_LOGON,
    SID_AUTHENTICATED_USERS,
    SID_INTERACTIVE,
    SID_NETWORK,
    SID_BATCH,
    SID_SERVICE,
    SID_LOCAL_ACCOUNT,
    SID_SELF,
    SID_LOCAL_SYSTEM,
    SID_LOCAL_SERVICE,
    SID_NETWORK_SERVICE,
    SID_ADMINISTRATORS,
    SID_USERS,
    SID_GUESTS,
    SID_POWER_USERS,
    SID_DISTRIBUTED_COM_USERS,
    SID_PERFORMANCE_LOG_USERS,
    SID_WELL_KNOWN_COUNT
};

/* Reads "S-1-5-32-544" ([MS-DTYP] 2.4.2.1); the authority may be decimal or 0x and 12 digits. `out` is zeroed
 * on failure; nothing may follow. */
bool sid_parse(const char *text, struct sid *out);
void sid_text(const struct sid *sid, char out[SID_TEXT]);
/* The packet form of [MS-DTYP] 2.4.2.2. A wrong revision or count fails the reader. */
void sid_read(struct reader *r, struct sid *out);
void sid_write(struct writer *w, const struct sid *sid);
bool sid_equal(const struct sid *a, const struct sid *b);
/* `domain` and one sub-authority more: an account of a machine or domain. False when it has 15 already. */
bool sid_of_account(const struct sid *domain, uint32_t rid, struct sid *out);
struct sid sid_well_known(enum sid_well_known which);
/* "Administrators", "NT AUTHORITY\NETWORK" and the like; NULL for an unknown SID. */
const char *sid_well_known_name(const struct sid *sid);
/* The well-known SID with that name, with or without its authority ("BUILTIN\Administrators"), no case. */
bool sid_by_name(const char *name, struct sid *out);

#endif
