/* The errors and success codes of OPC Data Access (OPC DA 2.05A appendix A, 3.00 appendix B). */
#ifndef OPCDA_OPC_ERROR_H
#define OPCDA_OPC_ERROR_H

#include <windows.h>

#define OPC_E_INVALIDHANDLE            ((HRESULT)0xC0040001)
#define OPC_E_BADTYPE                  ((HRESULT)0xC0040004)
#define OPC_E_PUBLIC                   ((HRESULT)0xC0040005)
#define OPC_E_BADRIGHTS                ((HRESULT)0xC0040006)
#define OPC_E_UNKNOWNITEMID            ((HRESULT)0xC0040007)
#define OPC_E_INVALIDITEMID            ((HRESULT)0xC0040008)
#define OPC_E_INVALIDFILTER            ((HRESULT)0xC0040009)
#define OPC_E_UNKNOWNPATH              ((HRESULT)0xC004000A)
#define OPC_E_RANGE                    ((HRESULT)0xC004000B)
#define OPC_E_DUPLICATENAME            ((HRESULT)0xC004000C)
#define OPC_S_UNSUPPORTEDRATE          ((HRESULT)0x0004000D)
#define OPC_S_CLAMP                    ((HRESULT)0x0004000E)
#define OPC_S_INUSE                    ((HRESULT)0x0004000F)
#define OPC_E_INVALIDCONFIGFILE        ((HRESULT)0xC0040010)
#define OPC_E_NOTFOUND                 ((HRESULT)0xC0040011)
#define OPC_E_INVALID_PID              ((HRESULT)0xC0040203)
#define OPC_E_DEADBANDNOTSET           ((HRESULT)0xC0040400)
#define OPC_E_DEADBANDNOTSUPPORTED     ((HRESULT)0xC0040401)
#define OPC_E_NOBUFFERING              ((HRESULT)0xC0040402)
#define OPC_E_INVALIDCONTINUATIONPOINT ((HRESULT)0xC0040403)
#define OPC_S_DATAQUEUEOVERFLOW        ((HRESULT)0x00040404)
#define OPC_E_RATENOTSET               ((HRESULT)0xC0040405)
#define OPC_E_NOTSUPPORTED             ((HRESULT)0xC0040406)

#endif
