/* What an unmarshalling has made so far, so that a failure takes all of it back without reading any format again. */
#ifndef DCOM_NDR_JOURNAL_H
#define DCOM_NDR_JOURNAL_H

#include <rpcproxy.h>
#include <stdbool.h>

#define JOURNAL_FIRST 16

struct journal_entry {
    enum {
        JOURNAL_MEMORY,    /* from CoTaskMemAlloc */
        JOURNAL_INTERFACE, /* a reference */
        JOURNAL_USER       /* a value whose type frees itself */
    } kind;
    bool is_kept; /* belongs to the callee once the call is made */
    void *what;
    USER_MARSHAL_FREEING_ROUTINE free_user;
};

struct journal {
    struct journal_entry first[JOURNAL_FIRST];
    struct journal_entry *entries; /* `first` or heap */
    size_t count, capacity;
};

void journal_init(struct journal *j);
void journal_cleanup(struct journal *j);
/* Makes sure that one more entry fits: ask before making what shall be entered. */
bool journal_reserve(struct journal *j);
void journal_add(struct journal *j, struct journal_entry entry);
/* Undoes in reverse order, so that contents go before what contains them: everything, or only what is not kept. */
void journal_undo(struct journal *j, bool kept_too);

#endif
