/* The GUID of zeros, by its Windows name. */
#include <guiddef.h>

const GUID GUID_NULL = { 0, 0, 0, { 0, 0, 0, 0, 0, 0, 0, 0 } };
