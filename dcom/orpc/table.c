#include "dcom/orpc/table.h"

#include <stdlib.h>
#include <string.h>

#define FIRST_BUCKETS 64

static struct table_link **bucket_of(const struct table *t, uint64_t hash)
{
    return &t->buckets[hash & (t->bucket_count - 1)];
}

static void grow(struct table *t)
{
    struct table larger = { .bucket_count = t->bucket_count ? t->bucket_count * 2 : FIRST_BUCKETS };
    larger.buckets = calloc(larger.bucket_count, sizeof(struct table_link *));
    if (!larger.buckets)
        return;
    for (size_t i = 0; i < t->bucket_count; i++) {
        struct table_link *link = t->buckets[i];
        while (link) {
            struct table_link *next = link->next;
            struct table_link **bucket = bucket_of(&larger, link->hash);
            link->next = *bucket;
            *bucket = link;
            link = next;
        }
    }
    larger.count = t->count;
    free(t->buckets);
    *t = larger;
}

bool table_add(struct table *t, struct table_link *link, uint64_t hash)
{
    if (t->count >= t->bucket_count)
        grow(t);
    if (t->bucket_count == 0)
        return false;
    struct table_link **bucket = bucket_of(t, hash);
    link->hash = hash;
    link->next = *bucket;
    *bucket = link;
    t->count++;
    return true;
}

void table_remove(struct table *t, struct table_link *link)
{
    struct table_link **at = bucket_of(t, link->hash);
    while (*at != link)
        at = &(*at)->next;
    *at = link->next;
    link->next = NULL;
    t->count--;
}

static struct table_link *same_hash(struct table_link *link, uint64_t hash)
{
    while (link && link->hash != hash)
        link = link->next;
    return link;
}

struct table_link *table_first(const struct table *t, uint64_t hash)
{
    return t->bucket_count ? same_hash(*bucket_of(t, hash), hash) : NULL;
}

struct table_link *table_next(const struct table_link *link)
{
    return same_hash(link->next, link->hash);
}

struct table_link *table_take_any(struct table *t)
{
    if (t->count == 0)
        return NULL;
    size_t i = 0;
    while (!t->buckets[i])
        i++;
    struct table_link *link = t->buckets[i];
    table_remove(t, link);
    return link;
}

void table_cleanup(struct table *t)
{
    free(t->buckets);
    *t = (struct table){ 0 };
}

uint64_t table_hash_pointer(const void *p)
{
    /* Multiplying by an odd constant spreads the low bits, which alignment leaves alike, over the word. */
    uint64_t x = (uint64_t)(uintptr_t)p * UINT64_C(0x9E3779B97F4A7C15);
    return x ^ (x >> 32);
}

uint64_t table_hash_guid(const void *guid)
{
    uint64_t hash;
    memcpy(&hash, guid, sizeof hash);
    return hash;
}
