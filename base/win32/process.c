#include "base/process.h"

#include "base/win32/windows_internal.h"

#include <bcrypt.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "base/win32/command_line.h"

#define NO_HANDLE       ((intptr_t)-1)
/* What a process ended by us reports: as if SIGTERM had ended it. */
#define ENDED_EXIT_CODE (128 + 15)

/* Everything CreateProcessW needs; cleaned up by plan_cleanup whatever of it was made. */
struct plan {
    WCHAR *program;     /* owned */
    WCHAR *line;        /* owned */
    WCHAR *environment; /* owned */
    WCHAR *folder;      /* owned, or NULL */
    HANDLE streams[3];  /* owned where `opened`: input, output, error */
    bool opened[3];
    LPPROC_THREAD_ATTRIBUTE_LIST inheritance; /* owned: exactly these handles go to the child */
    HANDLE inherited[3];
    HANDLE job; /* owned until the process has it */
};

static void plan_cleanup(struct plan *p)
{
    for (int i = 0; i < 3; i++) {
        if (p->opened[i]) {
            (void)CloseHandle(p->streams[i]);
        }
    }
    if (p->inheritance) {
        DeleteProcThreadAttributeList(p->inheritance);
        free(p->inheritance);
    }
    if (p->job) {
        (void)CloseHandle(p->job);
    }
    free(p->program);
    free(p->line);
    free(p->environment);
    free(p->folder);
}

/* The program's file: as named, or where Windows looks for programs. */
static enum err find_program(const char *name, WCHAR **out)
{
    WCHAR *wide = wide_dup(name);
    if (!wide) {
        return ERR_MEMORY;
    }
    WCHAR found[MAX_PATH];
    DWORD length = SearchPathW(NULL, wide, L".exe", MAX_PATH, found, NULL);
    free(wide);
    if (length == 0) {
        return ERR_NOT_FOUND;
    }
    if (length >= MAX_PATH) {
        return ERR_LIMIT;
    }
    *out = _wcsdup(found);
    return *out ? ERR_OK : ERR_MEMORY;
}

/* Opens a file as a stream of the child. Any failure is ERR_IO: "not found" would mean the program. */
static enum err open_stream(struct plan *p, int index, const char *path, bool append)
{
    WCHAR *wide = wide_dup(path);
    if (!wide) {
        return ERR_MEMORY;
    }
    HANDLE file =
        CreateFileW(wide, append ? FILE_APPEND_DATA | SYNCHRONIZE : GENERIC_READ, FILE_SHARE_READ | FILE_SHARE_WRITE,
                    NULL, append ? OPEN_ALWAYS : OPEN_EXISTING, FILE_ATTRIBUTE_NORMAL, NULL);
    free(wide);
    if (file == INVALID_HANDLE_VALUE) {
        (void)err_from_last_error();
        return ERR_IO;
    }
    p->streams[index] = file;
    p->opened[index] = true;
    return ERR_OK;
}

static enum err open_streams(struct plan *p, const struct process_options *o)
{
    p->streams[1] = GetStdHandle(STD_OUTPUT_HANDLE);
    p->streams[2] = GetStdHandle(STD_ERROR_HANDLE);
    enum err e = open_stream(p, 0, o->input_path ? o->input_path : "NUL", false);
    if (!e && o->output_path) {
        e = open_stream(p, 1, o->output_path, true);
        p->streams[2] = p->streams[1];
    }
    if (!e && o->error_path) {
        e = open_stream(p, 2, o->error_path, true);
    }
    return e;
}

/* Names the handles that the child inherits, each once: without the list it would get every inheritable one. */
static enum err restrict_inheritance(struct plan *p)
{
    DWORD count = 0;
    for (int i = 0; i < 3; i++) {
        HANDLE h = p->streams[i];
        bool listed = false;
        for (DWORD j = 0; j < count; j++) {
            listed |= p->inherited[j] == h;
        }
        if (h && h != INVALID_HANDLE_VALUE && !listed && SetHandleInformation(h, HANDLE_FLAG_INHERIT, 1)) {
            p->inherited[count++] = h;
        }
    }
    SIZE_T size = 0;
    (void)InitializeProcThreadAttributeList(NULL, 1, 0, &size);
    p->inheritance = malloc(size);
    if (!p->inheritance) {
        return ERR_MEMORY;
    }
    if (!InitializeProcThreadAttributeList(p->inheritance, 1, 0, &size)) {
        free(p->inheritance);
        p->inheritance = NULL;
        return err_from_last_error();
    }
    if (!UpdateProcThreadAttribute(p->inheritance, 0, PROC_THREAD_ATTRIBUTE_HANDLE_LIST, p->inherited,
                                   count * sizeof(HANDLE), NULL, NULL)) {
        return err_from_last_error();
    }
    return ERR_OK;
}

/* Any failure is ERR_IO, as with the streams. */
static enum err check_folder(const WCHAR *path)
{
    DWORD attributes = GetFileAttributesW(path);
    if (attributes == INVALID_FILE_ATTRIBUTES) {
        (void)err_from_last_error();
        return ERR_IO;
    }
    return attributes & FILE_ATTRIBUTE_DIRECTORY ? ERR_OK : ERR_IO;
}

static enum err plan_init(struct plan *p, const struct process_options *o)
{
    *p = (struct plan){ 0 };
    enum err e = find_program(o->arguments[0], &p->program);
    if (!e) {
        p->line = command_line_of(o->arguments);
        p->environment = environment_of(o->environment);
        p->folder = o->folder ? wide_dup(o->folder) : NULL;
        e = p->line && p->environment && (p->folder || !o->folder) ? ERR_OK : ERR_MEMORY;
    }
    if (!e && o->folder) {
        e = check_folder(p->folder);
    }
    if (!e) {
        e = open_streams(p, o);
    }
    if (!e) {
        e = restrict_inheritance(p);
    }
    if (!e && o->own_group) {
        p->job = CreateJobObjectW(NULL, NULL);
        e = p->job ? ERR_OK : err_from_last_error();
    }
    if (e) {
        plan_cleanup(p);
    }
    return e;
}

static enum err launch(struct plan *p, struct process *out)
{
    STARTUPINFOEXW start = { .StartupInfo = { .cb = sizeof(start),
                                              .dwFlags = STARTF_USESTDHANDLES,
                                              .hStdInput = p->streams[0],
                                              .hStdOutput = p->streams[1],
                                              .hStdError = p->streams[2] },
                             .lpAttributeList = p->inheritance };
    DWORD flags = CREATE_UNICODE_ENVIRONMENT | EXTENDED_STARTUPINFO_PRESENT | CREATE_SUSPENDED |
                  (p->job ? CREATE_NEW_PROCESS_GROUP : 0);
    PROCESS_INFORMATION made;
    if (!CreateProcessW(p->program, p->line, NULL, NULL, TRUE, flags, p->environment, p->folder, &start.StartupInfo,
                        &made)) {
        return err_from_last_error();
    }
    /* Suspended until it is in the job: its own children could else be outside. */
    enum err e = ERR_OK;
    if (p->job && !AssignProcessToJobObject(p->job, made.hProcess)) {
        e = err_from_last_error();
    }
    if (!e && ResumeThread(made.hThread) == (DWORD)-1) {
        e = err_from_last_error();
    }
    (void)CloseHandle(made.hThread);
    if (e) {
        (void)TerminateProcess(made.hProcess, ENDED_EXIT_CODE);
        (void)CloseHandle(made.hProcess);
        return e;
    }
    *out = (struct process){ .pid = made.dwProcessId, .handle = (intptr_t)made.hProcess, .group = (intptr_t)p->job };
    p->job = NULL;
    return ERR_OK;
}

enum err process_start(const struct process_options *options, struct process *out)
{
    *out = (struct process){ .handle = NO_HANDLE };
    struct plan p;
    enum err e = plan_init(&p, options);
    if (e) {
        return e;
    }
    e = launch(&p, out);
    plan_cleanup(&p);
    return e;
}

static enum err wait_for_end(const struct process *p, int64_t deadline_ns)
{
    for (;;) {
        int left_ms = clock_left_ms(deadline_ns);
        DWORD result = WaitForSingleObject((HANDLE)p->handle, left_ms < 0 ? INFINITE : (DWORD)left_ms);
        if (result == WAIT_OBJECT_0) {
            return ERR_OK;
        }
        if (result != WAIT_TIMEOUT) {
            return err_from_last_error();
        }
        if (clock_left_ns(deadline_ns) == 0) {
            return ERR_TIMEOUT;
        }
    }
}

enum err process_wait(struct process *p, int64_t deadline_ns, int *exit_code)
{
    *exit_code = 0;
    if (p->handle == NO_HANDLE) {
        return ERR_NOT_FOUND;
    }
    enum err e = wait_for_end(p, deadline_ns);
    if (e) {
        return e;
    }
    DWORD code;
    if (!GetExitCodeProcess((HANDLE)p->handle, &code)) {
        return err_from_last_error();
    }
    *exit_code = (int)code;
    process_cleanup(p);
    return ERR_OK;
}

void process_end(struct process *p, int64_t grace_ns)
{
    if (p->handle == NO_HANDLE) {
        return;
    }
    /* Only the leader of a console group can be asked; there is no way to ask a single process. */
    if (p->group && GenerateConsoleCtrlEvent(CTRL_BREAK_EVENT, (DWORD)p->pid)) {
        (void)wait_for_end(p, clock_deadline_ns(grace_ns));
    }
    if (p->group) {
        (void)TerminateJobObject((HANDLE)p->group, ENDED_EXIT_CODE);
    } else {
        (void)TerminateProcess((HANDLE)p->handle, ENDED_EXIT_CODE);
    }
    (void)wait_for_end(p, CLOCK_NEVER);
    process_cleanup(p);
}

void process_cleanup(struct process *p)
{
    if (p->handle != NO_HANDLE) {
        (void)CloseHandle((HANDLE)p->handle);
        p->handle = NO_HANDLE;
    }
    if (p->group) {
        (void)CloseHandle((HANDLE)p->group);
        p->group = 0;
    }
}

uint64_t process_start_time(int64_t pid)
{
    if (pid <= 0 || pid > UINT32_MAX) {
        return 0;
    }
    HANDLE h = OpenProcess(PROCESS_QUERY_LIMITED_INFORMATION | SYNCHRONIZE, FALSE, (DWORD)pid);
    if (!h) {
        return 0;
    }
    FILETIME created, ended, kernel, user;
    bool alive = WaitForSingleObject(h, 0) == WAIT_TIMEOUT && GetProcessTimes(h, &created, &ended, &kernel, &user);
    (void)CloseHandle(h);
    return alive ? (uint64_t)created.dwHighDateTime << 32 | created.dwLowDateTime : 0;
}

bool process_alive(int64_t pid)
{
    return process_start_time(pid) != 0;
}

int64_t process_id(void)
{
    return GetCurrentProcessId();
}

enum err process_pause(const struct process *p, bool paused)
{
    (void)p;
    (void)paused;
    return ERR_UNSUPPORTED;
}

enum err process_stay_on_one_processor(void)
{
    DWORD_PTR allowed, all;
    if (!GetProcessAffinityMask(GetCurrentProcess(), &allowed, &all)) {
        return ERR_IO;
    }
    return SetProcessAffinityMask(GetCurrentProcess(), allowed & (~allowed + 1)) ? ERR_OK : ERR_ACCESS;
}

enum err process_program_path(char *out, size_t size)
{
    WCHAR path[4096];
    const DWORD capacity = sizeof(path) / sizeof(path[0]);
    if (size == 0) {
        return ERR_LIMIT;
    }
    out[0] = '\0';
    DWORD length = GetModuleFileNameW(NULL, path, capacity);
    if (length == 0) {
        return err_from_last_error();
    }
    if (length == capacity || utf8_from_utf16((const uint16_t *)path, length, out, size) >= size) {
        out[0] = '\0';
        return ERR_LIMIT;
    }
    return ERR_OK;
}

enum err random_bytes(void *out, size_t size)
{
    uint8_t *at = out;
    while (size > 0) {
        ULONG part = size < (1u << 20) ? (ULONG)size : 1u << 20;
        if (BCryptGenRandom(NULL, at, part, BCRYPT_USE_SYSTEM_PREFERRED_RNG) != 0) {
            return ERR_IO;
        }
        at += part;
        size -= part;
    }
    return ERR_OK;
}
