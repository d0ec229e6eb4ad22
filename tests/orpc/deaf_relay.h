/* A relay in front of a server, which takes authentication out of every bind: the client meets a server that has never
 * heard of it, as the resolvers of some Java clients' sinks are. It can also hang up instead of passing answers on. */
#ifndef TESTS_ORPC_DEAF_RELAY_H
#define TESTS_ORPC_DEAF_RELAY_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/socket.h"
#include "base/thread.h"

struct deaf_relay {
    uint16_t to_port, port; /* on 127.0.0.1; the second one is filled in */
    bool breaks;            /* hangs up on the client when the server has answered a request */
    atomic_uint connections;
    atomic_bool stop;
    socket_t listener;
    struct thread thread;
};

void deaf_relay_start(struct deaf_relay *r);
void deaf_relay_stop(struct deaf_relay *r);

#endif
