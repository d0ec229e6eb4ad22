#include "tests/rpc/fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ECHO_UUID                                                                                                      \
    {                                                                                                                  \
        {                                                                                                              \
            0xe6, 0x73, 0x0c, 0xe6, 0xf9, 0x88, 0xcf, 0x11, 0x9a, 0xf1, 0x00, 0x20, 0xaf, 0x6e, 0x72, 0xf4             \
        }                                                                                                              \
    }

const struct rpc_syntax echo_syntax = { ECHO_UUID, 1, 0 };
const struct rpc_syntax exempt_syntax = { ECHO_UUID, 2, 0 };
const struct rpc_syntax unknown_syntax = { ECHO_UUID, 99, 0 };
const struct auth_identity opcuser = { "opcuser", "ALPHA", "Secret-1" };

/* Also used by programs that are no suites, where libcheck's assertions do not work. */
static void must(bool good, const char *what)
{
    if (good)
        return;
    fprintf(stderr, "test fixture: %s\n", what);
    abort();
}

static bool accepts(void *context, const struct rpc_syntax *syntax)
{
    (void)context;
    return syntax->major != unknown_syntax.major;
}

static bool exempt(void *context, const struct rpc_syntax *syntax, uint16_t opnum)
{
    (void)context;
    (void)opnum;
    return syntax->major == exempt_syntax.major;
}

static void echo_back(struct rpc_server_call *call)
{
    size_t size = reader_left(&call->request);

    writer_bytes(call->reply, reader_take(&call->request, size), size);
}

static void tell_caller(struct rpc_server_call *call)
{
    char text[700];
    const char *user = !call->peer ? "nobody" : call->peer->anonymous ? "ANONYMOUS LOGON" : call->peer->user;

    snprintf(text, sizeof text, "%s %s %s %u", user, auth_level_name(call->level), auth_mechanism_name(call->mechanism),
             call->impersonation);
    writer_bytes(call->reply, text, strlen(text));
}

static void be_slow(struct echo_server *e, struct rpc_server_call *call, uint32_t ms)
{
    int64_t until = clock_deadline_ns((int64_t)ms * NS_PER_MS);
    bool gone = false;

    while (!gone && clock_left_ns(until) > 0) {
        clock_sleep_until_ns(clock_deadline_ns(2 * NS_PER_MS));
        gone = rpc_server_call_abandoned(call);
    }
    if (gone)
        atomic_fetch_add(&e->abandoned, 1);
    writer_u32(call->reply, gone);
}

static uint32_t dispatch(void *context, struct rpc_server_call *call)
{
    struct echo_server *e = context;
    uint32_t number;

    atomic_fetch_add(&e->dispatched, 1);
    switch (call->opnum) {
    case ECHO_BACK:
        echo_back(call);
        return 0;
    case ECHO_SIZE:
        fill_pattern(call->reply, reader_u32(&call->request));
        return call->request.failed ? RPC_STATUS_BAD_STUB_DATA : 0;
    case ECHO_FAULT:
        number = reader_u32(&call->request);
        writer_u32(call->reply, 42); /* must not travel with a fault */
        return number;
    case ECHO_CALLER:
        tell_caller(call);
        return 0;
    case ECHO_OBJECT:
        if (call->object)
            writer_bytes(call->reply, call->object->bytes, sizeof call->object->bytes);
        return 0;
    case ECHO_SLOW:
        be_slow(e, call, reader_u32(&call->request));
        return 0;
    default:
        return RPC_STATUS_OP_RANGE;
    }
}

static void disconnected(void *context, struct rpc_server_connection *connection)
{
    struct echo_server *e = context;

    (void)connection;
    atomic_fetch_add(&e->disconnected, 1);
}

void echo_server_init(struct echo_server *e)
{
    memset(e, 0, sizeof *e);
    memory_authority_init(&e->authority);
    e->options = (struct rpc_server_options){ .accepts = accepts,
                                              .dispatch = dispatch,
                                              .disconnected = disconnected,
                                              .context = e,
                                              .authority = &e->authority.authority,
                                              .exempt = exempt };
}

void echo_server_start(struct echo_server *e)
{
    must(rpc_server_create(&e->options, &e->rpc) == ERR_OK, "no server");
}

void echo_server_stop(struct echo_server *e)
{
    rpc_server_destroy(e->rpc);
    e->rpc = NULL;
    must(e->authority.tokens == 0, "tokens were leaked");
}

socket_t echo_server_socket(struct echo_server *e)
{
    socket_t pair[2];

    must(socket_pair(pair) == ERR_OK, "no socket pair");
    must(rpc_server_adopt(e->rpc, pair[1]) == ERR_OK, "not adopted");
    return pair[0];
}

struct rpc_connection *echo_server_connect(struct echo_server *e)
{
    struct rpc_connection *c;

    must(rpc_connection_adopt(echo_server_socket(e), &c) == ERR_OK, "no connection");
    return c;
}

struct rpc_connection *echo_server_bound_by(struct echo_server *e, enum auth_mechanism mechanism, enum auth_level level)
{
    struct rpc_connection *c = echo_server_connect(e);
    struct rpc_security security = { .mechanism = mechanism, .level = level, .identity = &opcuser };
    struct rpc_failure why;

    must(rpc_connection_bind(c, &echo_syntax, 1, &security, TEST_DEADLINE, &why) == ERR_OK, "bind was refused");
    return c;
}

struct rpc_connection *echo_server_bound(struct echo_server *e, enum auth_level level)
{
    return echo_server_bound_by(e, AUTH_NTLM, level);
}

void fill_pattern(struct writer *w, size_t size)
{
    uint8_t *room = writer_room(w, size);

    for (size_t i = 0; room && i < size; i++)
        room[i] = (uint8_t)(i * 7);
}
