/* An authority that keeps its accounts in memory, for suites and test peers. */
#ifndef TESTS_MEMORY_AUTHORITY_H
#define TESTS_MEMORY_AUTHORITY_H

#include <stdatomic.h>

#include "dcom/auth/auth.h"

struct memory_account {
    const char *user; /* NULL ends the list */
    const char *password;
    uint32_t ntstatus; /* of an account whose right password does not help: disabled, expired ... */
};

struct memory_authority {
    struct auth_authority authority;
    const struct memory_account *accounts;
    const struct memory_account *self; /* what prove_ntlm proves; NULL: no logon session */
    uint32_t anonymous_ntstatus;       /* 0 lets null sessions in */
    atomic_int tokens;                 /* handed out and not released yet */
};

/* Accounts of the suites: see memory_authority.c. */
extern const struct memory_account memory_accounts[];

/* Named ALPHA, alpha.lab.test. `m` must not move afterwards. */
void memory_authority_init(struct memory_authority *m);

#endif
