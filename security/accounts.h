/* The local accounts of a host (accounts.json): who exists, with what secret and flags, and which passwords the machine
 * keeps for the servers that it starts as one of them.
 *
 * Secrets are NT hashes ([MS-NLMP] 3.3.1 NTOWFv1), never passwords; accounts_destroy zeroes them. A loaded
 * database is constant: any thread may read it. */
#ifndef SECURITY_ACCOUNTS_H
#define SECURITY_ACCOUNTS_H

#include "base/json.h"
#include "security/sid.h"
#include "security/token.h"

#define ACCOUNT_GROUPS   16
#define ACCOUNTS_MAXIMUM 10000
#define NT_HASH_BYTES    16

/* [MS-ERREF] 2.3.1: what a logon can end with. */
#define NTSTATUS_OK                   UINT32_C(0)
#define NTSTATUS_ACCESS_DENIED        UINT32_C(0xC0000022)
#define NTSTATUS_NO_SUCH_USER         UINT32_C(0xC0000064)
#define NTSTATUS_WRONG_PASSWORD       UINT32_C(0xC000006A)
#define NTSTATUS_LOGON_FAILURE        UINT32_C(0xC000006D)
#define NTSTATUS_ACCOUNT_RESTRICTION  UINT32_C(0xC000006E) /* an empty password over the network */
#define NTSTATUS_PASSWORD_EXPIRED     UINT32_C(0xC0000071)
#define NTSTATUS_ACCOUNT_DISABLED     UINT32_C(0xC0000072)
#define NTSTATUS_ACCOUNT_EXPIRED      UINT32_C(0xC0000193)
#define NTSTATUS_PASSWORD_MUST_CHANGE UINT32_C(0xC0000224)
#define NTSTATUS_ACCOUNT_LOCKED_OUT   UINT32_C(0xC0000234)

struct account {
    char name[TOKEN_NAME];
    uint32_t rid;
    uint8_t nt_hash[NT_HASH_BYTES];
    bool disabled, locked, expired, password_expired, must_change;
    size_t group_count;
    struct {
        struct sid sid; /* well-known; unused when `rid` is set */
        uint32_t rid;   /* of a group of this machine */
    } groups[ACCOUNT_GROUPS];
};

struct accounts; /* opaque */

/* Reads and checks the whole file; ERR_NOT_FOUND, ERR_ACCESS, ERR_PROTOCOL or ERR_LIMIT with "file:line: what". */
MUST_USE enum err accounts_load(const char *path, struct accounts **out, char complaint[JSON_COMPLAINT]);
MUST_USE enum err accounts_parse(const char *path, const char *text, size_t size, struct accounts **out,
                                 char complaint[JSON_COMPLAINT]);
void accounts_destroy(struct accounts *a);
size_t accounts_count(const struct accounts *a);
/* By name without regard to case; NULL when there is none. Borrowed. */
const struct account *accounts_find(const struct accounts *a, const char *name);
/* The rid of a group that the file declares itself; 0 when there is none of that name. */
uint32_t accounts_find_group(const struct accounts *a, const char *name);
/* The hash of a password that the machine keeps for a server it starts (the LSA secret of that name); NULL when there
 * is none. Borrowed. */
const uint8_t *accounts_find_secret(const struct accounts *a, const char *name);

/* The status of a logon once the password was compared, in the order Windows looks: a locked account says so whatever
 * the password; a wrong password hides every other flag; the flags come after. `network` logons with an empty
 * password are restricted (the policy LimitBlankPasswordUse, on by default). */
uint32_t account_logon_status(const struct account *account, bool password_is_right, bool network);
/* True when the hash is that of the empty password. */
bool account_password_is_empty(const struct account *account);
/* "STATUS_WRONG_PASSWORD"; "STATUS_?" for one not listed above. */
const char *ntstatus_name(uint32_t status);

#endif
