/* probe-scm: port 135, activation and logon sessions of one host. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dcom/scm/commands.h"

static int command_help(int argc, char **argv);

static const struct command {
    const char *name;
    int (*run)(int argc, char **argv);
    const char *arguments;
    const char *purpose;
} commands[] = {
    { "run", command_run, "[FOLDER]", "serve the host until SIGTERM; prints \"ready\" when it listens" },
    { "logon", command_logon, "ACCOUNT -- COMMAND [ARGUMENTS...]", "run a command in a logon session of an account" },
    { "account", command_account, "FOLDER NAME [--rid N] [--group G]... [--password-file F] [--FLAG]...",
      "write an entry of accounts.json; flags: disabled locked expired password-expired must-change" },
    { "registry", command_registry, "FOLDER SETTING...",
      "write values of registry.reg; a setting is KEY\\VALUE=TYPE:TEXT with the types sz, dword and sddl" },
    { "identity", command_identity, "FOLDER APPID|SERVICE ACCOUNT [--password-file F]",
      "as whom an application or a service runs, with the password kept for it" },
    { "help", command_help, "", "this text" },
};

static void usage(FILE *out)
{
    fputs("usage: probe-scm COMMAND ...\n", out);
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++)
        fprintf(out, "  %s %s\n      %s\n", commands[i].name, commands[i].arguments, commands[i].purpose);
    fputs("FOLDER is a host folder (host.json, accounts.json, registry.reg); without one $OPCPROBE_HOST is taken.\n",
          out);
}

static int command_help(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    usage(stdout);
    return 0;
}

const char *command_folder(const char *argument)
{
    const char *folder = argument ? argument : getenv("OPCPROBE_HOST");
    return folder && folder[0] ? folder : NULL;
}

int main(int argc, char **argv)
{
    const char *name = argc > 1 ? argv[1] : "";
    if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0)
        name = "help";
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++)
        if (strcmp(name, commands[i].name) == 0)
            return commands[i].run(argc - 1, argv + 1);
    if (argc > 1)
        fprintf(stderr, "probe-scm: there is no command \"%s\"\n", name);
    usage(stderr);
    return EXIT_USAGE;
}
