/* Correlations: where the count of an array, or the IID of an interface pointer, is found. */
#include "dcom/ndr/stub.h"

static const uint8_t *place(struct stub *s, format c, const uint8_t *around)
{
    const uint8_t *base = (c[0] & CORRELATION_CLASS) == CORRELATION_TOP ? s->slots : around;
    if (!base)
        return NULL;
    base += format_s16(c + 2);
    if (c[1] != FC_DEREFERENCE)
        return base;
    const uint8_t *pointed;
    memcpy(&pointed, base, sizeof pointed);
    return pointed;
}

static uint32_t evaluate(struct stub *s, format c, const uint8_t *around)
{
    /* The routine gets the place it counts its offsets from, and may read, not write there. */
    MIDL_STUB_MESSAGE message = { .StackTop = (unsigned char *)around };
    s->tables->apfnExprEval[format_u16(c + 2)](&message);
    return (uint32_t)message.MaxCount;
}

uint32_t correlation_count(struct stub *s, format c, const uint8_t *around)
{
    uint32_t count = 0;
    if (c[1] == FC_CALLBACK && around)
        return evaluate(s, c, around);

    const uint8_t *at = c[1] == FC_ZERO || c[1] == FC_DEREFERENCE ? place(s, c, around) : NULL;
    size_t size = format_scalar(c[0] & 0x0f).memory;
    if (!at || !size || size > sizeof count) {
        stub_fail(s, at ? E_NOTIMPL : HR_NULL_REF_POINTER);
        return 0;
    }
    memcpy(&count, at, size); /* little-endian: the low bytes come first */
    return count;
}

const IID *correlation_iid(struct stub *s, format interface_pointer, const uint8_t *around, IID *copy)
{
    if (interface_pointer[1] == FC_CONSTANT_IID)
        return memcpy(copy, interface_pointer + 2, sizeof *copy);

    const uint8_t *at = place(s, interface_pointer + 2, around);
    const IID *iid = at ? *(const IID *const *)(const void *)at : NULL;
    if (!iid)
        stub_fail(s, HR_NULL_REF_POINTER);
    return iid;
}

/* True if the count's own parameter has not been read yet, or may not have been: a count behind a pointer is an
 * [out], whose place among the others does not matter. */
static bool is_late(const struct stub *s, format c)
{
    if (!correlation_is_parameter(c))
        return false;
    return c[1] == FC_DEREFERENCE || (s->is_server && format_u16(c + 2) >= s->parameter);
}

void correlation_check(struct stub *s, format c, const uint8_t *around, uint32_t count)
{
    if (!is_late(s, c)) {
        if (correlation_count(s, c, around) != count)
            stub_fail(s, HR_BAD_STUB_DATA);
        return;
    }
    if (s->late_count == STUB_LATE_MAXIMUM)
        stub_fail(s, E_NOTIMPL);
    else
        s->late[s->late_count++] = (struct late_check){ c, count };
}

void correlation_check_late(struct stub *s)
{
    for (unsigned i = 0; i < s->late_count && SUCCEEDED(s->m.hr); i++)
        if (correlation_count(s, s->late[i].correlation, NULL) != s->late[i].count)
            stub_fail(s, HR_BAD_STUB_DATA);
}
