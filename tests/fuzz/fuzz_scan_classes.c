/* Scan classes as JSON and from the command line: what is taken can be written and read again as the same. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "probe-client/scan_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void turn_round(const struct scan_class *c)
{
    struct scan_classes again;
    char text[SCAN_CLASS_TEXT], complaint[SCAN_COMPLAINT];
    scan_classes_init(&again);
    scan_class_text(c, text);
    if (!scan_classes_add_text(&again, text, complaint) || again.list[0].period_ns != c->period_ns ||
        again.list[0].offset_ns != c->offset_ns || again.list[0].items != c->items || again.list[0].mode != c->mode)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct scan_classes classes;
    char complaint[SCAN_COMPLAINT], text[128];
    scan_classes_init(&classes);
    (void)scan_file_parse_json("classes.json", (const char *)data, size, &classes, complaint);
    if (size < sizeof(text) && !memchr(data, 0, size)) {
        memcpy(text, data, size);
        text[size] = '\0';
        (void)scan_classes_add_text(&classes, text, complaint);
    }
    for (unsigned i = 0; i < classes.count; i++)
        turn_round(&classes.list[i]);
    return 0;
}
