/* Who may have what launched and activated on this host ([MS-DCOM] 3.1.2.5.2.3).
 *
 * Windows refuses in two shapes. Who fails at the machine (EnableDCOM, the limits) gets ERROR_ACCESS_DENIED in place of
 * an answer (note <61>); who passes there and fails at the list of the application, or at the default in its place,
 * gets an answer that says E_ACCESSDENIED. Each refusal is told in an event. Any thread. */
#ifndef SCM_GATE_H
#define SCM_GATE_H

#include "dcom/auth/auth.h"
#include "dcom/scm/class_registry.h"
#include "security/dcom_policy.h"
#include "security/host_files.h"

/* Who asks, and how well that is known. */
struct activation_caller {
    bool local;
    int64_t pid;               /* of a local caller */
    const struct token *token; /* NULL: nobody vouches for the caller */
    enum auth_level level;
    enum auth_mechanism mechanism;
    const char *peer; /* "10.1.0.2:49801", or NULL */
};

enum gate_verdict {
    GATE_OPEN,
    GATE_CLOSED_BY_MACHINE,
    GATE_CLOSED_BY_LIST
};

/* What the machine says to a remote caller before its request is looked at, so no class is known: whether it may
 * activate at all. */
bool gate_admits(const struct host_view *view, const struct activation_caller *caller);
/* Whether the caller may have the class activated, or launched. `server` is what the registry says about the class; one
 * without AppID, or unknown there, is judged by the machine's default. */
enum gate_verdict gate_ask(const struct host_view *view, const struct class_server *server, const char *clsid,
                           const struct activation_caller *caller, enum dcom_action action);

#endif
