/* accounts.json as the commands of probe-scm change it. */
#ifndef SCM_ACCOUNTS_FILE_H
#define SCM_ACCOUNTS_FILE_H

#include <cjson/cJSON.h>

#include "security/accounts.h"

#define ACCOUNTS_FILE_HASH (2 * NT_HASH_BYTES + 1)

/* The file as it is, or an empty one; cJSON_Delete it. */
MUST_USE enum err accounts_file_load(const char *path, cJSON **out, char complaint[JSON_COMPLAINT]);
/* Checks the new file before it replaces the old one, readable by its owner alone. */
MUST_USE enum err accounts_file_save(const char *path, const cJSON *root, char complaint[JSON_COMPLAINT]);
/* Reads a password from the file (NULL: none), OPCPROBE_PASSWORD or a prompt, and turns it into its hexadecimal hash at
 * once; secret_zero that after use. */
MUST_USE enum err accounts_file_read_hash(const char *password_file, char hash[ACCOUNTS_FILE_HASH],
                                          char complaint[JSON_COMPLAINT]);

#endif
