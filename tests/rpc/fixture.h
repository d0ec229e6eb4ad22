/* A server with an echo interface, and clients of it, over any transport. */
#ifndef TESTS_RPC_FIXTURE_H
#define TESTS_RPC_FIXTURE_H

#include <stdatomic.h>

#include "base/clock.h"
#include "base/socket.h"
#include "dcom/rpc/rpc_client.h"
#include "dcom/rpc/rpc_server.h"
#include "tests/auth/memory_authority.h"

#define TEST_DEADLINE (clock_deadline_ns(20 * NS_PER_S))

extern const struct rpc_syntax echo_syntax;    /* e60c73e6-88f9-11cf-9af1-0020af6e72f4 1.0, opnums below */
extern const struct rpc_syntax unknown_syntax; /* no server has it */
extern const struct rpc_syntax exempt_syntax;  /* its calls need no minimum level */

enum echo_op {
    ECHO_BACK = 0,   /* the reply is the request */
    ECHO_SIZE = 1,   /* request: u32; the reply has so many bytes, (uint8_t)(i * 7) */
    ECHO_FAULT = 2,  /* request: u32; that fault */
    ECHO_CALLER = 3, /* account, level and mechanism as text */
    ECHO_OBJECT = 4, /* the 16 bytes of the object UUID, or nothing */
    ECHO_SLOW = 5,   /* request: u32 ms; answers after them, or earlier with 1 when the client is gone */
    ECHO_OPS
};

struct echo_server {
    struct memory_authority authority;
    struct rpc_server_options options;
    struct rpc_server *rpc;
    atomic_int dispatched;   /* calls that reached dispatch */
    atomic_int disconnected; /* connections that ended */
    atomic_int abandoned;    /* slow calls that noticed their client was gone */
};

/* Fills everything in but the server itself, so that a test may change options. */
void echo_server_init(struct echo_server *e);
void echo_server_start(struct echo_server *e);
void echo_server_stop(struct echo_server *e);
/* One end of a connection the server serves. */
socket_t echo_server_socket(struct echo_server *e);
/* A client connection in memory, not bound yet. */
struct rpc_connection *echo_server_connect(struct echo_server *e);
/* The same, bound to the echo interface as account opcuser at `level`; AUTH_LEVEL_NONE binds without
 * authentication. Fails the test when it cannot. */
struct rpc_connection *echo_server_bound(struct echo_server *e, enum auth_level level);
/* The same with another mechanism than NTLM. */
struct rpc_connection *echo_server_bound_by(struct echo_server *e, enum auth_mechanism mechanism,
                                            enum auth_level level);

extern const struct auth_identity opcuser;

/* `size` bytes of a pattern. */
void fill_pattern(struct writer *w, size_t size);

#endif
