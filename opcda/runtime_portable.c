#include "opcda/runtime.h"

const char *runtime_name(void)
{
    return RUNTIME_PORTABLE;
}
