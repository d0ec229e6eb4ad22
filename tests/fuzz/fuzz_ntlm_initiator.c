/* An NTLM initiator that gets the input as CHALLENGE; the first byte chooses level and credentials. */
#include <stdint.h>
#include <stdlib.h>

#include "tests/auth/memory_authority.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct auth_identity identities[] = { { "user", "DOMAIN", "password" }, { "", "", "" } };
    struct auth_initiator_options options = { .principal = "RPCSS/beta" };
    struct memory_authority authority;
    struct auth_context *c;
    struct writer out;
    bool done;

    if (size == 0)
        return 0;
    memory_authority_init(&authority);
    authority.self = &memory_accounts[1];
    options.level = (enum auth_level)(AUTH_LEVEL_CONNECT + data[0] % 5);
    options.identity = data[0] / 5 % 3 < 2 ? &identities[data[0] / 5 % 3] : NULL;
    options.authority = &authority.authority;
    if (auth_find(AUTH_NTLM)->initiate(&options, &c))
        abort();
    writer_init(&out, 65536);
    if (c->ops->step(c, NULL, 0, &out, &done) || done || out.size == 0)
        abort();
    writer_reset(&out);
    if (c->ops->step(c, data + 1, size - 1, &out, &done) == ERR_OK ? !done || out.size < 88 : done || out.size > 0)
        abort();
    writer_cleanup(&out);
    c->ops->destroy(c);
    return 0;
}
