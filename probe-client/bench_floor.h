/* The bare TCP floor: the same number of bytes each way on one connection, with nothing in between.
 *
 * The test server's floor port takes 8 bytes (size of the request, size of the reply, little-endian) and the rest of
 * the request, and answers with the reply. What a call costs above this is what DCOM costs. */
#ifndef PROBE_CLIENT_BENCH_FLOOR_H
#define PROBE_CLIENT_BENCH_FLOOR_H

#include <stdint.h>

#include "base/err.h"
#include "base/socket.h"

#define FLOOR_BYTES_MAXIMUM (UINT32_C(4) << 20)

struct bench_floor {
    socket_t socket;
    uint8_t *buffer; /* owned; FLOOR_BYTES_MAXIMUM */
};

MUST_USE enum err bench_floor_open(struct bench_floor *f, const char *address, uint16_t port, int64_t deadline_ns);
void bench_floor_close(struct bench_floor *f); /* also of a zeroed one */
/* One exchange; a request is at least 8 bytes. */
MUST_USE enum err bench_floor_exchange(struct bench_floor *f, uint32_t request_bytes, uint32_t reply_bytes,
                                       int64_t deadline_ns);

#endif
