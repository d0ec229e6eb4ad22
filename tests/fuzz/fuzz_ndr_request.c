/* Requests. The input: 4 bytes for the interface, 1 for the method, the stub. Whatever it is, the call is made with
 * memory that is all there, or refused, and nothing is left behind. */
#include <stdlib.h>

#include "tests/fuzz/ndr_target.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct reader input, request;
    struct writer reply;
    struct target t;
    size_t surplus;

    reader_init(&input, data, size);
    if (!target_choose(&input, &t))
        return 0;
    reader_init(&request, data + input.at, size - input.at);
    writer_init(&reply, (size_t)1 << 24);
    HRESULT hr = ndr_server_call(&t.type, target_object, t.number, &target_objects, NULL, &request, &reply, &surplus);
    if (FAILED(hr) && reply.size && !reply.failed)
        abort();
    writer_cleanup(&reply);
    return 0;
}
