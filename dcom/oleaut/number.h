/* Conversions between the numeric types of automation. */
#ifndef DCOM_OLEAUT_NUMBER_H
#define DCOM_OLEAUT_NUMBER_H

#include <oleauto.h>
#include <stdbool.h>

/* A number on its way from one type to another, without loss. CY and DECIMAL come as scaled integers. */
struct number {
    enum {
        NUMBER_INTEGER, /* magnitude, negative; divided by ten to the power of scale */
        NUMBER_REAL
    } kind;
    bool negative;
    uint8_t scale;
    __extension__ unsigned __int128 magnitude; /* at most 96 bits */
    double real;
};

/* Reads a plain numeric VARIANT (integers, reals, VT_BOOL, VT_DATE, VT_CY, VT_DECIMAL, VT_ERROR no). VT_EMPTY is 0. */
HRESULT number_from_variant(const VARIANT *v, struct number *out);
/* Writes it as `type`: rounds half to even, DISP_E_OVERFLOW when it does not fit. VT_BOOL is "not zero". */
HRESULT number_to_variant(const struct number *n, VARTYPE type, VARIANT *out);

double number_real(const struct number *n);
bool number_is_zero(const struct number *n);

#endif
