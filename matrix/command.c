#include "matrix/command.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/process.h"

void file_last_line(const char *path, char *out, size_t size)
{
    char line[COMMAND_COMPLAINT];
    FILE *file = path ? fopen(path, "r") : NULL;
    out[0] = '\0';
    if (!file)
        return;
    while (fgets(line, sizeof(line), file)) {
        line[strcspn(line, "\r\n")] = '\0';
        if (line[strspn(line, " \t")] != '\0')
            snprintf(out, size, "%s", line);
    }
    fclose(file);
}

enum err file_write(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");
    if (!file)
        return ERR_ACCESS;
    bool failed = fputs(text, file) < 0;
    failed |= fclose(file) != 0;
    return failed ? ERR_IO : ERR_OK;
}

enum err command_run(const char *const *arguments, const char *log, int64_t deadline_ns,
                     char complaint[COMMAND_COMPLAINT])
{
    struct process_options options = { .arguments = arguments,
                                       .output_path = log ? log : "/dev/null",
                                       .die_with_parent = true };
    struct process process;
    int exit_code = 0;
    char line[256];
    enum err e = process_start(&options, &process);
    if (e) {
        snprintf(complaint, COMMAND_COMPLAINT, "cannot run %s: %s", arguments[0], err_text(e));
        return e;
    }
    e = process_wait(&process, deadline_ns, &exit_code);
    if (e) {
        process_end(&process, 0);
        snprintf(complaint, COMMAND_COMPLAINT, "%s did not end: %s", arguments[0], err_text(e));
        return e;
    }
    process_cleanup(&process);
    if (exit_code == 0)
        return ERR_OK;
    file_last_line(log, line, sizeof(line));
    snprintf(complaint, COMMAND_COMPLAINT, "%s ended with %d%s%s", arguments[0], exit_code, line[0] ? ": " : "", line);
    return ERR_IO;
}
