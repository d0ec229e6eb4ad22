/* The one error value below the COM seam.
 *
 * Every function that can fail for a reason outside this program returns an
 * `enum err` (0 is success) and leaves its out parameters empty on failure.
 * com/ turns it into an HRESULT in exactly one table. A failure that carries a
 * number of its own (fault status, NTSTATUS, HRESULT in a body) reports that
 * number beside it, in the structure its header names. */
#ifndef BASE_ERR_H
#define BASE_ERR_H

enum err {
    ERR_OK = 0,
    ERR_MEMORY,      /* an allocation failed, or would exceed its hard limit */
    ERR_TIMEOUT,     /* the deadline passed */
    ERR_CANCELLED,   /* the caller gave the wait up */
    ERR_REFUSED,     /* connection refused (RST or ICMP reject) */
    ERR_UNREACHABLE, /* no route, host or network unreachable */
    ERR_RESOLVE,     /* a name has no address */
    ERR_CLOSED,      /* the peer closed the connection */
    ERR_PROTOCOL,    /* the peer's bytes are not what the specification says */
    ERR_LIMIT,       /* the peer's bytes are well formed but beyond our limits */
    ERR_UNSUPPORTED, /* well formed, legal, and not something we do */
    ERR_ACCESS,      /* the operating system said no (a privileged port, a file) */
    ERR_IN_USE,      /* address or name already taken */
    ERR_NOT_FOUND,   /* file, class, account, name: absent */
    ERR_AUTH,        /* authentication failed; the NTSTATUS stands beside it */
    ERR_FAULT,       /* an RPC fault PDU; its status stands beside it */
    ERR_NAK,         /* a bind_nak PDU or a rejected context; its reason stands beside it */
    ERR_IO,          /* any other failure of the operating system; errno is kept */
    ERR_COUNT
};

#define MUST_USE __attribute__((warn_unused_result))

/* Returns a short English phrase ("deadline passed"); never NULL. */
const char *err_text(enum err e);

#endif
