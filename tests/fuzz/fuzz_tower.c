/* Towers and the endpoint mapper's requests: read to their end, never past it; a TCP tower survives being written. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "dcom/scm/epm.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_tower(const uint8_t *data, size_t size)
{
    struct tower tower;
    struct writer w;
    if (tower_decode(data, size, &tower))
        return;
    writer_init(&w, TOWER_BYTES_MAXIMUM);
    tower_encode(&w, &tower);
    struct tower again;
    if (w.size != TOWER_TCP_BYTES || tower_decode(w.data, w.size, &again) || memcmp(&tower, &again, sizeof tower) != 0)
        abort();
    writer_cleanup(&w);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct epm_query query;
    struct epm_handle handle;
    struct reader r;
    read_tower(data, size);
    reader_init(&r, data, size);
    if (!epm_lookup_decode(&r, &query) && query.maximum > EPM_ENTRIES_MAXIMUM)
        abort();
    reader_init(&r, data, size);
    if (!epm_map_decode(&r, &query) && query.maximum > EPM_ENTRIES_MAXIMUM)
        abort();
    reader_init(&r, data, size);
    if (epm_handle_decode(&r, &handle) != (size < sizeof handle ? ERR_PROTOCOL : ERR_OK))
        abort();
    return 0;
}
