/* Replies. The input: 4 bytes for the interface, 1 for the method, the stub. Whatever it is, the results are whole
 * or empty. */
#include <stdlib.h>

#include "tests/fuzz/ndr_target.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct target_arguments empty;
    struct target_arguments a;
    struct reader input;
    struct target t;
    HRESULT result;

    reader_init(&input, data, size);
    if (!target_choose(&input, &t))
        return 0;
    target_arguments_init(&a, &t);
    struct ndr_call call = { .objects = &target_objects };
    reader_init(&call.reply, data + input.at, size - input.at);
    if (ndr_get_reply(&t.type, t.number, (uintptr_t *)a.slots, &call, &result) == ERR_OK) {
        target_arguments_drop(&a, &t);
        return 0;
    }
    /* [in, out] numbers may have changed; nothing that could be followed may be there. */
    for (unsigned i = 0; i < t.method.procedure.count; i++) {
        struct parameter p = format_parameter(&t.method.procedure, i, t.method.tables->pFormatTypes);
        if ((p.flags & (PARAMETER_OUT | PARAMETER_BASE)) == PARAMETER_OUT &&
            memcmp(a.memory[i], empty.memory[i], sizeof a.memory[i]))
            abort();
    }
    return 0;
}
