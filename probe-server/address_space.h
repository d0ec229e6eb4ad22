/* The items that the server shows: a simulated plant from a JSON file, and the reserved items.
 *
 * The set of items never changes after loading, so items may be pointed to while the space lives; only the values
 * of stored items do, under the space's lock. Times are monotonic nanoseconds given by the caller: a value
 * is a function of time, so the same time gives the same value. */
#ifndef PROBE_SERVER_ADDRESS_SPACE_H
#define PROBE_SERVER_ADDRESS_SPACE_H

#include <opcda.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/json.h"
#include "probe-server/generator.h"

#define SPACE_ITEMS_MAXIMUM 1000000u
#define SPACE_ID_MAXIMUM    512u /* UTF-16 units of an item's name */

enum reserved_item {
    RESERVED_NONE,
    RESERVED_NONCE,
    RESERVED_CALLER_ACCOUNT,
    RESERVED_CALLER_LEVEL,
    RESERVED_CALLER_MECHANISM,
    RESERVED_CALLER_SESSION,
    RESERVED_RUNTIME,
    RESERVED_FLOOR_PORT,
    RESERVED_PROCESS_CPU_NS,
    RESERVED_PROCESS_PID,
    RESERVED_UPDATES_OVERWRITTEN,
    RESERVED_REQUESTS_REFUSED,
    RESERVED_SERVICE /* of 1 ms; those of 2, 4, 8, ... ms follow */
};

struct space_item {
    WCHAR *id;    /* owned */
    VARTYPE type; /* canonical; VT_ARRAY for arrays */
    DWORD access; /* OPC_READABLE, OPC_WRITEABLE */
    WORD quality;
    OPCEUTYPE eu_type;
    double eu_low, eu_high; /* OPC_ANALOG */
    char **eu_names;        /* OPC_ENUMERATED, owned, NULL-terminated */
    struct generator generator;
    uint32_t length; /* elements of an array */
    enum reserved_item reserved;
    VARIANT stored; /* (LOCK space) GENERATOR_CONSTANT and GENERATOR_STORE: owned */
};

struct address_space;

/* Loads the items of a JSON file, or the built-in ones when `path` is NULL, and adds the reserved ones.
 * On failure `complaint` reads "file:line: what; what to do". */
MUST_USE enum err address_space_load(const char *path, struct address_space **out, char complaint[JSON_COMPLAINT]);
/* The same from text; `path` only names it in complaints. */
MUST_USE enum err address_space_parse(const char *path, const char *text, size_t size, struct address_space **out,
                                      char complaint[JSON_COMPLAINT]);
void address_space_destroy(struct address_space *space);

size_t address_space_count(const struct address_space *space);
const struct space_item *address_space_at(const struct address_space *space, size_t index);
/* Case-sensitive; NULL when there is none. */
const struct space_item *address_space_find(const struct address_space *space, const WCHAR *id);

/* The value at `now_ns`, which the caller clears. Not for reserved items (reserved_items.h). */
HRESULT address_space_sample(struct address_space *space, const struct space_item *item, int64_t now_ns, VARIANT *out);
/* Stores a value of the item's canonical type. OPC_E_RANGE outside an analog item's limits. */
HRESULT address_space_store(struct address_space *space, const struct space_item *item, const VARIANT *value);
/* EU information as OPCITEMATTRIBUTES carries it: VT_EMPTY, two VT_R8, or an array of VT_BSTR. */
HRESULT space_item_eu_info(const struct space_item *item, VARIANT *out);

#endif
