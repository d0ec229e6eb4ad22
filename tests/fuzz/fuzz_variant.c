/* Automation values from the wire: read, copied, converted, written and read again. */
#include <stdlib.h>
#include <string.h>

#include "dcom/oleaut/user_marshal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool read_value(const void *data, size_t size, VARIANT *v)
{
    struct reader in;
    struct user_marshal m = { .in = &in };
    reader_init(&in, data, size);
    return VARIANT_UserUnmarshal(&m.flags, (unsigned char *)v, v) != NULL;
}

/* What was read can be written, and is then read as the same type. */
static void write_again(VARIANT *v)
{
    struct writer out;
    uint32_t referents = 0;
    struct user_marshal m = { .out = &out, .referents = &referents };
    VARIANT again;

    writer_init(&out, (size_t)1 << 24);
    if (!VARIANT_UserMarshal(&m.flags, (unsigned char *)v, v) || !read_value(out.data, out.size, &again) ||
        again.vt != v->vt)
        abort();
    VARIANT_UserFree(NULL, &again);
    writer_cleanup(&out);
}

static void convert(const VARIANT *v)
{
    static const VARTYPE types[] = { VT_I4, VT_R8, VT_BSTR, VT_BOOL, VT_DATE, VT_CY, VT_DECIMAL, VT_UI1, VT_R4 };
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        VARIANT out = { .vt = VT_EMPTY };
        HRESULT hr = VariantChangeType(&out, v, 0, types[i]);
        if (SUCCEEDED(hr) != (out.vt == types[i]))
            abort();
        VariantClear(&out);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    VARIANT v, copy = { .vt = VT_EMPTY };

    if (!read_value(data, size, &v)) {
        if (v.vt != VT_EMPTY)
            abort();
        return 0;
    }
    write_again(&v);
    convert(&v);
    if (SUCCEEDED(VariantCopyInd(&copy, &v)))
        VariantClear(&copy);
    VARIANT_UserFree(NULL, &v);
    return 0;
}
