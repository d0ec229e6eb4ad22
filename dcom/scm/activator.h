/* Activation: from a class and a caller to object references ([MS-DCOM] 3.1.2.5.2.3).
 *
 * A class that a running process has registered is used as it is; otherwise its program is started, once for however
 * many callers want it at the same time, and waited for. Any thread; a call may take as long as a program takes to
 * start. */
#ifndef SCM_ACTIVATOR_H
#define SCM_ACTIVATOR_H

#include "dcom/orpc/activation.h"
#include "dcom/scm/exporters.h"
#include "dcom/scm/gate.h"
#include "dcom/scm/launcher.h"

struct activator;

/* Everything is borrowed. */
struct activator_parts {
    struct host_files *files;
    struct exporters *exporters;
    struct launcher *launcher;
    COMVERSION version; /* of the exporters of this host */
    /* Tells that a process looks dead, or that a new one is to be watched. */
    void (*process_gone)(void *context, int64_t pid);
    void (*process_started)(void *context, int64_t pid);
    void *context;
};

MUST_USE enum err activator_create(const struct activator_parts *parts, struct activator **out);
void activator_destroy(struct activator *a);

/* Fills `out` when it succeeds (activation_reply_cleanup); otherwise `out` is empty. The value is the result of the
 * activation: S_OK when at least one interface was given; REGDB_E_CLASSNOTREG; E_ACCESSDENIED (the lists; then
 * `*refused_by_machine` says which of the two shapes the refusal has, see gate.h); what server_start says;
 * CO_E_SERVER_EXEC_FAILURE (no registration in time); or what the class object said. Writes the event. */
HRESULT activator_run(struct activator *a, const struct activation_request *request, bool get_class_object,
                      const struct activation_caller *caller, struct activation_reply *out, bool *refused_by_machine);

#endif
