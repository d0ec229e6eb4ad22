#include "opcda/com_object.h"

HRESULT com_query(const struct com_iface_entry *table, void *object, REFIID iid, void **out)
{
    if (!out)
        return E_POINTER;
    *out = NULL;
    for (; table->iid; table++)
        if (IsEqualIID(iid, table->iid)) {
            IUnknown *face = (IUnknown *)((char *)object + table->offset);
            IUnknown_AddRef(face);
            *out = face;
            return S_OK;
        }
    return E_NOINTERFACE;
}
