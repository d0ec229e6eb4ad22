/* Errors of OPC Data Access 2.05A and 3.00. */
#include "opcda/code_tables.h"

static const struct code_info table[] = {
    { 0xC0040001, CODE_OPC, "OPC_E_INVALIDHANDLE", "The value of the handle is invalid.", 0 },
    { 0xC0040004, CODE_OPC, "OPC_E_BADTYPE",
      "The server cannot convert between the passed or requested data type and the canonical data type.", 0 },
    { 0xC0040005, CODE_OPC, "OPC_E_PUBLIC", "The requested operation cannot be done on a public group.", 0 },
    { 0xC0040006, CODE_OPC, "OPC_E_BADRIGHTS", "The item's access rights do not allow the operation.", 0 },
    { 0xC0040007, CODE_OPC, "OPC_E_UNKNOWNITEMID",
      "The item ID is not defined in the server address space (on add or validate) or no longer exists in the server "
      "address space (for read or write).",
      0 },
    { 0xC0040008, CODE_OPC, "OPC_E_INVALIDITEMID", "The item ID does not conform to the server's syntax.", 0 },
    { 0xC0040009, CODE_OPC, "OPC_E_INVALIDFILTER", "The filter string was not valid.", 0 },
    { 0xC004000A, CODE_OPC, "OPC_E_UNKNOWNPATH", "The item's access path is not known to the server.", 0 },
    { 0xC004000B, CODE_OPC, "OPC_E_RANGE", "The value was out of range.", 0 },
    { 0xC004000C, CODE_OPC, "OPC_E_DUPLICATENAME", "Duplicate name not allowed.", 0 },
    { 0x0004000D, CODE_OPC, "OPC_S_UNSUPPORTEDRATE",
      "The server does not support the requested data rate but will use the closest available rate.", 0 },
    { 0x0004000E, CODE_OPC, "OPC_S_CLAMP", "A value passed to write was accepted but the output was clamped.", 0 },
    { 0x0004000F, CODE_OPC, "OPC_S_INUSE", "The operation cannot be performed because the object is being referenced.",
      0 },
    { 0xC0040010, CODE_OPC, "OPC_E_INVALIDCONFIGFILE", "The server's configuration file is an invalid format.", 0 },
    { 0xC0040011, CODE_OPC, "OPC_E_NOTFOUND", "The requested object (e.g. a public group) was not found.", 0 },
    { 0xC0040203, CODE_OPC, "OPC_E_INVALID_PID", "The passed property ID is not valid for the item.", 0 },
    { 0xC0040400, CODE_OPC, "OPC_E_DEADBANDNOTSET", "The item deadband has not been set for this item.", 0 },
    { 0xC0040401, CODE_OPC, "OPC_E_DEADBANDNOTSUPPORTED", "The item does not support deadband.", 0 },
    { 0xC0040402, CODE_OPC, "OPC_E_NOBUFFERING",
      "The server does not support buffering of data items that are collected at a faster rate than the group update "
      "rate.",
      0 },
    { 0xC0040403, CODE_OPC, "OPC_E_INVALIDCONTINUATIONPOINT", "The continuation point is not valid.", 0 },
    { 0x00040404, CODE_OPC, "OPC_S_DATAQUEUEOVERFLOW",
      "Not every detected change has been returned since the server's buffer reached its limit and had to purge out "
      "the oldest data.",
      0 },
    { 0xC0040405, CODE_OPC, "OPC_E_RATENOTSET", "There is no sampling rate set for the specified item.", 0 },
    { 0xC0040406, CODE_OPC, "OPC_E_NOTSUPPORTED", "The server does not support writing of quality and/or timestamp.",
      0 },
};

const struct code_table codes_opc = CODE_TABLE(table);
