/* VARIANTs between an item's canonical type and the type a client asks for (OPC DA 2.05A, 4.2.13). */
#ifndef PROBE_SERVER_VALUE_H
#define PROBE_SERVER_VALUE_H

#include <objbase.h>
#include <oleauto.h>
#include <stdbool.h>

/* VariantCopy and VariantChangeTypeEx for sources that stay as they are; `out` is set up here and VT_EMPTY on failure.
 */
HRESULT value_copy(const VARIANT *from, VARIANT *out);
/* VT_EMPTY asks for the canonical type. DISP_E_OVERFLOW, DISP_E_TYPEMISMATCH, E_OUTOFMEMORY. */
HRESULT value_convert(const VARIANT *from, VARTYPE type, LCID locale, VARIANT *out);
/* Whether values of `canonical` can be asked for as `requested` at all; a single value may still not fit. */
bool value_type_possible(VARTYPE canonical, VARTYPE requested);
/* Whether two values of one type are the same. */
bool value_equal(const VARIANT *a, const VARIANT *b);
/* The value as a number; false when it is none. */
bool value_number(const VARIANT *value, double *out);

#endif
