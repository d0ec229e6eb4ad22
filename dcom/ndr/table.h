/* The tables that idl/make_shims.py and widl make, one set per IDL file. */
#ifndef DCOM_NDR_TABLE_H
#define DCOM_NDR_TABLE_H

#include "dcom/ndr/ndr.h"

#define NDR_TABLES(name)                                                                                               \
    extern const ExtendedProxyFileInfo name##_ProxyFileInfo;                                                           \
    extern const struct ndr_shims name##_shims[]

NDR_TABLES(comstd);
NDR_TABLES(opccomn);
NDR_TABLES(opcsec);
NDR_TABLES(opcda);
NDR_TABLES(dcom);
NDR_TABLES(local);

#endif
