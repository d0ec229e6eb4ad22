/* Activation property blobs, by their first byte a request or a reply: read or refused; a request that was read is
 * written and read again. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "dcom/orpc/activation.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void repeat(const struct activation_request *first)
{
    struct activation_request second;
    struct writer w;
    writer_init(&w, ACTIVATION_BLOB_MAXIMUM);
    if (activation_request_put(first, &w) || activation_request_get(w.data, w.size, &second))
        abort(); /* what we accept we can pass on */
    if (second.iid_count != first->iid_count || memcmp(&second.clsid, &first->clsid, sizeof second.clsid) != 0)
        abort();
    activation_request_cleanup(&second);
    writer_cleanup(&w);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    if (data[0] & 1) {
        struct activation_request request;
        if (activation_request_get(data + 1, size - 1, &request) == ERR_OK) {
            repeat(&request);
            activation_request_cleanup(&request);
        }
    } else {
        struct activation_reply reply;
        if (activation_reply_get(data + 1, size - 1, &reply) == ERR_OK)
            activation_reply_cleanup(&reply);
    }
    return 0;
}
