/* A regedit export as text in which the sections of a class come and go.
 *
 * Only the boundaries of sections are looked at: everything that is not the class's is kept byte for byte (as UTF-8),
 * in the encoding that the file had. */
#ifndef PROBE_SERVER_REG_TEXT_H
#define PROBE_SERVER_REG_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "probe-server/registration.h"

struct reg_text {
    char *text; /* owned; UTF-8 */
    bool utf16; /* the file was UTF-16LE and is to be again */
};

/* Nothing is the empty registry. ERR_PROTOCOL: this is no text. */
MUST_USE enum err reg_text_parse(const void *data, size_t size, struct reg_text *out);
/* The bytes of the file; the caller frees them. */
MUST_USE enum err reg_text_encode(const struct reg_text *t, void **out, size_t *size);
void reg_text_cleanup(struct reg_text *t);

/* Writes the sections of the class anew. An AppID section that is there already stays, because it holds the
 * permissions and the identity that somebody chose. */
MUST_USE enum err reg_text_register(struct reg_text *t, const struct class_registration *c, const char *command);
/* Removes all of them. */
MUST_USE enum err reg_text_unregister(struct reg_text *t, const struct class_registration *c);

#endif
