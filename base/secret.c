#include "base/secret.h"

#include <string.h>

#include "base/secret_internal.h"
#include "base/text_internal.h"

/* Room for a byte order mark before and a line end behind the longest secret. */
#define FILE_BYTES (SECRET_TEXT + 4)

void secret_zero(void *data, size_t size)
{
    if (size == 0) {
        return;
    }
    memset(data, 0, size);
    /* Tells the compiler that somebody looks at the bytes, so that it cannot leave the clearing out. */
    __asm__ __volatile__("" : : "r"(data) : "memory");
}

/* Takes the first line out of a file's beginning. */
static enum err first_line(const char *bytes, size_t size, char out[SECRET_TEXT])
{
    static const char mark[] = "\xEF\xBB\xBF"; /* Windows editors put it before UTF-8 */
    if (size >= 3 && memcmp(bytes, mark, 3) == 0) {
        bytes += 3;
        size -= 3;
    }
    const char *end = memchr(bytes, '\n', size);
    size_t length = end ? (size_t)(end - bytes) : size;
    if (length > 0 && bytes[length - 1] == '\r') {
        length--;
    }
    if (length >= SECRET_TEXT) {
        return ERR_LIMIT;
    }
    if (memchr(bytes, '\0', length)) {
        return ERR_PROTOCOL;
    }
    memcpy(out, bytes, length);
    out[length] = '\0';
    return ERR_OK;
}

static enum err read_from_file(const char *path, char out[SECRET_TEXT])
{
    char bytes[FILE_BYTES];
    size_t size;
    enum err e = secret_read_file(path, bytes, sizeof(bytes), &size);
    if (!e) {
        e = first_line(bytes, size, out);
    }
    secret_zero(bytes, sizeof(bytes));
    return e;
}

enum err secret_read(const char *file, const char *variable, const char *prompt, char out[SECRET_TEXT])
{
    memset(out, 0, SECRET_TEXT);
    enum err e = ERR_NOT_FOUND;
    if (file) {
        e = read_from_file(file, out);
    } else {
        if (variable) {
            e = secret_take_variable(variable, out);
        }
        if (e == ERR_NOT_FOUND && prompt) {
            e = secret_prompt(prompt, out);
        }
    }
    if (!e && !utf8_valid(out, strlen(out))) {
        e = ERR_PROTOCOL;
    }
    if (e) {
        secret_zero(out, SECRET_TEXT);
    }
    return e;
}
