/* The task allocator: one heap for everything that crosses an interface. */
#include <objbase.h>
#include <stdlib.h>

LPVOID CoTaskMemAlloc(SIZE_T size)
{
    /* A block of no bytes is still a block with an address. */
    return malloc(size ? size : 1);
}

LPVOID CoTaskMemRealloc(LPVOID memory, SIZE_T size)
{
    if (memory && !size) {
        free(memory);
        return NULL;
    }
    return realloc(memory, size ? size : 1);
}

void CoTaskMemFree(LPVOID memory)
{
    free(memory);
}
