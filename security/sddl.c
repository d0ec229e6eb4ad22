#include "security/sddl.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

struct code {
    char name[3];
    uint32_t bits;
};

/* [MS-DTYP] 2.5.1.1. Aliases of a domain (DA, DU, ...) are left out: there is no domain to take them from. */
static const struct {
    char name[3];
    const char *sid;
} aliases[] = {
    { "WD", "S-1-1-0" },      { "CO", "S-1-3-0" },      { "CG", "S-1-3-1" },      { "OW", "S-1-3-4" },
    { "NU", "S-1-5-2" },      { "IU", "S-1-5-4" },      { "SU", "S-1-5-6" },      { "AN", "S-1-5-7" },
    { "ED", "S-1-5-9" },      { "PS", "S-1-5-10" },     { "AU", "S-1-5-11" },     { "RC", "S-1-5-12" },
    { "SY", "S-1-5-18" },     { "LS", "S-1-5-19" },     { "NS", "S-1-5-20" },     { "WR", "S-1-5-33" },
    { "BA", "S-1-5-32-544" }, { "BU", "S-1-5-32-545" }, { "BG", "S-1-5-32-546" }, { "PU", "S-1-5-32-547" },
    { "AO", "S-1-5-32-548" }, { "SO", "S-1-5-32-549" }, { "PO", "S-1-5-32-550" }, { "BO", "S-1-5-32-551" },
    { "RE", "S-1-5-32-552" }, { "RU", "S-1-5-32-554" }, { "RD", "S-1-5-32-555" }, { "NO", "S-1-5-32-556" },
    { "MU", "S-1-5-32-558" }, { "LU", "S-1-5-32-559" }, { "IS", "S-1-5-32-568" }, { "CY", "S-1-5-32-569" },
    { "ER", "S-1-5-32-573" }, { "CD", "S-1-5-32-574" }, { "AC", "S-1-15-2-1" },
};
#define ALIASES (sizeof aliases / sizeof aliases[0])

/* Rights in the order in which Windows writes them. */
static const struct code rights[] = {
    { "GA", 0x10000000 }, { "GX", 0x20000000 }, { "GW", 0x40000000 }, { "GR", 0x80000000 }, { "CC", 0x0001 },
    { "DC", 0x0002 },     { "LC", 0x0004 },     { "SW", 0x0008 },     { "RP", 0x0010 },     { "WP", 0x0020 },
    { "DT", 0x0040 },     { "LO", 0x0080 },     { "CR", 0x0100 },     { "SD", 0x00010000 }, { "RC", 0x00020000 },
    { "WD", 0x00040000 }, { "WO", 0x00080000 },
};
#define SINGLE_RIGHTS (sizeof rights / sizeof rights[0])

/* Names that stand for several bits; read, never written. */
static const struct code combined_rights[] = {
    { "FA", 0x001f01ff }, { "FX", 0x001200a0 }, { "FW", 0x00120116 }, { "FR", 0x00120089 },
    { "KA", 0x000f003f }, { "KR", 0x00020019 }, { "KX", 0x00020019 }, { "KW", 0x00020006 },
};
#define COMBINED_RIGHTS (sizeof combined_rights / sizeof combined_rights[0])

static const struct code ace_flags[] = {
    { "OI", ACE_OBJECT_INHERIT }, { "CI", ACE_CONTAINER_INHERIT }, { "NP", ACE_NO_PROPAGATE },
    { "IO", ACE_INHERIT_ONLY },   { "ID", ACE_INHERITED },         { "SA", ACE_SUCCESSFUL_ACCESS },
    { "FA", ACE_FAILED_ACCESS },
};
#define ACE_FLAGS (sizeof ace_flags / sizeof ace_flags[0])

static const struct code acl_flags[] = {
    { "P", DESCRIPTOR_DACL_PROTECTED },
    { "AR", DESCRIPTOR_DACL_INHERIT_ASKED },
    { "AI", DESCRIPTOR_DACL_AUTO_INHERITED },
};
#define ACL_FLAGS (sizeof acl_flags / sizeof acl_flags[0])

/* What stands for a null list. */
static const char no_access_control[] = "NO_ACCESS_CONTROL";

/* ---- Reading ---------------------------------------------------------------------------------------- */

struct sddl_reader {
    const char *at;
    const struct sid *machine;
};

/* Moves past a literal if it is next, in any case: RFC 5234 2.3 makes literals so. */
static bool skip(struct sddl_reader *r, const char *literal)
{
    size_t length = strlen(literal);
    for (size_t i = 0; i < length; i++)
        if (toupper((unsigned char)r->at[i]) != literal[i])
            return false;
    r->at += length;
    return true;
}

static bool skip_code(struct sddl_reader *r, const struct code *codes, size_t count, uint32_t *bits)
{
    for (size_t i = 0; i < count; i++) {
        if (!skip(r, codes[i].name))
            continue;
        *bits |= codes[i].bits;
        return true;
    }
    return false;
}

/* A SID has no end mark of its own: what follows an owner may begin with a hexadecimal digit ("D:"), so only the
 * authority may have such. */
static enum err parse_numeric_sid(struct sddl_reader *r, struct sid *out)
{
    enum {
        prefix = 4,
        hex_authority = 14
    };
    char text[SID_TEXT];
    size_t length = prefix;
    if (strlen(r->at) >= prefix + hex_authority && r->at[prefix] == '0' && (r->at[prefix + 1] | 0x20) == 'x')
        length += hex_authority;
    length += strspn(r->at + length, "0123456789-");
    if (length >= sizeof text)
        return ERR_PROTOCOL;
    memcpy(text, r->at, length);
    text[length] = 0;
    r->at += length;
    return sid_parse(text, out) ? ERR_OK : ERR_PROTOCOL;
}

static enum err parse_sid(struct sddl_reader *r, struct sid *out)
{
    if (strncmp(r->at, "S-1-", 4) == 0 || strncmp(r->at, "s-1-", 4) == 0)
        return parse_numeric_sid(r, out);
    for (size_t i = 0; i < ALIASES; i++)
        if (skip(r, aliases[i].name))
            return sid_parse(aliases[i].sid, out) ? ERR_OK : ERR_PROTOCOL;
    uint32_t rid = skip(r, "LA") ? 500 : skip(r, "LG") ? 501 : 0;
    if (rid && r->machine)
        return sid_of_account(r->machine, rid, out) ? ERR_OK : ERR_PROTOCOL;
    bool is_alias = rid || (isalpha((unsigned char)r->at[0]) && isalpha((unsigned char)r->at[1]));
    return is_alias ? ERR_UNSUPPORTED : ERR_PROTOCOL;
}

static enum err parse_rights(struct sddl_reader *r, uint32_t *mask)
{
    *mask = 0;
    if (isdigit((unsigned char)*r->at)) {
        char *end;
        errno = 0;
        unsigned long long value = strtoull(r->at, &end, 0);
        if (errno || value > UINT32_MAX)
            return ERR_PROTOCOL;
        r->at = end;
        *mask = (uint32_t)value;
        return ERR_OK;
    }
    while (skip_code(r, rights, SINGLE_RIGHTS, mask) || skip_code(r, combined_rights, COMBINED_RIGHTS, mask))
        ;
    return ERR_OK;
}

/* The types that exist and are none of ours, so that a text of Windows is not called malformed. */
static bool is_other_type(struct sddl_reader *r)
{
    static const char *const others[] = { "OA;", "OD;", "AU;", "OU;", "ML;", "SP;", "XA;", "XD;", "ZA;", "XU;", "RA;" };
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        if (skip(r, others[i]))
            return true;
    return false;
}

/* "A;flags;rights;;;sid)", behind the opening parenthesis. */
static enum err parse_ace(struct sddl_reader *r, struct ace *out)
{
    uint32_t flags = 0;
    if (skip(r, "A;"))
        out->type = ACE_ALLOWED;
    else if (skip(r, "D;"))
        out->type = ACE_DENIED;
    else
        return is_other_type(r) ? ERR_UNSUPPORTED : ERR_PROTOCOL;
    while (skip_code(r, ace_flags, ACE_FLAGS, &flags))
        ;
    out->flags = (uint8_t)flags;
    if (!skip(r, ";"))
        return ERR_PROTOCOL;
    enum err e = parse_rights(r, &out->mask);
    if (e)
        return e;
    if (!skip(r, ";;;"))
        return ERR_PROTOCOL;
    e = parse_sid(r, &out->sid);
    if (e)
        return e;
    return skip(r, ")") ? ERR_OK : ERR_PROTOCOL;
}

static enum err parse_dacl(struct sddl_reader *r, struct descriptor *out)
{
    uint32_t control = 0;
    if (skip(r, no_access_control))
        return ERR_OK;
    while (skip_code(r, acl_flags, ACL_FLAGS, &control))
        ;
    out->dacl_control = (uint16_t)control;
    out->has_dacl = true;
    while (skip(r, "(")) {
        struct ace ace;
        enum err e = parse_ace(r, &ace);
        if (!e)
            e = descriptor_add(out, &ace);
        if (e)
            return e;
    }
    return ERR_OK;
}

/* A system list is the last part, so it ends with the text; nothing in it is ours but that its parentheses match. */
static enum err skip_sacl(struct sddl_reader *r)
{
    int depth = 0;
    uint32_t ignored = 0;
    while (skip_code(r, acl_flags, ACL_FLAGS, &ignored))
        ;
    for (; *r->at; r->at++) {
        if (depth == 0 && *r->at != '(')
            return ERR_PROTOCOL;
        depth += (*r->at == '(') - (*r->at == ')');
    }
    return depth == 0 ? ERR_OK : ERR_PROTOCOL;
}

static enum err parse_whole(struct sddl_reader *r, struct descriptor *out)
{
    enum err e = ERR_OK;
    if (skip(r, "O:")) {
        e = parse_sid(r, &out->owner);
        out->has_owner = true;
    }
    if (!e && skip(r, "G:")) {
        e = parse_sid(r, &out->group);
        out->has_group = true;
    }
    if (!e && skip(r, "D:"))
        e = parse_dacl(r, out);
    if (!e && skip(r, "S:"))
        e = skip_sacl(r);
    return e ? e : *r->at ? ERR_PROTOCOL : ERR_OK;
}

enum err sddl_parse(const char *text, const struct sid *machine, struct descriptor *out)
{
    struct sddl_reader r = { text, machine };
    memset(out, 0, sizeof *out);
    enum err e = strlen(text) >= SDDL_MAXIMUM ? ERR_LIMIT : *text ? parse_whole(&r, out) : ERR_PROTOCOL;
    if (e)
        descriptor_cleanup(out);
    return e;
}

/* ---- Writing ---------------------------------------------------------------------------------------- */

static void put(struct writer *w, const char *text)
{
    writer_bytes(w, text, strlen(text));
}

static void put_sid(struct writer *w, const struct sid *sid)
{
    char text[SID_TEXT];
    sid_text(sid, text);
    for (size_t i = 0; i < ALIASES; i++) {
        if (strcmp(aliases[i].sid, text) != 0)
            continue;
        put(w, aliases[i].name);
        return;
    }
    put(w, text);
}

static void put_codes(struct writer *w, const struct code *codes, size_t count, uint32_t bits)
{
    for (size_t i = 0; i < count; i++)
        if (bits & codes[i].bits)
            put(w, codes[i].name);
}

static void put_rights(struct writer *w, uint32_t mask)
{
    uint32_t named = 0;
    for (size_t i = 0; i < SINGLE_RIGHTS; i++)
        named |= rights[i].bits;
    if ((mask & ~named) == 0) {
        put_codes(w, rights, SINGLE_RIGHTS, mask);
        return;
    }
    char text[16];
    snprintf(text, sizeof text, "0x%x", mask);
    put(w, text);
}

static void put_ace(struct writer *w, const struct ace *ace)
{
    put(w, ace->type == ACE_DENIED ? "(D;" : "(A;");
    put_codes(w, ace_flags, ACE_FLAGS, ace->flags);
    put(w, ";");
    put_rights(w, ace->mask);
    put(w, ";;;");
    put_sid(w, &ace->sid);
    put(w, ")");
}

char *sddl_format(const struct descriptor *d)
{
    struct writer w;
    writer_init(&w, SDDL_MAXIMUM);
    if (d->has_owner) {
        put(&w, "O:");
        put_sid(&w, &d->owner);
    }
    if (d->has_group) {
        put(&w, "G:");
        put_sid(&w, &d->group);
    }
    put(&w, "D:");
    if (!d->has_dacl)
        put(&w, no_access_control);
    else
        put_codes(&w, acl_flags, ACL_FLAGS, d->dacl_control);
    for (size_t i = 0; i < d->ace_count; i++)
        put_ace(&w, &d->aces[i]);
    writer_u8(&w, 0);
    if (!w.failed)
        return (char *)w.data;
    writer_cleanup(&w);
    return NULL;
}
