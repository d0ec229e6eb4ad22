#include "dcom/orpc/activation.h"

#include <objbase.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "dcom/ndr/ndr.h"
#include "dcom/orpc/bindings.h"
#include "dcom/orpc/objref.h"

#define PROPERTIES_MAXIMUM            10 /* MAX_ACTPROP_LIMIT, [MS-DCOM] 2.2.28.1 */
#define DESTINATION_DIFFERENT_MACHINE 2  /* CustomHeader.destCtx as Windows sends it */
#define SPD_USE_CONSOLE_SESSION       1

/* [MS-DCOM] 1.9: all of these are {000001xx-0000-0000-C000-000000000046} but for two. */
#define DCOM_GUID(n)                                                                                                   \
    {                                                                                                                  \
        (n), 0, 0,                                                                                                     \
        {                                                                                                              \
            0xC0, 0, 0, 0, 0, 0, 0, 0x46                                                                               \
        }                                                                                                              \
    }

static const CLSID clsid_properties_in = DCOM_GUID(0x338);
static const CLSID clsid_properties_out = DCOM_GUID(0x339); /* also that of the PropsOutInfo record */
static const CLSID clsid_context_marshaler = DCOM_GUID(0x33B);
static const IID iid_properties_in = DCOM_GUID(0x1A2);
static const IID iid_properties_out = DCOM_GUID(0x1A3);
static const IID iid_context = DCOM_GUID(0x1C0);
static const CLSID clsid_location = DCOM_GUID(0x1A4);
static const CLSID clsid_activation_context = DCOM_GUID(0x1A5);
static const CLSID clsid_security = DCOM_GUID(0x1A6);
static const CLSID clsid_scm_request = DCOM_GUID(0x1AA);
static const CLSID clsid_instantiation = DCOM_GUID(0x1AB);
static const CLSID clsid_scm_reply = DCOM_GUID(0x1B6);
static const CLSID clsid_special_properties = DCOM_GUID(0x1B9);

/* ---- the blob around the records ([MS-DCOM] 2.2.22) --------------------------------------- */

struct blob_builder {
    struct writer records;
    CLSID clsids[PROPERTIES_MAXIMUM];
    DWORD sizes[PROPERTIES_MAXIMUM];
    DWORD count;
    enum err err; /* of the first record that failed */
};

static void blob_init(struct blob_builder *b)
{
    *b = (struct blob_builder){ 0 };
    writer_init(&b->records, ACTIVATION_BLOB_MAXIMUM);
}

static void blob_add(struct blob_builder *b, const CLSID *clsid, unsigned method, const void *record)
{
    if (b->err)
        return;
    size_t before = b->records.size;
    b->err = ndr_pickle_put(method, record, &b->records);
    b->clsids[b->count] = *clsid;
    b->sizes[b->count++] = (DWORD)(b->records.size - before);
}

/* Puts header and records behind each other. The header holds its own size, which does not depend on the values in
 * it: it is written once to learn it and once for good. */
static enum err blob_write_body(struct blob_builder *b, struct writer *body)
{
    CustomHeader header = { .destCtx = DESTINATION_DIFFERENT_MACHINE, .cIfs = b->count };
    header.pclsid = b->clsids;
    header.pSizes = b->sizes;
    enum err e = ndr_pickle_put(PICKLE_CUSTOM_HEADER, &header, body);
    if (e)
        return e;
    header.headerSize = (DWORD)body->size;
    header.totalSize = (DWORD)(body->size + b->records.size);
    writer_reset(body);
    writer_u32(body, header.totalSize);
    writer_u32(body, 0);
    struct writer again;
    writer_init(&again, ACTIVATION_BLOB_MAXIMUM);
    e = ndr_pickle_put(PICKLE_CUSTOM_HEADER, &header, &again);
    writer_bytes(body, again.data, again.size);
    writer_cleanup(&again);
    writer_bytes(body, b->records.data, b->records.size);
    return e;
}

/* Writes the whole OBJREF_CUSTOM and releases the builder. */
static enum err blob_finish(struct blob_builder *b, const IID *iid, const CLSID *clsid, struct writer *out)
{
    struct writer body;
    writer_init(&body, ACTIVATION_BLOB_MAXIMUM);
    enum err e = b->err ? b->err : blob_write_body(b, &body);
    if (!e)
        objref_custom_encode(iid, clsid, body.data, body.size, out);
    if (!e && (body.failed || b->records.failed || out->failed))
        e = ERR_LIMIT;
    writer_cleanup(&body);
    writer_cleanup(&b->records);
    return e;
}

/* What a blob's reader does with each record it finds; a record it does not know is ERR_OK. */
typedef enum err (*property_reader)(void *context, const CLSID *clsid, struct reader *record);

static enum err read_properties(const CustomHeader *header, struct reader *records, property_reader read, void *context)
{
    if (!header->pclsid || !header->pSizes || header->cIfs == 0 || header->cIfs > PROPERTIES_MAXIMUM)
        return ERR_PROTOCOL;
    for (DWORD i = 0; i < header->cIfs; i++) {
        struct reader record = reader_sub(records, header->pSizes[i]);
        if (record.failed)
            return ERR_PROTOCOL;
        enum err e = read(context, &header->pclsid[i], &record);
        if (e)
            return e;
    }
    return ERR_OK;
}

static enum err blob_read(const void *data, size_t size, const CLSID *clsid, property_reader read, void *context)
{
    struct objref_custom custom;
    struct reader r;
    void *header;
    enum err e = objref_custom_decode(data, size, &custom);
    if (e)
        return e;
    if (!IsEqualGUID(&custom.clsid, clsid))
        return ERR_PROTOCOL;
    reader_init(&r, custom.body, custom.body_size);
    uint32_t total = reader_u32(&r);
    reader_u32(&r); /* dwReserved */
    struct reader blob = reader_sub(&r, total);
    if (r.failed || total > ACTIVATION_BLOB_MAXIMUM)
        return r.failed ? ERR_PROTOCOL : ERR_LIMIT;
    struct reader records = blob;
    e = ndr_pickle_get(PICKLE_CUSTOM_HEADER, &blob, &header);
    if (e)
        return e;
    const CustomHeader *h = header;
    reader_take(&records, h->headerSize);
    e = records.failed ? ERR_PROTOCOL : read_properties(h, &records, read, context);
    ndr_pickle_free(PICKLE_CUSTOM_HEADER, header);
    return e;
}

/* ---- request ------------------------------------------------------------------------------- */

static void add_special_properties(struct blob_builder *b, const struct activation_request *request)
{
    SpecialPropertiesData record = { .dwSessionId = request->session_id, .dwDefaultAuthnLvl = request->default_level };
    record.dwOrigClsctx = request->class_context;
    record.dwFlags = request->console_session ? SPD_USE_CONSOLE_SESSION : 0;
    blob_add(b, &clsid_special_properties, PICKLE_SPECIAL_PROPERTIES, &record);
}

/* The record says how long it is itself, headers included; like the blob's header it is written twice. */
static void add_instantiation(struct blob_builder *b, const struct activation_request *request)
{
    struct writer probe;
    InstantiationInfoData record = { .classId = request->clsid, .classCtx = request->class_context };
    record.actvflags = request->flags;
    record.cIID = request->iid_count;
    record.pIID = request->iids;
    record.clientCOMVersion = request->client_version;
    writer_init(&probe, ACTIVATION_BLOB_MAXIMUM);
    if (!b->err)
        b->err = ndr_pickle_put(PICKLE_INSTANTIATION_INFO, &record, &probe);
    record.thisSize = (DWORD)probe.size;
    writer_cleanup(&probe);
    blob_add(b, &clsid_instantiation, PICKLE_INSTANTIATION_INFO, &record);
}

#define CONTEXT_EXTENTS_AT 28 /* dwNumExtents and cbExtents of a Context ([MS-DCOM] 2.2.20) */

/* A client context without properties, marshalled by value ([MS-DCOM] 2.2.20). Servers refuse an activation that
 * carries none (2.2.22.2.5). */
static void write_empty_context(const GUID *context_id, struct writer *out)
{
    writer_u16(out, 1); /* MajorVersion */
    writer_u16(out, 1); /* MinVersion */
    writer_bytes(out, context_id, sizeof *context_id);
    writer_u32(out, 2);    /* Flags: CTXMSHLFLAGS_BYVAL */
    writer_zeros(out, 20); /* Reserved, dwNumExtents, cbExtents, MshlFlags, Count */
    writer_u32(out, 1);    /* Frozen */
}

static void add_activation_context(struct blob_builder *b, const struct activation_request *request)
{
    struct writer context, objref;
    writer_init(&context, 256);
    writer_init(&objref, 1024);
    write_empty_context(&request->context_id, &context);
    objref_custom_encode(&iid_context, &clsid_context_marshaler, context.data, context.size, &objref);
    MInterfacePointer *pointer = objref.failed ? NULL : malloc(sizeof *pointer + objref.size);
    if (pointer) {
        pointer->ulCntData = (ULONG)objref.size;
        memcpy(pointer->abData, objref.data, objref.size);
        ActivationContextInfoData record = { .pIFDClientCtx = pointer };
        blob_add(b, &clsid_activation_context, PICKLE_ACTIVATION_CONTEXT, &record);
    } else if (!b->err) {
        b->err = ERR_MEMORY;
    }
    free(pointer);
    writer_cleanup(&objref);
    writer_cleanup(&context);
}

static void add_security(struct blob_builder *b, const struct activation_request *request)
{
    uint16_t name[ACTIVATION_NAME];
    COSERVERINFO_WIRE server = { .pwszName = name };
    SecurityInfoData record = { .pServerInfo = &server };
    utf16_from_utf8(request->server_name, name, ACTIVATION_NAME);
    if (request->server_name[0] == 0)
        record.pServerInfo = NULL;
    blob_add(b, &clsid_security, PICKLE_SECURITY_INFO, &record);
}

static void add_scm_request(struct blob_builder *b, const struct activation_request *request)
{
    uint16_t protseqs[ACTIVATION_PROTSEQS_MAXIMUM];
    memcpy(protseqs, request->protseqs, sizeof protseqs);
    customREMOTE_REQUEST_SCM_INFO remote = { .ClientImpLevel = request->impersonation };
    remote.cRequestedProtseqs = request->protseq_count;
    remote.pRequestedProtseqs = protseqs;
    ScmRequestInfoData record = { .remoteRequest = &remote };
    blob_add(b, &clsid_scm_request, PICKLE_SCM_REQUEST, &record);
}

enum err activation_request_put(const struct activation_request *request, struct writer *out)
{
    struct blob_builder b;
    LocationInfoData location = { 0 };
    if (request->iid_count == 0 || request->iid_count > ACTIVATION_IIDS_MAXIMUM ||
        request->protseq_count > ACTIVATION_PROTSEQS_MAXIMUM)
        return ERR_LIMIT;
    blob_init(&b);
    /* The order Windows uses; receivers go by the CLSIDs. */
    add_special_properties(&b, request);
    add_instantiation(&b, request);
    add_activation_context(&b, request);
    add_security(&b, request);
    blob_add(&b, &clsid_location, PICKLE_LOCATION_INFO, &location);
    add_scm_request(&b, request);
    return blob_finish(&b, &iid_properties_in, &clsid_properties_in, out);
}

struct request_reader {
    struct activation_request *out;
    bool instantiation, scm_request, location;
};

static enum err take_instantiation(struct request_reader *r, const InstantiationInfoData *record)
{
    struct activation_request *out = r->out;
    if (r->instantiation || record->cIID == 0 || !record->pIID)
        return ERR_PROTOCOL;
    if (record->cIID > ACTIVATION_IIDS_MAXIMUM)
        return ERR_LIMIT;
    out->iids = calloc(record->cIID, sizeof *out->iids);
    if (!out->iids)
        return ERR_MEMORY;
    memcpy(out->iids, record->pIID, record->cIID * sizeof *out->iids);
    out->iid_count = record->cIID;
    out->clsid = record->classId;
    out->class_context = record->classCtx;
    out->flags = record->actvflags;
    out->client_version = record->clientCOMVersion;
    r->instantiation = true;
    return ERR_OK;
}

static enum err take_scm_request(struct request_reader *r, const ScmRequestInfoData *record)
{
    const customREMOTE_REQUEST_SCM_INFO *remote = record->remoteRequest;
    if (!remote || (remote->cRequestedProtseqs && !remote->pRequestedProtseqs))
        return ERR_PROTOCOL;
    r->out->impersonation = remote->ClientImpLevel;
    /* A client that names very many is asked for the first ones: we speak one protocol. */
    r->out->protseq_count = remote->cRequestedProtseqs < ACTIVATION_PROTSEQS_MAXIMUM ? remote->cRequestedProtseqs
                                                                                     : ACTIVATION_PROTSEQS_MAXIMUM;
    if (r->out->protseq_count)
        memcpy(r->out->protseqs, remote->pRequestedProtseqs, r->out->protseq_count * sizeof(uint16_t));
    r->scm_request = true;
    return ERR_OK;
}

static enum err take_security(struct request_reader *r, const SecurityInfoData *record)
{
    if (record->pServerInfo && record->pServerInfo->pwszName) {
        const uint16_t *name = record->pServerInfo->pwszName;
        utf8_from_utf16(name, utf16_length(name), r->out->server_name, sizeof r->out->server_name);
    }
    return ERR_OK;
}

static enum err take_special(struct request_reader *r, const SpecialPropertiesData *record)
{
    r->out->session_id = record->dwSessionId;
    r->out->default_level = record->dwDefaultAuthnLvl;
    r->out->console_session = record->dwFlags & SPD_USE_CONSOLE_SESSION;
    return ERR_OK;
}

static enum err take_location(struct request_reader *r, const LocationInfoData *record)
{
    (void)record; /* required, and ignored ([MS-DCOM] 2.2.22.2.6) */
    r->location = true;
    return ERR_OK;
}

/* Nothing else of a context means anything here: its properties are those of higher layers. What is no context at all
 * cannot ask for anything either. */
static bool has_extents(const MInterfacePointer *context)
{
    struct objref_custom custom;
    struct reader r;
    if (!context || objref_custom_decode(context->abData, context->ulCntData, &custom) ||
        !IsEqualGUID(&custom.clsid, &clsid_context_marshaler))
        return false;
    reader_init(&r, custom.body, custom.body_size);
    reader_take(&r, CONTEXT_EXTENTS_AT);
    uint32_t count = reader_u32(&r);
    uint32_t bytes = reader_u32(&r);
    return !r.failed && (count || bytes);
}

static enum err take_context(struct request_reader *r, const ActivationContextInfoData *record)
{
    r->out->context_extents |= has_extents(record->pIFDClientCtx) || has_extents(record->pIFDPrototypeCtx);
    return ERR_OK;
}

static enum err read_request_property(void *context, const CLSID *clsid, struct reader *record)
{
    struct request_reader *r = context;
    void *decoded;
    unsigned method = IsEqualGUID(clsid, &clsid_instantiation)        ? PICKLE_INSTANTIATION_INFO
                      : IsEqualGUID(clsid, &clsid_activation_context) ? PICKLE_ACTIVATION_CONTEXT
                      : IsEqualGUID(clsid, &clsid_scm_request)        ? PICKLE_SCM_REQUEST
                      : IsEqualGUID(clsid, &clsid_location)           ? PICKLE_LOCATION_INFO
                      : IsEqualGUID(clsid, &clsid_security)           ? PICKLE_SECURITY_INFO
                      : IsEqualGUID(clsid, &clsid_special_properties) ? PICKLE_SPECIAL_PROPERTIES
                                                                      : 0;
    if (method == 0)
        return ERR_OK;
    enum err e = ndr_pickle_get(method, record, &decoded);
    if (e)
        return e;
    switch (method) {
    case PICKLE_INSTANTIATION_INFO:
        e = take_instantiation(r, decoded);
        break;
    case PICKLE_SCM_REQUEST:
        e = take_scm_request(r, decoded);
        break;
    case PICKLE_LOCATION_INFO:
        e = take_location(r, decoded);
        break;
    case PICKLE_ACTIVATION_CONTEXT:
        e = take_context(r, decoded);
        break;
    case PICKLE_SECURITY_INFO:
        e = take_security(r, decoded);
        break;
    default:
        e = take_special(r, decoded);
        break;
    }
    ndr_pickle_free(method, decoded);
    return e;
}

enum err activation_request_get(const void *data, size_t size, struct activation_request *out)
{
    struct request_reader r = { .out = out };
    *out = (struct activation_request){ .session_id = 0xFFFFFFFF };
    enum err e = blob_read(data, size, &clsid_properties_in, read_request_property, &r);
    if (!e && !(r.instantiation && r.scm_request && r.location))
        e = ERR_PROTOCOL;
    if (e)
        activation_request_cleanup(out);
    return e;
}

void activation_request_cleanup(struct activation_request *r)
{
    free(r->iids);
    *r = (struct activation_request){ 0 };
}

/* ---- reply ---------------------------------------------------------------------------------- */

/* The arrays PropsOutInfo points to. */
struct props_out {
    IID iids[ACTIVATION_IIDS_MAXIMUM];
    HRESULT hresults[ACTIVATION_IIDS_MAXIMUM];
    PMInterfacePointer pointers[ACTIVATION_IIDS_MAXIMUM];
};

static enum err fill_props_out(const struct activation_reply *reply, struct props_out *out)
{
    for (uint32_t i = 0; i < reply->result_count; i++) {
        const struct activation_result *result = &reply->results[i];
        out->iids[i] = result->iid;
        out->hresults[i] = result->hresult;
        if (!result->objref)
            continue;
        MInterfacePointer *pointer = malloc(sizeof *pointer + result->objref_size);
        if (!pointer)
            return ERR_MEMORY;
        pointer->ulCntData = result->objref_size;
        memcpy(pointer->abData, result->objref, result->objref_size);
        out->pointers[i] = pointer;
    }
    return ERR_OK;
}

static void add_props_out(struct blob_builder *b, const struct activation_reply *reply)
{
    struct props_out *arrays = calloc(1, sizeof *arrays);
    if (!arrays) {
        b->err = ERR_MEMORY;
        return;
    }
    PropsOutInfo record = { .cIfs = reply->result_count, .piid = arrays->iids, .phresults = arrays->hresults };
    record.ppIntfData = arrays->pointers;
    b->err = fill_props_out(reply, arrays);
    blob_add(b, &clsid_properties_out, PICKLE_PROPS_OUT, &record);
    for (uint32_t i = 0; i < reply->result_count; i++)
        free(arrays->pointers[i]);
    free(arrays);
}

enum err activation_reply_put(const struct activation_reply *reply, struct writer *out)
{
    struct blob_builder b;
    if (reply->result_count == 0 || reply->result_count > ACTIVATION_IIDS_MAXIMUM)
        return ERR_LIMIT;
    blob_init(&b);
    add_props_out(&b, reply);
    customREMOTE_REPLY_SCM_INFO remote = { .Oxid = reply->oxid, .pdsaOxidBindings = reply->bindings };
    remote.ipidRemUnknown = reply->ipid_rem_unknown;
    remote.authnHint = reply->authn_hint;
    remote.serverVersion = reply->server_version;
    ScmReplyInfoData record = { .remoteReply = &remote };
    blob_add(&b, &clsid_scm_reply, PICKLE_SCM_REPLY, &record);
    return blob_finish(&b, &iid_properties_out, &clsid_properties_out, out);
}

struct reply_reader {
    struct activation_reply *out;
    bool props_out, scm_reply;
};

static enum err copy_result(const PropsOutInfo *record, uint32_t i, struct activation_result *out)
{
    const MInterfacePointer *pointer = record->ppIntfData ? record->ppIntfData[i] : NULL;
    out->iid = record->piid[i];
    out->hresult = record->phresults[i];
    if (FAILED(out->hresult))
        return ERR_OK;
    /* A success without a pointer breaks the rule of [MS-DCOM] 2.2.22.2.9. */
    if (!pointer || pointer->ulCntData == 0)
        return ERR_PROTOCOL;
    out->objref = malloc(pointer->ulCntData);
    if (!out->objref)
        return ERR_MEMORY;
    memcpy(out->objref, pointer->abData, pointer->ulCntData);
    out->objref_size = pointer->ulCntData;
    return ERR_OK;
}

static enum err take_props_out(struct reply_reader *r, const PropsOutInfo *record)
{
    if (r->props_out || record->cIfs == 0 || !record->piid || !record->phresults)
        return ERR_PROTOCOL;
    if (record->cIfs > ACTIVATION_IIDS_MAXIMUM)
        return ERR_LIMIT;
    r->out->results = calloc(record->cIfs, sizeof *r->out->results);
    if (!r->out->results)
        return ERR_MEMORY;
    r->out->result_count = record->cIfs;
    r->props_out = true;
    for (uint32_t i = 0; i < record->cIfs; i++) {
        enum err e = copy_result(record, i, &r->out->results[i]);
        if (e)
            return e;
    }
    return ERR_OK;
}

static enum err take_scm_reply(struct reply_reader *r, const ScmReplyInfoData *record)
{
    const customREMOTE_REPLY_SCM_INFO *remote = record->remoteReply;
    if (r->scm_reply || !remote || !remote->pdsaOxidBindings)
        return ERR_PROTOCOL;
    r->out->oxid = remote->Oxid;
    r->out->ipid_rem_unknown = remote->ipidRemUnknown;
    r->out->authn_hint = remote->authnHint;
    r->out->server_version = remote->serverVersion;
    r->out->bindings = bindings_dup(remote->pdsaOxidBindings);
    r->scm_reply = true;
    return r->out->bindings ? ERR_OK : ERR_MEMORY;
}

static enum err read_reply_property(void *context, const CLSID *clsid, struct reader *record)
{
    struct reply_reader *r = context;
    void *decoded;
    bool props_out = IsEqualGUID(clsid, &clsid_properties_out);
    if (!props_out && !IsEqualGUID(clsid, &clsid_scm_reply))
        return ERR_OK;
    unsigned method = props_out ? PICKLE_PROPS_OUT : PICKLE_SCM_REPLY;
    enum err e = ndr_pickle_get(method, record, &decoded);
    if (e)
        return e;
    e = props_out ? take_props_out(r, decoded) : take_scm_reply(r, decoded);
    ndr_pickle_free(method, decoded);
    return e;
}

enum err activation_reply_get(const void *data, size_t size, struct activation_reply *out)
{
    struct reply_reader r = { .out = out };
    *out = (struct activation_reply){ 0 };
    enum err e = blob_read(data, size, &clsid_properties_out, read_reply_property, &r);
    if (!e && !(r.props_out && r.scm_reply))
        e = ERR_PROTOCOL;
    if (e)
        activation_reply_cleanup(out);
    return e;
}

void activation_reply_cleanup(struct activation_reply *r)
{
    for (uint32_t i = 0; i < r->result_count; i++)
        free(r->results[i].objref);
    free(r->results);
    CoTaskMemFree(r->bindings);
    *r = (struct activation_reply){ 0 };
}
