#include "dcom/scm/class_registry.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"

#define KEY_PATH 1024

/* "ROOT\name\rest" looked up for one text value; NULL when absent. */
static const char *value_below(const struct reg *registry, const char *root, const char *name, const char *rest,
                               const char *value)
{
    char key[KEY_PATH];
    if ((size_t)snprintf(key, sizeof key, "HKEY_CLASSES_ROOT\\%s\\%s%s", root, name, rest) >= sizeof key)
        return NULL;
    return reg_string(registry, key, value);
}

enum err class_registry_find(const struct reg *registry, const char *clsid, struct class_server *out)
{
    memset(out, 0, sizeof *out);
    const char *command = value_below(registry, "CLSID", clsid, "\\LocalServer32", NULL);
    if (!command || !command[0])
        return ERR_NOT_FOUND;
    const char *app_id = value_below(registry, "CLSID", clsid, "", "AppID");
    const char *run_as = app_id ? value_below(registry, "AppID", app_id, "", "RunAs") : NULL;
    if (command_line_expand(command, out->command, sizeof out->command) ||
        (run_as && strlen(run_as) >= sizeof out->run_as))
        return ERR_LIMIT;
    if (!run_as || !run_as[0]) {
        out->identity = CLASS_LAUNCHING_USER;
        return ERR_OK;
    }
    memcpy(out->run_as, run_as, strlen(run_as) + 1);
    out->identity = utf8_equal_ignoring_case(run_as, "Interactive User") ? CLASS_INTERACTIVE_USER : CLASS_ACCOUNT;
    return ERR_OK;
}
