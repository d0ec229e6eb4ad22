/* The tables behind codes.h, one per subject. */
#ifndef OPCDA_CODE_TABLES_H
#define OPCDA_CODE_TABLES_H

#include "opcda/codes.h"

struct code_table {
    const struct code_info *codes;
    size_t count;
};

extern const struct code_table codes_com, codes_win32, codes_ntstatus, codes_opc;

#define CODE_TABLE(codes)                                                                                              \
    {                                                                                                                  \
        (codes), sizeof(codes) / sizeof((codes)[0])                                                                    \
    }

#endif
