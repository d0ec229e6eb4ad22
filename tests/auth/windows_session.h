/* One DCE/RPC session between Windows 10 and Windows Server 2019 at packet privacy, from a public capture: what real
 * peers send is the best golden data. It is scapy_dcerpc_privacy_ntlm.pcapng.gz of scapy's tests (test/pcaps), which is
 * not part of this tree: cases that need it are added to a suite where it is there. Account DOMAIN\Administrator. */
#ifndef TESTS_WINDOWS_SESSION_H
#define TESTS_WINDOWS_SESSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WINDOWS_PASSWORD "Password123!"

enum windows_pdu {
    WINDOWS_BIND,       /* SVCCTL with NDR, and bind-time feature negotiation; the NEGOTIATE message */
    WINDOWS_BIND_ACK,   /* accepted, features granted; the CHALLENGE message */
    WINDOWS_AUTH3,      /* the AUTHENTICATE message, which has a MIC */
    WINDOWS_REQUEST_1,  /* sealed, of an operation the server does not know */
    WINDOWS_FAULT,      /* its answer, not sealed, with extended error information */
    WINDOWS_REQUEST_2,  /* sealed: OpenSCManagerW */
    WINDOWS_RESPONSE_1, /* its answer, the first sealed PDU of the server */
    WINDOWS_PDUS
};

#define WINDOWS_NEGOTIATE_AT    124 /* where the tokens begin in their PDUs */
#define WINDOWS_CHALLENGE_AT    92
#define WINDOWS_AUTHENTICATE_AT 28

/* True when the capture is there. Otherwise says in one line that `cases` cases of the suite are not run. */
bool windows_session_present(int cases);
/* One PDU, exactly as large so that the address sanitizer guards its end; the caller frees it. Ends the program when
 * the capture does not hold it. */
uint8_t *windows_pdu(enum windows_pdu which, size_t *size);

#endif
