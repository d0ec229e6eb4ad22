/* The few COM functions that parts of probe-client call, as notes of what was asked. */
#ifndef FAKE_COM_H
#define FAKE_COM_H

#include <objbase.h>

struct fake_blanket {
    unsigned calls;
    DWORD service;
    DWORD level;
    DWORD impersonation;
    const COAUTHIDENTITY *identity;
};

extern struct fake_blanket fake_blanket;
/* What CoCreateInstanceEx does; NULL: the class is not registered. */
extern HRESULT (*fake_create_instance)(COSERVERINFO *server, MULTI_QI *query);

#endif
