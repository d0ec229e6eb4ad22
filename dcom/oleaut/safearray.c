/* SAFEARRAY in memory ([MS-OAUT] 2.2.30): a header with its bounds, and the elements in a block of their own.
 *
 * In front of the header is what only these functions see: the IID of interface pointers and the type of the
 * elements. */
#include "dcom/oleaut/safearray.h"

#include <stdlib.h>
#include <unknwn.h>

#include "dcom/oleaut/type.h"

struct block {
    IID iid;
    VARTYPE type;
    SAFEARRAY array; /* with as many bounds as it has dimensions */
};

static struct block *block_of(SAFEARRAY *a)
{
    return (struct block *)((char *)a - offsetof(struct block, array));
}

const IID *safearray_iid(SAFEARRAY *a)
{
    return &block_of(a)->iid;
}

void safearray_set_iid(SAFEARRAY *a, const IID *iid)
{
    block_of(a)->iid = *iid;
}

bool safearray_count(const SAFEARRAY *a, ULONG *out)
{
    uint64_t count = a->cDims ? 1 : 0;
    for (unsigned i = 0; i < a->cDims; i++) {
        count *= a->rgsabound[i].cElements;
        if (count > SAFEARRAY_ELEMENTS_MAXIMUM)
            return false;
    }
    *out = (ULONG)count;
    return true;
}

static USHORT features_of(VARTYPE type)
{
    switch (type) {
    case VT_BSTR:
        return FADF_BSTR | FADF_HAVEVARTYPE;
    case VT_UNKNOWN:
        return FADF_UNKNOWN | FADF_HAVEIID;
    case VT_DISPATCH:
        return FADF_DISPATCH | FADF_HAVEIID;
    case VT_VARIANT:
        return FADF_VARIANT | FADF_HAVEVARTYPE;
    default:
        return FADF_HAVEVARTYPE;
    }
}

SAFEARRAY *SafeArrayCreate(VARTYPE type, UINT dimensions, SAFEARRAYBOUND *bounds)
{
    if (!dimensions || dimensions > SAFEARRAY_DIMENSIONS_MAXIMUM || !bounds || !type_size(type))
        return NULL;
    struct block *block = calloc(1, sizeof *block + (dimensions - 1) * sizeof *bounds);
    if (!block)
        return NULL;

    SAFEARRAY *a = &block->array;
    ULONG count;
    block->type = type;
    if (type == VT_UNKNOWN)
        block->iid = IID_IUnknown;
    else if (type == VT_DISPATCH)
        block->iid = IID_IDispatch;
    a->cDims = (USHORT)dimensions;
    a->fFeatures = features_of(type);
    a->cbElements = (ULONG)type_size(type);
    /* Bounds are given for the first dimension first and kept the other way round. */
    for (unsigned i = 0; i < dimensions; i++)
        a->rgsabound[dimensions - 1 - i] = bounds[i];
    if (!safearray_count(a, &count) || !(a->pvData = calloc(count ? count : 1, a->cbElements))) {
        free(block);
        return NULL;
    }
    return a;
}

SAFEARRAY *SafeArrayCreateVector(VARTYPE type, LONG lower, ULONG count)
{
    SAFEARRAYBOUND bound = { count, lower };
    return SafeArrayCreate(type, 1, &bound);
}

static void destroy(SAFEARRAY *a)
{
    ULONG count;
    VARTYPE type = block_of(a)->type;
    if (!type_is_plain(type) && safearray_count(a, &count))
        for (ULONG i = 0; i < count; i++)
            type_clear(type, (uint8_t *)a->pvData + (size_t)i * a->cbElements);
    free(a->pvData);
    free(block_of(a));
}

HRESULT SafeArrayDestroy(SAFEARRAY *a)
{
    if (!a)
        return S_OK;
    if (a->cLocks)
        return DISP_E_ARRAYISLOCKED;
    destroy(a);
    return S_OK;
}

HRESULT SafeArrayLock(SAFEARRAY *a)
{
    if (!a)
        return E_INVALIDARG;
    if (a->cLocks == 0xFFFF)
        return E_UNEXPECTED;
    a->cLocks++;
    return S_OK;
}

HRESULT SafeArrayUnlock(SAFEARRAY *a)
{
    if (!a)
        return E_INVALIDARG;
    if (!a->cLocks)
        return E_UNEXPECTED;
    a->cLocks--;
    return S_OK;
}

HRESULT SafeArrayAccessData(SAFEARRAY *a, void **out)
{
    *out = NULL;
    HRESULT hr = SafeArrayLock(a);
    if (SUCCEEDED(hr))
        *out = a->pvData;
    return hr;
}

HRESULT SafeArrayUnaccessData(SAFEARRAY *a)
{
    return SafeArrayUnlock(a);
}

UINT SafeArrayGetDim(SAFEARRAY *a)
{
    return a ? a->cDims : 0;
}

UINT SafeArrayGetElemsize(SAFEARRAY *a)
{
    return a ? a->cbElements : 0;
}

static SAFEARRAYBOUND *bound_of(SAFEARRAY *a, UINT dimension)
{
    return dimension && dimension <= a->cDims ? &a->rgsabound[a->cDims - dimension] : NULL;
}

HRESULT SafeArrayGetLBound(SAFEARRAY *a, UINT dimension, LONG *out)
{
    if (!a || !out)
        return E_INVALIDARG;
    SAFEARRAYBOUND *bound = bound_of(a, dimension);
    if (!bound)
        return DISP_E_BADINDEX;
    *out = bound->lLbound;
    return S_OK;
}

HRESULT SafeArrayGetUBound(SAFEARRAY *a, UINT dimension, LONG *out)
{
    if (!a || !out)
        return E_INVALIDARG;
    SAFEARRAYBOUND *bound = bound_of(a, dimension);
    if (!bound)
        return DISP_E_BADINDEX;
    *out = (LONG)((int64_t)bound->lLbound + bound->cElements - 1);
    return S_OK;
}

HRESULT SafeArrayGetVartype(SAFEARRAY *a, VARTYPE *out)
{
    if (!a || !out)
        return E_INVALIDARG;
    *out = block_of(a)->type;
    return S_OK;
}

HRESULT SafeArrayPtrOfIndex(SAFEARRAY *a, LONG *indices, void **out)
{
    uint64_t at = 0, stride = 1;
    if (!a || !indices || !out)
        return E_INVALIDARG;
    /* The first dimension's elements lie next to each other. */
    for (UINT dimension = 1; dimension <= a->cDims; dimension++) {
        SAFEARRAYBOUND *bound = bound_of(a, dimension);
        int64_t offset = (int64_t)indices[dimension - 1] - bound->lLbound;
        if (offset < 0 || offset >= (int64_t)bound->cElements)
            return DISP_E_BADINDEX;
        at += (uint64_t)offset * stride;
        stride *= bound->cElements;
    }
    *out = (uint8_t *)a->pvData + at * a->cbElements;
    return S_OK;
}

HRESULT SafeArrayGetElement(SAFEARRAY *a, LONG *indices, void *out)
{
    void *element;
    if (!out)
        return E_INVALIDARG;
    HRESULT hr = SafeArrayPtrOfIndex(a, indices, &element);
    return FAILED(hr) ? hr : type_copy(block_of(a)->type, element, out);
}

/* Elements that are pointers are given as the pointer itself, all others as the address of the value. */
HRESULT SafeArrayPutElement(SAFEARRAY *a, LONG *indices, void *value)
{
    void *element;
    HRESULT hr = SafeArrayPtrOfIndex(a, indices, &element);
    if (FAILED(hr))
        return hr;

    VARTYPE type = block_of(a)->type;
    uint64_t copy[3]; /* as large as the largest element, a VARIANT */
    _Static_assert(sizeof copy >= sizeof(VARIANT), "room for any element");
    const void *from = type == VT_BSTR || type_is_interface(type) ? (const void *)&value : value;
    if (!from)
        return E_INVALIDARG;
    hr = type_copy(type, from, copy);
    if (FAILED(hr))
        return hr;
    type_clear(type, element);
    memcpy(element, copy, a->cbElements);
    return S_OK;
}

HRESULT SafeArrayCopy(SAFEARRAY *a, SAFEARRAY **out)
{
    ULONG count;
    if (!out)
        return E_INVALIDARG;
    *out = NULL;
    if (!a)
        return S_OK;
    if (!safearray_count(a, &count))
        return E_UNEXPECTED;

    VARTYPE type = block_of(a)->type;
    SAFEARRAYBOUND bounds[SAFEARRAY_DIMENSIONS_MAXIMUM];
    for (unsigned i = 0; i < a->cDims; i++)
        bounds[i] = a->rgsabound[a->cDims - 1 - i];
    SAFEARRAY *copy = SafeArrayCreate(type, a->cDims, bounds);
    if (!copy)
        return E_OUTOFMEMORY;
    block_of(copy)->iid = block_of(a)->iid;
    for (ULONG i = 0; i < count; i++) {
        size_t at = (size_t)i * a->cbElements;
        HRESULT hr = type_copy(type, (uint8_t *)a->pvData + at, (uint8_t *)copy->pvData + at);
        if (FAILED(hr)) {
            /* The elements not reached are zero, and zero owns nothing in every type. */
            destroy(copy);
            return hr;
        }
    }
    *out = copy;
    return S_OK;
}
