/* A SPNEGO acceptor. The input: a byte for the level, then tokens, each after two bytes of size. */
#include <stdint.h>
#include <stdlib.h>

#include "tests/auth/memory_authority.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void accept_tokens(struct auth_context *c, struct reader *input)
{
    uint8_t pdu[48] = { 0 }, signature[16];
    struct writer out;
    bool done = false;
    enum err e = ERR_OK;

    writer_init(&out, 65536);
    while (!e && !done && reader_left(input) > 0) {
        size_t size = reader_u16(input);
        const uint8_t *token = reader_take(input, size);

        if (!token)
            break;
        writer_reset(&out);
        e = c->ops->step(c, token, size, &out, &done);
        if (e && (done || out.size > 0))
            abort();
    }
    if (done && c->ops->peer(c)->ntstatus != 0)
        abort();
    /* It is not its own peer, and nothing is protected before the end. */
    if (c->ops->protect(c, pdu, sizeof pdu, pdu + 24, 16, signature) != (done ? ERR_OK : ERR_AUTH) ||
        c->ops->unprotect(c, pdu, sizeof pdu, pdu + 24, 16, signature, sizeof signature) != ERR_AUTH)
        abort();
    writer_cleanup(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct memory_authority authority;
    struct auth_context *c;
    struct reader input;

    memory_authority_init(&authority);
    reader_init(&input, data, size);
    if (auth_find(AUTH_SPNEGO)
            ->accept((enum auth_level)(AUTH_LEVEL_CONNECT + reader_u8(&input) % 5), &authority.authority, &c))
        abort();
    accept_tokens(c, &input);
    c->ops->destroy(c);
    if (authority.tokens != 0)
        abort();
    return 0;
}
