/* probe-matrix: scripted connections over hosts, scenarios and levels. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "matrix/options.h"
#include "matrix/results.h"
#include "matrix/run.h"

static int list_scenarios(const struct options *options, const struct scenario_set *set)
{
    int width = 0;
    (void)options;
    for (size_t i = 0; i < set->count; i++)
        width = (int)strlen(set->items[i].name) > width ? (int)strlen(set->items[i].name) : width;
    for (size_t i = 0; i < set->count; i++) {
        const struct scenario *s = &set->items[i];
        printf("%-*s  %s\n%-*s  at", width, s->name, s->title, width, "");
        for (int level = 0; level < LEVEL_COUNT; level++) {
            if (s->levels[level])
                printf(" %s", level_name((enum level)level));
        }
        putchar('\n');
    }
    return RESULT_AS_EXPECTED;
}

static const struct command {
    const char *name;
    const char *what;
    int (*run)(const struct options *options, const struct scenario_set *set);
} commands[] = {
    { "run", "run the cells and report", run_cells },
    { "list", "name the scenarios", list_scenarios },
    { "plan", "print what would be run, and start nothing", run_plan },
    { "cell", "one cell, in the lab it is started in (used by run)", run_one_cell },
};

static void print_usage(FILE *out)
{
    fprintf(out, "usage: probe-matrix COMMAND [OPTION]...\n\n");
    for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
        fprintf(out, "  %-18s %s\n", commands[i].name, commands[i].what);
    fprintf(out, "\n%s\n", options_help());
    fprintf(out,
            "Ends with 0 when every cell went as expected, 1 when one did not, 2 after a mistake in the command or\n"
            "a scenario, 3 when the harness failed, 77 when no cell can be run here.\n");
}

static const struct command *find_command(const char *name)
{
    for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
        if (strcmp(commands[i].name, name) == 0)
            return &commands[i];
    }
    return NULL;
}

/* Debian keeps ip and nft out of an ordinary user's PATH. */
static void extend_path(void)
{
    const char *path = getenv("PATH");
    char *longer = text_format("%s:/usr/sbin:/sbin", path && *path ? path : "/usr/bin:/bin");
    if (longer)
        (void)setenv("PATH", longer, 1);
    free(longer);
}

static int run_command(const struct command *command, int argc, char **argv)
{
    struct options options;
    struct scenario_set set;
    char complaint[JSON_COMPLAINT] = "memory is short";
    if (!options_parse(argc, argv, &options, complaint)) {
        fprintf(stderr, "probe-matrix %s: %s\n", command->name, complaint);
        return RESULT_USAGE;
    }
    if (options.help) {
        print_usage(stdout);
        return RESULT_AS_EXPECTED;
    }
    if (scenario_set_load(options.folder, &set, complaint) != ERR_OK) {
        fprintf(stderr, "probe-matrix: %s\n", complaint);
        return RESULT_USAGE;
    }
    int status = command->run(&options, &set);
    scenario_set_cleanup(&set);
    return status;
}

int main(int argc, char **argv)
{
    const struct command *command = argc > 1 ? find_command(argv[1]) : NULL;
    bool help = argc > 1 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "help") == 0);
    if (!command) {
        print_usage(help ? stdout : stderr);
        return help ? RESULT_AS_EXPECTED : RESULT_USAGE;
    }
    extend_path();
    return run_command(command, argc - 2, argv + 2);
}
