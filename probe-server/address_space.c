#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "opcda/identity.h"
#include "opcda/opc_error.h"
#include "opcda/quality.h"
#include "opcda/text.h"
#include "probe-server/address_space_internal.h"
#include "probe-server/value.h"

struct space_item *space_item_create(VARTYPE type)
{
    struct space_item *item = calloc(1, sizeof(*item));
    if (!item)
        return NULL;
    item->type = type;
    item->access = OPC_READABLE;
    item->quality = OPC_QUALITY_GOOD;
    item->eu_type = OPC_NOENUM;
    item->generator.kind = GENERATOR_CONSTANT;
    VariantInit(&item->stored);
    return item;
}

void space_item_destroy(struct space_item *item)
{
    if (!item)
        return;
    VariantClear(&item->stored);
    for (char **name = item->eu_names; name && *name; name++)
        free(*name);
    free(item->eu_names);
    free(item->id);
    free(item);
}

struct address_space *address_space_create(void)
{
    struct address_space *space = calloc(1, sizeof(*space));
    if (space)
        mutex_init(&space->lock);
    return space;
}

void address_space_destroy(struct address_space *space)
{
    if (!space)
        return;
    for (size_t i = 0; i < space->count; i++)
        space_item_destroy(space->items[i]);
    free(space->items);
    free(space->buckets);
    mutex_cleanup(&space->lock);
    free(space);
}

static size_t hash_of(const WCHAR *id)
{
    uint64_t hash = UINT64_C(14695981039346656037); /* FNV-1a */
    for (; *id; id++)
        hash = (hash ^ *id) * UINT64_C(1099511628211);
    return (size_t)(hash ^ hash >> 32);
}

/* The bucket that holds `id`, or the free one where it belongs. */
static size_t bucket_of(const struct address_space *space, const WCHAR *id)
{
    size_t at = hash_of(id) & (space->bucket_count - 1);
    while (space->buckets[at] && !wide_equal(space->items[space->buckets[at] - 1]->id, id))
        at = (at + 1) & (space->bucket_count - 1);
    return at;
}

static enum err grow(struct address_space *space)
{
    size_t capacity = space->capacity ? space->capacity * 2 : 64;
    struct space_item **items = realloc(space->items, capacity * sizeof(struct space_item *));
    if (!items)
        return ERR_MEMORY;
    space->items = items;
    uint32_t *buckets = calloc(capacity * 2, sizeof(*buckets));
    if (!buckets)
        return ERR_MEMORY;
    free(space->buckets);
    space->buckets = buckets;
    space->bucket_count = capacity * 2;
    space->capacity = capacity;
    for (size_t i = 0; i < space->count; i++)
        space->buckets[bucket_of(space, space->items[i]->id)] = (uint32_t)i + 1;
    return ERR_OK;
}

enum err address_space_add(struct address_space *space, struct space_item *item)
{
    if (space->count >= SPACE_ITEMS_MAXIMUM)
        return ERR_LIMIT;
    if (space->count == space->capacity) {
        enum err e = grow(space);
        if (e)
            return e;
    }
    size_t bucket = bucket_of(space, item->id);
    if (space->buckets[bucket])
        return ERR_IN_USE;
    space->items[space->count++] = item;
    space->buckets[bucket] = (uint32_t)space->count;
    return ERR_OK;
}

static enum err add_reserved(struct address_space *space, const char *id, enum reserved_item reserved, VARTYPE type)
{
    struct space_item *item = space_item_create(type);
    if (!item)
        return ERR_MEMORY;
    item->id = (WCHAR *)utf16_dup(id);
    item->reserved = reserved;
    enum err e = item->id ? address_space_add(space, item) : ERR_MEMORY;
    if (e)
        space_item_destroy(item);
    return e;
}

enum err address_space_add_reserved(struct address_space *space)
{
    static const struct {
        const char *id;
        enum reserved_item reserved;
        VARTYPE type;
    } reserved[] = {
        { OPCPROBE_ITEM_NONCE, RESERVED_NONCE, VT_BSTR },
        { OPCPROBE_ITEM_CALLER_ACCOUNT, RESERVED_CALLER_ACCOUNT, VT_BSTR },
        { OPCPROBE_ITEM_CALLER_LEVEL, RESERVED_CALLER_LEVEL, VT_I4 },
        { OPCPROBE_ITEM_CALLER_MECHANISM, RESERVED_CALLER_MECHANISM, VT_I4 },
        { OPCPROBE_ITEM_CALLER_SESSION, RESERVED_CALLER_SESSION, VT_BSTR },
        { OPCPROBE_ITEM_RUNTIME, RESERVED_RUNTIME, VT_BSTR },
        { OPCPROBE_ITEM_FLOOR_PORT, RESERVED_FLOOR_PORT, VT_I4 },
        { OPCPROBE_ITEM_PROCESS_CPU_NS, RESERVED_PROCESS_CPU_NS, VT_I8 },
        { OPCPROBE_ITEM_PROCESS_PID, RESERVED_PROCESS_PID, VT_I4 },
        { OPCPROBE_ITEM_OVERWRITTEN, RESERVED_UPDATES_OVERWRITTEN, VT_I8 },
        { OPCPROBE_ITEM_REFUSED, RESERVED_REQUESTS_REFUSED, VT_I8 },
    };
    for (size_t i = 0; i < sizeof(reserved) / sizeof(reserved[0]); i++) {
        enum err e = add_reserved(space, reserved[i].id, reserved[i].reserved, reserved[i].type);
        if (e)
            return e;
    }
    for (unsigned i = 0; i < OPCPROBE_SERVICE_ITEMS; i++) {
        char id[32];
        snprintf(id, sizeof(id), OPCPROBE_ITEM_SERVICE_MS, 1u << i);
        enum err e = add_reserved(space, id, (enum reserved_item)(RESERVED_SERVICE + i), VT_I4);
        if (e)
            return e;
    }
    return ERR_OK;
}

size_t address_space_count(const struct address_space *space)
{
    return space->count;
}

const struct space_item *address_space_at(const struct address_space *space, size_t index)
{
    return index < space->count ? space->items[index] : NULL;
}

const struct space_item *address_space_find(const struct address_space *space, const WCHAR *id)
{
    if (!space->bucket_count)
        return NULL;
    uint32_t found = space->buckets[bucket_of(space, id)];
    return found ? space->items[found - 1] : NULL;
}

/* Elements of an array are the item's series at different seeds and phases, so that they differ. */
static HRESULT sample_array(const struct space_item *item, int64_t now_ns, VARIANT *out)
{
    VARTYPE element = item->type & ~VT_ARRAY;
    SAFEARRAY *array = SafeArrayCreateVector(element, 0, item->length);
    if (!array)
        return E_OUTOFMEMORY;
    struct generator g = item->generator;
    HRESULT hr = S_OK;
    for (LONG i = 0; SUCCEEDED(hr) && i < (LONG)item->length; i++) {
        VARIANT value;
        g.seed = item->generator.seed + (uint32_t)i;
        hr = generator_value(&g, element, now_ns + i * (g.period_ns / (int64_t)item->length), &value);
        if (FAILED(hr))
            break;
        /* Everything but a BSTR is stored by its bytes, which begin where the union does. */
        hr = SafeArrayPutElement(array, &i, element == VT_BSTR ? (void *)V_BSTR(&value) : (void *)&V_UI1(&value));
        VariantClear(&value);
    }
    if (FAILED(hr)) {
        SafeArrayDestroy(array);
        return hr;
    }
    V_VT(out) = item->type;
    V_ARRAY(out) = array;
    return S_OK;
}

HRESULT address_space_sample(struct address_space *space, const struct space_item *item, int64_t now_ns, VARIANT *out)
{
    VariantInit(out);
    if (item->generator.kind == GENERATOR_CONSTANT || item->generator.kind == GENERATOR_STORE) {
        mutex_lock(&space->lock);
        HRESULT hr = value_copy(&item->stored, out);
        mutex_unlock(&space->lock);
        return hr;
    }
    return item->length ? sample_array(item, now_ns, out) : generator_value(&item->generator, item->type, now_ns, out);
}

static HRESULT check_range(const struct space_item *item, const VARIANT *value)
{
    if (item->eu_type != OPC_ANALOG || (item->type & VT_ARRAY))
        return S_OK;
    double number;
    if (!value_number(value, &number))
        return S_OK; /* what is no number has no range */
    /* Written so that a NaN is out of range too. */
    return number >= item->eu_low && number <= item->eu_high ? S_OK : OPC_E_RANGE;
}

HRESULT address_space_store(struct address_space *space, const struct space_item *item, const VARIANT *value)
{
    HRESULT hr = check_range(item, value);
    if (FAILED(hr))
        return hr;
    VARIANT copy;
    hr = value_copy(value, &copy);
    if (FAILED(hr))
        return hr;
    /* The set of items is constant, the stored values are not: only this function changes them. */
    struct space_item *writable = (struct space_item *)item;
    mutex_lock(&space->lock);
    VARIANT old = writable->stored;
    writable->stored = copy;
    mutex_unlock(&space->lock);
    VariantClear(&old);
    return S_OK;
}

static SAFEARRAY *analog_info(const struct space_item *item)
{
    SAFEARRAY *array = SafeArrayCreateVector(VT_R8, 0, 2);
    double limits[2] = { item->eu_low, item->eu_high };
    for (LONG i = 0; array && i < 2; i++)
        if (FAILED(SafeArrayPutElement(array, &i, &limits[i]))) {
            SafeArrayDestroy(array);
            return NULL;
        }
    return array;
}

static SAFEARRAY *enumerated_info(const struct space_item *item)
{
    ULONG count = 0;
    while (item->eu_names[count])
        count++;
    SAFEARRAY *array = SafeArrayCreateVector(VT_BSTR, 0, count);
    for (LONG i = 0; array && i < (LONG)count; i++) {
        BSTR name = bstr_from_utf8(item->eu_names[i]);
        HRESULT hr = name ? SafeArrayPutElement(array, &i, name) : E_OUTOFMEMORY;
        SysFreeString(name);
        if (FAILED(hr)) {
            SafeArrayDestroy(array);
            return NULL;
        }
    }
    return array;
}

HRESULT space_item_eu_info(const struct space_item *item, VARIANT *out)
{
    VariantInit(out);
    if (item->eu_type == OPC_NOENUM)
        return S_OK;
    bool analog = item->eu_type == OPC_ANALOG;
    SAFEARRAY *array = analog ? analog_info(item) : enumerated_info(item);
    if (!array)
        return E_OUTOFMEMORY;
    V_VT(out) = VT_ARRAY | (analog ? VT_R8 : VT_BSTR);
    V_ARRAY(out) = array;
    return S_OK;
}
