/* The elements that an enumerator and its clones walk: counted, constant once made. */
#ifndef PROBE_SERVER_SNAPSHOT_H
#define PROBE_SERVER_SNAPSHOT_H

#include <objbase.h>
#include <stdatomic.h>
#include <stddef.h>

struct snapshot_ops {
    size_t size;                                 /* of an element */
    HRESULT (*copy)(const void *from, void *to); /* a copy that the caller of Next owns */
    void (*clear)(void *element);
};

struct snapshot {
    atomic_uint references;
    const struct snapshot_ops *ops;
    ULONG count;
    char *elements; /* owned */
};

extern const struct snapshot_ops snapshot_of_interfaces, snapshot_of_strings, snapshot_of_connections,
    snapshot_of_attributes, snapshot_of_guids;

/* Takes over what the elements own, also on failure (NULL). */
struct snapshot *snapshot_create(const struct snapshot_ops *ops, void *elements, ULONG count);
struct snapshot *snapshot_addref(struct snapshot *s);
void snapshot_release(struct snapshot *s);
/* Copies up to `wanted` elements from `position`; on failure nothing is left in `out`. */
HRESULT snapshot_copy(const struct snapshot *s, ULONG position, ULONG wanted, void *out, ULONG *copied);

#endif
