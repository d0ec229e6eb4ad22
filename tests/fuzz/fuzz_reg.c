/* Registry exports: whatever is in one, it is read or refused with its line. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "dcom/scm/class_registry.h"
#include "security/reg.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Looks at everything below a key, a few levels deep. */
static void walk(const struct reg *r, const char *key, int depth)
{
    const char *name;
    if (depth == 0)
        return;
    for (size_t i = 0; i < 8 && (name = reg_subkey(r, key, i)); i++) {
        char path[1024];
        strcpy(path, key);
        strncat(path, "\\", sizeof path - strlen(path) - 1);
        strncat(path, name, sizeof path - strlen(path) - 1);
        const struct reg_value *v = reg_value(r, path, NULL);
        if (v && v->data[v->size] != 0)
            abort(); /* texts are promised their end */
        walk(r, path, depth - 1);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char complaint[REG_COMPLAINT];
    struct class_server server;
    struct reg *r;
    if (reg_create(&r))
        return 0;
    enum err e = reg_parse(r, "fuzz.reg", data, size, complaint);
    if (e && !complaint[0])
        abort(); /* nobody is refused without a reason */
    walk(r, "HKEY_CLASSES_ROOT", 3);
    walk(r, "HKEY_LOCAL_MACHINE", 3);
    (void)!class_registry_find(r, "{6F0B7E4C-2D0F-4C5B-9C2B-0A6C1E5D7A10}", CLASS_ANY_BITS, &server);
    reg_destroy(r);
    return 0;
}
