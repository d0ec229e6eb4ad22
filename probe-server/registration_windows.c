/* The machine's registry when we may write it, else the user's own: then only this user's local clients find the class.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <windows.h>

#include "base/text.h"
#include "opcda/text.h"
#include "probe-server/account_sddl.h"
#include "probe-server/registration.h"

#define KEY_MAXIMUM 256

/* COM_RIGHTS_*: to call, and to call, launch and activate, from here and from elsewhere. */
#define CALL_RIGHTS   0x07
#define LAUNCH_RIGHTS 0x1F

static LONG open_key(HKEY root, const char *path, HKEY *out)
{
    uint16_t *wide = utf16_dup(path);
    LONG error = wide ? RegCreateKeyExW(root, (WCHAR *)wide, 0, NULL, 0, KEY_WRITE | KEY_READ, NULL, out, NULL)
                      : ERROR_OUTOFMEMORY;
    free(wide);
    return error;
}

static LONG set_text(HKEY root, const char *path, const WCHAR *name, const char *value)
{
    HKEY key;
    LONG error = open_key(root, path, &key);
    if (error)
        return error;
    uint16_t *wide = value ? utf16_dup(value) : NULL;
    if (wide)
        error =
            RegSetValueExW(key, name, 0, REG_SZ, (const BYTE *)wide, (DWORD)((utf16_length(wide) + 1) * sizeof(WCHAR)));
    else if (value)
        error = ERROR_OUTOFMEMORY;
    free(wide);
    RegCloseKey(key);
    return error;
}

/* Permissions that somebody chose stay: only what is missing is written. */
static LONG set_permissions(HKEY root, const char *appid_key, const WCHAR *name, DWORD rights)
{
    HKEY key;
    LONG error = open_key(root, appid_key, &key);
    if (error)
        return error;
    if (RegQueryValueExW(key, name, NULL, NULL, NULL, NULL) == ERROR_FILE_NOT_FOUND) {
        PSECURITY_DESCRIPTOR descriptor;
        ULONG size = 0;
        error = (LONG)account_descriptor(rights, &descriptor, &size);
        if (!error)
            error = RegSetValueExW(key, name, 0, REG_BINARY, descriptor, size);
        LocalFree(descriptor);
    }
    RegCloseKey(key);
    return error;
}

/* Packet-integrity, unless somebody chose a level. */
static LONG set_level(HKEY root, const char *appid_key)
{
    static const DWORD level = RPC_C_AUTHN_LEVEL_PKT_INTEGRITY;
    HKEY key;
    LONG error = open_key(root, appid_key, &key);
    if (error)
        return error;
    if (RegQueryValueExW(key, L"AuthenticationLevel", NULL, NULL, NULL, NULL) == ERROR_FILE_NOT_FOUND)
        error = RegSetValueExW(key, L"AuthenticationLevel", 0, REG_DWORD, (const BYTE *)&level, sizeof(level));
    RegCloseKey(key);
    return error;
}

/* A key below Software\Classes: a folder of classes, a name in it, and what is below that. */
static void class_path(const char *folder, const char *name, const char *below, char out[KEY_MAXIMUM])
{
    snprintf(out, KEY_MAXIMUM, "Software\\Classes\\%s%s%s", folder, name, below);
}

static LONG write_appid(HKEY root, const struct class_registration *c)
{
    char appid_key[KEY_MAXIMUM];
    class_path("AppID\\", c->appid, "", appid_key);
    LONG error = set_text(root, appid_key, NULL, c->name);
    if (!error)
        error = set_permissions(root, appid_key, WTEXT("LaunchPermission"), LAUNCH_RIGHTS);
    if (!error)
        error = set_permissions(root, appid_key, WTEXT("AccessPermission"), CALL_RIGHTS);
    if (!error)
        error = set_level(root, appid_key);
    return error;
}

static LONG write_class(HKEY root, const struct class_registration *c, const char *command)
{
    const struct {
        const char *folder, *name, *below, *value;
    } values[] = {
        { "CLSID\\", c->clsid, "", c->name },
        { "CLSID\\", c->clsid, "\\LocalServer32", command },
        { "CLSID\\", c->clsid, "\\ProgID", c->progid },
        { "CLSID\\", c->clsid, "\\VersionIndependentProgID", c->progid_latest },
        { "", c->progid, "", c->name },
        { "", c->progid, "\\CLSID", c->clsid },
        { "", c->progid_latest, "", c->name },
        { "", c->progid_latest, "\\CLSID", c->clsid },
        { "", c->progid_latest, "\\CurVer", c->progid },
    };
    char path[KEY_MAXIMUM];
    LONG error = ERROR_SUCCESS;
    for (size_t i = 0; !error && i < sizeof(values) / sizeof(values[0]); i++) {
        class_path(values[i].folder, values[i].name, values[i].below, path);
        error = set_text(root, path, NULL, values[i].value);
    }
    class_path("CLSID\\", c->clsid, "", path);
    if (!error)
        error = set_text(root, path, WTEXT("AppID"), c->appid);
    for (const char *const *category = c->categories; !error && *category; category++) {
        char below[KEY_MAXIMUM / 2];
        snprintf(below, sizeof(below), "\\Implemented Categories\\%s", *category);
        class_path("CLSID\\", c->clsid, below, path);
        error = set_text(root, path, NULL, NULL);
    }
    return error ? error : write_appid(root, c);
}

static void report_error(char report[REGISTRATION_REPORT], const char *what, LONG error)
{
    snprintf(report, REGISTRATION_REPORT, "the class could not be %s (error %ld); try again as administrator", what,
             error);
}

/* Whether the computer's registry names the class. */
static bool is_registered_for_computer(const struct class_registration *c)
{
    char path[KEY_MAXIMUM];
    HKEY key;
    class_path("CLSID\\", c->clsid, "", path);
    uint16_t *wide = utf16_dup(path);
    LONG error = wide ? RegOpenKeyExW(HKEY_LOCAL_MACHINE, (WCHAR *)wide, 0, KEY_READ, &key) : (LONG)ERROR_OUTOFMEMORY;
    free(wide);
    if (error)
        return false;
    RegCloseKey(key);
    return true;
}

enum err registration_add(const struct class_registration *c, const char *command, char report[REGISTRATION_REPORT])
{
    if (c->stand_in && is_registered_for_computer(c)) {
        snprintf(report, REGISTRATION_REPORT, "this computer has %s already, which stays as it is; use that one",
                 c->progid);
        return ERR_ACCESS;
    }
    LONG error = c->stand_in ? (LONG)ERROR_ACCESS_DENIED : write_class(HKEY_LOCAL_MACHINE, c, command);
    if (!error) {
        snprintf(report, REGISTRATION_REPORT, "%s registered for this computer", c->progid);
        return ERR_OK;
    }
    if (error == ERROR_ACCESS_DENIED)
        error = write_class(HKEY_CURRENT_USER, c, command);
    if (error) {
        report_error(report, "registered", error);
        return ERR_ACCESS;
    }
    snprintf(report, REGISTRATION_REPORT, "%s registered for this user only%s", c->progid,
             c->stand_in ? "" : "; remote clients need /RegServer as administrator");
    return ERR_OK;
}

static LONG remove_trees(HKEY root, const struct class_registration *c)
{
    const struct {
        const char *folder, *name;
    } trees[] = {
        { "CLSID\\", c->clsid },
        { "AppID\\", c->appid },
        { "", c->progid },
        { "", c->progid_latest },
    };
    for (size_t i = 0; i < sizeof(trees) / sizeof(trees[0]); i++) {
        char path[KEY_MAXIMUM];
        class_path(trees[i].folder, trees[i].name, "", path);
        uint16_t *wide = utf16_dup(path);
        LONG error = wide ? RegDeleteTreeW(root, (WCHAR *)wide) : (LONG)ERROR_OUTOFMEMORY;
        free(wide);
        if (error && error != ERROR_FILE_NOT_FOUND)
            return error;
    }
    return ERROR_SUCCESS;
}

enum err registration_remove(const struct class_registration *c, char report[REGISTRATION_REPORT])
{
    /* Removing only the user's own would be half the work where the computer has ours; somebody else's stays. */
    bool whole = !c->stand_in && is_registered_for_computer(c);
    LONG error = whole ? remove_trees(HKEY_LOCAL_MACHINE, c) : ERROR_SUCCESS;
    if (!error)
        error = remove_trees(HKEY_CURRENT_USER, c);
    if (error) {
        report_error(report, "removed", error);
        return ERR_ACCESS;
    }
    snprintf(report, REGISTRATION_REPORT, "%s removed", c->progid);
    return ERR_OK;
}
