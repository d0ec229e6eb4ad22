#include "base/win32/command_line.h"

#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/text.h"

/* Windows' own limits: 32,767 characters each ([CreateProcessW], lpCommandLine; environment strings likewise). */
#define TEXT_BYTES (32767 * 4)

static void add(struct writer *w, const char *text, size_t size)
{
    writer_bytes(w, text, size);
}

/* Quotes one argument so that the C runtime of the program reads it back: inside quotes a run of backslashes is
 * doubled when a quotation mark follows it, and the mark itself gets one more. */
static void add_argument(struct writer *w, const char *argument)
{
    if (*argument && !strpbrk(argument, " \t\n\v\"")) {
        add(w, argument, strlen(argument));
        return;
    }
    add(w, "\"", 1);
    while (*argument) {
        size_t backslashes = strspn(argument, "\\");
        argument += backslashes;
        size_t times = *argument == '"' || *argument == '\0' ? 2 * backslashes : backslashes;
        for (size_t i = 0; i < times; i++) {
            add(w, "\\", 1);
        }
        if (*argument == '"') {
            add(w, "\\", 1);
        }
        if (*argument) {
            add(w, argument++, 1);
        }
    }
    add(w, "\"", 1);
}

WCHAR *command_line_of(const char *const *arguments)
{
    struct writer w;
    writer_init(&w, TEXT_BYTES);
    for (size_t i = 0; arguments[i]; i++) {
        if (i > 0) {
            add(&w, " ", 1);
        }
        add_argument(&w, arguments[i]);
    }
    writer_u8(&w, 0);
    WCHAR *line = w.failed ? NULL : wide_dup((const char *)w.data);
    writer_cleanup(&w);
    return line;
}

/* Names of variables have no case on Windows; a name may begin with '=' (the folders of drives). */
static bool same_variable(const WCHAR *a, const WCHAR *b)
{
    size_t length = 1 + wcscspn(a + (*a != 0), L"=");
    return length == 1 + wcscspn(b + (*b != 0), L"=") && _wcsnicmp(a, b, length) == 0;
}

static bool is_changed(const WCHAR *variable, WCHAR *const *changes, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (same_variable(variable, changes[i])) {
            return true;
        }
    }
    return false;
}

static void add_variable(struct writer *w, const WCHAR *variable)
{
    writer_bytes(w, variable, (wcslen(variable) + 1) * sizeof(WCHAR));
}

/* Ours without what is changed, then the changes. */
static WCHAR *merge(const WCHAR *ours, WCHAR *const *changes, size_t count)
{
    struct writer w;
    writer_init(&w, 4 * TEXT_BYTES);
    for (const WCHAR *at = ours; *at; at += wcslen(at) + 1) {
        if (!is_changed(at, changes, count)) {
            add_variable(&w, at);
        }
    }
    for (size_t i = 0; i < count; i++) {
        if (wcschr(changes[i], L'=') && !is_changed(changes[i], changes + i + 1, count - i - 1)) {
            add_variable(&w, changes[i]);
        }
    }
    writer_zeros(&w, 2 * sizeof(WCHAR));
    if (w.failed) {
        writer_cleanup(&w);
        return NULL;
    }
    return (WCHAR *)(void *)w.data; /* from malloc, so aligned for anything and the caller's to free */
}

WCHAR *environment_of(const char *const *changes)
{
    size_t count = 0;
    while (changes && changes[count]) {
        count++;
    }
    WCHAR **wide = calloc(count + 1, sizeof(*wide));
    bool whole = wide != NULL;
    for (size_t i = 0; whole && i < count; i++) {
        wide[i] = wide_dup(changes[i]);
        whole = wide[i] != NULL;
    }
    WCHAR *ours = whole ? GetEnvironmentStringsW() : NULL;
    WCHAR *merged = ours ? merge(ours, wide, count) : NULL;
    if (ours) {
        (void)FreeEnvironmentStringsW(ours);
    }
    for (size_t i = 0; wide && i < count; i++) {
        free(wide[i]);
    }
    free(wide);
    return merged;
}
