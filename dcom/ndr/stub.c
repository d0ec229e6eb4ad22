#include "dcom/ndr/stub.h"

void stub_init(struct stub *s, const MIDL_STUB_DESC *tables, void *slots, const struct ndr_objects *objects,
               void *objects_context)
{
    /* The journal's first entries need no zeros. */
    s->m = (struct user_marshal){ .objects = objects, .objects_context = objects_context };
    s->m.referents = &s->referents;
    s->tables = tables;
    s->slots = slots;
    s->referents = 0;
    s->depth = 0;
    s->is_server = false;
    s->keep = false;
    s->parameter = 0;
    s->arena = (struct arena){ 0 };
    s->late_count = 0;
    journal_init(&s->journal);
}

void stub_cleanup(struct stub *s)
{
    arena_cleanup(&s->arena);
    journal_cleanup(&s->journal);
}

void stub_fail(struct stub *s, HRESULT hr)
{
    if (SUCCEEDED(s->m.hr))
        s->m.hr = hr;
    if (s->m.in)
        reader_fail(s->m.in);
}

void *stub_alloc(struct stub *s, size_t size, bool keep)
{
    void *memory;
    if (!keep)
        memory = arena_alloc(&s->arena, size);
    else
        memory = journal_reserve(&s->journal) ? CoTaskMemAlloc(size) : NULL;
    if (!memory) {
        stub_fail(s, E_OUTOFMEMORY);
        return NULL;
    }
    if (keep)
        journal_add(&s->journal, (struct journal_entry){ JOURNAL_MEMORY, true, memory, NULL });
    return memset(memory, 0, size);
}
