#include "dcom/com/events.h"

#include <dcom_observer.h>

#include "base/err.h"
#include "base/event.h"
#include "base/text.h"
#include "dcom/auth/auth.h"
#include "dcom/rpc/recorder.h"

#define EXTENDED_ERROR_TEXT 1024

static const char *shape_name(enum dcom_wire_shape shape)
{
    static const char *const names[] = {
        [DCOM_WIRE_NONE] = NULL,           [DCOM_WIRE_CONNECT] = "connect",
        [DCOM_WIRE_BIND_NAK] = "bind_nak", [DCOM_WIRE_CONTEXT_REJECTED] = "context_rejected",
        [DCOM_WIRE_FAULT] = "fault",       [DCOM_WIRE_CLOSED] = "closed",
        [DCOM_WIRE_TIMEOUT] = "timeout",   [DCOM_WIRE_BAD_PDU] = "bad_pdu",
    };
    return (unsigned)shape < sizeof names / sizeof *names ? names[shape] : NULL;
}

static const char *error_text(const struct dcom_event *e)
{
    return e->err ? err_text((enum err)e->err) : NULL;
}

/* As much of it as an event has room for, in hexadecimal digits; NULL when there is none. */
static const char *extended_error_text(const struct dcom_event *e, char out[EXTENDED_ERROR_TEXT])
{
    size_t room = (EXTENDED_ERROR_TEXT - 1) / 2;
    if (e->size == 0)
        return NULL;
    hex_format(e->data, e->size < room ? e->size : room, out);
    return out;
}

static void write_outgoing(const char *name, const struct dcom_event *e)
{
    char iid[GUID_TEXT], extended_error[EXTENDED_ERROR_TEXT];
    guid_text(e->iid, iid);
    event(name, EV_TEXT("peer", e->peer), EV_FLAG("local", e->local), EV_TEXT("iid", iid), EV_NUMBER("opnum", e->opnum),
          EV_TEXT("error", error_text(e)), EV_TEXT("shape", shape_name(e->shape)), EV_CODE("status", e->status),
          EV_TEXT("mechanism", auth_mechanism_name(e->mechanism)), EV_TEXT("level", auth_level_name(e->level_sent)),
          EV_TEXT("extended_error", extended_error_text(e, extended_error)), EV_NUMBER("elapsed_ns", e->elapsed_ns));
}

static void record(void *context, const struct dcom_event *e)
{
    (void)context;
    switch (e->kind) {
    case DCOM_LISTENING:
        event("listening", EV_TEXT("address", e->peer), EV_FLAG("local", e->local));
        break;
    case DCOM_ACCEPTED:
        event("accepted", EV_TEXT("peer", e->peer), EV_FLAG("local", e->local));
        break;
    case DCOM_INCOMING_AUTH:
        event("incoming_auth", EV_TEXT("account", e->account), EV_CODE("ntstatus", e->ntstatus),
              EV_TEXT("level", auth_level_name(e->level_sent)), EV_TEXT("mechanism", auth_mechanism_name(e->mechanism)),
              EV_TEXT("peer", e->peer));
        break;
    case DCOM_CONNECT:
        event("connect", EV_TEXT("peer", e->peer), EV_FLAG("local", e->local), EV_TEXT("error", error_text(e)),
              EV_NUMBER("elapsed_ns", e->elapsed_ns));
        break;
    case DCOM_BIND:
        write_outgoing("bind", e);
        break;
    case DCOM_CALL:
        if (e->err)
            write_outgoing("call_failed", e);
        break;
    case DCOM_RESOLVED:
        event("resolved", EV_TEXT("peer", e->peer), EV_FLAG("local", e->local), EV_CODE("status", e->status),
              EV_TEXT("mechanism", auth_mechanism_name(e->mechanism)),
              EV_TEXT("level", auth_level_name(e->level_sent)));
        break;
    default:
        break; /* the others are for an observer that watches live */
    }
}

void events_begin(void)
{
    rpc_set_recorder(record, NULL);
}
