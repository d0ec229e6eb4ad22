/* The one table of codes: HRESULTs, Win32 and RPC statuses, NTSTATUSes, OPC errors.
 *
 * Nothing is allocated and everything is constant, so every function may be called from
 * any thread. The texts are Windows' own, so that they can be found by searching for them. */
#ifndef OPCDA_CODES_H
#define OPCDA_CODES_H

#include <stddef.h>
#include <stdint.h>

enum code_family {
    CODE_HRESULT,   /* COM, OLE, automation and SSPI results */
    CODE_WIN32,     /* Win32 and RPC runtime statuses; also the HRESULTs 0x8007xxxx */
    CODE_RPC_FAULT, /* statuses that exist only in RPC fault PDUs ([C706] appendix N) */
    CODE_NTSTATUS,  /* logon statuses; also the HRESULTs 0xDxxxxxxx */
    CODE_OPC        /* OPC Data Access errors */
};

struct code_info {
    uint32_t code;
    enum code_family family;
    const char *name; /* "E_ACCESSDENIED" */
    const char *text; /* "Access is denied." */
    uint32_t same_as; /* another spelling of the same failure, under which it is explained; 0 for none */
};

/* Finds a code by any of its spellings: itself, a Win32 status wrapped as 0x8007xxxx, an
 * NTSTATUS wrapped as 0xDxxxxxxx. NULL when it is unknown. */
const struct code_info *code_find(uint32_t code);
/* The n-th of all codes, NULL past the end: for tests and listings. */
const struct code_info *code_at(size_t index);
/* Name of a code, "unknown code" when there is none. */
const char *code_name(uint32_t code);
/* Name of the reason in a bind_nak PDU ([MS-RPCE] 2.2.2.5); NULL when it is unknown. */
const char *code_bind_nak_name(uint32_t reason);

#endif
