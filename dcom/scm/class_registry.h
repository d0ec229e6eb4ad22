/* What the registry says about a class: which program serves it, and as whom it runs. Pure. */
#ifndef SCM_CLASS_REGISTRY_H
#define SCM_CLASS_REGISTRY_H

#include "base/err.h"
#include "dcom/scm/command_line.h"
#include "security/reg.h"
#include "security/token.h"

#define CLASS_APP_ID 64

enum class_identity {
    CLASS_LAUNCHING_USER,   /* no RunAs */
    CLASS_INTERACTIVE_USER, /* RunAs is "Interactive User" */
    CLASS_ACCOUNT,          /* RunAs names an account, or the service does */
};

enum class_program {
    CLASS_LOCAL_SERVER, /* LocalServer32 */
    CLASS_SERVICE,      /* LocalService of the AppID; RunAs decides nothing then */
    CLASS_SURROGATE,    /* InprocServer32, in the process that DllSurrogate of the AppID asks for */
};

/* On Windows of 64 bits a class may stand in either view of HKEY_CLASSES_ROOT. */
enum class_bits {
    CLASS_ANY_BITS,
    CLASS_32_BITS,
    CLASS_64_BITS,
};

struct class_server {
    enum class_program program;
    char command[COMMAND_LINE_BYTES]; /* of the program or service; for a surrogate the path of the module */
    char app_id[CLASS_APP_ID];        /* empty: none */
    enum class_identity identity;
    char run_as[TOKEN_NAME];
    char service[TOKEN_NAME]; /* its short name */
    bool service_installed;   /* its key is there */
    bool service_disabled;
};

/* `clsid` is the text of the class. ERR_NOT_FOUND: not registered for these bits, or without a program of its own;
 * ERR_LIMIT: a value is too long to be right. */
MUST_USE enum err class_registry_find(const struct reg *registry, const char *clsid, enum class_bits bits,
                                      struct class_server *out);

#endif
