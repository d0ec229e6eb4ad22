#include "base/secret.h"

#include "base/win32/windows_internal.h"

#include <aclapi.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/secret_internal.h"
#include "base/text.h"

#define CTRL_C 0x03
#define CTRL_Z 0x1A

/* Groups that hold more people than the owner and the administrators. */
static bool is_everybody(PSID sid)
{
    static const WELL_KNOWN_SID_TYPE groups[] = { WinWorldSid,         WinAuthenticatedUserSid, WinBuiltinUsersSid,
                                                  WinBuiltinGuestsSid, WinAnonymousSid,         WinInteractiveSid };
    for (size_t i = 0; i < sizeof(groups) / sizeof(groups[0]); i++) {
        if (IsWellKnownSid(sid, groups[i])) {
            return true;
        }
    }
    return false;
}

static bool others_may_read(PACL list)
{
    if (!list) {
        return true; /* no list at all: everybody may do everything */
    }
    for (DWORD i = 0; i < list->AceCount; i++) {
        ACCESS_ALLOWED_ACE *entry;
        if (GetAce(list, i, (void **)&entry) && entry->Header.AceType == ACCESS_ALLOWED_ACE_TYPE &&
            entry->Mask & (FILE_READ_DATA | GENERIC_READ | GENERIC_ALL) && is_everybody(&entry->SidStart)) {
            return true;
        }
    }
    return false;
}

static enum err check_private(HANDLE file)
{
    PACL list;
    PSECURITY_DESCRIPTOR descriptor;
    DWORD result =
        GetSecurityInfo(file, SE_FILE_OBJECT, DACL_SECURITY_INFORMATION, NULL, NULL, &list, NULL, &descriptor);
    if (result != ERROR_SUCCESS) {
        return err_from_windows(result);
    }
    enum err e = others_may_read(list) ? ERR_ACCESS : ERR_OK;
    (void)LocalFree(descriptor);
    return e;
}

enum err secret_read_file(const char *path, char *out, size_t size, size_t *length)
{
    *length = 0;
    WCHAR *wide = wide_dup(path);
    if (!wide) {
        return ERR_MEMORY;
    }
    HANDLE file = CreateFileW(wide, GENERIC_READ | READ_CONTROL, FILE_SHARE_READ, NULL, OPEN_EXISTING,
                              FILE_ATTRIBUTE_NORMAL, NULL);
    free(wide);
    if (file == INVALID_HANDLE_VALUE) {
        return err_from_last_error();
    }
    enum err e = check_private(file);
    DWORD got = 1;
    while (!e && got > 0 && *length < size) {
        if (!ReadFile(file, out + *length, (DWORD)(size - *length), &got, NULL)) {
            e = err_from_last_error();
        } else {
            *length += got;
        }
    }
    (void)CloseHandle(file);
    return e;
}

/* Copies wide text as UTF-8; ERR_LIMIT when it is too long. */
static enum err take_wide(const WCHAR *text, size_t units, char out[SECRET_TEXT])
{
    return utf8_from_utf16((const uint16_t *)text, units, out, SECRET_TEXT) < SECRET_TEXT ? ERR_OK : ERR_LIMIT;
}

enum err secret_take_variable(const char *variable, char out[SECRET_TEXT])
{
    WCHAR value[SECRET_TEXT];
    WCHAR *name = wide_dup(variable);
    if (!name) {
        return ERR_MEMORY;
    }
    SetLastError(ERROR_SUCCESS);
    DWORD length = GetEnvironmentVariableW(name, value, SECRET_TEXT);
    enum err e = ERR_OK;
    if (length == 0 && GetLastError() == ERROR_ENVVAR_NOT_FOUND) {
        e = ERR_NOT_FOUND;
    } else {
        e = length < SECRET_TEXT ? take_wide(value, length, out) : ERR_LIMIT;
        secret_zero(value, sizeof(value));
        /* Both copies: the process's own and the one the C library made of it. */
        (void)SetEnvironmentVariableW(name, NULL);
        char *copy = getenv(variable);
        if (copy) {
            secret_zero(copy, strlen(copy));
        }
    }
    free(name);
    return e;
}

/* Reads characters up to the line end; the console neither echoes nor edits nor handles Ctrl-C meanwhile. */
static enum err read_answer(HANDLE input, char out[SECRET_TEXT])
{
    WCHAR answer[SECRET_TEXT];
    size_t length = 0;
    enum err e = ERR_OK;
    for (;;) {
        WCHAR c;
        DWORD got;
        if (!ReadConsoleW(input, &c, 1, &got, NULL) || got == 0 || c == CTRL_C || (c == CTRL_Z && length == 0)) {
            e = ERR_CANCELLED;
            break;
        }
        if (c == L'\r' || c == L'\n') {
            e = take_wide(answer, length, out);
            break;
        }
        if (c == L'\b') {
            length -= length > 0;
        } else if (length == SECRET_TEXT - 1) {
            e = ERR_LIMIT;
            break;
        } else {
            answer[length++] = c;
        }
    }
    secret_zero(answer, sizeof(answer));
    return e;
}

static void say(const char *text)
{
    HANDLE output =
        CreateFileW(L"CONOUT$", GENERIC_WRITE, FILE_SHARE_READ | FILE_SHARE_WRITE, NULL, OPEN_EXISTING, 0, NULL);
    WCHAR *wide = wide_dup(text);
    if (output != INVALID_HANDLE_VALUE && wide) {
        DWORD written;
        (void)WriteConsoleW(output, wide, (DWORD)wcslen(wide), &written, NULL);
    }
    free(wide);
    if (output != INVALID_HANDLE_VALUE) {
        (void)CloseHandle(output);
    }
}

enum err secret_prompt(const char *prompt, char out[SECRET_TEXT])
{
    HANDLE input = CreateFileW(L"CONIN$", GENERIC_READ | GENERIC_WRITE, FILE_SHARE_READ | FILE_SHARE_WRITE, NULL,
                               OPEN_EXISTING, 0, NULL);
    DWORD before;
    if (input == INVALID_HANDLE_VALUE) {
        return ERR_NOT_FOUND;
    }
    if (!GetConsoleMode(input, &before)) {
        (void)CloseHandle(input);
        return ERR_NOT_FOUND;
    }
    say(prompt);
    (void)FlushConsoleInputBuffer(input);
    (void)SetConsoleMode(input, before & ~(DWORD)(ENABLE_ECHO_INPUT | ENABLE_LINE_INPUT | ENABLE_PROCESSED_INPUT));
    enum err e = read_answer(input, out);
    (void)SetConsoleMode(input, before);
    say("\r\n");
    (void)CloseHandle(input);
    return e;
}
