/* Reading the format strings of widl -Oicf.
 *
 * A format string is a row of small programs, one per type: a code (FC_*), then what the code asks for, referring to
 * other types by offsets relative to the place of the offset. It is constant data of our own build, so nothing here
 * distrusts it; a code that is not known makes a plan or a call fail with E_NOTIMPL, and a test walks every type that
 * exists. */
#ifndef DCOM_NDR_FORMAT_H
#define DCOM_NDR_FORMAT_H

#include <rpcproxy.h>
#include <stdbool.h>

enum format_code {
    FC_ZERO = 0x00,
    FC_BYTE = 0x01,
    FC_CHAR = 0x02,
    FC_SMALL = 0x03,
    FC_USMALL = 0x04,
    FC_WCHAR = 0x05,
    FC_SHORT = 0x06,
    FC_USHORT = 0x07,
    FC_LONG = 0x08,
    FC_ULONG = 0x09,
    FC_FLOAT = 0x0a,
    FC_HYPER = 0x0b,
    FC_DOUBLE = 0x0c,
    FC_ENUM16 = 0x0d,
    FC_ENUM32 = 0x0e,
    FC_ERROR_STATUS_T = 0x10,
    FC_RP = 0x11,
    FC_UP = 0x12,
    FC_OP = 0x13,
    FC_STRUCT = 0x15,
    FC_CSTRUCT = 0x17,
    FC_BOGUS_STRUCT = 0x1a,
    FC_CARRAY = 0x1b,
    FC_CVARRAY = 0x1c,
    FC_SMFARRAY = 0x1d,
    FC_BOGUS_ARRAY = 0x21,
    FC_C_WSTRING = 0x25,
    FC_IP = 0x2f,
    FC_POINTER = 0x36,
    FC_ALIGNM2 = 0x37,
    FC_ALIGNM4 = 0x38,
    FC_ALIGNM8 = 0x39,
    FC_STRUCTPAD1 = 0x3d,
    FC_STRUCTPAD7 = 0x43,
    FC_EMBEDDED_COMPLEX = 0x4c,
    FC_DEREFERENCE = 0x54,
    FC_CALLBACK = 0x59,
    FC_CONSTANT_IID = 0x5a,
    FC_END = 0x5b,
    FC_PAD = 0x5c,
    FC_USER_MARSHAL = 0xb4,
    FC_RANGE = 0xb7
};

typedef const uint8_t *format; /* the code of a type, or of a correlation */

static inline unsigned format_u16(format f)
{
    return f[0] | (unsigned)f[1] << 8;
}

static inline int format_s16(format f)
{
    return (int16_t)format_u16(f);
}

/* ---- base types -------------------------------------------------------------------------- */
struct scalar {
    uint8_t wire, memory; /* bytes; 0: not a base type */
};
extern const struct scalar format_scalars[17];

static inline struct scalar format_scalar(uint8_t code)
{
    return code < sizeof format_scalars / sizeof *format_scalars ? format_scalars[code] : (struct scalar){ 0, 0 };
}

/* ---- pointers ---------------------------------------------------------------------------- */
#define POINTER_SIMPLE 0x08 /* the target's code stands right behind, instead of an offset */

static inline bool format_is_pointer(format f)
{
    return *f == FC_RP || *f == FC_UP || *f == FC_OP;
}

static inline format format_target(format pointer)
{
    return pointer[1] & POINTER_SIMPLE ? pointer + 2 : pointer + 2 + format_s16(pointer + 2);
}

/* ---- arrays ------------------------------------------------------------------------------ */
struct array {
    format element;
    format size;   /* correlation of the conformance; NULL: `fixed` elements */
    format length; /* correlation of the variance; NULL: all elements */
    uint32_t fixed;
    bool is_string; /* conformant and varying, up to its own zero */
};

bool format_is_array(format f);
struct array format_array(format f);
/* The array at the end of a conformant structure. */
format format_struct_array(format cstruct);
/* What stands for a member or element in a layout: its code, or that of a complex type elsewhere. */
format format_member(format layout);

/* Bytes in memory; of a conformant type without its elements, of other arrays of one element. 0: not known here. */
size_t format_size(format f);

/* ---- correlations ------------------------------------------------------------------------ */
#define CORRELATION_CLASS 0xf0
#define CORRELATION_TOP   0x20 /* a parameter; otherwise a member of the structure around */

static inline bool correlation_is_parameter(format c)
{
    return (c[0] & CORRELATION_CLASS) == CORRELATION_TOP && c[1] != FC_CALLBACK;
}

/* ---- procedures -------------------------------------------------------------------------- */
enum {
    PARAMETER_IN = 0x08,
    PARAMETER_OUT = 0x10,
    PARAMETER_RETURN = 0x20,
    PARAMETER_BASE = 0x40,
    PARAMETER_SIMPLE_REF = 0x100
};
#define PARAMETER_SIZE 6 /* bytes of one description */
#define SLOT_SIZE      8

struct procedure {
    unsigned method;
    unsigned slots; /* with This and the result */
    unsigned count; /* of parameters, the result too */
    format parameters;
};

struct procedure format_procedure(format header);

struct parameter {
    unsigned flags;
    unsigned offset;   /* of its slot */
    format type;       /* what is marshalled: the target, for a reference */
    bool by_reference; /* the slot holds the address of the value */
};

struct parameter format_parameter(const struct procedure *p, unsigned index, format types);

#endif
