#include "dcom/ndr/format.h"

const struct scalar format_scalars[17] = {
    [FC_BYTE] = { 1, 1 },   [FC_CHAR] = { 1, 1 },   [FC_SMALL] = { 1, 1 },          [FC_USMALL] = { 1, 1 },
    [FC_WCHAR] = { 2, 2 },  [FC_SHORT] = { 2, 2 },  [FC_USHORT] = { 2, 2 },         [FC_LONG] = { 4, 4 },
    [FC_ULONG] = { 4, 4 },  [FC_FLOAT] = { 4, 4 },  [FC_HYPER] = { 8, 8 },          [FC_DOUBLE] = { 8, 8 },
    [FC_ENUM16] = { 2, 4 }, [FC_ENUM32] = { 4, 4 }, [FC_ERROR_STATUS_T] = { 4, 4 },
};

format format_member(format layout)
{
    return *layout == FC_EMBEDDED_COMPLEX ? layout + 2 + format_s16(layout + 2) : layout;
}

format format_struct_array(format cstruct)
{
    return cstruct + 4 + format_s16(cstruct + 4);
}

bool format_is_array(format f)
{
    return *f == FC_CARRAY || *f == FC_CVARRAY || *f == FC_SMFARRAY || *f == FC_BOGUS_ARRAY || *f == FC_C_WSTRING;
}

/* A correlation of all ones says that there is none. */
static format present(format correlation)
{
    static const uint8_t none[4] = { 0xff, 0xff, 0xff, 0xff };
    return memcmp(correlation, none, sizeof none) ? correlation : NULL;
}

struct array format_array(format f)
{
    static const uint8_t unit[] = { FC_WCHAR };
    struct array a = { 0 };

    switch (*f) {
    case FC_CARRAY:
        a.size = f + 4;
        a.element = format_member(f + 8);
        break;
    case FC_CVARRAY:
        a.size = f + 4;
        a.length = f + 8;
        a.element = format_member(f + 12);
        break;
    case FC_BOGUS_ARRAY:
        a.fixed = format_u16(f + 2);
        a.size = present(f + 4);
        a.length = present(f + 8);
        a.element = format_member(f + 12);
        break;
    case FC_SMFARRAY:
        a.element = format_member(f + 4);
        if (format_size(a.element))
            a.fixed = (uint32_t)(format_u16(f + 2) / format_size(a.element));
        break;
    default:
        a.is_string = true;
        a.element = unit;
        break;
    }
    return a;
}

size_t format_size(format f)
{
    switch (*f) {
    case FC_RP:
    case FC_UP:
    case FC_OP:
    case FC_IP:
        return sizeof(void *);
    case FC_STRUCT:
    case FC_CSTRUCT:
    case FC_BOGUS_STRUCT:
    case FC_CARRAY:
    case FC_CVARRAY:
        return format_u16(f + 2);
    case FC_SMFARRAY:
    case FC_BOGUS_ARRAY:
        return format_size(format_array(f).element);
    case FC_C_WSTRING:
        return sizeof(WCHAR);
    case FC_USER_MARSHAL:
        return format_u16(f + 4);
    case FC_RANGE:
        return format_scalar(f[1]).memory;
    default:
        return format_scalar(*f).memory;
    }
}

#define PROCEDURE_HAS_RPC_FLAGS  0x08
#define PROCEDURE_HAS_EXTENSIONS 0x40

struct procedure format_procedure(format q)
{
    struct procedure p;

    /* Object interfaces have no binding handle to describe: kind of handle, flags, perhaps RPC flags. */
    q += q[1] & PROCEDURE_HAS_RPC_FLAGS ? 6 : 2;
    p.method = format_u16(q);
    p.slots = format_u16(q + 2) / SLOT_SIZE;
    /* Sizes of constant parts of both buffers are of no use to a writer that grows. */
    q += 8;
    p.count = q[1];
    p.parameters = q[0] & PROCEDURE_HAS_EXTENSIONS ? q + 2 + q[2] : q + 2;
    return p;
}

struct parameter format_parameter(const struct procedure *p, unsigned index, format types)
{
    format q = p->parameters + (size_t)index * PARAMETER_SIZE;
    struct parameter out = { .flags = format_u16(q), .offset = format_u16(q + 2) };

    if (out.flags & PARAMETER_BASE) {
        out.type = q + 4;
        out.by_reference = (out.flags & PARAMETER_SIMPLE_REF) != 0;
        return out;
    }
    out.type = types + format_u16(q + 4);
    /* Only values of at most 8 bytes stand in their slot. */
    out.by_reference = *out.type != FC_UP && *out.type != FC_OP && *out.type != FC_IP && *out.type != FC_RANGE;
    if (*out.type == FC_RP)
        out.type = format_target(out.type);
    return out;
}
