#include <string.h>

#include "base/json_internal.h"

int json_line(const struct json_document *d, const char *pointer)
{
    if (!d->text) {
        return 0;
    }
    struct json_scan s;
    json_scan_init(&s, d->text, strlen(d->text));
    return json_scan_find(&s, pointer) ? json_scan_line(d->text, s.at) : 0;
}
