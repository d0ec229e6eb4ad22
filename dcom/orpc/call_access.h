/* Who may call the objects of this process ([MS-DCOM] 3.1.1.5.4): first the level decides, then the lists of security/.
 *
 * Who was admitted once stays so as long as the connection and its security context live (rpc_server_call.memo):
 * further calls cost nothing, and a list that says less acts on new connections. Who was refused is judged anew with
 * each call; each refusal is written down as the event `access_denied`. Any thread. */
#ifndef DCOM_CALL_ACCESS_H
#define DCOM_CALL_ACCESS_H

#include "base/text.h"
#include "dcom/orpc/local_scm.h"
#include "dcom/rpc/rpc_server.h"
#include "security/com_list.h"
#include "security/host_files.h"

/* Everything is borrowed and constant. All zeros let everybody in. */
struct call_access {
    enum auth_level minimum_level; /* of calls from other machines; local ones have no level */
    struct host_files *files;      /* NULL: there are no lists */
    struct local_scm *scm;         /* says who a local caller is, and who this process is; may be NULL */
    const struct com_list *list;   /* what the program gave to COM; NULL: the registry's lists count */
    char appid[GUID_TEXT];         /* whose lists in the registry; empty: the machine's default */
};

/* 0, or the status of the fault a refused caller gets. */
uint32_t call_access_check(const struct call_access *access, const struct rpc_server_call *call, bool on_rem_unknown);

#endif
