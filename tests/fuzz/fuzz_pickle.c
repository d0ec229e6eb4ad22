/* Activation properties and the headers of ORPC calls. The input: 1 byte for the record, then what a peer sends. */
#include <dcom.h>
#include <stdlib.h>

#include "dcom/ndr/ndr.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Writing the record again reads all of it. */
static void write_again(unsigned method, const void *record)
{
    struct writer out;
    writer_init(&out, (size_t)1 << 24);
    if (ndr_pickle_put(method, record, &out) != ERR_OK)
        abort();
    writer_cleanup(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct reader in;
    void *record;

    if (size < 1)
        return 0;
    unsigned method = PICKLE_CUSTOM_HEADER + data[0] % (PICKLE_ORPC_THAT - PICKLE_CUSTOM_HEADER + 1);
    reader_init(&in, data + 1, size - 1);
    enum err err =
        method >= PICKLE_ORPC_THIS ? ndr_record_get(method, &in, &record) : ndr_pickle_get(method, &in, &record);
    if ((err == ERR_OK) != (record != NULL))
        abort();
    if (err == ERR_OK)
        write_again(method, record);
    ndr_pickle_free(method, record);
    return 0;
}
