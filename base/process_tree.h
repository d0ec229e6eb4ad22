/* Other processes of this machine, as the authority of a host must know them: whose child, and when they end.
 *
 * Only for programs of the portable runtime (probe-scm); Windows has its own authority. */
#ifndef BASE_PROCESS_TREE_H
#define BASE_PROCESS_TREE_H

#include <stdint.h>

#include "base/err.h"

/* The parent's number; 0 when there is no such process or it has none. */
int64_t process_parent(int64_t pid);
/* Becomes another program under the same process number; returns only on failure (ERR_NOT_FOUND, ERR_ACCESS, ERR_IO).
 */
enum err process_become(const char *const *arguments);

/* Watches processes by pidfd, so that a number used again is never mistaken for the one that ended. One thread tells of
 * each end, once. */
struct process_watch;

MUST_USE enum err process_watch_create(void (*ended)(void *context, int64_t pid), void *context,
                                       struct process_watch **out);
/* ERR_NOT_FOUND: it has ended already (`ended` is not called). Watching twice is one watch. From any thread. */
MUST_USE enum err process_watch_add(struct process_watch *w, int64_t pid);
/* Stops the thread; not from `ended`. */
void process_watch_destroy(struct process_watch *w);

#endif
