#include "base/file.h"

#include <stdlib.h>

#include "base/file_internal.h"

/* Its size may have changed since anyone asked, so one byte more is asked for; a zero follows what was read. */
enum err file_read_to_end(enum err (*read_some)(void *file, char *data, size_t room, size_t *got), void *file,
                          size_t maximum, char **out, size_t *size)
{
    char *data = NULL;
    size_t used = 0, capacity = 0, got;
    enum err e;
    do {
        if (used + 1 >= capacity) {
            capacity = capacity ? capacity * 2 : 4096;
            char *grown = realloc(data, capacity);
            if (!grown) {
                free(data);
                return ERR_MEMORY;
            }
            data = grown;
        }
        e = read_some(file, data + used, capacity - used - 1, &got);
        used += e ? 0 : got;
        if (!e && used > maximum)
            e = ERR_LIMIT;
    } while (!e && got > 0);
    if (e) {
        free(data);
        return e;
    }
    data[used] = 0;
    *out = data;
    *size = used;
    return ERR_OK;
}

bool file_stamp_equal(struct file_stamp a, struct file_stamp b)
{
    return a.modified_ns == b.modified_ns && a.size == b.size && a.number == b.number;
}
