#include "matrix/run.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "matrix/results.h"

static const cJSON *member(const cJSON *object, const char *key)
{
    return cJSON_GetObjectItemCaseSensitive(object, key);
}

/* "disabled", "expired": the flags are members of their names. */
static void print_flags(const cJSON *account)
{
    const cJSON *item;
    cJSON_ArrayForEach(item, account)
    {
        if (cJSON_IsTrue(item))
            printf(", %s", item->string);
    }
}

static void print_accounts(const cJSON *host)
{
    const cJSON *account;
    const char *between = "";
    cJSON_ArrayForEach(account, member(host, "accounts"))
    {
        printf("%s%s (password \"%s\")", between, json_string(account, "name", ""),
               json_string(account, "password", ""));
        print_flags(account);
        between = ", ";
    }
    if (between[0] == '\0')
        printf("none");
}

static void print_server(const char *indent, const cJSON *server)
{
    if (!json_bool(server, "registered", false)) {
        printf("%stest server not registered\n", indent);
        return;
    }
    printf("%stest server registered as \"%s", indent,
           json_string(server, "module", json_string(server, "program", "probe-server")));
    const cJSON *argument;
    cJSON_ArrayForEach(argument, member(server, "arguments"))
    {
        printf(" %s", cJSON_GetStringValue(argument));
    }
    printf("\", %s %s", member(server, "service_account") ? "a service as" : "runs as",
           json_string(server, "service_account", json_string(server, "run_as", "the launching user")));
    if (member(server, "password"))
        printf(", for which the host keeps the password \"%s\"", json_string(server, "password", ""));
    putchar('\n');
}

/* One setting a line, as the scenario has it. */
static void print_settings(const char *indent, const cJSON *registry)
{
    const cJSON *item;
    cJSON_ArrayForEach(item, registry)
    {
        char *text = cJSON_PrintUnformatted(item);
        printf("%s%s: %s\n", indent, item->string, text ? text : "");
        free(text);
    }
}

static void print_host(const struct cell *cell, const char *key)
{
    const cJSON *host = scenario_host(cell->scenario, key);
    printf("    %s: accounts ", key);
    print_accounts(host);
    putchar('\n');
    if (member(host, "server"))
        print_server("        ", member(host, "server"));
    print_settings("        ", member(host, "registry"));
}

static void print_new_account(const cJSON *step)
{
    printf(" %s of %s, password \"%s\"", json_string(step, "account", ""), json_string(step, "on", ""),
           json_string(step, "password", ""));
    print_flags(step);
}

static void print_faults(const char *indent, const cJSON *faults)
{
    const cJSON *fault;
    cJSON_ArrayForEach(fault, faults)
    {
        const cJSON *ports = member(fault, "ports");
        printf("%s%s: new and old connections from %s to %s, ", indent, json_string(fault, "action", ""),
               json_string(fault, "from", ""), json_string(fault, "to", ""));
        if (cJSON_IsNumber(ports))
            printf("port %d\n", ports->valueint);
        else
            printf("ports %s\n", json_string(fault, "ports", ""));
    }
}

static void print_network(const cJSON *change)
{
    const cJSON *one;
    print_faults("        ", member(change, "faults"));
    cJSON_ArrayForEach(one, member(change, "nat"))
    {
        printf("        translate: %s has a public address that leads to these of its ports: %s\n",
               json_string(one, "of", ""), json_string(one, "ports", ""));
    }
    cJSON_ArrayForEach(one, member(change, "names"))
    {
        printf("        %s finds %s under the name of %s\n", json_string(change, "on", ""), cJSON_GetStringValue(one),
               one->string);
    }
}

static void print_step(const cJSON *step)
{
    const char *what = json_string(step, "do", "");
    const cJSON *expect = member(step, "expect");
    printf("    - %s: %s", json_string(step, "title", ""), what);
    if (expect)
        printf(" from %s as %s to %s, expecting %s%s%s", json_string(step, "on", ""), json_string(step, "as", ""),
               json_string(step, "target", ""), json_string(expect, "outcome", ""),
               json_string(expect, "stage", NULL) ? " at " : "", json_string(expect, "stage", ""));
    else if (strcmp(what, "set-rpcss") == 0)
        printf(" of %s: %s", json_string(step, "on", ""), json_string(step, "rpcss", ""));
    else if (strcmp(what, "set-bindings") == 0)
        printf(" of %s: %s", json_string(step, "on", ""), json_string(step, "bindings", ""));
    else if (strcmp(what, "set-account") == 0)
        print_new_account(step);
    else if (member(step, "on"))
        printf("%s%s of %s", member(step, "account") ? " " : "", json_string(step, "account", ""),
               json_string(step, "on", ""));
    putchar('\n');
    print_settings("        ", member(step, "registry"));
    if (member(step, "server"))
        print_server("        ", member(step, "server"));
    print_network(step);
    const cJSON *change;
    cJSON_ArrayForEach(change, member(step, "meanwhile"))
    {
        printf("        meanwhile, after its event %s: %s\n", json_string(member(change, "after"), "event", ""),
               json_string(change, "do", ""));
        print_network(change);
    }
}

static void print_cell(const struct cell *cell)
{
    char name[CELL_NAME];
    cell_name(cell, name);
    if (cell->unsupported[0]) {
        printf("%s\n    unsupported: %s\n", name, cell->unsupported);
        return;
    }
    printf("%s\n", name);
    print_host(cell, "alpha");
    print_host(cell, "beta");
    print_faults("    router: ", member(cell->scenario->document.root, "faults"));
    const cJSON *step;
    cJSON_ArrayForEach(step, scenario_steps(cell->scenario))
    {
        if (scenario_step_applies(step, cell->level))
            print_step(step);
    }
}

int run_plan(const struct options *options, const struct scenario_set *set)
{
    struct cell_filter filter = { .scenarios = options->scenarios, .scenario_count = options->scenario_count };
    struct cell_list cells;
    char complaint[JSON_COMPLAINT] = "memory is short";
    memcpy(filter.levels, options->levels, sizeof(filter.levels));
    if (cells_expand(set, &filter, &cells, complaint) != ERR_OK) {
        fprintf(stderr, "probe-matrix: %s\n", complaint);
        return RESULT_USAGE;
    }
    for (size_t i = 0; i < cells.count; i++)
        print_cell(&cells.items[i]);
    cells_cleanup(&cells);
    return RESULT_AS_EXPECTED;
}
