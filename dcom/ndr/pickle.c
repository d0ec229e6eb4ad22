/* Records on their own: type serialization version 1 ([MS-RPCE] 2.2.6), and ORPCTHIS and ORPCTHAT, which stand bare. */
#include <dcom.h>

#include "dcom/ndr/call.h"

#define SERIALIZATION_VERSION 1
#define LITTLE_ENDIAN_FORMAT  0x10
#define COMMON_HEADER_SIZE    8
#define COMMON_HEADER_FILLER  0xCCCCCCCCu
#define OBJECT_ALIGNMENT      8

/* SpecialPropertiesData up to dwFlags is the same in both its definitions; behind that is nothing that a receiver may
 * look at, and the one of Windows 2000 to Server 2003 is 4 bytes shorter ([MS-DCOM] 2.2.22.2.2). */
#define SPECIAL_COMMON_SIZE 48
#define SPECIAL_FULL_SIZE   88

struct record_type {
    const MIDL_STUB_DESC *tables;
    format type;
};

/* The interface Pickled is never called: its procedures name the formats of the records. */
static bool record_type(unsigned method, struct record_type *out)
{
    struct method m;
    if (!method_find(ndr_find_interface(&IID_Pickled), method, &m))
        return false;
    out->tables = m.tables;
    out->type = format_parameter(&m.procedure, 0, m.tables->pFormatTypes).type;
    return true;
}

static enum err err_of(HRESULT hr)
{
    if (SUCCEEDED(hr))
        return ERR_OK;
    return hr == E_OUTOFMEMORY ? ERR_MEMORY : ERR_PROTOCOL;
}

static enum err put_record(unsigned method, const void *record, struct writer *out, size_t base)
{
    struct record_type type;
    struct stub s;
    if (!record_type(method, &type))
        return ERR_UNSUPPORTED;
    stub_init(&s, type.tables, NULL, NULL, NULL);
    s.m.out = out;
    s.m.base = base;
    put_value(&s, type.type, record, NULL);
    enum err err = err_of(s.m.hr);
    stub_cleanup(&s);
    return err;
}

static enum err get_record(unsigned method, struct reader *in, void **record)
{
    struct record_type type;
    struct stub s;
    if (!record_type(method, &type))
        return ERR_UNSUPPORTED;
    stub_init(&s, type.tables, NULL, NULL, NULL);
    s.m.in = in;
    void *memory = get_new_value(&s, type.type, NULL, false);
    enum err err = err_of(s.m.hr);
    if (err == ERR_OK) {
        /* The record is the first thing in the arena: it can be found from there when it is freed. */
        *record = memory;
        s.arena = (struct arena){ 0 };
    }
    stub_cleanup(&s);
    return err;
}

enum err ndr_record_put(unsigned method, const void *record, struct writer *out)
{
    return put_record(method, record, out, out->size);
}

enum err ndr_record_get(unsigned method, struct reader *in, void **record)
{
    *record = NULL;
    return get_record(method, in, record);
}

enum err ndr_pickle_put(unsigned method, const void *record, struct writer *out)
{
    /* Common type header, then the private header with the object's size, which is known afterwards. */
    writer_u8(out, SERIALIZATION_VERSION);
    writer_u8(out, LITTLE_ENDIAN_FORMAT);
    writer_u16(out, COMMON_HEADER_SIZE);
    writer_u32(out, COMMON_HEADER_FILLER);
    size_t size_at = out->size;
    writer_u32(out, 0);
    writer_u32(out, 0);
    size_t start = out->size;
    enum err err = put_record(method, record, out, start);
    if (err != ERR_OK)
        return err;
    writer_zeros(out, (0 - (out->size - start)) & (OBJECT_ALIGNMENT - 1));
    if (out->failed)
        return ERR_MEMORY;
    writer_set_u32(out, size_at, (uint32_t)(out->size - start));
    return ERR_OK;
}

/* Both headers; `*object` covers the object with its padding. */
static enum err get_headers(struct reader *in, struct reader *object)
{
    uint8_t version = reader_u8(in), endianness = reader_u8(in);
    uint16_t header_size = reader_u16(in);
    (void)reader_u32(in);
    uint32_t object_size = reader_u32(in);
    (void)reader_u32(in);
    if (in->failed || header_size != COMMON_HEADER_SIZE)
        return ERR_PROTOCOL;
    if (version != SERIALIZATION_VERSION || endianness != LITTLE_ENDIAN_FORMAT)
        return ERR_UNSUPPORTED;
    *object = reader_sub(in, object_size);
    return object->failed ? ERR_PROTOCOL : ERR_OK;
}

enum err ndr_pickle_get(unsigned method, struct reader *in, void **record)
{
    uint8_t full[SPECIAL_FULL_SIZE] = { 0 };
    struct reader object;

    *record = NULL;
    enum err err = get_headers(in, &object);
    if (err != ERR_OK)
        return err;
    if (method == PICKLE_SPECIAL_PROPERTIES && object.size >= SPECIAL_COMMON_SIZE && object.size < sizeof full) {
        memcpy(full, object.start, object.size);
        reader_init(&object, full, sizeof full);
    }
    return get_record(method, &object, record);
}

void ndr_pickle_free(unsigned method, void *record)
{
    (void)method;
    if (!record)
        return;
    struct arena a = arena_of_first(record);
    arena_cleanup(&a);
}
