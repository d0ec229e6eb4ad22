#include "probe-server/options.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"

#define LEVEL_DEFAULT      0
#define UNTIL_DEFAULT_NS   (INT64_C(8) * 3600 * NS_PER_S)
#define LINGER_DEFAULT_NS  (5 * NS_PER_S)
#define DURATION_MAXIMUM_S (30 * 86400)

static const char *const level_names[] = {
    NULL, "none", "connect", "call", "packet", "packet-integrity", "packet-privacy"
};

#define LEVELS (sizeof(level_names) / sizeof(level_names[0]))

const char *options_level_name(uint32_t level)
{
    return level && level < LEVELS ? level_names[level] : "default";
}

static bool parse_level(const char *text, uint32_t *out)
{
    for (uint32_t i = 1; i < LEVELS; i++)
        if (strcmp(level_names[i], text) == 0) {
            *out = i;
            return true;
        }
    return false;
}

static bool parse_duration(const char *text, int64_t *out_ns)
{
    static const struct {
        char unit;
        int seconds;
    } units[] = { { 's', 1 }, { 'm', 60 }, { 'h', 3600 } };
    char number[16];
    size_t length = strlen(text);
    if (length < 2 || length > sizeof(number))
        return false;
    memcpy(number, text, length - 1);
    number[length - 1] = '\0';
    for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
        uint64_t count;
        if (text[length - 1] != units[i].unit)
            continue;
        if (!text_parse_u64(number, 1, (uint64_t)(DURATION_MAXIMUM_S / units[i].seconds), &count))
            return false;
        *out_ns = (int64_t)count * units[i].seconds * NS_PER_S;
        return true;
    }
    return false;
}

struct parse {
    struct server_options *options;
    char *complaint;
};

static bool set_items(struct parse *p, const char *value)
{
    p->options->items = value;
    return true;
}

static bool set_floor(struct parse *p, const char *value)
{
    p->options->floor = value;
    return true;
}

static bool set_level(struct parse *p, const char *value, uint32_t *out)
{
    if (parse_level(value, out))
        return true;
    snprintf(p->complaint, OPTIONS_COMPLAINT,
             "unknown level '%.40s'; use none, connect, call, packet, packet-integrity or packet-privacy", value);
    return false;
}

static bool set_minimum_level(struct parse *p, const char *value)
{
    return set_level(p, value, &p->options->minimum_level);
}

static bool set_callback_level(struct parse *p, const char *value)
{
    return set_level(p, value, &p->options->level);
}

static bool set_duration(struct parse *p, const char *value, int64_t *out_ns)
{
    if (parse_duration(value, out_ns))
        return true;
    snprintf(p->complaint, OPTIONS_COMPLAINT,
             "'%.40s' is no duration; use a number with s, m or h, up to 30 days: 90s, 8h", value);
    return false;
}

static bool set_until(struct parse *p, const char *value)
{
    return set_duration(p, value, &p->options->until_ns);
}

static bool set_linger(struct parse *p, const char *value)
{
    return set_duration(p, value, &p->options->linger_ns);
}

static bool set_refused_clients(struct parse *p, const char *value)
{
    struct refusal *r = &p->options->refusal;
    bool all = strcmp(value, "all") == 0;
    r->local = all || strcmp(value, "local") == 0;
    r->remote = all || strcmp(value, "remote") == 0;
    if (r->local || r->remote)
        return true;
    snprintf(p->complaint, OPTIONS_COMPLAINT, "--refuse-class cannot mean '%.40s'; use local, remote or all", value);
    return false;
}

static bool set_refused_interface(struct parse *p, const char *value)
{
    p->options->refusal.has_iid = guid_parse(value, &p->options->refusal.iid);
    if (p->options->refusal.has_iid)
        return true;
    snprintf(p->complaint, OPTIONS_COMPLAINT, "'%.60s' is no IID; write it as {39C13A4D-011E-11D0-9675-0020AFD8ADB3}",
             value);
    return false;
}

static const struct {
    const char *name;
    bool (*set)(struct parse *p, const char *value);
    bool of_items;
} valued[] = {
    { "--minimum-level", set_minimum_level, false },
    { "--until", set_until, false },
    { "--linger", set_linger, false },
    { "--items", set_items, true },
    { "--level", set_callback_level, true },
    { "--floor", set_floor, true },
    { "--refuse-class", set_refused_clients, true },
    { "--no-interface", set_refused_interface, true },
};

/* Flags of what the server refuses. */
static bool take_flag(const char *text, bool has_items, struct refusal *out)
{
    bool *flag = strcmp(text, "--unlicensed") == 0       ? &out->unlicensed
                 : strcmp(text, "--never-register") == 0 ? &out->never_register
                                                         : NULL;
    if (!flag || !has_items)
        return false;
    *flag = true;
    return true;
}

static const struct {
    const char *name;
    enum server_command command;
} commands[] = {
    { "/RegServer", COMMAND_REGISTER },
    { "-RegServer", COMMAND_REGISTER },
    { "--register", COMMAND_REGISTER },
    { "/UnregServer", COMMAND_UNREGISTER },
    { "-UnregServer", COMMAND_UNREGISTER },
    { "--unregister", COMMAND_UNREGISTER },
    { "--help", COMMAND_HELP },
    { "-h", COMMAND_HELP },
    { "--version", COMMAND_VERSION },
};

/* COM and installers write their switches in any case. */
static bool find_command(const char *text, enum server_command *out)
{
    for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
        if (utf8_equal_ignoring_case(commands[i].name, text)) {
            *out = commands[i].command;
            return true;
        }
    return false;
}

static bool is_embedding(const char *text)
{
    return utf8_equal_ignoring_case(text, "-Embedding") || utf8_equal_ignoring_case(text, "/Embedding");
}

static int find_valued(const char *text, bool has_items)
{
    for (size_t i = 0; i < sizeof(valued) / sizeof(valued[0]); i++)
        if (strcmp(valued[i].name, text) == 0 && (has_items || !valued[i].of_items))
            return (int)i;
    return -1;
}

bool options_parse(const char *program, bool has_items, int argc, char **argv, struct server_options *out,
                   char complaint[OPTIONS_COMPLAINT])
{
    struct parse p = { out, complaint };
    *out = (struct server_options){
        .minimum_level = LEVEL_DEFAULT,
        .level = LEVEL_DEFAULT,
        .until_ns = UNTIL_DEFAULT_NS,
        .linger_ns = LINGER_DEFAULT_NS,
    };
    complaint[0] = '\0';
    for (int i = 1; i < argc; i++) {
        if (find_command(argv[i], &out->command))
            continue;
        if (is_embedding(argv[i])) {
            out->embedding = true;
            continue;
        }
        if (take_flag(argv[i], has_items, &out->refusal))
            continue;
        int option = find_valued(argv[i], has_items);
        if (option < 0) {
            snprintf(complaint, OPTIONS_COMPLAINT, "unknown argument '%.80s'; see %s --help", argv[i], program);
            return false;
        }
        if (i + 1 == argc) {
            snprintf(complaint, OPTIONS_COMPLAINT, "%s needs a value; see %s --help", argv[i], program);
            return false;
        }
        if (!valued[option].set(&p, argv[++i]))
            return false;
    }
    return true;
}

/* An argument between quotes when it needs them. A quote inside cannot occur in a path that Windows allows. */
static char *append_argument(char *line, const char *argument)
{
    bool quote = strpbrk(argument, " \t") != NULL;
    char *longer = line ? text_format("%s %s%s%s", line, quote ? "\"" : "", argument, quote ? "\"" : "") : NULL;
    free(line);
    return longer;
}

char *options_command_line(const char *program, int argc, char **argv)
{
    char *line = text_format("\"%s\"", program);
    for (int i = 1; i < argc; i++) {
        enum server_command command;
        if (!find_command(argv[i], &command) && !is_embedding(argv[i]))
            line = append_argument(line, argv[i]);
    }
    return line;
}
