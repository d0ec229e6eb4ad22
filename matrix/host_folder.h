/* Fills a host's folder from the scenario: what it is called, its accounts, its registry. */
#ifndef MATRIX_HOST_FOLDER_H
#define MATRIX_HOST_FOLDER_H

#include "matrix/lab.h"
#include "matrix/level.h"
#include "matrix/secrets.h"

/* `wanted` is the scenario's host object. Failures leave a sentence in lab->complaint. */
MUST_USE enum err host_folder_write(struct lab *lab, const struct lab_host *host, const cJSON *wanted, enum level level,
                                    struct secrets *secrets);
/* Gives an account of the host the password that `word` stands for; makes the account if need be. */
MUST_USE enum err host_folder_set_password(struct lab *lab, const struct lab_host *host, const char *account,
                                           const char *word, struct secrets *secrets);
/* host.json and registry.reg as they would be written; heap, NULL when memory is short. For tests too. */
cJSON *host_folder_description(const struct lab *lab, const struct lab_host *host, const cJSON *wanted,
                               enum level level, const uint32_t machine[3]);
char *host_folder_registry(const char *programs, const cJSON *wanted, enum level level);

#endif
