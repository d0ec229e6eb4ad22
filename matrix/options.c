#include "matrix/options.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"

/* What stands behind an option's word; false when it makes no sense. */
typedef bool (*option_setter)(struct options *o, const char *value);

static bool set_scenario(struct options *o, const char *value)
{
    if (o->scenario_count == OPTIONS_SCENARIOS)
        return false;
    o->scenarios[o->scenario_count++] = value;
    return true;
}

static bool set_levels(struct options *o, const char *value)
{
    while (*value) {
        char word[32];
        enum level level;
        size_t length = strcspn(value, ",");
        if (length == 0 || length >= sizeof(word))
            return false;
        memcpy(word, value, length);
        word[length] = '\0';
        if (!level_parse(word, &level))
            return false;
        o->levels[level] = true;
        value += length;
        if (*value == ',' && *++value == '\0')
            return false;
    }
    return true;
}

static bool set_jobs(struct options *o, const char *value)
{
    uint64_t number;
    if (!text_parse_u64(value, 1, 64, &number))
        return false;
    o->jobs = (unsigned)number;
    return true;
}

static bool set_number(struct options *o, const char *value)
{
    uint64_t number;
    if (!text_parse_u64(value, 0, 1000000, &number))
        return false;
    o->cell_number = (unsigned)number;
    return true;
}

static bool set_out(struct options *o, const char *value)
{
    o->out = value;
    return *value != '\0';
}

static bool set_folder(struct options *o, const char *value)
{
    o->folder = value;
    return *value != '\0';
}

static bool set_programs(struct options *o, const char *value)
{
    o->programs = value;
    return *value != '\0';
}

static bool set_secrets(struct options *o, const char *value)
{
    o->secrets = value;
    return *value != '\0';
}

static bool set_cell_output(struct options *o, const char *value)
{
    o->cell_output = value;
    return *value != '\0';
}

static bool set_no_namespaces(struct options *o, const char *value)
{
    (void)value;
    o->no_namespaces = true;
    return true;
}

static bool set_keep(struct options *o, const char *value)
{
    (void)value;
    o->keep = true;
    return true;
}

static bool set_capture(struct options *o, const char *value)
{
    (void)value;
    o->capture = true;
    return true;
}

static bool set_help(struct options *o, const char *value)
{
    (void)value;
    o->help = true;
    return true;
}

static const struct {
    const char *word;
    bool has_value;
    option_setter set;
} option_table[] = {
    { "--scenario", true, set_scenario },
    { "--levels", true, set_levels },
    { "--jobs", true, set_jobs },
    { "--out", true, set_out },
    { "--scenarios", true, set_folder },
    { "--programs", true, set_programs },
    { "--secrets", true, set_secrets },
    { "--no-namespaces", false, set_no_namespaces },
    { "--keep", false, set_keep },
    { "--capture", false, set_capture },
    { "--cell-output", true, set_cell_output },
    { "--cell-number", true, set_number },
    { "--help", false, set_help },
};

const char *options_help(void)
{
    return "  --scenario NAME    only this scenario; may be given several times\n"
           "  --levels A,B       only these: local none connect call packet packet-integrity packet-privacy all\n"
           "  --jobs N           cells at a time (4)\n"
           "  --out FOLDER       where results go, a new or empty folder (out/<time>, with the link out/latest)\n"
           "  --no-namespaces    hosts are loopback addresses even where network namespaces are allowed\n"
           "  --keep             keep host.json and registry.reg of each host beside the event streams\n"
           "  --capture          record what passes between the hosts in each cell's capture.pcapng (needs dumpcap)\n"
           "  --scenarios FOLDER where the scenario files are\n"
           "  --programs FOLDER  where probe-scm, probe-server and probe-client are (beside probe-matrix)\n"
           "  --secrets FILE     fixed passwords {\"word\": \"password\"} instead of random ones, so that a capture\n"
           "                     can be deciphered\n"
           "  --help             this text\n";
}

static bool parse_word(int argc, char **argv, int *at, struct options *o, char *complaint)
{
    const char *word = argv[*at];
    for (size_t i = 0; i < sizeof(option_table) / sizeof(option_table[0]); i++) {
        if (strcmp(word, option_table[i].word) != 0)
            continue;
        const char *value = NULL;
        if (option_table[i].has_value) {
            if (*at + 1 == argc) {
                snprintf(complaint, JSON_COMPLAINT, "%s needs a value", word);
                return false;
            }
            value = argv[++*at];
        }
        if (option_table[i].set(o, value))
            return true;
        snprintf(complaint, JSON_COMPLAINT, "%s: \"%.64s\" will not do; see --help", word, value ? value : "");
        return false;
    }
    snprintf(complaint, JSON_COMPLAINT, "what is \"%.64s\"? See --help", word);
    return false;
}

bool options_parse(int argc, char **argv, struct options *out, char complaint[JSON_COMPLAINT])
{
    *out = (struct options){ .jobs = OPTIONS_JOBS, .folder = OPCPROBE_SCENARIOS };
    for (int i = 0; i < argc; i++) {
        if (!parse_word(argc, argv, &i, out, complaint))
            return false;
    }
    return true;
}
