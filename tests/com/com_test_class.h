/* The class that the suites of dcom/com activate: com_test_server.c implements it, in a process of its own. */
#ifndef TESTS_COM_TEST_CLASS_H
#define TESTS_COM_TEST_CLASS_H

#include <objbase.h>
#include <opccomn.h>

#define TEST_SERVER_CLASS "{6F0B7E4C-2D0F-4C5B-9C2B-0A6C1E5D7A11}"
#define TEST_SERVER_APPID "{6F0B7E4C-2D0F-4C5B-9C2B-0A6C1E5D7A12}"
static const CLSID CLSID_TestServer = {
    0x6F0B7E4C, 0x2D0F, 0x4C5B, { 0x9C, 0x2B, 0x0A, 0x6C, 0x1E, 0x5D, 0x7A, 0x11 }
};

/* It has IOPCCommon and a connection point for IOPCShutdown. IOPCCommon::GetErrorString answers questions: */
enum test_question {
    TEST_ASK_ACCOUNT = 1, /* of the caller, "DOMAIN\user" or "-" */
    TEST_ASK_LEVEL,       /* of the call, as a number */
    TEST_ASK_MECHANISM,
    TEST_ASK_PID,
    TEST_ASK_OBJECTS, /* how many live in the server */
    TEST_ASK_HRESULT, /* of the last call to a sink, "0x........" */
    TEST_ASK_LONG     /* a text of TEST_LONG_TEXT letters */
};
#define TEST_LONG_TEXT 100000

/* SetLocaleID(TEST_LOCALE_SLEEP + ms) answers after that time; SetClientName(text) calls ShutdownRequest(text) of every
 * sink and answers with the first failure. */
#define TEST_LOCALE_SLEEP 0x10000000u

#endif
