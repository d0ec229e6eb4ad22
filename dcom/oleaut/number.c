#include "dcom/oleaut/number.h"

#include <math.h>

__extension__ typedef unsigned __int128 wide;

#define CY_SCALE        4
#define SCALE_MAXIMUM   28 /* of a DECIMAL ([MS-OAUT] 2.2.26) */
#define DECIMAL_MAXIMUM (((wide)1 << 96) - 1)
#define REAL_DIGITS     15 /* what automation keeps of a double */

double number_real(const struct number *n)
{
    if (n->kind == NUMBER_REAL)
        return n->real;
    double real = (double)(uint64_t)(n->magnitude >> 64) * 18446744073709551616.0 + (double)(uint64_t)n->magnitude;
    /* One division by an exact power of ten keeps the result as near as a double can be. */
    if (n->scale)
        real /= pow(10, n->scale);
    return n->negative ? -real : real;
}

bool number_is_zero(const struct number *n)
{
    return n->kind == NUMBER_REAL ? n->real == 0 : n->magnitude == 0;
}

static void from_signed(struct number *n, int64_t value)
{
    n->negative = value < 0;
    n->magnitude = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
}

static void from_decimal(struct number *n, const DECIMAL *d)
{
    n->negative = (d->sign & DECIMAL_NEG) != 0;
    n->magnitude = (wide)d->Hi32 << 64 | d->Lo64;
    n->scale = d->scale;
}

HRESULT number_from_variant(const VARIANT *v, struct number *out)
{
    *out = (struct number){ .kind = NUMBER_INTEGER };
    switch (v->vt) {
    case VT_EMPTY:
        break;
    case VT_I1:
        from_signed(out, (int8_t)v->cVal);
        break;
    case VT_I2:
    case VT_BOOL:
        from_signed(out, v->iVal);
        break;
    case VT_I4:
    case VT_INT:
        from_signed(out, v->lVal);
        break;
    case VT_I8:
        from_signed(out, v->llVal);
        break;
    case VT_UI1:
        out->magnitude = v->bVal;
        break;
    case VT_UI2:
        out->magnitude = v->uiVal;
        break;
    case VT_UI4:
    case VT_UINT:
        out->magnitude = v->ulVal;
        break;
    case VT_UI8:
        out->magnitude = v->ullVal;
        break;
    case VT_CY:
        from_signed(out, v->cyVal.int64);
        out->scale = CY_SCALE;
        break;
    case VT_DECIMAL:
        from_decimal(out, &v->decVal);
        return out->scale > SCALE_MAXIMUM ? E_INVALIDARG : S_OK;
    case VT_R4:
        out->kind = NUMBER_REAL;
        out->real = v->fltVal;
        break;
    case VT_R8:
    case VT_DATE:
        out->kind = NUMBER_REAL;
        out->real = v->dblVal;
        break;
    default:
        return DISP_E_TYPEMISMATCH;
    }
    return S_OK;
}

/* Divides by ten to the power of `digits`, rounding half to even. */
static wide divide_rounding(wide value, unsigned digits)
{
    wide divisor = 1;
    for (unsigned i = 0; i < digits; i++)
        divisor *= 10;
    wide quotient = value / divisor, rest = value % divisor;
    if (rest > divisor / 2 || (rest == divisor / 2 && divisor > 1 && (quotient & 1)))
        quotient++;
    return quotient;
}

/* The number times ten to the power of `scale`, as an integer; false when it is beyond 96 bits. */
static bool scaled(const struct number *n, unsigned scale, wide *magnitude, bool *negative)
{
    if (n->kind == NUMBER_REAL) {
        double value = rint(n->real * pow(10, scale));
        if (!(fabs(value) < 79228162514264337593543950336.0))
            return false;
        *negative = value < 0;
        *magnitude = (wide)fabs(value);
        return true;
    }
    *negative = n->negative;
    *magnitude = n->magnitude;
    if (scale <= n->scale) {
        *magnitude = divide_rounding(*magnitude, n->scale - scale);
        return true;
    }
    for (unsigned i = n->scale; i < scale; i++) {
        *magnitude *= 10;
        if (*magnitude > DECIMAL_MAXIMUM)
            return false;
    }
    return true;
}

/* The integer nearest to the number times ten to the power of `scale`, within the bounds given. */
static HRESULT integer(const struct number *n, unsigned scale, uint64_t lowest, uint64_t highest, uint64_t *out)
{
    wide magnitude;
    bool negative;
    if (!scaled(n, scale, &magnitude, &negative) || magnitude > (negative ? lowest : highest))
        return DISP_E_OVERFLOW;
    *out = negative ? 0 - (uint64_t)magnitude : (uint64_t)magnitude;
    return S_OK;
}

static HRESULT to_decimal(const struct number *n, DECIMAL *out)
{
    struct number exact = *n;
    memset(out, 0, sizeof *out);
    if (n->kind == NUMBER_REAL && !isfinite(n->real))
        return DISP_E_OVERFLOW;
    if (n->kind == NUMBER_REAL) {
        /* As many digits behind the point as the 15 significant ones leave. */
        double size = fabs(n->real);
        int before = size > 0 ? (int)floor(log10(size)) + 1 : 0;
        int scale = REAL_DIGITS - before;
        scale = scale < 0 ? 0 : scale > SCALE_MAXIMUM ? SCALE_MAXIMUM : scale;
        if (!scaled(n, (unsigned)scale, &exact.magnitude, &exact.negative))
            return DISP_E_OVERFLOW;
        exact.scale = (uint8_t)scale;
        for (; exact.scale && exact.magnitude % 10 == 0; exact.scale--)
            exact.magnitude /= 10;
    }
    out->scale = exact.scale;
    out->sign = exact.negative && exact.magnitude ? DECIMAL_NEG : 0;
    out->Hi32 = (ULONG)(exact.magnitude >> 64);
    out->Lo64 = (ULONGLONG)exact.magnitude;
    return S_OK;
}

static HRESULT to_float(const struct number *n, VARIANT *out)
{
    double real = number_real(n);
    if (isfinite(real) && fabs(real) > 3.4028235677973366e38)
        return DISP_E_OVERFLOW;
    out->fltVal = (float)real;
    return S_OK;
}

/* Bounds of the integer types: what a negative and a positive magnitude may be. */
static const struct integer_type {
    VARTYPE type;
    uint8_t scale;
    uint64_t lowest, highest;
} integer_types[] = {
    { VT_I1, 0, 0x80, 0x7F },
    { VT_UI1, 0, 0, 0xFF },
    { VT_I2, 0, 0x8000, 0x7FFF },
    { VT_UI2, 0, 0, 0xFFFF },
    { VT_I4, 0, 0x80000000, 0x7FFFFFFF },
    { VT_INT, 0, 0x80000000, 0x7FFFFFFF },
    { VT_ERROR, 0, 0x80000000, 0x7FFFFFFF },
    { VT_UI4, 0, 0, 0xFFFFFFFF },
    { VT_UINT, 0, 0, 0xFFFFFFFF },
    { VT_I8, 0, (uint64_t)1 << 63, INT64_MAX },
    { VT_UI8, 0, 0, UINT64_MAX },
    { VT_CY, CY_SCALE, (uint64_t)1 << 63, INT64_MAX },
};

HRESULT number_to_variant(const struct number *n, VARTYPE type, VARIANT *out)
{
    HRESULT hr = S_OK;
    VariantInit(out);
    for (size_t i = 0; i < sizeof integer_types / sizeof *integer_types; i++) {
        const struct integer_type *t = &integer_types[i];
        if (t->type != type)
            continue;
        hr = integer(n, t->scale, t->lowest, t->highest, &out->ullVal);
        out->vt = type;
        return hr;
    }
    switch (type) {
    case VT_BOOL:
        out->boolVal = number_is_zero(n) ? VARIANT_FALSE : VARIANT_TRUE;
        break;
    case VT_R4:
        hr = to_float(n, out);
        break;
    case VT_R8:
        out->dblVal = number_real(n);
        break;
    case VT_DATE:
        out->date = number_real(n);
        break;
    case VT_DECIMAL:
        hr = to_decimal(n, &out->decVal);
        break;
    default:
        return DISP_E_TYPEMISMATCH;
    }
    out->vt = type;
    return hr;
}
