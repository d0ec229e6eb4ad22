/* accounts.json and host.json: whatever is in one, it is read or refused with its line. */
#include <stdint.h>
#include <stdlib.h>

#include "security/accounts.h"
#include "security/host.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char complaint[JSON_COMPLAINT];
    struct accounts *accounts;
    struct host *host;
    if (accounts_parse("fuzz.json", (const char *)data, size, &accounts, complaint) == ERR_OK) {
        (void)accounts_find(accounts, "opcuser");
        accounts_destroy(accounts);
    } else if (!complaint[0]) {
        abort(); /* nobody is refused without a reason */
    }
    if (host_parse("/h", "fuzz.json", (const char *)data, size, &host, complaint) == ERR_OK) {
        (void)host_is_me(host, "beta");
        host_destroy(host);
    } else if (!complaint[0]) {
        abort();
    }
    return 0;
}
