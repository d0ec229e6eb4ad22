#include "probe-client/bench_floor.h"

#include <stdlib.h>

#include "base/bytes.h"

#define PREFIX_BYTES 8

enum err bench_floor_open(struct bench_floor *f, const char *address, uint16_t port, int64_t deadline_ns)
{
    f->socket = SOCKET_NONE;
    f->buffer = calloc(1, FLOOR_BYTES_MAXIMUM);
    if (!f->buffer)
        return ERR_MEMORY;
    enum err e = socket_connect_tcp(address, port, NULL, deadline_ns, &f->socket);
    if (e != ERR_OK)
        bench_floor_close(f);
    return e;
}

void bench_floor_close(struct bench_floor *f)
{
    if (f->buffer && f->socket != SOCKET_NONE)
        socket_close(f->socket);
    free(f->buffer);
    f->buffer = NULL;
}

enum err bench_floor_exchange(struct bench_floor *f, uint32_t request_bytes, uint32_t reply_bytes, int64_t deadline_ns)
{
    if (request_bytes < PREFIX_BYTES || request_bytes > FLOOR_BYTES_MAXIMUM || reply_bytes > FLOOR_BYTES_MAXIMUM)
        return ERR_LIMIT;
    store_u32(f->buffer, request_bytes);
    store_u32(f->buffer + 4, reply_bytes);
    struct socket_slice slice = { f->buffer, request_bytes };
    enum err e = socket_write_all(f->socket, &slice, 1, deadline_ns);
    if (e == ERR_OK && reply_bytes > 0)
        e = socket_read_all(f->socket, f->buffer, reply_bytes, deadline_ns);
    return e;
}
