/* Items files of probe-server: whatever the text, it is loaded or refused with a complaint, and what was loaded can be
 * looked up, described and sampled. */
#include <stdlib.h>
#include <string.h>

#include "probe-server/address_space.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A "count" of a million is legal and slow; this many are looked at. */
#define ITEMS_LOOKED_AT 64
#define SIZE_MAXIMUM    4096

static void require(int condition)
{
    if (!condition)
        abort();
}

static void look_at(struct address_space *space, const struct space_item *item)
{
    VARIANT value;
    require(address_space_find(space, item->id) == item);
    if (SUCCEEDED(space_item_eu_info(item, &value)))
        VariantClear(&value);
    if (item->reserved || FAILED(address_space_sample(space, item, 123456789, &value)))
        return;
    require(value.vt == item->type);
    (void)address_space_store(space, item, &value);
    VariantClear(&value);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char complaint[JSON_COMPLAINT] = "";
    struct address_space *space;
    if (size > SIZE_MAXIMUM)
        return 0;
    enum err e = address_space_parse("fuzz.json", (const char *)data, size, &space, complaint);
    if (e) {
        require(!space && strncmp(complaint, "fuzz.json:", 10) == 0);
        return 0;
    }
    for (size_t i = 0; i < ITEMS_LOOKED_AT && i < address_space_count(space); i++)
        look_at(space, address_space_at(space, i));
    address_space_destroy(space);
    return 0;
}
