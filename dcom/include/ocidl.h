#ifndef OCIDL_H
#define OCIDL_H

/* All standard interfaces that OPC stands on are in one file here. */
#include <comstd.h>

#endif
