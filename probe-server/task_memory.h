/* Arrays that leave through [out] parameters: from CoTaskMemAlloc, zeroed. */
#ifndef PROBE_SERVER_TASK_MEMORY_H
#define PROBE_SERVER_TASK_MEMORY_H

#include <objbase.h>
#include <stdint.h>
#include <string.h>

/* NULL when memory is short or the size does not fit; never NULL for a count of 0. */
static inline void *task_array(DWORD count, size_t element)
{
    if (count > SIZE_MAX / 2 / element)
        return NULL;
    size_t size = count ? count * element : element;
    void *array = CoTaskMemAlloc(size);
    if (array)
        memset(array, 0, size);
    return array;
}

#endif
