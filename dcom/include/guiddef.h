/* GUIDs under their Windows names ([MS-DTYP] 2.3.4). In memory they look as on the wire, because everything here
 * is little-endian. */
#ifndef GUIDDEF_H
#define GUIDDEF_H

#include <stdint.h>
#include <string.h>

typedef struct _GUID {
    uint32_t Data1;
    uint16_t Data2;
    uint16_t Data3;
    uint8_t Data4[8];
} GUID;

typedef GUID *LPGUID;
typedef GUID IID, *LPIID;
typedef GUID CLSID, *LPCLSID;
typedef GUID FMTID;
typedef GUID CATID;
typedef const GUID *REFGUID;
typedef const IID *REFIID;
typedef const CLSID *REFCLSID;
typedef const CATID *REFCATID;

#define IsEqualGUID(a, b)  (!memcmp((a), (b), sizeof(GUID)))
#define IsEqualIID(a, b)   IsEqualGUID(a, b)
#define IsEqualCLSID(a, b) IsEqualGUID(a, b)

extern const GUID GUID_NULL;
#define IID_NULL   GUID_NULL
#define CLSID_NULL GUID_NULL

#ifndef EXTERN_C
#define EXTERN_C extern
#endif
#define DECLSPEC_SELECTANY __attribute__((weak))

/* The headers that widl makes declare their GUIDs with this; the definitions come from the files made beside them. */
#define DEFINE_GUID(name, a, b, c, d0, d1, d2, d3, d4, d5, d6, d7) EXTERN_C const GUID name

#endif
