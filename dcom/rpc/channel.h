/* PDUs over a socket: whole ones come out, batches go in.
 *
 * Both ends of a connection own one channel. Received PDUs lie in the channel's buffer, so a security
 * context can undo its protection in place; they are good until the next receive. Outgoing PDUs are built
 * in `out` and leave in one write each time it is flushed. One thread at a time; channel_cancel from any. */
#ifndef DCOM_RPC_CHANNEL_H
#define DCOM_RPC_CHANNEL_H

#include <stdatomic.h>

#include "base/bytes.h"
#include "base/socket.h"
#include "dcom/rpc/pdu.h"

/* Fragments of a large message leave in batches of this size: the peer verifies one while we sign the next. */
#define CHANNEL_BATCH ((size_t)32 << 10)

struct channel {
    socket_t socket; /* owned */
    uint8_t *buffer; /* owned; received bytes are [start, end) */
    size_t capacity;
    size_t start;
    size_t end;
    bool crowded; /* the last read filled the buffer: a larger one saves system calls */
    struct writer out;
    uint64_t bytes;    /* both ways */
    uint32_t pdus;     /* both ways */
    uint32_t out_pdus; /* in `out`, not flushed yet */
    atomic_bool cancelled;
    char peer[SOCKET_ADDRESS_TEXT]; /* for reports: "10.1.0.2:135", "local" for a local socket */
};

/* Takes the socket over, whatever is returned. */
MUST_USE enum err channel_init(struct channel *c, socket_t socket);
void channel_cleanup(struct channel *c);

/* For a socket whose connection is still being made: waits for it. ERR_CANCELLED after channel_cancel. */
MUST_USE enum err channel_finish_connecting(struct channel *c, int64_t deadline_ns);
/* True when bytes of a PDU have been received already. */
bool channel_has_input(const struct channel *c);
/* Waits for the first byte of a PDU. */
MUST_USE enum err channel_wait(struct channel *c, int64_t deadline_ns);
/* Frees what large messages needed, before a long wait, and returns how much it was; nothing may be half received or
 * unsent. */
size_t channel_trim(struct channel *c);
/* Receives one whole PDU. ERR_CLOSED at the end of the stream; ERR_PROTOCOL or ERR_UNSUPPORTED for a PDU that
 * cannot be read, of which out->header is what could be. */
MUST_USE enum err channel_receive(struct channel *c, int64_t deadline_ns, struct pdu *out);
/* Counts a PDU that was completed in `out`, and flushes when the batch is full. */
MUST_USE enum err channel_sent(struct channel *c, int64_t deadline_ns);
/* Sends what `out` holds. ERR_MEMORY when building it had failed. */
MUST_USE enum err channel_flush(struct channel *c, int64_t deadline_ns);
/* Says that nothing more will come, and takes in what the peer still sends until it hangs up too or `deadline_ns`
 * passes: closed at once, with bytes of it unread, the connection would be reset and our last PDU perhaps lost. */
void channel_hang_up(struct channel *c, int64_t deadline_ns);
/* Wakes the thread that waits on the channel: it, and every later wait, gets ERR_CANCELLED. */
void channel_cancel(struct channel *c);

#endif
