#include "opcda/codes.h"

#include "opcda/code_tables.h"

static const struct code_table *const tables[] = { &codes_com, &codes_win32, &codes_ntstatus, &codes_opc };

#define TABLES (sizeof(tables) / sizeof(tables[0]))

/* HRESULT_FROM_WIN32 sets these upper bits, HRESULT_FROM_NT the third. */
#define WRAPPED_WIN32_MASK UINT32_C(0xFFFF0000)
#define WRAPPED_WIN32      UINT32_C(0x80070000)
#define WRAPPED_NT_BIT     UINT32_C(0x10000000)
#define SEVERITY_NT_ERROR  UINT32_C(0xC0000000)

static const struct code_info *find_exact(uint32_t code)
{
    for (size_t t = 0; t < TABLES; t++)
        for (size_t i = 0; i < tables[t]->count; i++)
            if (tables[t]->codes[i].code == code)
                return &tables[t]->codes[i];
    return NULL;
}

const struct code_info *code_find(uint32_t code)
{
    const struct code_info *info = find_exact(code);
    if (!info && (code & WRAPPED_WIN32_MASK) == WRAPPED_WIN32)
        info = find_exact(code & ~WRAPPED_WIN32_MASK);
    if (!info && (code & (SEVERITY_NT_ERROR | WRAPPED_NT_BIT)) == (SEVERITY_NT_ERROR | WRAPPED_NT_BIT))
        info = find_exact(code & ~WRAPPED_NT_BIT);
    return info;
}

const struct code_info *code_at(size_t index)
{
    for (size_t t = 0; t < TABLES; t++) {
        if (index < tables[t]->count)
            return &tables[t]->codes[index];
        index -= tables[t]->count;
    }
    return NULL;
}

const char *code_name(uint32_t code)
{
    const struct code_info *info = code_find(code);
    return info ? info->name : "unknown code";
}

const char *code_bind_nak_name(uint32_t reason)
{
    static const char *const names[] = {
        "reason_not_specified",
        "temporary_congestion",
        "local_limit_exceeded",
        "called_paddr_unknown",
        "protocol_version_not_supported",
        "default_context_not_supported",
        "user_data_not_readable",
        "no_psap_available",
        "authentication_type_not_recognized",
        "invalid_checksum",
    };
    return reason < sizeof(names) / sizeof(names[0]) ? names[reason] : NULL;
}
