/* Security descriptors of registry values: what is read is written and read again as the same. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "security/com_list.h"
#include "security/sddl.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void write_and_read(const struct descriptor *d, const char *text)
{
    struct descriptor again;
    struct writer w;
    writer_init(&w, DESCRIPTOR_BYTES);
    descriptor_write(&w, d);
    if (w.failed || descriptor_read(w.data, w.size, &again))
        abort();
    char *same = sddl_format(&again);
    if (same && strcmp(text, same) != 0)
        abort();
    free(same);
    descriptor_cleanup(&again);
    writer_cleanup(&w);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct descriptor d;
    struct com_list list;
    struct token anonymous;
    token_anonymous(&anonymous);
    if (descriptor_read(data, size, &d) == ERR_OK) {
        char *text = sddl_format(&d);
        if (text)
            write_and_read(&d, text);
        free(text);
    }
    descriptor_cleanup(&d);
    if (com_list_read(data, size, &list) == ERR_OK) {
        bool granted = com_list_grants(&list, &anonymous, &anonymous.sid, COM_RIGHTS_EXECUTE_REMOTE);
        if (list.kind == COM_LIST_INVALID && (granted || !list.what))
            abort(); /* an invalid list lets nobody through and says why */
        com_list_cleanup(&list);
    }
    return 0;
}
