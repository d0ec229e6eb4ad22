/* The bare TCP echo beside the server: what a round trip costs without COM.
 *
 * A client sends 8 bytes (request size, reply size, little-endian u32, at most FLOOR_SIZE_MAXIMUM each, the first
 * at least 8) and the rest of the request; the server answers with reply size bytes, as often as the client
 * likes. It listens on the host's own addresses only, serves FLOOR_CONNECTIONS_MAXIMUM clients at once and hangs up
 * on a silent one. */
#ifndef PROBE_SERVER_FLOOR_H
#define PROBE_SERVER_FLOOR_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/socket.h"

#define FLOOR_SIZE_MAXIMUM        (4u << 20)
#define FLOOR_CONNECTIONS_MAXIMUM 16
#define FLOOR_ADDRESSES_MAXIMUM   8

struct floor;

/* Listens on each address (numeric text) with one port for all. */
MUST_USE enum err floor_start(const char addresses[][SOCKET_ADDRESS_TEXT], size_t count, struct floor **out);
uint16_t floor_port(const struct floor *f);
/* Hangs up on everybody and waits for the threads. NULL is accepted. */
void floor_stop(struct floor *f);

#endif
