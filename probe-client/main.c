#include <stdio.h>
#include <string.h>

#include "probe-client/bench.h"
#include "probe-client/check.h"
#include "probe-client/exit_code.h"
#include "probe-client/explain.h"
#include "probe-client/options.h"
#include "probe-client/servers.h"

static int usage_error(const char *command, const char *complaint)
{
    fprintf(stderr, "probe-client %s: %s\n(see 'probe-client %s --help')\n", command, complaint, command);
    return EXIT_USAGE;
}

static int help(const char *usage)
{
    fputs(usage, stdout);
    return EXIT_AS_EXPECTED;
}

static int command_check(int count, char **arguments)
{
    struct check_options o;
    char complaint[COMPLAINT];
    enum options_result result = check_options_parse(&o, count, arguments, complaint);
    if (result == OPTIONS_HELP)
        return help(check_usage);
    return result == OPTIONS_WRONG ? usage_error("check", complaint) : check_run(&o);
}

static int command_bench(int count, char **arguments)
{
    struct bench_options o;
    char complaint[COMPLAINT];
    enum options_result result = bench_options_parse(&o, count, arguments, complaint);
    if (result == OPTIONS_HELP)
        return help(bench_usage);
    return result == OPTIONS_WRONG ? usage_error("bench", complaint) : bench_run(&o);
}

static int command_servers(int count, char **arguments)
{
    struct servers_options o;
    char complaint[COMPLAINT];
    enum options_result result = servers_options_parse(&o, count, arguments, complaint);
    if (result == OPTIONS_HELP)
        return help(servers_usage);
    return result == OPTIONS_WRONG ? usage_error("servers", complaint) : servers_run(&o);
}

static int command_explain(int count, char **arguments)
{
    struct explain_options o;
    char complaint[COMPLAINT];
    enum options_result result = explain_options_parse(&o, count, arguments, complaint);
    if (result == OPTIONS_HELP)
        return help(explain_usage);
    if (result == OPTIONS_WRONG)
        return usage_error("explain", complaint);
    struct page page;
    page_init(&page, stdout);
    return explain_run(&o, &page);
}

static const struct {
    const char *name;
    const char *what;
    int (*run)(int count, char **arguments); /* the arguments behind the name */
} commands[] = {
    { "check", "walks a connection stage by stage and says where it fails and why", command_check },
    { "servers", "which OPC DA servers a computer has, by its OPCEnum", command_servers },
    { "bench", "what each authentication level costs", command_bench },
    { "explain", "what an error code means, where to look, what to change", command_explain },
};

#define COMMANDS (sizeof(commands) / sizeof(commands[0]))

static void list_commands(FILE *file)
{
    fputs("probe-client " OPCPROBE_VERSION ": rehearses an OPC DA connection\n\n", file);
    for (size_t i = 0; i < COMMANDS; i++)
        fprintf(file, "  probe-client %-8s  %s\n", commands[i].name, commands[i].what);
    fputs("\n'probe-client COMMAND --help' describes one.\n", file);
}

int main(int argc, char **argv)
{
    if (argc < 2) {
        list_commands(stderr);
        return EXIT_USAGE;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
        list_commands(stdout);
        return EXIT_AS_EXPECTED;
    }
    if (strcmp(argv[1], "--version") == 0) {
        puts("probe-client " OPCPROBE_VERSION);
        return EXIT_AS_EXPECTED;
    }
    for (size_t i = 0; i < COMMANDS; i++)
        if (strcmp(argv[1], commands[i].name) == 0)
            return commands[i].run(argc - 2, argv + 2);
    fprintf(stderr, "probe-client: unknown command '%.40s'\n", argv[1]);
    list_commands(stderr);
    return EXIT_USAGE;
}
