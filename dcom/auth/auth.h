/* Authentication mechanisms behind one provider table ([MS-RPCE] 2.2.1.1.7, 2.2.2.11).
 *
 * rpc/ sees a security context: tokens in and out until it is established, then
 * per-PDU protection in place. A mechanism sees bytes and an authority; it knows neither
 * sockets nor PDUs. What a mechanism cannot know by itself (is this response right for
 * that account? with what secret shall I prove?) it asks the authority: on a real
 * host that is probe-scm over the local socket, in tests a table in memory.
 *
 * Thread rule: one context belongs to one connection and is used under that connection's
 * lock. Secrets are zeroed when a context is destroyed. */
#ifndef DCOM_AUTH_H
#define DCOM_AUTH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/err.h"

/* RPC_C_AUTHN_*: the values on the wire and in the COM API. */
enum auth_mechanism {
    AUTH_NONE = 0,
    AUTH_SPNEGO = 9,
    AUTH_NTLM = 10,
    AUTH_KERBEROS = 16
};

/* RPC_C_AUTHN_LEVEL_*. AUTH_LEVEL_CALL is sent as packet ([MS-RPCE] 2.2.1.1.8; Samba refuses 3). */
enum auth_level {
    AUTH_LEVEL_DEFAULT = 0,
    AUTH_LEVEL_NONE,
    AUTH_LEVEL_CONNECT,
    AUTH_LEVEL_CALL,
    AUTH_LEVEL_PACKET,
    AUTH_LEVEL_PACKET_INTEGRITY,
    AUTH_LEVEL_PACKET_PRIVACY
};
/* "none", "connect", "call", "packet", "packet-integrity", "packet-privacy": the names of JSON and
 * the command line; "?" for anything else. */
const char *auth_level_name(unsigned level);
const char *auth_mechanism_name(unsigned mechanism); /* "none" "spnego" "ntlm" "kerberos" */
/* False when the name is none of the six. */
bool auth_level_parse(const char *name, enum auth_level *out);
/* The level that travels for the level that was asked ([MS-RPCE] 2.2.1.1.8): call -> packet, default -> connect. */
enum auth_level auth_level_on_wire(enum auth_level asked);

#define AUTH_NAME 260 /* bytes of UTF-8 for a user or domain name, with the zero */

/* Explicit credentials. An empty user with an empty password is the anonymous (null) session. */
struct auth_identity {
    char user[AUTH_NAME];
    char domain[AUTH_NAME];
    char password[512]; /* secret_zero it after use */
};

/* What an acceptor says of its system before it knows who is there; zeros where it says nothing. */
struct auth_system {
    uint8_t major, minor; /* Windows' version; Samba and we say build 0, which no Windows has */
    uint16_t build;
    uint64_t clock; /* FILETIME */
};

/* Who the peer turned out to be. */
struct auth_peer {
    bool anonymous;
    bool guest;
    char user[AUTH_NAME];
    char domain[AUTH_NAME]; /* the authority that vouches: machine or domain name */
    char workstation[AUTH_NAME];
    uint8_t impersonation;     /* RPC_C_IMP_LEVEL_* the peer allows: identify or impersonate; 0 when nothing says so */
    uint32_t ntstatus;         /* 0, or the exact reason of a refusal (0xC000006A ...) */
    struct auth_system system; /* of an acceptor, from its challenge; not authenticated */
    void *token;               /* security token made by the authority, or NULL; freed by authority->release_token */
};

/* The NTLMv2 response a client gave, as the acceptor passes it on ([MS-NLMP] 3.3.2). */
struct auth_ntlm_response {
    const char *user, *domain, *workstation; /* UTF-8, as sent */
    const uint8_t *domain_utf16;             /* as sent, for NTOWFv2 */
    size_t domain_utf16_size;
    const uint8_t *server_challenge; /* 8 bytes */
    const uint8_t *nt_response;      /* NTProofStr and the temp blob */
    size_t nt_response_size;
    const uint8_t *lm_response;
    size_t lm_response_size;
};

/* The proof for default credentials: what an initiator needs without ever seeing the secret. */
struct auth_ntlm_proof {
    char user[AUTH_NAME], domain[AUTH_NAME];
    uint8_t nt_proof[16]; /* NTProofStr */
    uint8_t session_base_key[16];
};

/* Implemented by orpc/ over probe-scm's local socket and by tests in memory. A server asks from the threads of all its
 * connections at once. */
struct auth_authority {
    /* Checks a response: 0 and the session base key, or the exact NTSTATUS (0xC0000064 unknown user, 0xC000006A
     * wrong password, 0xC0000072 disabled ...). Fills peer->user, domain, guest, token. ERR_OK when a
     * verdict was reached at all; another error when the authority itself could not be asked. */
    enum err (*verify_ntlm)(void *context, const struct auth_ntlm_response *response, struct auth_peer *peer,
                            uint8_t session_base_key[16]);
    /* Proves with this process's own account: HMAC over server challenge and `temp`. ERR_NOT_FOUND when the
     * process has no logon session: the caller then goes anonymous or fails, as its caller decided. */
    enum err (*prove_ntlm)(void *context, const uint8_t server_challenge[8], const uint8_t *temp, size_t temp_size,
                           struct auth_ntlm_proof *out);
    /* Decides whether a null session is let in at all; fills the token of ANONYMOUS LOGON. 0 or an NTSTATUS. */
    uint32_t (*accept_anonymous)(void *context, struct auth_peer *peer);
    void (*release_token)(void *context, void *token);
    void *context;
    /* Names the acceptor puts into its CHALLENGE target info (UTF-8): NetBIOS and DNS names of machine and domain. */
    const char *computer_name, *dns_computer_name, *domain_name, *dns_domain_name;
};

struct auth_initiator_options {
    enum auth_level level;
    const struct auth_identity *identity; /* NULL: default credentials from the authority; borrowed for the handshake */
    const struct auth_authority *authority; /* may be NULL when identity is given */
    const char *principal;                  /* SPN such as "RPCSS/beta", or NULL */
    uint8_t impersonation;                  /* RPC_C_IMP_LEVEL_* */
    bool unsigned_handshake;                /* NTLM's messages are not to have a MIC; of use to SPNEGO alone */
};

struct auth_context; /* opaque; begins with its const struct auth_ops * */

struct auth_ops {
    enum auth_mechanism mechanism;
    MUST_USE enum err (*initiate)(const struct auth_initiator_options *options, struct auth_context **out);
    MUST_USE enum err (*accept)(enum auth_level level, const struct auth_authority *authority,
                                struct auth_context **out);
    /* One leg: consumes the peer's token (empty at the start of an initiator) and appends ours to `out` (which may
     * stay empty). Sets *done when established. ERR_AUTH: refused, see auth_peer.ntstatus; ERR_PROTOCOL: malformed. */
    MUST_USE enum err (*step)(struct auth_context *c, const uint8_t *token, size_t size, struct writer *out,
                              bool *done);
    /* Bytes of the auth_value this context appends to a PDU of that level; 0 below packet. */
    size_t (*signature_size)(const struct auth_context *c, size_t data_size);
    /* Protects a PDU in place: `pdu` up to and including the sec_trailer is signed, [data, data+data_size) inside it is
     * encrypted at packet-privacy, `signature` (signature_size bytes) is written. */
    MUST_USE enum err (*protect)(struct auth_context *c, uint8_t *pdu, size_t pdu_size, uint8_t *data, size_t data_size,
                                 uint8_t *signature);
    /* The reverse; ERR_AUTH when anything was changed, replayed or reordered. */
    MUST_USE enum err (*unprotect)(struct auth_context *c, uint8_t *pdu, size_t pdu_size, uint8_t *data,
                                   size_t data_size, const uint8_t *signature, size_t signature_size);
    /* A signature over bytes that are no PDU, once established: what SPNEGO protects its list of mechanisms with
     * ([RFC4178] 5). Appended to `out`; ERR_AUTH when it is wrong. NULL in a mechanism that nothing negotiates. */
    MUST_USE enum err (*make_mic)(struct auth_context *c, const uint8_t *data, size_t size, struct writer *out);
    MUST_USE enum err (*check_mic)(struct auth_context *c, const uint8_t *data, size_t size, const uint8_t *mic,
                                   size_t mic_size);
    /* Whether both sides are to exchange such signatures: the handshake was signed, and there is integrity. */
    bool (*mic_due)(const struct auth_context *c);
    const struct auth_peer *(*peer)(const struct auth_context *c);
    enum auth_mechanism (*inner)(const struct auth_context *c); /* what SPNEGO chose; itself otherwise */
    void (*destroy)(struct auth_context *c);
};

struct auth_context {
    const struct auth_ops *ops;
};

/* NULL for a mechanism this build does not have. */
const struct auth_ops *auth_find(enum auth_mechanism mechanism);

#endif
