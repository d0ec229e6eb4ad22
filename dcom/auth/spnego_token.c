#include "dcom/auth/spnego_token.h"

static const uint8_t ntlm[] = { 0x2B, 0x06, 0x01, 0x04, 0x01, 0x82, 0x37, 0x02, 0x02, 0x0A };
static const uint8_t spnego[] = { 0x2B, 0x06, 0x01, 0x05, 0x05, 0x02 };
static const struct der_bytes oid_spnego = { spnego, sizeof spnego };
const struct der_bytes spnego_oid_ntlm = { ntlm, sizeof ntlm };

static struct reader read_within(struct der_bytes bytes)
{
    struct reader r;

    reader_init(&r, bytes.data, bytes.size);
    return r;
}

/* The only element of a field; *good turns false when it is another one or not alone. */
static struct der_bytes content(struct der_bytes field, uint8_t tag, bool *good)
{
    struct reader r = read_within(field);
    struct der_bytes found = der_take_last(&r, tag);

    *good = *good && !r.failed;
    return found;
}

/* Gives the next field of a SEQUENCE whose fields may be left out but come in order. */
static bool next_field(struct reader *fields, uint8_t *last, uint8_t *tag, struct der_bytes *field)
{
    if (!der_next(fields, tag, field))
        return false;
    if (*tag <= *last)
        reader_fail(fields);
    *last = *tag;
    return !fields->failed;
}

/* mechTypes [0], reqFlags [1], mechToken [2]; then mechListMIC [3], or negHints [3] and mechListMIC [4] of
 * negTokenInit2. Nothing but list and token says anything before a key is agreed on. */
static bool read_init_fields(struct reader *fields, struct spnego_init *out)
{
    struct der_bytes field;
    uint8_t last = 0, tag;
    bool good = true;

    while (good && next_field(fields, &last, &tag, &field)) {
        if (tag == DER_FIELD(0)) {
            content(field, DER_SEQUENCE, &good);
            out->mech_types = field;
        } else if (tag == DER_FIELD(2)) {
            out->mech_token = content(field, DER_OCTETS, &good);
        }
    }
    return good && !fields->failed;
}

enum err spnego_init_decode(const uint8_t *data, size_t size, struct spnego_init *out)
{
    struct reader r, fields;
    struct der_bytes body;
    bool good = true;

    *out = (struct spnego_init){ 0 };
    reader_init(&r, data, size);
    body = der_take_last(&r, DER_APPLICATION);
    if (r.failed)
        return ERR_PROTOCOL;
    r = read_within(body);
    good = der_equal(der_take(&r, DER_OID), oid_spnego);
    body = content(der_take_last(&r, DER_FIELD(0)), DER_SEQUENCE, &good);
    if (!good || r.failed)
        return ERR_PROTOCOL;
    fields = read_within(body);
    return read_init_fields(&fields, out) ? ERR_OK : ERR_PROTOCOL;
}

static bool read_response_field(uint8_t tag, struct der_bytes field, struct spnego_response *out)
{
    struct der_bytes state;
    bool good = true;

    switch (tag) {
    case DER_FIELD(0):
        state = content(field, DER_ENUMERATED, &good);
        if (!good || state.size != 1 || state.data[0] > SPNEGO_REQUEST_MIC)
            return false;
        out->state = (enum spnego_state)state.data[0];
        break;
    case DER_FIELD(1):
        out->supported_mech = content(field, DER_OID, &good);
        break;
    case DER_FIELD(2):
        out->token = content(field, DER_OCTETS, &good);
        break;
    case DER_FIELD(3):
        out->mic = content(field, DER_OCTETS, &good);
        break;
    default:
        break; /* the definition is open to more */
    }
    return good;
}

enum err spnego_response_decode(const uint8_t *data, size_t size, struct spnego_response *out)
{
    struct reader r;
    struct der_bytes field, body;
    uint8_t last = 0, tag;
    bool good = true;

    *out = (struct spnego_response){ .state = SPNEGO_ACCEPT_INCOMPLETE };
    reader_init(&r, data, size);
    body = content(der_take_last(&r, DER_FIELD(1)), DER_SEQUENCE, &good);
    if (!good || r.failed)
        return ERR_PROTOCOL;
    r = read_within(body);
    while (good && next_field(&r, &last, &tag, &field))
        good = read_response_field(tag, field, out);
    return good && !r.failed ? ERR_OK : ERR_PROTOCOL;
}

int spnego_find_ntlm(struct der_bytes mech_types)
{
    bool good = true;
    struct reader r = read_within(content(mech_types, DER_SEQUENCE, &good));
    struct der_bytes mechanism;
    int place = 0, found = -1;
    uint8_t tag;

    for (; der_next(&r, &tag, &mechanism); place++) {
        good = good && tag == DER_OID;
        if (found < 0 && der_equal(mechanism, spnego_oid_ntlm))
            found = place;
    }
    return good && !r.failed ? found : -1;
}

void spnego_list_encode(struct writer *w)
{
    size_t list = der_begin(w, DER_SEQUENCE);

    der_write(w, DER_OID, spnego_oid_ntlm);
    der_end(w, list);
}

static void write_field(struct writer *w, uint8_t field, uint8_t tag, struct der_bytes contents)
{
    size_t begun;

    if (contents.size == 0)
        return;
    begun = der_begin(w, field);
    der_write(w, tag, contents);
    der_end(w, begun);
}

void spnego_init_encode(struct writer *w, const struct spnego_init *m)
{
    size_t frame = der_begin(w, DER_APPLICATION), choice, sequence;

    der_write(w, DER_OID, oid_spnego);
    choice = der_begin(w, DER_FIELD(0));
    sequence = der_begin(w, DER_SEQUENCE);
    der_write(w, DER_FIELD(0), m->mech_types);
    write_field(w, DER_FIELD(2), DER_OCTETS, m->mech_token);
    der_end(w, sequence);
    der_end(w, choice);
    der_end(w, frame);
}

void spnego_response_encode(struct writer *w, const struct spnego_response *m)
{
    uint8_t state = (uint8_t)m->state;
    size_t choice = der_begin(w, DER_FIELD(1));
    size_t sequence = der_begin(w, DER_SEQUENCE);

    write_field(w, DER_FIELD(0), DER_ENUMERATED, (struct der_bytes){ &state, sizeof state });
    write_field(w, DER_FIELD(1), DER_OID, m->supported_mech);
    write_field(w, DER_FIELD(2), DER_OCTETS, m->token);
    write_field(w, DER_FIELD(3), DER_OCTETS, m->mic);
    der_end(w, sequence);
    der_end(w, choice);
}
