/* Fills a host's folder from the scenario: what it is called, its accounts, its registry. */
#ifndef MATRIX_HOST_FOLDER_H
#define MATRIX_HOST_FOLDER_H

#include "matrix/lab.h"
#include "matrix/level.h"
#include "matrix/secrets.h"

#define HOST_ACCOUNT_WORDS 32

/* `wanted` is the scenario's host object. Failures leave a sentence in lab->complaint. */
MUST_USE enum err host_folder_write(struct lab *lab, const struct lab_host *host, const cJSON *wanted, enum level level,
                                    struct secrets *secrets);
/* Writes the account as `wanted` has it, new or not: its password stands for a word, its groups stay when `wanted`
 * names none, its flags are those of `wanted`. */
MUST_USE enum err host_folder_set_account(struct lab *lab, const struct lab_host *host, const cJSON *wanted,
                                          struct secrets *secrets);
/* Changes the members of the scenario's registry object. */
MUST_USE enum err host_folder_set_registry(struct lab *lab, const struct lab_host *host, const cJSON *registry);
/* Registers the test server's class as `server` has it, instead of as before; a password of its own is what the host
 * keeps for its identity from now on. */
MUST_USE enum err host_folder_register(struct lab *lab, const struct lab_host *host, const cJSON *server,
                                       enum level level, struct secrets *secrets);
/* Who sits at the host's console from now on; NULL: nobody. */
MUST_USE enum err host_folder_set_console(struct lab *lab, const struct lab_host *host, const char *account);
/* Which string bindings the host's next probe-scm and COM processes offer: "names", or "all" with the addresses. */
MUST_USE enum err host_folder_set_bindings(struct lab *lab, const struct lab_host *host, const char *bindings);
/* host.json as it would be written; heap, NULL when memory is short. For tests too. */
cJSON *host_folder_description(const struct lab *lab, const struct lab_host *host, const cJSON *wanted,
                               const uint32_t machine[3]);
/* The words of `probe-scm account` for an account, ended by NULL; its texts are borrowed. Returns how many there are, 0
 * when they are too many. For tests too. */
size_t host_folder_account_words(const cJSON *wanted, const char *words[HOST_ACCOUNT_WORDS]);

#endif
