/* A SPNEGO initiator. The input: a byte that chooses level and credentials, then the acceptor's tokens, each after two
 * bytes of size. */
#include <stdint.h>
#include <stdlib.h>

#include "tests/auth/memory_authority.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void take_tokens(struct auth_context *c, struct reader *input)
{
    struct writer out;
    bool done = false;
    enum err e;

    writer_init(&out, 65536);
    e = c->ops->step(c, NULL, 0, &out, &done);
    if (e || done || out.size == 0)
        abort();
    while (!e && !done && reader_left(input) > 0) {
        size_t size = reader_u16(input);
        const uint8_t *token = reader_take(input, size);

        if (!token)
            break;
        writer_reset(&out);
        e = c->ops->step(c, token, size, &out, &done);
        /* It has something to say until the last word, and then nothing. */
        if ((out.size > 0) != (!e && !done))
            abort();
    }
    writer_cleanup(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct auth_identity identities[] = { { "user", "DOMAIN", "password" }, { "", "", "" } };
    struct auth_initiator_options options = { .principal = "RPCSS/beta" };
    struct memory_authority authority;
    struct auth_context *c;
    struct reader input;
    uint8_t choice;

    reader_init(&input, data, size);
    choice = reader_u8(&input);
    memory_authority_init(&authority);
    authority.self = &memory_accounts[1];
    options.level = (enum auth_level)(AUTH_LEVEL_CONNECT + choice % 5);
    options.identity = choice / 5 % 3 < 2 ? &identities[choice / 5 % 3] : NULL;
    options.authority = &authority.authority;
    if (auth_find(AUTH_SPNEGO)->initiate(&options, &c))
        abort();
    take_tokens(c, &input);
    c->ops->destroy(c);
    return 0;
}
