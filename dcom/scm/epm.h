/* The endpoint mapper's calls on the wire ([C706] appendix O as [MS-RPCE] 2.2.1.2 changes it): what is asked, what an
 * entry must be to answer it, and the replies. Written by hand over the cursors: the marshaller's tables are made of
 * COM interfaces, which have no context handles. No thread rule: all of it are values. */
#ifndef SCM_EPM_H
#define SCM_EPM_H

#include "dcom/scm/tower.h"

#define EPM_ENTRIES_MAXIMUM 500 /* asked for at once ([MS-RPCE] 2.2.1.2.4, 2.2.1.2.5) */
#define EPM_ANNOTATION      64

#define EPM_NOT_REGISTERED 0x16C9A0D6u

/* e1af8308-5d1f-11c9-91a4-08002b14a0fa 3.0 */
extern const struct rpc_syntax epm_syntax;

enum epm_operation {
    EPM_LOOKUP = 2,
    EPM_MAP = 3,
    EPM_LOOKUP_HANDLE_FREE = 4
};

/* ept_lookup_handle_t: where a search that did not fit goes on. Zeros begin one. */
struct epm_handle {
    uint8_t bytes[20];
};

/* One line of the map. No interface of ours is registered for an object alone, so none names one. */
struct epm_entry {
    struct tower tower;
    char annotation[EPM_ANNOTATION];
};

/* RPC_C_VERS_*: how the version asked for limits the versions that answer. */
enum epm_versions {
    EPM_VERSIONS_ALL = 1,
    EPM_VERSIONS_COMPATIBLE,
    EPM_VERSIONS_EXACT,
    EPM_VERSIONS_MAJOR_ONLY,
    EPM_VERSIONS_UP_TO
};

struct epm_query {
    bool nothing; /* well-formed, but no entry of ours can answer: an object, another protocol */
    bool any;     /* every interface, whatever `syntax` says */
    struct rpc_syntax syntax;
    enum epm_versions versions;
    struct epm_handle handle;
    uint32_t maximum; /* entries wanted, at most EPM_ENTRIES_MAXIMUM */
};

/* The requests. ERR_PROTOCOL: malformed, or a value is out of the range the interface allows. */
MUST_USE enum err epm_lookup_decode(struct reader *r, struct epm_query *out);
MUST_USE enum err epm_map_decode(struct reader *r, struct epm_query *out);
MUST_USE enum err epm_handle_decode(struct reader *r, struct epm_handle *out);

bool epm_matches(const struct epm_query *query, const struct epm_entry *entry);

/* The replies; `maximum` is that of the request. Without entries the status says so. */
void epm_lookup_reply(struct writer *w, const struct epm_handle *handle, uint32_t maximum,
                      const struct epm_entry *entries, uint32_t count);
void epm_map_reply(struct writer *w, const struct epm_handle *handle, uint32_t maximum, const struct epm_entry *entries,
                   uint32_t count);

#endif
