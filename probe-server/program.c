#include "probe-server/program.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/event.h"
#include "base/interrupt.h"
#include "base/memory.h"
#include "base/process.h"
#include "probe-server/this_host.h"

#define PROGRAM_PATH 4096

static int finish_registration(const struct program *program, enum err e, const char *report)
{
    fprintf(e ? stderr : stdout, "%s: %s\n", program->name, report);
    return e ? EXIT_HARNESS : EXIT_AS_EXPECTED;
}

static int register_class(const struct program *program, int argc, char **argv)
{
    char path[PROGRAM_PATH], report[REGISTRATION_REPORT];
    enum err e = process_program_path(path, sizeof(path));
    if (e)
        return finish_registration(program, e,
                                   "the path of this program cannot be found out; start it by its full path");
    char *command = options_command_line(path, argc, argv);
    if (!command)
        return finish_registration(program, ERR_MEMORY, "out of memory; free some and try again");
    e = registration_add(program->class_registration, command, report);
    free(command);
    return finish_registration(program, e, report);
}

static int unregister_class(const struct program *program)
{
    char report[REGISTRATION_REPORT];
    enum err e = registration_remove(program->class_registration, report);
    return finish_registration(program, e, report);
}

int program_complain(const struct program *program, const char *what, const char *why)
{
    fprintf(stderr, "%s: %s: %s\n", program->name, what, why);
    return EXIT_HARNESS;
}

static int run(const struct program *program, const struct server_options *options)
{
    char host[THIS_HOST_NAME];
    memory_share_pools();
    enum err e = interrupt_catch();
    if (e)
        return program_complain(program, "signals cannot be caught", err_text(e));
    this_host_name(host);
    e = event_open(program->name, host);
    if (e)
        return program_complain(program, "the event stream in OPCPROBE_EVENTS cannot be written", err_text(e));
    int code = program->run(options);
    event_close();
    return code;
}

int program_main(const struct program *program, int argc, char **argv)
{
    struct server_options options;
    char complaint[OPTIONS_COMPLAINT];
    if (!options_parse(program->name, program->has_items, argc, argv, &options, complaint)) {
        fprintf(stderr, "%s: %s\n", program->name, complaint);
        return EXIT_USAGE;
    }
    switch (options.command) {
    case COMMAND_HELP:
        fputs(program->help, stdout);
        return EXIT_AS_EXPECTED;
    case COMMAND_VERSION:
        printf("%s %s\n", program->name, OPCPROBE_VERSION);
        return EXIT_AS_EXPECTED;
    case COMMAND_REGISTER:
        return register_class(program, argc, argv);
    case COMMAND_UNREGISTER:
        return unregister_class(program);
    default:
        return run(program, &options);
    }
}
