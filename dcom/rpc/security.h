/* One security context of a connection, applied to PDUs ([MS-RPCE] 3.3.1.5.2.2).
 *
 * What a level does to a call PDU:
 *   connect            nothing travels: no sec_trailer, though a peer's is tolerated
 *   packet, integrity  the whole PDU up to and with the sec_trailer is signed
 *   privacy            the same, and stub and padding are encrypted
 * Packet has the form of integrity: that is what NTLM and every peer met so far do. */
#ifndef DCOM_RPC_SECURITY_H
#define DCOM_RPC_SECURITY_H

#include "dcom/auth/auth.h"
#include "dcom/rpc/pdu.h"

struct security {
    uint32_t id;                   /* auth_context_id */
    enum auth_mechanism mechanism; /* as in the sec_trailer: SPNEGO stays SPNEGO */
    enum auth_level level;         /* as on the wire; AUTH_LEVEL_NONE without authentication */
    struct auth_context *auth;     /* owned; NULL without authentication */
    bool established;
};

/* Destroys the mechanism's context, secrets included. */
void security_cleanup(struct security *s);
/* Appends a sec_trailer with the token of a handshake to the open PDU and closes it. */
void security_end_leg(const struct security *s, struct writer *w, size_t start, const struct writer *token);

/* True when call PDUs carry a signature. */
bool security_protects(const struct security *s);
/* The most bytes of stub, a multiple of PDU_STUB_ALIGNMENT, for a fragment of `fragment` bytes with
 * `header` bytes before the stub. */
size_t security_stub_room(const struct security *s, size_t fragment, size_t header);
/* Pads, protects and closes the call PDU begun at `start`, whose stub begins at `stub_at` (both offsets in `w`). */
MUST_USE enum err security_protect(struct security *s, struct writer *w, size_t start, size_t stub_at);
/* True when the PDU has a sec_trailer that names this context, with its mechanism and level. */
bool security_is_named(const struct security *s, const struct pdu *pdu);
/* Undoes the protection of a received call PDU in place. ERR_AUTH: the signature is wrong or absent. What the
 * sec_trailer says of itself is signed with the rest, but not judged here. */
MUST_USE enum err security_unprotect(struct security *s, struct pdu *pdu, size_t stub_at);

#endif
