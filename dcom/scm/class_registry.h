/* What the registry says about a class: which program serves it, and as whom it runs. Pure. */
#ifndef SCM_CLASS_REGISTRY_H
#define SCM_CLASS_REGISTRY_H

#include "base/err.h"
#include "dcom/scm/command_line.h"
#include "security/reg.h"
#include "security/token.h"

enum class_identity {
    CLASS_LAUNCHING_USER,   /* no RunAs */
    CLASS_INTERACTIVE_USER, /* RunAs is "Interactive User" */
    CLASS_ACCOUNT,          /* RunAs names an account */
};

struct class_server {
    char command[COMMAND_LINE_BYTES]; /* LocalServer32 */
    enum class_identity identity;
    char run_as[TOKEN_NAME];
};

/* `clsid` is the text of the class. ERR_NOT_FOUND: not registered, or without a program of its own; ERR_LIMIT: a value
 * is too long to be right. */
MUST_USE enum err class_registry_find(const struct reg *registry, const char *clsid, struct class_server *out);

#endif
