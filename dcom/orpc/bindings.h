/* String and security bindings ([MS-DCOM] 2.2.19): where a peer says it can be reached.
 *
 * The held form is the DUALSTRINGARRAY itself, one block from CoTaskMemAlloc, because the
 * marshaller wants exactly that; the functions here read and build it. Text is UTF-8 outside. A peer's array is
 * never trusted: every read stops at its end, and what cannot be understood is passed over.
 * No thread rule: arrays are values. */
#ifndef DCOM_BINDINGS_H
#define DCOM_BINDINGS_H

#include <dcom.h>

#include "base/bytes.h"
#include "base/err.h"
#include "dcom/rpc/rpc.h"

#define BINDINGS_UNITS_MAXIMUM ((size_t)16384) /* 16-bit units in one array */
#define BINDINGS_MAXIMUM       32              /* string bindings of one peer that we look at */

struct string_binding {
    uint16_t tower;                 /* RPC_TCP, RPC_LOCAL or another protocol's id */
    char address[RPC_ADDRESS_TEXT]; /* without the endpoint; an IPv6 address without brackets; or a name, or a path */
    uint16_t port;                  /* 0: the binding names no endpoint, as those of resolvers */
};

/* Walks the string bindings, then the security bindings, of an array. */
struct binding_cursor {
    const uint16_t *units; /* borrowed */
    size_t at, end;
};

void binding_cursor_strings(struct binding_cursor *c, const DUALSTRINGARRAY *array);
void binding_cursor_security(struct binding_cursor *c, const DUALSTRINGARRAY *array);
/* False at the end. Text that is too long or an endpoint that is no port number leaves the address empty. */
bool binding_next_string(struct binding_cursor *c, struct string_binding *out);
bool binding_next_security(struct binding_cursor *c, uint16_t *authentication_service);

/* "10.1.0.2[135]", "fe80::1[135]", "beta": text of one string binding to its parts. Anything can be given; what is
 * not understood becomes a name that nothing resolves. */
void string_binding_parse(uint16_t tower, const char *text, struct string_binding *out);
/* "ncacn_ip_tcp:10.1.0.2[135]" for people. */
void string_binding_text(const struct string_binding *b, char *out, size_t size);

/* The best authentication service that an array lists and this build has; AUTH_NONE when it lists none. */
enum auth_mechanism bindings_mechanism(const DUALSTRINGARRAY *array);

/* Builds an array in the order given; free with CoTaskMemFree. The authentication services are those the exporter
 * accepts, best first. */
MUST_USE enum err bindings_build(const struct string_binding *strings, size_t string_count, const uint16_t *services,
                                 size_t service_count, DUALSTRINGARRAY **out);
/* A copy (CoTaskMemFree); of NULL an empty array. NULL when memory is short. */
DUALSTRINGARRAY *bindings_dup(const DUALSTRINGARRAY *array);
bool bindings_equal(const DUALSTRINGARRAY *a, const DUALSTRINGARRAY *b);
/* Bytes of an array as NDR counts it. */
size_t bindings_size(const DUALSTRINGARRAY *array);

/* As it stands inside an OBJREF: the two counts and the units, without the conformance NDR puts in front. */
void bindings_write(struct writer *w, const DUALSTRINGARRAY *array);
MUST_USE enum err bindings_read(struct reader *r, DUALSTRINGARRAY **out);

/* One address to try. */
struct binding_target {
    struct string_binding binding;
    bool is_name;    /* has to be resolved first */
    bool is_dialled; /* not in the peer's bindings: the address we reached it by before */
};

/* The TCP addresses of a peer in the order we try them: numeric addresses as they stand, then names, then the
 * address it was reached by before (NULL or empty: none) when the array lacks it. Bindings without an endpoint get
 * `default_port`; with 0 they are left out. The dialled address takes the first binding's port. Returns their number,
 * at most `capacity`. */
size_t bindings_targets(const DUALSTRINGARRAY *array, const char *dialled, uint16_t default_port,
                        struct binding_target *out, size_t capacity);
/* True for text that is an IPv4 or IPv6 address. */
bool address_is_numeric(const char *text);
/* The four bytes of an IPv4 address in network order; false for any other text. */
bool address_ipv4(const char *text, uint8_t out[4]);

#endif
