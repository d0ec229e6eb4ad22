/* Activation properties: the blob of RemoteCreateInstance and RemoteGetClassObject ([MS-DCOM] 2.2.22), both ways.
 *
 * On the wire it is an OBJREF_CUSTOM whose body is a CustomHeader and a row of type-serialized records. Records that we
 * do not know are passed over by the sizes of the header. Everything a peer counts has a maximum. Values; no thread
 * rule. */
#ifndef DCOM_ACTIVATION_H
#define DCOM_ACTIVATION_H

#include <dcom.h>

#include "base/bytes.h"
#include "base/err.h"

#define ACTIVATION_IIDS_MAXIMUM     256 /* interfaces asked for at once */
#define ACTIVATION_PROTSEQS_MAXIMUM 32
#define ACTIVATION_BLOB_MAXIMUM     (1u << 20) /* bytes of one blob that we build or read */
#define ACTIVATION_NAME             260

/* InstantiationInfoData.actvflags ([MS-DCOM] 2.2.22.2.1). */
#define ACTVFLAGS_DISABLE_AAA            0x00000002u
#define ACTVFLAGS_ACTIVATE_32_BIT_SERVER 0x00000004u
#define ACTVFLAGS_ACTIVATE_64_BIT_SERVER 0x00000008u
#define ACTVFLAGS_NO_FAILURE_LOG         0x00000020u

#define ACTIVATION_ANY_SESSION 0xFFFFFFFFu /* SpecialPropertiesData.dwSessionID ([MS-DCOM] 2.2.22.2.2) */

struct activation_request {
    CLSID clsid;
    DWORD class_context; /* CLSCTX_* */
    DWORD flags;         /* ACTVFLAGS_* */
    IID *iids;           /* owned; at least one */
    uint32_t iid_count;
    COMVERSION client_version;
    DWORD impersonation; /* ScmRequestInfo.ClientImpLevel */
    uint16_t protseqs[ACTIVATION_PROTSEQS_MAXIMUM];
    uint16_t protseq_count;
    char server_name[ACTIVATION_NAME]; /* what the client called the server (SecurityInfo); empty: not said */
    GUID context_id;                   /* names the client context, which has no properties */
    DWORD default_level;               /* SpecialSystemProperties.dwDefaultAuthnLvl; 0: not said */
    DWORD session_id;                  /* terminal session to run the server in */
    bool console_session;              /* SPD_FLAG_USE_CONSOLE_SESSION */
    bool context_extents;              /* received: a context has extents, for which it is to be refused */
};

/* The blob for MInterfacePointer.abData: all records but InstanceInfo, which only persistent activation needs. */
MUST_USE enum err activation_request_put(const struct activation_request *request, struct writer *out);
/* Requires InstantiationInfo, ScmRequestInfo and LocationInfo ([MS-DCOM] 3.1.2.5.2.3.3). ERR_PROTOCOL when malformed or
 * one of these is missing, ERR_LIMIT beyond our maximums. */
MUST_USE enum err activation_request_get(const void *data, size_t size, struct activation_request *out);
void activation_request_cleanup(struct activation_request *r);

/* One interface of the reply. */
struct activation_result {
    IID iid;
    HRESULT hresult;
    uint8_t *objref; /* owned; NULL unless the interface was given */
    uint32_t objref_size;
};

struct activation_reply {
    OXID oxid;
    DUALSTRINGARRAY *bindings; /* owned; string bindings of the exporter, with endpoints */
    IPID ipid_rem_unknown;
    DWORD authn_hint; /* lowest level the exporter accepts */
    COMVERSION server_version;
    struct activation_result *results; /* owned */
    uint32_t result_count;
};

/* Builds PropsOut and ScmReplyInfo. */
MUST_USE enum err activation_reply_put(const struct activation_reply *reply, struct writer *out);
/* Requires both. */
MUST_USE enum err activation_reply_get(const void *data, size_t size, struct activation_reply *out);
void activation_reply_cleanup(struct activation_reply *r);

#endif
