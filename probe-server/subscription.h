/* The callbacks of one advised group: a thread of its own, so that a slow or dead client delays nobody else.
 *
 * Nothing piles up behind a slow client: changes are marked in the items and collected when the thread is free, so
 * that at most one set of changes waits, with the newest values; of requests at most
 * SUBSCRIPTION_TRANSACTIONS_MAXIMUM wait; what that loses is counted (service.h). There are never more updates than
 * periods, and two of them are at least nine tenths of one apart. The thread holds the group and ends by itself after
 * the subscription was stopped, which never waits for it: Unadvise may be called from inside a callback. All state is
 * under the group's lock. */
#ifndef PROBE_SERVER_SUBSCRIPTION_H
#define PROBE_SERVER_SUBSCRIPTION_H

#include <opcda.h>
#include <stdbool.h>

#include "base/err.h"
#include "probe-server/service.h"
#include "probe-server/transaction.h"

#define SUBSCRIPTION_TRANSACTIONS_MAXIMUM 16

struct group;
struct subscription;

/* Starts the thread. `sink` is borrowed: the subscription adds its own reference. `caller` is who advised.
 * Without the group's lock. */
MUST_USE enum err subscription_start(struct group *group, IOPCDataCallback *sink, const struct caller *caller,
                                     DWORD cookie, struct subscription **out);
/* No callback begins after this; one under way ends by itself. Gives the caller's hold back. Under the lock. */
void subscription_stop(struct subscription *s);
DWORD subscription_cookie(const struct subscription *s);
const struct caller *subscription_caller(const struct subscription *s);
/* Borrowed. */
IOPCDataCallback *subscription_sink(const struct subscription *s);
/* Some items are marked changed, or marked ones may be sent now. Under the lock. */
void subscription_note_changes(struct subscription *s);
/* The same in two steps, for who samples many groups: the second is done without the lock, so that the thread that
 * wakes does not find it taken and sleep again at once. Each subscription_mark is followed by one subscription_wake. */
void subscription_mark(struct subscription *s);
void subscription_wake(struct subscription *s);
/* Queues a request and gives its cancel id. CONNECT_E_ADVISELIMIT when too many wait; then it stays the caller's. Under
 * the lock. */
HRESULT subscription_queue(struct subscription *s, struct transaction *t, DWORD *cancel_id);
/* E_FAIL when no waiting request has this id. Under the lock. */
HRESULT subscription_cancel(struct subscription *s, DWORD cancel_id);

#endif
