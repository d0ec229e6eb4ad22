/* A hash table of structures that carry their own link, under their owner's lock.
 *
 * Keys are random numbers (OXID, OID, IPID) or addresses; the owner hashes them to 64 bits and compares. The table
 * grows with its content and never shrinks. */
#ifndef DCOM_TABLE_H
#define DCOM_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct table_link {
    struct table_link *next;
    uint64_t hash;
};

struct table {
    struct table_link **buckets;
    size_t bucket_count; /* a power of two, 0 before the first insertion */
    size_t count;
};

/* False when there is no memory for a first bucket array; growing later is only an attempt. */
bool table_add(struct table *t, struct table_link *link, uint64_t hash);
void table_remove(struct table *t, struct table_link *link);
/* Candidates: the first link with that hash, then the next one after it. NULL when there are no more. */
struct table_link *table_first(const struct table *t, uint64_t hash);
struct table_link *table_next(const struct table_link *link);
/* Takes some link out, for emptying; NULL when empty. */
struct table_link *table_take_any(struct table *t);
void table_cleanup(struct table *t);

/* Mixes a pointer or number; random identifiers need no mixing. */
uint64_t table_hash_pointer(const void *p);
/* The first eight bytes of a GUID. */
uint64_t table_hash_guid(const void *guid);

#define TABLE_ITEM(link, type, member) ((type *)(void *)((char *)(link)-offsetof(type, member)))

#endif
