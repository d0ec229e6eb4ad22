/* Procedures: what the client's and the server's side of a call have in common. */
#ifndef DCOM_NDR_CALL_H
#define DCOM_NDR_CALL_H

#include "dcom/ndr/stub.h"

#define CALL_SLOTS_MAXIMUM 32

/* A method of an interface in the tables. */
struct method {
    const MIDL_STUB_DESC *tables;
    struct procedure procedure;
    STUB_THUNK thunk; /* of a [call_as] method, NULL otherwise */
};

/* False when the interface has no such method, or one that is not remote. */
bool method_find(const struct ndr_interface *type, unsigned number, struct method *out);

/* The address of a parameter's value; NULL for a reference that is NULL. */
uint8_t *parameter_value(const struct stub *s, const struct parameter *p);

/* Marshals the parameters that have `direction`, the result among the [out] ones. */
void put_parameters(struct stub *s, const struct method *m, unsigned direction);

#endif
