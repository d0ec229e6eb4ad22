/* The machine's registry when we may write it, else the user's own: then only this user's local clients find the class.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <windows.h>

#include "base/text.h"
#include "opcda/identity.h"
#include "opcda/text.h"
#include "probe-server/account_sddl.h"
#include "probe-server/registration.h"

#define CLASSES   "Software\\Classes\\"
#define CLASS_KEY CLASSES "CLSID\\" OPCPROBE_CLSID_TEXT
#define APPID_KEY CLASSES "AppID\\" OPCPROBE_APPID_TEXT

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
static LONG set_permissions(HKEY root, const WCHAR *name, DWORD rights)
{
    HKEY key;
    LONG error = open_key(root, APPID_KEY, &key);
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

static LONG write_class(HKEY root, const char *command)
{
    const struct {
        const char *path;
        const WCHAR *name;
        const char *value;
    } values[] = {
        { CLASS_KEY, NULL, OPCPROBE_SERVER_NAME },
        { CLASS_KEY, WTEXT("AppID"), OPCPROBE_APPID_TEXT },
        { CLASS_KEY "\\LocalServer32", NULL, command },
        { CLASS_KEY "\\ProgID", NULL, OPCPROBE_PROGID },
        { CLASS_KEY "\\VersionIndependentProgID", NULL, OPCPROBE_PROGID_LATEST },
        { CLASS_KEY "\\Implemented Categories\\{63D5F430-CFE4-11D1-B2C8-0060083BA1FB}", NULL, NULL },
        { CLASS_KEY "\\Implemented Categories\\{63D5F432-CFE4-11D1-B2C8-0060083BA1FB}", NULL, NULL },
        { CLASSES OPCPROBE_PROGID, NULL, OPCPROBE_SERVER_NAME },
        { CLASSES OPCPROBE_PROGID "\\CLSID", NULL, OPCPROBE_CLSID_TEXT },
        { CLASSES OPCPROBE_PROGID_LATEST, NULL, OPCPROBE_SERVER_NAME },
        { CLASSES OPCPROBE_PROGID_LATEST "\\CLSID", NULL, OPCPROBE_CLSID_TEXT },
        { CLASSES OPCPROBE_PROGID_LATEST "\\CurVer", NULL, OPCPROBE_PROGID },
        { APPID_KEY, NULL, OPCPROBE_SERVER_NAME },
    };
    LONG error = ERROR_SUCCESS;
    for (size_t i = 0; !error && i < sizeof(values) / sizeof(values[0]); i++)
        error = set_text(root, values[i].path, values[i].name, values[i].value);
    if (!error)
        error = set_permissions(root, WTEXT("LaunchPermission"), LAUNCH_RIGHTS);
    if (!error)
        error = set_permissions(root, WTEXT("AccessPermission"), CALL_RIGHTS);
    return error;
}

static void report_error(char report[REGISTRATION_REPORT], const char *what, LONG error)
{
    snprintf(report, REGISTRATION_REPORT, "the class could not be %s (error %ld); try again as administrator", what,
             error);
}

enum err registration_add(const char *command, char report[REGISTRATION_REPORT])
{
    LONG error = write_class(HKEY_LOCAL_MACHINE, command);
    if (!error) {
        snprintf(report, REGISTRATION_REPORT, "%s registered for this computer", OPCPROBE_PROGID);
        return ERR_OK;
    }
    if (error == ERROR_ACCESS_DENIED)
        error = write_class(HKEY_CURRENT_USER, command);
    if (error) {
        report_error(report, "registered", error);
        return ERR_ACCESS;
    }
    snprintf(report, REGISTRATION_REPORT,
             "%s registered for this user only; remote clients need /RegServer as administrator", OPCPROBE_PROGID);
    return ERR_OK;
}

static LONG remove_trees(HKEY root)
{
    static const WCHAR *const keys[] = {
        L"Software\\Classes\\CLSID\\{6F0B7E4C-2D0F-4C5B-9C2B-0A6C1E5D7A10}",
        L"Software\\Classes\\AppID\\{6F0B7E4C-2D0F-4C5B-9C2B-0A6C1E5D7A10}",
        L"Software\\Classes\\opcprobe.TestServer.1",
        L"Software\\Classes\\opcprobe.TestServer",
    };
    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
        LONG error = RegDeleteTreeW(root, keys[i]);
        if (error && error != ERROR_FILE_NOT_FOUND)
            return error;
    }
    return ERROR_SUCCESS;
}

/* Whether the computer's registry names the class: then removing only the user's own would be half the work. */
static bool is_registered_for_computer(void)
{
    HKEY key;
    if (RegOpenKeyExW(HKEY_LOCAL_MACHINE, L"Software\\Classes\\CLSID\\{6F0B7E4C-2D0F-4C5B-9C2B-0A6C1E5D7A10}", 0,
                      KEY_READ, &key))
        return false;
    RegCloseKey(key);
    return true;
}

enum err registration_remove(char report[REGISTRATION_REPORT])
{
    LONG error = is_registered_for_computer() ? remove_trees(HKEY_LOCAL_MACHINE) : ERROR_SUCCESS;
    if (!error)
        error = remove_trees(HKEY_CURRENT_USER);
    if (error) {
        report_error(report, "removed", error);
        return ERR_ACCESS;
    }
    snprintf(report, REGISTRATION_REPORT, "%s removed", OPCPROBE_PROGID);
    return ERR_OK;
}
