#include "dcom/rpc/message.h"

#include "dcom/rpc/trace.h"

uint16_t message_fragment_size(uint16_t theirs)
{
    if (theirs < RPC_FRAGMENT_FLOOR)
        return RPC_FRAGMENT_FLOOR;
    return theirs < RPC_FRAGMENT_SIZE ? theirs : RPC_FRAGMENT_SIZE;
}

/* Builds one fragment with [at, at + size) of the stub in the channel's batch. */
static enum err build_fragment(struct channel *c, struct security *s, const struct message *m, size_t at, size_t size)
{
    struct pdu_call call = { .context_id = m->context_id, .opnum = m->opnum };
    uint8_t flags = (uint8_t)((at == 0 ? PDU_FIRST : 0) | (at + size == m->stub_size ? PDU_LAST : 0));
    struct writer *w = &c->out;
    size_t start, stub_at;

    /* [MS-RPCE] 2.2.2.6: in each fragment, what is left of the stub. */
    call.alloc_hint = (uint32_t)(m->stub_size - at);
    if (m->object) {
        call.has_object = true;
        call.object = *m->object;
    }
    start = m->type == PDU_REQUEST ? pdu_request_begin(w, flags, m->call_id, &call)
                                   : pdu_response_begin(w, flags, m->call_id, &call);
    stub_at = w->size;
    if (size > 0)
        writer_bytes(w, m->stub + at, size);
    if (!w->failed)
        trace_pdu(c, true, w->data + start, w->size - start);
    return security_protect(s, w, start, stub_at);
}

enum err message_send(struct channel *c, struct security *s, const struct message *m, size_t fragment_maximum,
                      int64_t deadline_ns)
{
    size_t header = PDU_CALL_HEADER + (m->object ? sizeof m->object->bytes : 0);
    size_t room = security_stub_room(s, fragment_maximum, header);
    size_t at = 0;
    enum err e = ERR_OK;

    do {
        size_t size = m->stub_size - at < room ? m->stub_size - at : room;

        e = build_fragment(c, s, m, at, size);
        at += size;
        if (!e)
            e = channel_sent(c, deadline_ns);
    } while (!e && at < m->stub_size);
    return e ? e : channel_flush(c, deadline_ns);
}
