#include "security/sid.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"

#define SID_REVISION 1

struct known_sid {
    struct sid sid;
    const char *name;
    const char *full; /* with the authority it belongs to */
};

/* [MS-DTYP] 2.4.2.4; NT AUTHORITY is {0,0,0,0,0,5}, BUILTIN is its sub-authority 32. */
#define WORLD(name)                                                                                                    \
    {                                                                                                                  \
        { SID_REVISION, 1, { 0, 0, 0, 0, 0, 1 }, { 0 } }, name, name                                                   \
    }
#define NT(rid, name)                                                                                                  \
    {                                                                                                                  \
        { SID_REVISION, 1, { 0, 0, 0, 0, 0, 5 }, { rid } }, name, "NT AUTHORITY\\" name                                \
    }
#define BUILTIN(rid, name)                                                                                             \
    {                                                                                                                  \
        { SID_REVISION, 2, { 0, 0, 0, 0, 0, 5 }, { 32, rid } }, name, "BUILTIN\\" name                                 \
    }

static const struct known_sid known[SID_WELL_KNOWN_COUNT] = {
    [SID_EVERYONE] = WORLD("Everyone"),
    [SID_ANONYMOUS_LOGON] = NT(7, "ANONYMOUS LOGON"),
    [SID_AUTHENTICATED_USERS] = NT(11, "Authenticated Users"),
    [SID_INTERACTIVE] = NT(4, "INTERACTIVE"),
    [SID_NETWORK] = NT(2, "NETWORK"),
    [SID_BATCH] = NT(3, "BATCH"),
    [SID_SERVICE] = NT(6, "SERVICE"),
    [SID_LOCAL_ACCOUNT] = NT(113, "Local account"),
    [SID_SELF] = NT(10, "SELF"),
    [SID_LOCAL_SYSTEM] = NT(18, "SYSTEM"),
    [SID_LOCAL_SERVICE] = NT(19, "LOCAL SERVICE"),
    [SID_NETWORK_SERVICE] = NT(20, "NETWORK SERVICE"),
    [SID_ADMINISTRATORS] = BUILTIN(544, "Administrators"),
    [SID_USERS] = BUILTIN(545, "Users"),
    [SID_GUESTS] = BUILTIN(546, "Guests"),
    [SID_POWER_USERS] = BUILTIN(547, "Power Users"),
    [SID_DISTRIBUTED_COM_USERS] = BUILTIN(562, "Distributed COM Users"),
    [SID_PERFORMANCE_LOG_USERS] = BUILTIN(559, "Performance Log Users"),
};

/* One decimal number of at most 32 bits, moving `*at` past it. */
static bool parse_u32(const char **at, uint32_t *out)
{
    const char *p = *at;
    uint64_t value = 0;
    if (*p < '0' || *p > '9')
        return false;
    for (; *p >= '0' && *p <= '9'; p++) {
        value = value * 10 + (uint64_t)(*p - '0');
        if (value > UINT32_MAX)
            return false;
    }
    *at = p;
    *out = (uint32_t)value;
    return true;
}

/* [MS-DTYP] 2.4.2.1: an authority of 2^32 or more is written as 0x and exactly 12 digits. */
static bool parse_authority(const char **at, uint8_t out[6])
{
    if ((*at)[0] == '0' && ((*at)[1] == 'x' || (*at)[1] == 'X')) {
        char digits[13];
        if (strlen(*at) < 14)
            return false;
        memcpy(digits, *at + 2, 12);
        digits[12] = 0;
        if (!hex_parse(digits, out, 6))
            return false;
        *at += 14;
        return true;
    }
    uint32_t value;
    if (!parse_u32(at, &value))
        return false;
    out[0] = out[1] = 0;
    for (int i = 0; i < 4; i++)
        out[2 + i] = (uint8_t)(value >> (24 - 8 * i));
    return true;
}

static bool parse_whole(const char *text, struct sid *out)
{
    const char *at = text;
    if ((at[0] != 'S' && at[0] != 's') || strncmp(at + 1, "-1-", 3) != 0)
        return false;
    at += 4;
    out->revision = SID_REVISION;
    if (!parse_authority(&at, out->authority))
        return false;
    while (*at == '-') {
        at++;
        if (out->count == SID_SUBAUTHORITIES || !parse_u32(&at, &out->sub[out->count]))
            return false;
        out->count++;
    }
    return *at == 0 && out->count > 0;
}

bool sid_parse(const char *text, struct sid *out)
{
    memset(out, 0, sizeof *out);
    if (parse_whole(text, out))
        return true;
    memset(out, 0, sizeof *out);
    return false;
}

void sid_text(const struct sid *sid, char out[SID_TEXT])
{
    int at;
    if (sid->authority[0] || sid->authority[1]) {
        char digits[13];
        hex_format(sid->authority, 6, digits);
        at = snprintf(out, SID_TEXT, "S-%u-0x%s", sid->revision, digits);
    } else {
        uint32_t value = 0;
        for (int i = 2; i < 6; i++)
            value = value << 8 | sid->authority[i];
        at = snprintf(out, SID_TEXT, "S-%u-%u", sid->revision, value);
    }
    for (unsigned i = 0; i < sid->count && i < SID_SUBAUTHORITIES; i++)
        at += snprintf(out + at, SID_TEXT - (size_t)at, "-%u", sid->sub[i]);
}

void sid_read(struct reader *r, struct sid *out)
{
    memset(out, 0, sizeof *out);
    uint8_t revision = reader_u8(r);
    uint8_t count = reader_u8(r);
    if (revision != SID_REVISION || count > SID_SUBAUTHORITIES)
        reader_fail(r);
    if (r->failed)
        return;
    reader_copy(r, out->authority, sizeof out->authority);
    for (unsigned i = 0; i < count; i++)
        out->sub[i] = reader_u32(r);
    out->revision = revision;
    out->count = count;
    if (r->failed)
        memset(out, 0, sizeof *out);
}

void sid_write(struct writer *w, const struct sid *sid)
{
    writer_u8(w, sid->revision);
    writer_u8(w, sid->count);
    writer_bytes(w, sid->authority, sizeof sid->authority);
    for (unsigned i = 0; i < sid->count; i++)
        writer_u32(w, sid->sub[i]);
}

bool sid_equal(const struct sid *a, const struct sid *b)
{
    return a->revision == b->revision && a->count == b->count &&
           memcmp(a->authority, b->authority, sizeof a->authority) == 0 &&
           memcmp(a->sub, b->sub, a->count * sizeof a->sub[0]) == 0;
}

bool sid_of_account(const struct sid *domain, uint32_t rid, struct sid *out)
{
    if (domain->count >= SID_SUBAUTHORITIES) {
        memset(out, 0, sizeof *out);
        return false;
    }
    *out = *domain;
    out->sub[out->count++] = rid;
    return true;
}

struct sid sid_well_known(enum sid_well_known which)
{
    return known[which].sid;
}

const char *sid_well_known_name(const struct sid *sid)
{
    for (size_t i = 0; i < SID_WELL_KNOWN_COUNT; i++)
        if (sid_equal(sid, &known[i].sid))
            return known[i].full;
    return NULL;
}

bool sid_by_name(const char *name, struct sid *out)
{
    for (size_t i = 0; i < SID_WELL_KNOWN_COUNT; i++) {
        if (!utf8_equal_ignoring_case(name, known[i].name) && !utf8_equal_ignoring_case(name, known[i].full))
            continue;
        *out = known[i].sid;
        return true;
    }
    memset(out, 0, sizeof *out);
    return false;
}
