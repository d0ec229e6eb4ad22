/* Proxies of the OPC interfaces inside the program itself.
 *
 * A plant's machine has the OPC Foundation's proxy DLL registered, or another one, or none. The
 * probes must not depend on which and must not touch that registration: they carry their own and
 * make them known to this process alone. */
#ifndef OPC_PROXIES_H
#define OPC_PROXIES_H

#include <objbase.h>

/* Call once after CoInitializeEx in each process that calls or serves an OPC interface. The portable runtime finds the
 * interfaces in its own tables, so there it only returns S_OK. */
HRESULT opc_proxies_register(void);

#endif
