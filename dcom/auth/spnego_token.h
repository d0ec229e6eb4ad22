/* The tokens of SPNEGO: negTokenInit with Microsoft's negTokenInit2, and negTokenResp ([RFC4178] 4.2, [MS-SPNG] 2.2.1).
 *
 * Decoders read hostile bytes: a field that comes twice, out of order or with bytes to spare is ERR_PROTOCOL. What they
 * return points into the given buffer. */
#ifndef DCOM_AUTH_SPNEGO_TOKEN_H
#define DCOM_AUTH_SPNEGO_TOKEN_H

#include "base/err.h"
#include "dcom/auth/der.h"

#define SPNEGO_LIST_MAXIMUM  512 /* bytes of a list of mechanisms, with its tag; Windows' has 50 */
#define SPNEGO_TOKEN_MAXIMUM ((size_t)32 << 10)

/* negState, [RFC4178] 4.2.2. */
enum spnego_state {
    SPNEGO_ACCEPT_COMPLETED = 0,
    SPNEGO_ACCEPT_INCOMPLETE = 1,
    SPNEGO_REJECT = 2,
    SPNEGO_REQUEST_MIC = 3
};

/* The contents of the object identifier 1.3.6.1.4.1.311.2.2.10. */
extern const struct der_bytes spnego_oid_ntlm;

struct spnego_init {
    struct der_bytes mech_types; /* the whole element: what a mechListMIC is made over ([RFC4178] 5) */
    struct der_bytes mech_token; /* the optimistic token, or empty */
};

struct spnego_response {
    enum spnego_state state;         /* SPNEGO_ACCEPT_INCOMPLETE when it was left out */
    struct der_bytes supported_mech; /* contents of the object identifier, or empty */
    struct der_bytes token;          /* or empty */
    struct der_bytes mic;            /* or empty */
};

MUST_USE enum err spnego_init_decode(const uint8_t *data, size_t size, struct spnego_init *out);
MUST_USE enum err spnego_response_decode(const uint8_t *data, size_t size, struct spnego_response *out);
/* Where NTLM stands in a list of mechanisms, 0 being the most wanted; -1 when it is not there or the list is malformed.
 */
int spnego_find_ntlm(struct der_bytes mech_types);

/* The list that offers NTLM alone. */
void spnego_list_encode(struct writer *w);
void spnego_init_encode(struct writer *w, const struct spnego_init *m);
/* Empty fields are left out; the state is always there. */
void spnego_response_encode(struct writer *w, const struct spnego_response *m);

#endif
