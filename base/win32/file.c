#include "base/file.h"

#include "base/win32/windows_internal.h"

#include <errno.h>
#include <sddl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/err_internal.h"
#include "base/file_internal.h"
#include "base/process.h"
#include "base/text.h"

/* Full access for the owner and the system, nothing inherited from the folder. */
#define OWNER_ONLY L"D:P(A;;FA;;;OW)(A;;FA;;;SY)"

#define FILETIME_TO_NS 100

static HANDLE open_for_reading(const char *path)
{
    WCHAR *wide = wide_dup(path);
    if (!wide) {
        SetLastError(ERROR_NOT_ENOUGH_MEMORY);
        return INVALID_HANDLE_VALUE;
    }
    HANDLE file = CreateFileW(wide, GENERIC_READ, FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, NULL,
                              OPEN_EXISTING, FILE_ATTRIBUTE_NORMAL, NULL);
    DWORD number = GetLastError();
    free(wide);
    SetLastError(number);
    return file;
}

static enum err read_some(void *file, char *data, size_t room, size_t *got)
{
    DWORD number = 0;
    bool done = ReadFile(file, data, room < (1u << 30) ? (DWORD)room : 1u << 30, &number, NULL);
    *got = number;
    return done ? ERR_OK : err_from_last_error();
}

enum err file_read(const char *path, size_t maximum, void **out, size_t *size)
{
    char *data = NULL;
    *out = NULL;
    *size = 0;
    HANDLE file = open_for_reading(path);
    if (file == INVALID_HANDLE_VALUE) {
        return err_from_last_error();
    }
    enum err e = file_read_to_end(read_some, file, maximum, &data, size);
    (void)CloseHandle(file);
    *out = data;
    return e;
}

static enum err write_all(HANDLE file, const char *data, size_t size)
{
    while (size > 0) {
        DWORD written;
        if (!WriteFile(file, data, size < (1u << 30) ? (DWORD)size : 1u << 30, &written, NULL)) {
            return err_from_last_error();
        }
        data += written;
        size -= written;
    }
    return FlushFileBuffers(file) ? ERR_OK : err_from_last_error();
}

static enum err create_filled(const WCHAR *path, const void *data, size_t size, bool secret)
{
    SECURITY_ATTRIBUTES attributes = { .nLength = sizeof(attributes) };
    if (secret && !ConvertStringSecurityDescriptorToSecurityDescriptorW(OWNER_ONLY, SDDL_REVISION_1,
                                                                        &attributes.lpSecurityDescriptor, NULL)) {
        return err_from_last_error();
    }
    HANDLE file = CreateFileW(path, GENERIC_WRITE, 0, &attributes, CREATE_ALWAYS, FILE_ATTRIBUTE_NORMAL, NULL);
    enum err e = file == INVALID_HANDLE_VALUE ? err_from_last_error() : ERR_OK;
    (void)LocalFree(attributes.lpSecurityDescriptor);
    if (e) {
        return e;
    }
    e = write_all(file, data, size);
    (void)CloseHandle(file);
    return e;
}

/* ReplaceFileW gives the new file the old one's rights, which a secret one must not have. */
static enum err move_into_place(const WCHAR *fresh, const WCHAR *path, bool secret)
{
    if (!secret && ReplaceFileW(path, fresh, NULL, REPLACEFILE_IGNORE_MERGE_ERRORS, NULL, NULL)) {
        return ERR_OK;
    }
    return MoveFileExW(fresh, path, MOVEFILE_REPLACE_EXISTING | MOVEFILE_WRITE_THROUGH) ? ERR_OK
                                                                                        : err_from_last_error();
}

enum err file_replace(const char *path, const void *data, size_t size, bool secret)
{
    static atomic_uint last;
    char *fresh = text_format("%s.new-%lld-%u", path, (long long)process_id(), (unsigned)atomic_fetch_add(&last, 1));
    WCHAR *wide_fresh = fresh ? wide_dup(fresh) : NULL;
    WCHAR *wide_path = wide_dup(path);
    enum err e = ERR_MEMORY;
    if (wide_fresh && wide_path) {
        e = create_filled(wide_fresh, data, size, secret);
        if (!e) {
            e = move_into_place(wide_fresh, wide_path, secret);
        }
        if (e) {
            (void)DeleteFileW(wide_fresh);
        }
    }
    free(fresh);
    free(wide_fresh);
    free(wide_path);
    return e;
}

struct file_stamp file_stamp_of(const char *path)
{
    BY_HANDLE_FILE_INFORMATION about;
    HANDLE file = open_for_reading(path);
    if (file == INVALID_HANDLE_VALUE) {
        return (struct file_stamp){ 0 };
    }
    BOOL known = GetFileInformationByHandle(file, &about);
    (void)CloseHandle(file);
    if (!known) {
        return (struct file_stamp){ 0 };
    }
    int64_t modified =
        (int64_t)((uint64_t)about.ftLastWriteTime.dwHighDateTime << 32 | about.ftLastWriteTime.dwLowDateTime);
    /* FILETIME counts from 1601, and 10^9 times that passes 64 bits: what counts here is that it differs. */
    return (struct file_stamp){ (int64_t)((uint64_t)modified * FILETIME_TO_NS),
                                (uint64_t)about.nFileSizeHigh << 32 | about.nFileSizeLow,
                                (uint64_t)about.nFileIndexHigh << 32 | about.nFileIndexLow };
}

enum err file_open_append(const char *path, FILE **out)
{
    WCHAR *wide = wide_dup(path);
    if (!wide) {
        return ERR_MEMORY;
    }
    /* N: not inherited by child processes. */
    *out = _wfopen(wide, L"abN");
    enum err e = *out ? ERR_OK : err_from_errno(errno);
    free(wide);
    return e;
}
