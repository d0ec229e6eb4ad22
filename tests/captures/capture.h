/* DCE/RPC PDUs of a public capture file: what peers that nobody here wrote have sent.
 *
 * Captures are other people's files and no part of this tree. The environment variable OPCPROBE_CAPTURES names the
 * folder that holds them; a suite adds the cases that need one where it is there, and says what it left out where it is
 * not. Files are pcapng, as they are or packed by gzip, of Ethernet with TCP over IPv4 or IPv6. Not safe for use by
 * several threads at once. */
#ifndef TESTS_CAPTURE_H
#define TESTS_CAPTURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CAPTURE_FILE_MAXIMUM        (16u << 20) /* unpacked */
#define CAPTURE_CONNECTIONS_MAXIMUM 64          /* packets of further ones are passed over */

enum capture_direction {
    CAPTURE_TO_SERVER,
    CAPTURE_TO_CLIENT
};

/* The bytes of one direction, in the order of their sequence numbers, up to the first gap. */
struct capture_stream {
    uint8_t *data; /* owned */
    size_t size;
};

struct capture {
    struct capture_connection *connections; /* owned */
    size_t count;                           /* of connections, in the order in which they appear */
};

/* True when the folder has this file. */
bool capture_present(const char *file);
/* Reads a file of the folder. False when it is not there, too large or no pcapng; there is nothing to close then. */
bool capture_open(struct capture *c, const char *file);
/* The same from memory, which may go afterwards. */
bool capture_parse(struct capture *c, const void *data, size_t size);
void capture_close(struct capture *c);

/* What one side of a connection has sent; empty when there is no such connection. */
struct capture_stream capture_stream(const struct capture *c, size_t connection, enum capture_direction direction);
/* The PDU number `n`, from 0, of one side of a connection; good until capture_close. NULL when there is none. */
const uint8_t *capture_pdu(const struct capture *c, size_t connection, enum capture_direction direction, size_t n,
                           size_t *size);

#endif
