#include "dcom/ndr/journal.h"

#include <stdlib.h>

void journal_init(struct journal *j)
{
    j->entries = j->first;
    j->count = 0;
    j->capacity = JOURNAL_FIRST;
}

void journal_cleanup(struct journal *j)
{
    if (j->entries != j->first)
        free(j->entries);
    journal_init(j);
}

bool journal_reserve(struct journal *j)
{
    if (j->count < j->capacity)
        return true;
    size_t capacity = j->capacity * 2;
    struct journal_entry *larger = realloc(j->entries == j->first ? NULL : j->entries, capacity * sizeof *larger);
    if (!larger)
        return false;
    if (j->entries == j->first)
        memcpy(larger, j->first, sizeof j->first);
    j->entries = larger;
    j->capacity = capacity;
    return true;
}

void journal_add(struct journal *j, struct journal_entry entry)
{
    j->entries[j->count++] = entry;
}

static void undo(const struct journal_entry *e)
{
    ULONG flags = 0;
    IUnknown *object = e->what;

    if (e->kind == JOURNAL_MEMORY)
        CoTaskMemFree(e->what);
    else if (e->kind == JOURNAL_USER)
        e->free_user(&flags, e->what);
    else
        IUnknown_Release(object);
}

void journal_undo(struct journal *j, bool kept_too)
{
    while (j->count) {
        const struct journal_entry *e = &j->entries[--j->count];
        if (kept_too || !e->is_kept)
            undo(e);
    }
}
