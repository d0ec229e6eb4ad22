/* The providers that auth.c puts into its table. */
#ifndef DCOM_AUTH_INTERNAL_H
#define DCOM_AUTH_INTERNAL_H

#include "dcom/auth/auth.h"

extern const struct auth_ops auth_ntlm_ops;
extern const struct auth_ops auth_spnego_ops;

#endif
