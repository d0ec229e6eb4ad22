/* The list a program gives to CoInitializeSecurity. */
#ifndef DCOM_COM_PROGRAM_LIST_H
#define DCOM_COM_PROGRAM_LIST_H

#include <objbase.h>

#include "security/com_list.h"

/* Reads a descriptor in either form. E_INVALIDARG: it has no owner or no group, asks for auditing, or its list means
 * nothing to COM. NULL lets everybody in, as Windows documents. `out` is { 0 } on failure. */
HRESULT program_list_read(PSECURITY_DESCRIPTOR descriptor, struct com_list *out);

#endif
