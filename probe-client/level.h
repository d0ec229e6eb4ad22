/* Authentication levels and mechanisms by the names of reports and of the command line.
 *
 * The numbers are RPC_C_AUTHN_LEVEL_* and RPC_C_AUTHN_*; 0 stands for "not known" in reports, which is safe
 * because nobody asks for the default level and no mechanism is level none. */
#ifndef PROBE_CLIENT_LEVEL_H
#define PROBE_CLIENT_LEVEL_H

#include <stdbool.h>
#include <stdint.h>

#define LEVEL_UNKNOWN          0
#define LEVEL_NONE             1
#define LEVEL_CONNECT          2
#define LEVEL_CALL             3
#define LEVEL_PACKET           4
#define LEVEL_PACKET_INTEGRITY 5
#define LEVEL_PACKET_PRIVACY   6

#define MECHANISM_NONE   0
#define MECHANISM_SPNEGO 9
#define MECHANISM_NTLM   10
#define MECHANISM_ANY    255 /* asked: what the server lists first, as COM negotiates by default */

/* "packet-integrity"; NULL for a number that is none of the six. */
const char *level_name(unsigned level);
bool level_find(const char *name, uint8_t *out);
/* "ntlm"; NULL for a mechanism without a name here. */
const char *mechanism_name(unsigned mechanism);
/* Finds a mechanism that can be asked for. */
bool mechanism_find(const char *name, uint8_t *out);
/* What travels when a level is asked for: call goes as packet, because a level that the provider does not have
 * is raised to the next one ([MS-RPCE] 2.2.1.1.8). */
unsigned level_on_wire(unsigned level);

/* The levels of one run, asked separately because COM decides them separately. */
struct levels {
    uint8_t activation;
    uint8_t call;
    uint8_t callback; /* of the calls that the server makes to us */
};

#endif
