/* Automation: strings, values and arrays ([MS-OAUT] 2.2.23, 2.2.29, 2.2.30). dcom/oleaut implements it; results and
 * ownership are as on Windows. */
#ifndef OLEAUTO_H
#define OLEAUTO_H

#include <objbase.h>

STDAPI_(BSTR) SysAllocString(const OLECHAR *text);
STDAPI_(BSTR) SysAllocStringLen(const OLECHAR *text, UINT units);
STDAPI_(BSTR) SysAllocStringByteLen(LPCSTR bytes, UINT size);
STDAPI_(INT) SysReAllocString(BSTR *string, const OLECHAR *text);
STDAPI_(void) SysFreeString(BSTR string);
STDAPI_(UINT) SysStringLen(BSTR string);
STDAPI_(UINT) SysStringByteLen(BSTR string);

STDAPI_(void) VariantInit(VARIANTARG *v);
STDAPI VariantClear(VARIANTARG *v);
STDAPI VariantCopy(VARIANTARG *out, const VARIANTARG *from);
/* Like VariantCopy, and follows VT_BYREF. */
STDAPI VariantCopyInd(VARIANT *out, const VARIANTARG *from);

#define VARIANT_NOVALUEPROP   0x01
#define VARIANT_ALPHABOOL     0x02
#define VARIANT_LOCALBOOL     0x10
#define LOCALE_INVARIANT      0x007Fu
#define LOCALE_USER_DEFAULT   0x0400u
#define LOCALE_SYSTEM_DEFAULT 0x0800u

/* Text is that of the invariant locale, whatever `locale` says: "3.25", "02/29/2004 12:00:00"; VT_BOOL is "-1" or "0",
 * with VARIANT_ALPHABOOL "True" or "False". `out` may be `from`; on failure it keeps its value. */
STDAPI VariantChangeType(VARIANTARG *out, const VARIANTARG *from, USHORT flags, VARTYPE type);
STDAPI VariantChangeTypeEx(VARIANTARG *out, const VARIANTARG *from, LCID locale, USHORT flags, VARTYPE type);

STDAPI_(SAFEARRAY *) SafeArrayCreate(VARTYPE type, UINT dimensions, SAFEARRAYBOUND *bounds);
STDAPI_(SAFEARRAY *) SafeArrayCreateVector(VARTYPE type, LONG lower, ULONG count);
STDAPI SafeArrayDestroy(SAFEARRAY *a);
STDAPI SafeArrayLock(SAFEARRAY *a);
STDAPI SafeArrayUnlock(SAFEARRAY *a);
STDAPI SafeArrayAccessData(SAFEARRAY *a, void **out);
STDAPI SafeArrayUnaccessData(SAFEARRAY *a);
STDAPI_(UINT) SafeArrayGetDim(SAFEARRAY *a);
STDAPI_(UINT) SafeArrayGetElemsize(SAFEARRAY *a);
STDAPI SafeArrayGetLBound(SAFEARRAY *a, UINT dimension, LONG *out);
STDAPI SafeArrayGetUBound(SAFEARRAY *a, UINT dimension, LONG *out);
STDAPI SafeArrayGetVartype(SAFEARRAY *a, VARTYPE *out);
STDAPI SafeArrayPtrOfIndex(SAFEARRAY *a, LONG *indices, void **out);
/* Copies what the element owns; indices are given for the first dimension first. */
STDAPI SafeArrayGetElement(SAFEARRAY *a, LONG *indices, void *out);
STDAPI SafeArrayPutElement(SAFEARRAY *a, LONG *indices, void *value);
STDAPI SafeArrayCopy(SAFEARRAY *a, SAFEARRAY **out);

/* Member access as Windows sources spell it. */
#define V_VT(v)    ((v)->vt)
#define V_BSTR(v)  ((v)->bstrVal)
#define V_ARRAY(v) ((v)->parray)
#define V_BOOL(v)  ((v)->boolVal)
#define V_I1(v)    ((v)->cVal)
#define V_UI1(v)   ((v)->bVal)
#define V_I2(v)    ((v)->iVal)
#define V_UI2(v)   ((v)->uiVal)
#define V_I4(v)    ((v)->lVal)
#define V_UI4(v)   ((v)->ulVal)
#define V_I8(v)    ((v)->llVal)
#define V_UI8(v)   ((v)->ullVal)
#define V_R4(v)    ((v)->fltVal)
#define V_R8(v)    ((v)->dblVal)
#define V_CY(v)    ((v)->cyVal)
#define V_DATE(v)  ((v)->date)

#endif
