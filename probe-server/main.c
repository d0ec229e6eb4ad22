/* probe-server: command line to command. */
#include <stdio.h>
#include <stdlib.h>

#include "base/process.h"
#include "probe-server/options.h"
#include "probe-server/registration.h"
#include "probe-server/run.h"

#define PROGRAM_PATH 4096

static int finish_registration(enum err e, const char *report)
{
    fprintf(e ? stderr : stdout, "probe-server: %s\n", report);
    return e ? EXIT_HARNESS : EXIT_AS_EXPECTED;
}

static int register_class(int argc, char **argv)
{
    char program[PROGRAM_PATH], report[REGISTRATION_REPORT];
    enum err e = process_program_path(program, sizeof(program));
    if (e)
        return finish_registration(e, "the path of this program cannot be found out; start it by its full path");
    char *command = options_command_line(program, argc, argv);
    if (!command)
        return finish_registration(ERR_MEMORY, "out of memory; free some and try again");
    e = registration_add(command, report);
    free(command);
    return finish_registration(e, report);
}

static int unregister_class(void)
{
    char report[REGISTRATION_REPORT];
    return finish_registration(registration_remove(report), report);
}

int main(int argc, char **argv)
{
    struct server_options options;
    char complaint[OPTIONS_COMPLAINT];
    if (!options_parse(argc, argv, &options, complaint)) {
        fprintf(stderr, "probe-server: %s\n", complaint);
        return EXIT_USAGE;
    }
    switch (options.command) {
    case COMMAND_HELP:
        fputs(options_help, stdout);
        return EXIT_AS_EXPECTED;
    case COMMAND_VERSION:
        puts("probe-server " OPCPROBE_VERSION);
        return EXIT_AS_EXPECTED;
    case COMMAND_REGISTER:
        return register_class(argc, argv);
    case COMMAND_UNREGISTER:
        return unregister_class();
    default:
        return run_server(&options);
    }
}
