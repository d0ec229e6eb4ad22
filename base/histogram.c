#include "base/histogram.h"

#include <string.h>

/* Values below 128 have a bucket each. Above, each power of two is cut into 128 buckets, so that a bucket is at
 * most 1/128 of the values in it wide. */
#define LINEAR_BITS 7
#define LINEAR      ((size_t)1 << LINEAR_BITS)

static unsigned highest_bit(uint64_t value)
{
    return 63u - (unsigned)__builtin_clzll(value);
}

static size_t bucket_of(uint64_t value)
{
    if (value < LINEAR) {
        return (size_t)value;
    }
    unsigned shift = highest_bit(value) - LINEAR_BITS;
    return (size_t)shift * LINEAR + (size_t)(value >> shift);
}

static int64_t upper_edge(size_t bucket)
{
    if (bucket < LINEAR) {
        return (int64_t)bucket;
    }
    unsigned shift = (unsigned)(bucket / LINEAR - 1);
    return ((int64_t)(LINEAR + bucket % LINEAR + 1) << shift) - 1;
}

void histogram_reset(struct histogram *h)
{
    memset(h, 0, sizeof(*h));
}

void histogram_add(struct histogram *h, int64_t value_ns)
{
    int64_t value = value_ns < 1 ? 1 : value_ns;
    int64_t counted = value < HISTOGRAM_MAXIMUM_NS ? value : HISTOGRAM_MAXIMUM_NS - 1;
    h->buckets[bucket_of((uint64_t)counted)]++;
    if (h->count == 0 || value < h->minimum_ns) {
        h->minimum_ns = value;
    }
    if (value > h->maximum_ns) {
        h->maximum_ns = value;
    }
    h->count++;
}

void histogram_merge(struct histogram *into, const struct histogram *from)
{
    if (from->count == 0) {
        return;
    }
    if (into->count == 0 || from->minimum_ns < into->minimum_ns) {
        into->minimum_ns = from->minimum_ns;
    }
    if (from->maximum_ns > into->maximum_ns) {
        into->maximum_ns = from->maximum_ns;
    }
    into->count += from->count;
    for (size_t i = 0; i < HISTOGRAM_BUCKETS; i++) {
        into->buckets[i] += from->buckets[i];
    }
}

/* How many samples lie at or below the percentile, rounded up and at least one; split so that it cannot overflow. */
static uint64_t rank_of(uint64_t count, uint32_t per_million)
{
    uint64_t million = 1000000;
    uint64_t part = per_million < million ? per_million : million;
    uint64_t rank = count / million * part + (count % million * part + million - 1) / million;
    return rank > 0 ? rank : 1;
}

int64_t histogram_percentile_ns(const struct histogram *h, uint32_t per_million)
{
    if (h->count == 0) {
        return 0;
    }
    uint64_t rank = rank_of(h->count, per_million);
    uint64_t seen = 0;
    for (size_t i = 0; i < HISTOGRAM_BUCKETS - 1; i++) {
        seen += h->buckets[i];
        if (seen >= rank) {
            int64_t edge = upper_edge(i);
            return edge < h->maximum_ns ? edge : h->maximum_ns;
        }
    }
    /* The last bucket also counts what lies beyond the range: only the exact maximum bounds it. */
    return h->maximum_ns;
}

bool histogram_next(const struct histogram *h, size_t *at, int64_t *upper_ns, uint64_t *count)
{
    while (*at < HISTOGRAM_BUCKETS && h->buckets[*at] == 0) {
        (*at)++;
    }
    if (*at == HISTOGRAM_BUCKETS) {
        return false;
    }
    int64_t edge = upper_edge(*at);
    *upper_ns = edge < h->maximum_ns && *at < HISTOGRAM_BUCKETS - 1 ? edge : h->maximum_ns;
    *count = h->buckets[(*at)++];
    return true;
}

/* ---- as JSON ------------------------------------------------------------------------------------------------- */

/* Numbers of JSON are doubles: whole ones are exact up to this. */
#define EXACT_MAXIMUM 9007199254740992.0

cJSON *histogram_to_json(const struct histogram *h)
{
    cJSON *root = cJSON_CreateObject();
    cJSON_AddNumberToObject(root, "count", (double)h->count);
    cJSON_AddNumberToObject(root, "minimum_ns", (double)h->minimum_ns);
    cJSON_AddNumberToObject(root, "maximum_ns", (double)h->maximum_ns);
    cJSON *buckets = cJSON_AddArrayToObject(root, "buckets");
    bool complete = buckets != NULL;
    int64_t upper_ns;
    uint64_t count;
    for (size_t at = 0; complete && histogram_next(h, &at, &upper_ns, &count);) {
        cJSON *pair = cJSON_CreateDoubleArray((double[]){ (double)upper_ns, (double)count }, 2);
        complete = cJSON_AddItemToArray(buckets, pair);
    }
    if (complete) {
        return root;
    }
    cJSON_Delete(root);
    return NULL;
}

/* A whole number from `least` on; false otherwise. */
static bool whole_number(const cJSON *item, double least, uint64_t *out)
{
    if (!cJSON_IsNumber(item) || !(item->valuedouble >= least) || item->valuedouble > EXACT_MAXIMUM) {
        return false;
    }
    *out = (uint64_t)item->valuedouble;
    return (double)*out == item->valuedouble;
}

static bool read_buckets(const cJSON *buckets, struct histogram *out)
{
    const cJSON *pair;
    uint64_t last = 0;
    cJSON_ArrayForEach(pair, buckets)
    {
        uint64_t upper, count;
        if (!cJSON_IsArray(pair) || cJSON_GetArraySize(pair) != 2 ||
            !whole_number(cJSON_GetArrayItem(pair, 0), 1, &upper) ||
            !whole_number(cJSON_GetArrayItem(pair, 1), 1, &count) || upper <= last ||
            out->count + count > (uint64_t)EXACT_MAXIMUM) {
            return false;
        }
        last = upper;
        uint64_t counted = upper < (uint64_t)HISTOGRAM_MAXIMUM_NS ? upper : (uint64_t)HISTOGRAM_MAXIMUM_NS - 1;
        out->buckets[bucket_of(counted)] += count;
        out->count += count;
    }
    return true;
}

enum err histogram_from_json(const cJSON *json, struct histogram *out)
{
    uint64_t count, minimum, maximum;
    histogram_reset(out);
    const cJSON *buckets = cJSON_GetObjectItemCaseSensitive(json, "buckets");
    bool valid = cJSON_IsArray(buckets) && whole_number(cJSON_GetObjectItemCaseSensitive(json, "count"), 0, &count) &&
                 whole_number(cJSON_GetObjectItemCaseSensitive(json, "minimum_ns"), 0, &minimum) &&
                 whole_number(cJSON_GetObjectItemCaseSensitive(json, "maximum_ns"), 0, &maximum) &&
                 minimum <= maximum && read_buckets(buckets, out) && out->count == count;
    if (!valid) {
        histogram_reset(out);
        return ERR_PROTOCOL;
    }
    out->minimum_ns = (int64_t)minimum;
    out->maximum_ns = (int64_t)maximum;
    return ERR_OK;
}
