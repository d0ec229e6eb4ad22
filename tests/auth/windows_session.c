#include "tests/auth/windows_session.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/captures/capture.h"

#define FILE_NAME  "scapy_dcerpc_privacy_ntlm.pcapng.gz"
#define CONNECTION 1 /* behind the one to the endpoint mapper */

static const struct {
    enum capture_direction direction;
    size_t number;
} places[WINDOWS_PDUS] = {
    [WINDOWS_BIND] = { CAPTURE_TO_SERVER, 0 },      [WINDOWS_BIND_ACK] = { CAPTURE_TO_CLIENT, 0 },
    [WINDOWS_AUTH3] = { CAPTURE_TO_SERVER, 1 },     [WINDOWS_REQUEST_1] = { CAPTURE_TO_SERVER, 2 },
    [WINDOWS_FAULT] = { CAPTURE_TO_CLIENT, 1 },     [WINDOWS_REQUEST_2] = { CAPTURE_TO_SERVER, 3 },
    [WINDOWS_RESPONSE_1] = { CAPTURE_TO_CLIENT, 2 }
};

bool windows_session_present(int cases)
{
    if (capture_present(FILE_NAME))
        return true;
    printf("not run: %d %s the public captures (OPCPROBE_CAPTURES)\n", cases, cases == 1 ? "case needs" : "cases need");
    fflush(stdout); /* cases run in children, which would print it again */
    return false;
}

uint8_t *windows_pdu(enum windows_pdu which, size_t *size)
{
    struct capture capture;
    const uint8_t *found = NULL;
    uint8_t *copy = NULL;

    if (capture_open(&capture, FILE_NAME)) {
        found = capture_pdu(&capture, CONNECTION, places[which].direction, places[which].number, size);
        copy = found ? malloc(*size) : NULL;
    }
    if (!copy) {
        fprintf(stderr, "%s does not hold PDU %d of the session\n", FILE_NAME, which);
        abort();
    }
    memcpy(copy, found, *size);
    capture_close(&capture);
    return copy;
}
