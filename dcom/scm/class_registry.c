#include "dcom/scm/class_registry.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"

#define KEY_PATH         1024
#define SERVICE_DISABLED 4 /* the value Start of a service */

#define CLASSES_64 "HKEY_CLASSES_ROOT\\CLSID"
#define CLASSES_32 "HKEY_CLASSES_ROOT\\Wow6432Node\\CLSID"
#define APP_IDS    "HKEY_CLASSES_ROOT\\AppID"
#define SERVICES   "HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Services"

static bool key_path(char out[KEY_PATH], const char *root, const char *name, const char *rest)
{
    return (size_t)snprintf(out, KEY_PATH, "%s\\%s%s", root, name, rest) < KEY_PATH;
}

/* "ROOT\name\rest" looked up for one text value; NULL when absent or empty. */
static const char *value_below(const struct reg *registry, const char *root, const char *name, const char *rest,
                               const char *value)
{
    char key[KEY_PATH];
    const char *text = key_path(key, root, name, rest) ? reg_string(registry, key, value) : NULL;
    return text && text[0] ? text : NULL;
}

static enum err take(const char *text, char *out, size_t size)
{
    size_t length = strlen(text);
    if (length >= size)
        return ERR_LIMIT;
    memcpy(out, text, length + 1);
    return ERR_OK;
}

/* A service says itself as whom it runs. */
static enum err find_service(const struct reg *registry, const char *name, struct class_server *out)
{
    char key[KEY_PATH];
    uint32_t start = 0;
    out->program = CLASS_SERVICE;
    out->identity = CLASS_ACCOUNT;
    enum err e = take(name, out->service, sizeof out->service);
    if (e || !key_path(key, SERVICES, name, ""))
        return ERR_LIMIT;
    const char *command = reg_string(registry, key, "ImagePath");
    const char *account = reg_string(registry, key, "ObjectName");
    out->service_installed = command && command[0];
    out->service_disabled = reg_dword(registry, key, "Start", &start) && start == SERVICE_DISABLED;
    e = take(account && account[0] ? account : "LocalSystem", out->run_as, sizeof out->run_as);
    if (!e && out->service_installed)
        e = command_line_expand(command, out->command, sizeof out->command);
    return e;
}

static enum err find_identity(const struct reg *registry, struct class_server *out)
{
    const char *run_as = out->app_id[0] ? value_below(registry, APP_IDS, out->app_id, "", "RunAs") : NULL;
    out->identity = CLASS_LAUNCHING_USER;
    if (!run_as)
        return ERR_OK;
    out->identity = utf8_equal_ignoring_case(run_as, "Interactive User") ? CLASS_INTERACTIVE_USER : CLASS_ACCOUNT;
    return take(run_as, out->run_as, sizeof out->run_as);
}

/* The module of a class whose AppID has DllSurrogate; empty, it asks for the system's own. */
static const char *surrogate_module(const struct reg *registry, const char *classes, const char *clsid,
                                    const char *app_id)
{
    char key[KEY_PATH];
    bool wanted = app_id[0] && key_path(key, APP_IDS, app_id, "") && reg_string(registry, key, "DllSurrogate");
    return wanted ? value_below(registry, classes, clsid, "\\InprocServer32", NULL) : NULL;
}

static enum err find_in(const struct reg *registry, const char *classes, const char *clsid, struct class_server *out)
{
    memset(out, 0, sizeof *out);
    const char *app_id = value_below(registry, classes, clsid, "", "AppID");
    if (app_id && take(app_id, out->app_id, sizeof out->app_id))
        return ERR_LIMIT;
    const char *service = app_id ? value_below(registry, APP_IDS, app_id, "", "LocalService") : NULL;
    if (service)
        return find_service(registry, service, out);
    const char *command = value_below(registry, classes, clsid, "\\LocalServer32", NULL);
    if (!command) {
        command = surrogate_module(registry, classes, clsid, out->app_id);
        out->program = CLASS_SURROGATE;
    }
    if (!command)
        return ERR_NOT_FOUND;
    enum err e = command_line_expand(command, out->command, sizeof out->command);
    return e ? e : find_identity(registry, out);
}

enum err class_registry_find(const struct reg *registry, const char *clsid, enum class_bits bits,
                             struct class_server *out)
{
    enum err e = bits == CLASS_32_BITS ? ERR_NOT_FOUND : find_in(registry, CLASSES_64, clsid, out);
    if (e == ERR_NOT_FOUND && bits != CLASS_64_BITS)
        e = find_in(registry, CLASSES_32, clsid, out);
    if (e == ERR_NOT_FOUND)
        memset(out, 0, sizeof *out);
    return e;
}
