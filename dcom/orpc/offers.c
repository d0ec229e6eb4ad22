#include "dcom/orpc/offers.h"

void offers_observe(enum dcom_offer whose, const DUALSTRINGARRAY *bindings)
{
    struct binding_cursor cursor;
    struct string_binding b;
    if (!bindings || !dcom_observed())
        return;
    binding_cursor_strings(&cursor, bindings);
    for (int i = 0; i < BINDINGS_MAXIMUM && binding_next_string(&cursor, &b); i++) {
        struct dcom_event event = { .kind = DCOM_OFFERED, .offer = whose };
        string_binding_text(&b, event.peer, sizeof event.peer);
        dcom_observe(&event);
    }
}
