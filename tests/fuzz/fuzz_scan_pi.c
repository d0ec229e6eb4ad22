/* The files of a PI interface: read to their end, and what they give are classes that may be run. The first byte says
 * where the start-up file ends and the point list begins, in 64ths of the rest. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "probe-client/scan_pi.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct scan_pi pi;
    struct scan_classes classes;
    char complaint[SCAN_COMPLAINT] = "";
    if (size < 1)
        return 0;
    const char *text = (const char *)data + 1;
    size_t bat = (size - 1) * (data[0] % 65) / 64;
    scan_pi_init(&pi);
    scan_classes_init(&classes);
    bool taken = scan_pi_read_bat(&pi, "opcint.bat", text, bat, complaint) &&
                 scan_pi_read_points(&pi, "points.csv", text + bat, size - 1 - bat, complaint) &&
                 scan_pi_classes(&pi, &classes, complaint);
    if (!taken && (complaint[0] == '\0' || strlen(complaint) >= SCAN_COMPLAINT))
        abort(); /* refused without a word */
    for (unsigned i = 0; taken && i < classes.count; i++) {
        const struct scan_class *c = &classes.list[i];
        if (c->period_ns < SCAN_PERIOD_MINIMUM_MS * NS_PER_MS || c->offset_ns >= c->period_ns || c->items == 0)
            abort(); /* a class that cannot run */
    }
    return 0;
}
