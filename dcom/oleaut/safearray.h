/* What the wire form of arrays needs beyond the public functions. */
#ifndef DCOM_OLEAUT_SAFEARRAY_H
#define DCOM_OLEAUT_SAFEARRAY_H

#include <oleauto.h>
#include <stdbool.h>

#define SAFEARRAY_DIMENSIONS_MAXIMUM 32
#define SAFEARRAY_ELEMENTS_MAXIMUM   0x7FFFFFFFu

/* Number of elements; false when the bounds' product is beyond the maximum. */
bool safearray_count(const SAFEARRAY *a, ULONG *out);
/* The IID of the interface pointers in an array with FADF_HAVEIID. */
const IID *safearray_iid(SAFEARRAY *a);
void safearray_set_iid(SAFEARRAY *a, const IID *iid);

#endif
