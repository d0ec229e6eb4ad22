#include "base/memory.h"

#include <malloc.h>
#include <stdatomic.h>
#include <unistd.h>

#define WORTH_A_WALK ((size_t)1 << 20) /* looking for free pages costs some microseconds for each megabyte of heap */

void memory_share_pools(void)
{
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    (void)mallopt(M_ARENA_MAX, processors > 0 && processors < 8 ? (int)processors : 8);
}

void memory_give_back(size_t freed)
{
    static atomic_size_t waiting;
    if (atomic_fetch_add(&waiting, freed) + freed < WORTH_A_WALK)
        return;
    atomic_store(&waiting, 0);
    (void)malloc_trim(0);
}
