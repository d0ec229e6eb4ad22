/* Windows' heap is one for all threads and decommits by itself. */
#include "base/memory.h"

void memory_share_pools(void) {}

void memory_give_back(size_t freed)
{
    (void)freed;
}
