/* What the signatures of one SyncIO::Read cost by themselves: bench_mac [REQUEST BYTES] [REPLY BYTES]
 *
 * Both directions, signed by the one end and verified by the other, in the PDUs that the bytes travel in, without any
 * transport. Prints the median in microseconds. Not a test: figures of a busy machine mean nothing. */
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/histogram.h"
#include "dcom/auth/ntlm_message.h"
#include "dcom/auth/ntlm_session.h"

#define PDU    5840 /* what our ends agree on */
#define ROUNDS 2000

/* Of a Read of 5,000 numbers: a handle of 4 bytes for each there, and 56 bytes of state and error back. */
#define REQUEST 20100
#define REPLY   281200

static void carry(struct ntlm_session *from, struct ntlm_session *to, uint8_t *bytes, size_t size)
{
    uint8_t signature[NTLM_SIGNATURE];
    for (size_t left = size; left;) {
        size_t n = left < PDU - NTLM_SIGNATURE ? left : PDU - NTLM_SIGNATURE;
        ntlm_session_protect(from, false, bytes, n, NULL, 0, signature);
        if (!ntlm_session_unprotect(to, false, bytes, n, NULL, 0, signature))
            abort();
        left -= n;
        bytes += n;
    }
}

int main(int argc, char **argv)
{
    static const uint8_t key[NTLM_KEY] = { 1, 2, 3 };
    static struct histogram times;
    struct ntlm_session client, server;
    size_t request = argc > 1 ? strtoul(argv[1], NULL, 10) : REQUEST;
    size_t reply = argc > 2 ? strtoul(argv[2], NULL, 10) : REPLY;
    uint8_t *bytes = calloc(1, request + reply + 1);
    if (!bytes)
        return 3;
    ntlm_session_init(&client, key, NTLM_128 | NTLM_KEY_EXCHANGE, true);
    ntlm_session_init(&server, key, NTLM_128 | NTLM_KEY_EXCHANGE, false);
    histogram_reset(&times);
    for (unsigned i = 0; i < ROUNDS; i++) {
        int64_t begun_ns = clock_now_ns();
        carry(&client, &server, bytes, request);
        carry(&server, &client, bytes, reply);
        histogram_add(&times, clock_now_ns() - begun_ns);
    }
    printf("signing and verifying %zu + %zu bytes: median %.1f us, fastest %.1f us\n", request, reply,
           (double)histogram_percentile_ns(&times, 500000) / NS_PER_US, (double)times.minimum_ns / NS_PER_US);
    free(bytes);
    return 0;
}
