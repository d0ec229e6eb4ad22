#include "base/socket.h"

#include "base/process.h"
#include "base/socket_internal.h"

static _Thread_local int last_error;

void socket_keep_error(int number)
{
    last_error = number;
}

int socket_last_error(void)
{
    return last_error;
}

enum err socket_connect_tcp(const char *address, uint16_t port, const char *from, int64_t deadline_ns, socket_t *out)
{
    enum err e = socket_connect_tcp_begin(address, port, from, out);
    if (e) {
        return e;
    }
    e = socket_connect_tcp_finish(*out, deadline_ns);
    if (e) {
        int number = socket_last_error();
        socket_close(*out);
        socket_keep_error(number);
        *out = SOCKET_NONE;
    }
    return e;
}

enum err socket_read_all(socket_t s, void *data, size_t size, int64_t deadline_ns)
{
    uint8_t *at = data;
    size_t left = size;
    while (left > 0) {
        size_t got;
        enum err e = socket_read(s, at, left, deadline_ns, &got);
        if (e) {
            return e;
        }
        at += got;
        left -= got;
    }
    return ERR_OK;
}

enum err socket_listen_tcp_range(const char *address, uint16_t first, uint16_t last, uint16_t *port, socket_t *out)
{
    *out = SOCKET_NONE;
    *port = 0;
    if (first == 0 || last < first) {
        return ERR_IN_USE;
    }
    /* A random start keeps two hosts' processes, and one process started twice, from racing through the same ports. */
    uint32_t start;
    enum err e = random_bytes(&start, sizeof(start));
    if (e) {
        return e;
    }
    uint32_t size = (uint32_t)last - first + 1;
    for (uint32_t i = 0; i < size; i++) {
        uint16_t candidate = (uint16_t)(first + (start % size + i) % size);
        e = socket_listen_tcp(address, &candidate, out);
        if (e != ERR_IN_USE) {
            *port = e ? 0 : candidate;
            return e;
        }
    }
    return ERR_IN_USE;
}
