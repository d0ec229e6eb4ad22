/* Object references of any kind: read or refused; what was read as a standard reference is written and read again. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "dcom/orpc/bindings.h"
#include "dcom/orpc/objref.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct objref_custom custom;
    struct objref first, second;
    struct writer w;
    (void)!objref_custom_decode(data, size, &custom);
    if (objref_decode(data, size, &first))
        return 0;
    writer_init(&w, 1u << 18);
    objref_encode(&first.iid, &first.std, first.resolver, &w);
    if (w.failed || objref_decode(w.data, w.size, &second))
        abort(); /* what we accept we can pass on */
    if (memcmp(&first.std, &second.std, sizeof first.std) != 0 || !bindings_equal(first.resolver, second.resolver))
        abort();
    objref_cleanup(&second);
    objref_cleanup(&first);
    writer_cleanup(&w);
    return 0;
}
