/* Names of accounts and groups as the lists of a host show them, turned into SIDs.
 *
 * Pure; any thread. */
#ifndef SECURITY_ACCOUNT_NAME_H
#define SECURITY_ACCOUNT_NAME_H

#include "security/accounts.h"
#include "security/descriptor.h"
#include "security/host.h"

#define ACCOUNT_NAME_COMPLAINT 512

/* A user or a group of the host (with or without its name before a backslash), or a well-known name such as
 * "BUILTIN\Administrators". False when nobody here is called so. */
bool account_name_sid(const struct host *host, const struct accounts *accounts, const char *name, struct sid *out);
/* SDDL in which a name in braces stands for its SID: "O:BAG:BAD:(A;;CCDC;;;{OPC Users})". On failure the complaint is a
 * phrase for the user. ERR_NOT_FOUND: an unknown name; otherwise as sddl_parse. */
MUST_USE enum err account_name_sddl(const struct host *host, const struct accounts *accounts, const char *text,
                                    struct descriptor *out, char complaint[ACCOUNT_NAME_COMPLAINT]);

#endif
