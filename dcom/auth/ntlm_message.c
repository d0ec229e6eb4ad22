#include "dcom/auth/ntlm_message.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"

#define SIGNATURE         "NTLMSSP" /* with its terminating zero */
#define SIGNATURE_SIZE    8
#define NEGOTIATE_SIZE    40
#define CHALLENGE_SIZE    56
#define AUTHENTICATE_SIZE NTLM_MIC_END

enum {
    TYPE_NEGOTIATE = 1,
    TYPE_CHALLENGE = 2,
    TYPE_AUTHENTICATE = 3
};

/* [MS-NLMP] 2.2.2.10: 10.0, NTLM revision 15; the build is for debugging only and says nothing about us. */
static const uint8_t version[8] = { 10, 0, 0, 0, 0, 0, 0, 15 };

/* Reads signature and type. */
static void read_start(struct reader *r, const uint8_t *data, size_t size, uint32_t type)
{
    const uint8_t *signature;

    reader_init(r, data, size);
    signature = reader_take(r, SIGNATURE_SIZE);
    if (signature && memcmp(signature, SIGNATURE, SIGNATURE_SIZE) != 0)
        reader_fail(r);
    if (reader_u32(r) != type)
        reader_fail(r);
}

/* Reads length, maximum length and offset of a payload field, and finds the bytes they mean. */
static struct ntlm_bytes read_field(struct reader *r)
{
    size_t size = reader_u16(r);
    struct reader message;
    size_t offset;

    reader_u16(r); /* the maximum length is to be ignored */
    offset = reader_u32(r);
    if (r->failed || size == 0)
        return (struct ntlm_bytes){ NULL, 0 };
    reader_init(&message, r->start, r->size);
    reader_take(&message, offset);
    reader_take(&message, size);
    if (message.failed) {
        reader_fail(r);
        return (struct ntlm_bytes){ NULL, 0 };
    }
    return (struct ntlm_bytes){ r->start + offset, size };
}

enum err ntlm_negotiate_decode(const uint8_t *data, size_t size, struct ntlm_negotiate *out)
{
    struct reader r;

    read_start(&r, data, size, TYPE_NEGOTIATE);
    out->flags = reader_u32(&r);
    return r.failed ? ERR_PROTOCOL : ERR_OK;
}

enum err ntlm_challenge_decode(const uint8_t *data, size_t size, struct ntlm_challenge *out)
{
    struct reader r;

    *out = (struct ntlm_challenge){ 0 };
    read_start(&r, data, size, TYPE_CHALLENGE);
    out->target_name = read_field(&r);
    out->flags = reader_u32(&r);
    reader_copy(&r, out->server_challenge, sizeof out->server_challenge);
    reader_take(&r, 8); /* reserved */
    out->target_info = read_field(&r);
    if ((out->flags & NTLM_VERSION) && reader_left(&r) >= sizeof version)
        out->version = (struct ntlm_bytes){ reader_take(&r, sizeof version), sizeof version };
    if (!ntlm_av_valid(out->target_info))
        reader_fail(&r);
    return r.failed ? ERR_PROTOCOL : ERR_OK;
}

enum err ntlm_authenticate_decode(const uint8_t *data, size_t size, struct ntlm_authenticate *out)
{
    struct reader r;

    *out = (struct ntlm_authenticate){ 0 };
    read_start(&r, data, size, TYPE_AUTHENTICATE);
    out->lm_response = read_field(&r);
    out->nt_response = read_field(&r);
    out->domain = read_field(&r);
    out->user = read_field(&r);
    out->workstation = read_field(&r);
    out->session_key = read_field(&r);
    out->flags = reader_u32(&r);
    return r.failed ? ERR_PROTOCOL : ERR_OK;
}

static void write_start(struct writer *w, uint32_t type)
{
    writer_bytes(w, SIGNATURE, SIGNATURE_SIZE);
    writer_u32(w, type);
}

/* Appends the payload and fills in the field at `at` that describes it. */
static void write_payload(struct writer *w, size_t at, struct ntlm_bytes value)
{
    size_t offset = w->size;

    if (value.size > UINT16_MAX)
        w->failed = true;
    if (value.size > 0)
        writer_bytes(w, value.data, value.size);
    if (w->failed)
        return;
    writer_set_u16(w, at, (uint16_t)value.size);
    writer_set_u16(w, at + 2, (uint16_t)value.size);
    writer_set_u32(w, at + 4, (uint32_t)offset);
}

void ntlm_negotiate_encode(struct writer *w, const struct ntlm_negotiate *m)
{
    write_start(w, TYPE_NEGOTIATE);
    writer_u32(w, m->flags);
    writer_zeros(w, 16); /* neither domain nor workstation name */
    writer_bytes(w, version, sizeof version);
    write_payload(w, 16, (struct ntlm_bytes){ NULL, 0 });
    write_payload(w, 24, (struct ntlm_bytes){ NULL, 0 });
}

void ntlm_challenge_encode(struct writer *w, const struct ntlm_challenge *m)
{
    write_start(w, TYPE_CHALLENGE);
    writer_zeros(w, 8);
    writer_u32(w, m->flags);
    writer_bytes(w, m->server_challenge, sizeof m->server_challenge);
    writer_zeros(w, 16); /* reserved, target info */
    writer_bytes(w, version, sizeof version);
    write_payload(w, 12, m->target_name);
    write_payload(w, 40, m->target_info);
}

void ntlm_authenticate_encode(struct writer *w, const struct ntlm_authenticate *m)
{
    write_start(w, TYPE_AUTHENTICATE);
    writer_zeros(w, 48); /* the six fields, in the order below but for the payload's */
    writer_u32(w, m->flags);
    writer_bytes(w, version, sizeof version);
    writer_zeros(w, NTLM_KEY); /* MIC */
    /* Windows' order; text first keeps it 2-aligned. */
    write_payload(w, 28, m->domain);
    write_payload(w, 36, m->user);
    write_payload(w, 44, m->workstation);
    write_payload(w, 12, m->lm_response);
    write_payload(w, 20, m->nt_response);
    write_payload(w, 52, m->session_key);
}

bool ntlm_av_next(struct reader *list, uint16_t *id, struct ntlm_bytes *value)
{
    *id = reader_u16(list);
    value->size = reader_u16(list);
    value->data = reader_take(list, value->size);
    if (list->failed)
        return false;
    if (*id == NTLM_AV_END) {
        if (value->size != 0)
            reader_fail(list);
        return false;
    }
    return true;
}

bool ntlm_av_find(struct ntlm_bytes list, uint16_t id, struct ntlm_bytes *value)
{
    struct reader r;
    uint16_t found;

    reader_init(&r, list.data, list.size);
    while (ntlm_av_next(&r, &found, value))
        if (found == id)
            return true;
    *value = (struct ntlm_bytes){ NULL, 0 };
    return false;
}

bool ntlm_av_valid(struct ntlm_bytes list)
{
    struct ntlm_bytes value;
    struct reader r;
    uint16_t id;

    if (list.size == 0)
        return true;
    reader_init(&r, list.data, list.size);
    while (ntlm_av_next(&r, &id, &value))
        continue;
    return !r.failed;
}

void ntlm_av_write(struct writer *w, uint16_t id, const void *value, size_t size)
{
    if (size > UINT16_MAX)
        w->failed = true;
    writer_u16(w, id);
    writer_u16(w, (uint16_t)size);
    if (size > 0)
        writer_bytes(w, value, size);
}

void ntlm_av_write_text(struct writer *w, uint16_t id, const char *text)
{
    size_t at = w->size;

    ntlm_av_write(w, id, NULL, 0);
    ntlm_text_write(w, text);
    if (!w->failed)
        writer_set_u16(w, at + 2, (uint16_t)(w->size - at - 4));
}

void ntlm_text_write(struct writer *w, const char *text)
{
    uint16_t *units = utf16_dup(text ? text : "");

    if (!units) {
        w->failed = true;
        return;
    }
    for (const uint16_t *u = units; *u; u++)
        writer_u16(w, *u);
    free(units);
}

bool ntlm_text_read(struct ntlm_bytes text, char *out, size_t capacity)
{
    size_t units = text.size / 2;
    uint16_t *native;

    out[0] = '\0';
    if (text.size % 2 != 0)
        return false;
    if (units == 0)
        return true;
    native = malloc(units * sizeof *native);
    if (!native)
        return false;
    for (size_t i = 0; i < units; i++)
        native[i] = load_u16(text.data + 2 * i);
    utf8_from_utf16(native, units, out, capacity);
    free(native);
    return true;
}
