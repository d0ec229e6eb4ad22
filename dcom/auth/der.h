/* As much of DER ([X.690] 8.1, 10.1) as the tokens of SPNEGO need: elements with one tag octet and a definite length.
 *
 * Reading goes through struct reader, so that a length that lies fails the reader and nothing is read beyond it. */
#ifndef DCOM_AUTH_DER_H
#define DCOM_AUTH_DER_H

#include "base/bytes.h"

#define DER_OCTETS         0x04
#define DER_OID            0x06
#define DER_ENUMERATED     0x0A
#define DER_SEQUENCE       0x30
#define DER_APPLICATION    0x60         /* [APPLICATION 0], constructed */
#define DER_FIELD(n)       (0xA0 + (n)) /* [n], constructed */
#define DER_LENGTH_MAXIMUM 0xFFFF       /* of an element we write; no token of ours comes near it */

/* A run of bytes inside a message; borrowed. */
struct der_bytes {
    const uint8_t *data;
    size_t size;
};

/* The next element: its tag and its contents. False when none is left or it is malformed; `r` has then failed in the
 * second case only. */
bool der_next(struct reader *r, uint8_t *tag, struct der_bytes *contents);
/* Takes an element that must have this tag; empty, with `r` failed, when it has not. */
struct der_bytes der_take(struct reader *r, uint8_t tag);
/* Takes an element that must be the last one and have this tag. */
struct der_bytes der_take_last(struct reader *r, uint8_t tag);
bool der_equal(struct der_bytes a, struct der_bytes b);

/* Starts an element and returns what der_end wants to know; elements nest. */
size_t der_begin(struct writer *w, uint8_t tag);
/* Puts the length before what was written since; fails the writer beyond DER_LENGTH_MAXIMUM. */
void der_end(struct writer *w, size_t begun);
/* A whole element. */
void der_write(struct writer *w, uint8_t tag, struct der_bytes contents);

#endif
