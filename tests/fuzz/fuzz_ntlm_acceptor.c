/* An NTLM acceptor. The input: a byte for the level, two for the size of NEGOTIATE, NEGOTIATE, AUTHENTICATE. */
#include <stdint.h>
#include <stdlib.h>

#include "tests/auth/memory_authority.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void accept_messages(struct auth_context *c, struct reader *input)
{
    size_t first_size = reader_u16(input);
    const uint8_t *first = reader_take(input, first_size);
    size_t second_size = reader_left(input);
    const uint8_t *second = reader_take(input, second_size);
    uint8_t pdu[48] = { 0 }, signature[16];
    struct writer out;
    bool done;

    writer_init(&out, 65536);
    if (first && c->ops->step(c, first, first_size, &out, &done) == ERR_OK && !done && second &&
        c->ops->step(c, second, second_size, &out, &done) == ERR_OK) {
        if (!done || c->ops->peer(c)->ntstatus != 0)
            abort();
        if (c->ops->protect(c, pdu, sizeof pdu, pdu + 24, 16, signature) ||
            c->ops->unprotect(c, pdu, sizeof pdu, pdu + 24, 16, signature, sizeof signature) != ERR_AUTH)
            abort(); /* it is not its own peer */
    }
    writer_cleanup(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct memory_authority authority;
    struct auth_context *c;
    struct reader input;

    memory_authority_init(&authority);
    reader_init(&input, data, size);
    if (auth_find(AUTH_NTLM)->accept((enum auth_level)(AUTH_LEVEL_CONNECT + reader_u8(&input) % 5),
                                     &authority.authority, &c))
        abort();
    accept_messages(c, &input);
    c->ops->destroy(c);
    if (authority.tokens != 0)
        abort();
    return 0;
}
