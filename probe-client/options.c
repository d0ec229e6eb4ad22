#include "probe-client/options.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"

#define SECONDS_MAXIMUM      86400
#define DATA_CHANGES_MAXIMUM 1000
#define SIZE_MAXIMUM         10000 /* Bulk.R8 items of the test server */
#define RUNS_MAXIMUM         10000
#define RUNS_DEFAULT         100

const char check_usage[] =
    "usage: probe-client check [HOST [PROGID|CLSID [ITEM...]]] [options]\n"
    "Walks an OPC DA connection stage by stage and says which one fails, in which direction, and where to look.\n"
    "Without HOST the server is looked for on this computer; without a class it is the opcprobe test server.\n"
    "\n"
    "  --level L               level of activation, calls and callbacks: none, connect, call, packet,\n"
    "                          packet-integrity (default), packet-privacy\n"
    "  --activation-level L    of the activation alone\n"
    "  --call-level L          of the calls alone\n"
    "  --callback-level L      of the calls that the server makes to us\n"
    "  --as DOMAIN\\USER        account to connect with; default: this process's own\n"
    "  --password-file FILE    its first line is the password; else OPCPROBE_PASSWORD, else a prompt\n"
    "  --anonymous             connect with a null session\n"
    "  --mechanism M           authentication mechanism: negotiated (default: what the server lists first), ntlm or "
    "spnego\n"
    "  --timeout SECONDS       no stage takes longer\n"
    "  --deadline STAGE=SECONDS  of one stage; may stand several times\n"
    "  --again                 when it fails: waits for Enter, then tries again from the stage that failed\n"
    "  --again-every SECONDS   the same by itself until it passes; never after a refused logon\n"
    "  --data-changes N        so many OnDataChange must come (default 1); more show whether the way back holds\n"
    "  --may-launch            a server that is not ours may be started by this check\n"
    "  --may-fail-logon        the logon of --as at such a server may count against the account's lockout\n"
    "  --out FOLDER            write activity.jsonl there: what was done, with counts\n"
    "  --json                  one JSON object instead of text\n"
    "\n"
    "Ends with 0 when every stage passed, 1 when one failed, 2 for a wrong command line, 3 when the check itself "
    "failed.\n";

const char bench_usage[] =
    "usage: probe-client bench [HOST] [options]\n"
    "Measures what each authentication level costs, against the bare TCP floor of the same run. The server is the\n"
    "opcprobe test server of HOST (default: this computer); nothing else is measured.\n"
    "\n"
    "  --levels L,L,...        levels to compare; default: all six\n"
    "  --operations O,O,...    GetStatus, AddItems, Read, Write, Refresh2, Activate; default: all. Refresh2 counts "
    "until the\n"
    "                          last OnDataChange has returned, at each level in processes of their own: a process has "
    "one\n"
    "                          level for callbacks\n"
    "  --callback-level L      Refresh2 in this process alone, which has callbacks at that level\n"
    "  --items N,N,...         items of a Read, Write, AddItems and Refresh2; default: 1,10,100,1000,5000\n"
    "  --duration SECONDS      whole measuring time, all levels together; default: 60\n"
    "  --one-round MS          one round of blocks this long, without the floor: what bench asks of those processes\n"
    "  --svg FILE              also draw the distributions, one panel for each operation\n"
    "\n"
    "Scan classes instead of single calls, all at once, each level in processes of its own:\n"
    "  --scan-class PERIOD:ITEMS[:polled|advise|sync][@OFFSET]  such as 250ms:1000 or 5s:200:advise@1s; repeated.\n"
    "                          polled (default): Refresh2 from cache until the last OnDataChange has returned\n"
    "  --scan-classes FILE     the same from a JSON file, or from a PI interface's start-up .bat and point list CSV\n"
    "                          (name both); points are only counted, their items are the test server's\n"
    "  --levels L,L,...        default: connect,packet-integrity, or the /DA of the .bat and packet-integrity\n"
    "  --duration SECONDS      default: what a verdict needs; less is a demonstration\n"
    "  --advise-items N        items of an advise group; default: 800\n"
    "  --threshold NAME=N      fits, marginal (% of the period), missed (s), late, late-share (%), fast (s),\n"
    "                          fast-scans, slow-scans, minimum (s), coincidences, blocks, block (s)\n"
    "  --largest PERIOD        the largest polled class of that period that still fits, found by measuring\n"
    "  --calibrate [--runs N]  classes whose need is known, N times (default 100): is the verdict right?\n"
    "\n"
    "  --as, --password-file, --anonymous, --mechanism, --out, --json: as with check\n";

const char servers_usage[] =
    "usage: probe-client servers [HOST] [options]\n"
    "Lists the OPC DA servers of HOST as its OPCEnum tells them: ProgID, CLSID, name, versions of OPC DA. Without "
    "HOST\n"
    "it is this computer, whose registry is read.\n"
    "\n"
    "  --may-launch            OPCEnum may be started by this; else it is asked for on the terminal\n"
    "  --level L               level of activation and calls; default: packet-integrity\n"
    "  --as, --password-file, --may-fail-logon, --anonymous, --mechanism, --timeout, --out, --json: as with check\n";

const char explain_usage[] =
    "usage: probe-client explain CODE [--stage STAGE]\n"
    "Says what an error code means at each stage of a connection, where to look, and what to change. CODE may be\n"
    "hexadecimal (0x80070005) or decimal as people paste it (2147942405, -2147024891).\n"
    "STAGE is one of: name port135 resolver authenticate lookup activate connect query call group read listen advise\n"
    "data teardown.\n";

struct option {
    const char *name;
    /* Takes the value; NULL: the option has none and `target` is a bool. */
    bool (*take)(const char *value, void *target, char complaint[COMPLAINT]);
    void *target;
};

static bool take_text(const char *value, void *target, char complaint[COMPLAINT])
{
    (void)complaint;
    *(const char **)target = value;
    return true;
}

static bool take_level(const char *value, void *target, char complaint[COMPLAINT])
{
    if (level_find(value, target))
        return true;
    snprintf(complaint, COMPLAINT,
             "unknown level '%.40s'; use none, connect, call, packet, packet-integrity or packet-privacy", value);
    return false;
}

static bool take_mechanism(const char *value, void *target, char complaint[COMPLAINT])
{
    if (mechanism_find(value, target))
        return true;
    snprintf(complaint, COMPLAINT, "unknown mechanism '%.40s'; use negotiated, ntlm or spnego", value);
    return false;
}

static bool take_seconds(const char *value, void *target, char complaint[COMPLAINT])
{
    uint64_t seconds;
    if (!text_parse_u64(value, 1, SECONDS_MAXIMUM, &seconds)) {
        snprintf(complaint, COMPLAINT, "'%.40s' is not a number of seconds from 1 to %d", value, SECONDS_MAXIMUM);
        return false;
    }
    *(int64_t *)target = (int64_t)seconds * NS_PER_S;
    return true;
}

/* "resolver=10" */
static bool take_deadline(const char *value, void *target, char complaint[COMPLAINT])
{
    int64_t *deadlines_ns = target;
    char name[24];
    size_t length = strcspn(value, "=");
    enum stage stage;
    snprintf(name, sizeof(name), "%.*s", length < sizeof(name) ? (int)length : 0, value);
    if (value[length] != '=' || !stage_find(name, &stage)) {
        snprintf(complaint, COMPLAINT, "'%.40s' is not STAGE=SECONDS; 'probe-client explain --help' lists the stages",
                 value);
        return false;
    }
    return take_seconds(value + length + 1, &deadlines_ns[stage], complaint);
}

static bool take_data_changes(const char *value, void *target, char complaint[COMPLAINT])
{
    uint64_t number;
    if (!text_parse_u64(value, 1, DATA_CHANGES_MAXIMUM, &number)) {
        snprintf(complaint, COMPLAINT, "'%.40s' is not a number from 1 to %d", value, DATA_CHANGES_MAXIMUM);
        return false;
    }
    *(uint32_t *)target = (uint32_t)number;
    return true;
}

static bool take_one_round(const char *value, void *target, char complaint[COMPLAINT])
{
    uint64_t ms;
    if (!text_parse_u64(value, 1, SECONDS_MAXIMUM * UINT64_C(1000), &ms)) {
        snprintf(complaint, COMPLAINT, "'%.40s' is not a number of milliseconds from 1 to %d000", value,
                 SECONDS_MAXIMUM);
        return false;
    }
    *(int64_t *)target = (int64_t)ms * NS_PER_MS;
    return true;
}

static bool take_stage(const char *value, void *target, char complaint[COMPLAINT])
{
    struct explain_options *o = target;
    o->has_stage = stage_find(value, &o->stage);
    if (!o->has_stage)
        snprintf(complaint, COMPLAINT, "unknown stage '%.40s'; 'probe-client explain --help' lists them", value);
    return o->has_stage;
}

/* Hands each part of a comma-separated list to `take`; false as soon as one is refused. */
static bool each_part(const char *list, bool (*take)(const char *part, void *target, char complaint[COMPLAINT]),
                      void *target, char complaint[COMPLAINT])
{
    for (const char *at = list;; at++) {
        char part[32];
        size_t size = strcspn(at, ",");
        if (size == 0 || size >= sizeof(part)) {
            snprintf(complaint, COMPLAINT, "'%.60s' is not a list of names or numbers separated by commas", list);
            return false;
        }
        memcpy(part, at, size);
        part[size] = '\0';
        if (!take(part, target, complaint))
            return false;
        at += size;
        if (*at == '\0')
            return true;
    }
}

static bool add_level(const char *part, void *target, char complaint[COMPLAINT])
{
    struct bench_options *o = target;
    uint8_t level;
    if (!take_level(part, &level, complaint))
        return false;
    if (memchr(o->levels, level, o->level_count)) {
        snprintf(complaint, COMPLAINT, "level '%s' is named twice", part);
        return false;
    }
    o->levels[o->level_count++] = level; /* six names exist, so that the array cannot overflow */
    return true;
}

static bool take_level_list(const char *value, void *target, char complaint[COMPLAINT])
{
    struct bench_options *o = target;
    o->level_count = 0;
    return each_part(value, add_level, o, complaint);
}

static bool add_operation(const char *part, void *target, char complaint[COMPLAINT])
{
    struct bench_options *o = target;
    enum bench_kind kind;
    if (!bench_kind_find(part, &kind)) {
        snprintf(complaint, COMPLAINT,
                 "unknown operation '%s'; use GetStatus, AddItems, Read, Write, Refresh2 or Activate", part);
        return false;
    }
    if (o->operations[kind]) {
        snprintf(complaint, COMPLAINT, "operation '%s' is named twice", part);
        return false;
    }
    o->operations[kind] = true;
    return true;
}

static bool take_operation_list(const char *value, void *target, char complaint[COMPLAINT])
{
    struct bench_options *o = target;
    memset(o->operations, 0, sizeof(o->operations));
    return each_part(value, add_operation, o, complaint);
}

static bool add_size(const char *part, void *target, char complaint[COMPLAINT])
{
    struct bench_options *o = target;
    uint64_t size;
    if (!text_parse_u64(part, 1, SIZE_MAXIMUM, &size)) {
        snprintf(complaint, COMPLAINT, "'%s' is not a number of items from 1 to %d", part, SIZE_MAXIMUM);
        return false;
    }
    if (o->size_count == BENCH_SIZES_MAXIMUM) {
        snprintf(complaint, COMPLAINT, "more than %d numbers of items", BENCH_SIZES_MAXIMUM);
        return false;
    }
    for (size_t i = 0; i < o->size_count; i++)
        if (o->sizes[i] == size) {
            snprintf(complaint, COMPLAINT, "%s items are named twice", part);
            return false;
        }
    o->sizes[o->size_count++] = (uint32_t)size;
    return true;
}

static bool take_size_list(const char *value, void *target, char complaint[COMPLAINT])
{
    struct bench_options *o = target;
    o->size_count = 0;
    return each_part(value, add_size, o, complaint);
}

static bool take_scan_class(const char *value, void *target, char complaint[COMPLAINT])
{
    return scan_classes_add_text(target, value, complaint);
}

static bool take_scan_file(const char *value, void *target, char complaint[COMPLAINT])
{
    struct scan_options *o = target;
    if (o->file_count == SCAN_FILES_MAXIMUM) {
        snprintf(complaint, COMPLAINT, "more than %d files of scan classes", SCAN_FILES_MAXIMUM);
        return false;
    }
    o->files[o->file_count++] = value;
    return true;
}

static bool take_threshold(const char *value, void *target, char complaint[COMPLAINT])
{
    return scan_threshold_set(target, value, complaint);
}

static bool take_runs(const char *value, void *target, char complaint[COMPLAINT])
{
    uint64_t number;
    if (!text_parse_u64(value, 1, RUNS_MAXIMUM, &number)) {
        snprintf(complaint, COMPLAINT, "'%.40s' is not a number of runs from 1 to %d", value, RUNS_MAXIMUM);
        return false;
    }
    *(uint32_t *)target = (uint32_t)number;
    return true;
}

static bool take_advise_items(const char *value, void *target, char complaint[COMPLAINT])
{
    uint64_t number;
    if (!text_parse_u64(value, 1, SCAN_ITEMS_MAXIMUM, &number)) {
        snprintf(complaint, COMPLAINT, "'%.40s' is not a number of items from 1 to %u", value,
                 (unsigned)SCAN_ITEMS_MAXIMUM);
        return false;
    }
    *(uint32_t *)target = (uint32_t)number;
    return true;
}

static bool take_scan_time(const char *value, void *target, char complaint[COMPLAINT])
{
    if (scan_time_parse(value, strlen(value), target))
        return true;
    snprintf(complaint, COMPLAINT, "'%.40s' is no time; write 250ms, 0.25, 1s, 2m or 00:00:05", value);
    return false;
}

/* A dash before a digit begins a negative code, not an option. */
static bool is_option(const char *argument)
{
    return argument[0] == '-' && argument[1] != '\0' && !(argument[1] >= '0' && argument[1] <= '9');
}

static enum options_result take_option(const struct option *table, int count, char **arguments, int *at,
                                       char complaint[COMPLAINT])
{
    const char *argument = arguments[*at];
    if (strcmp(argument, "--help") == 0 || strcmp(argument, "-h") == 0)
        return OPTIONS_HELP;
    size_t length = strcspn(argument, "=");
    const char *value = argument[length] == '=' ? argument + length + 1 : NULL;
    if (length == strlen("--password") && strncmp(argument, "--password", length) == 0) {
        /* The value is not repeated: it is a secret, in the wrong place. */
        snprintf(complaint, COMPLAINT,
                 "a password is not taken from the command line, where other users see it; use --password-file, "
                 "OPCPROBE_PASSWORD or the prompt");
        return OPTIONS_WRONG;
    }
    for (const struct option *o = table; o->name; o++) {
        if (strlen(o->name) != length || strncmp(o->name, argument, length) != 0)
            continue;
        if (!o->take && value) {
            snprintf(complaint, COMPLAINT, "%s takes no value", o->name);
            return OPTIONS_WRONG;
        }
        if (!o->take) {
            *(bool *)o->target = true;
            return OPTIONS_OK;
        }
        if (!value && *at + 1 < count)
            value = arguments[++*at];
        if (!value || !*value) {
            snprintf(complaint, COMPLAINT, "%s needs a value", o->name);
            return OPTIONS_WRONG;
        }
        return o->take(value, o->target, complaint) ? OPTIONS_OK : OPTIONS_WRONG;
    }
    snprintf(complaint, COMPLAINT, "unknown option '%.60s'", argument);
    return OPTIONS_WRONG;
}

/* Splits the arguments into options and positions; everything behind "--" is a position. */
static enum options_result parse(const struct option *table, int count, char **arguments, const char **positions,
                                 size_t positions_maximum, size_t *position_count, char complaint[COMPLAINT])
{
    bool options_end = false;
    *position_count = 0;
    for (int i = 0; i < count; i++) {
        if (!options_end && strcmp(arguments[i], "--") == 0) {
            options_end = true;
            continue;
        }
        if (!options_end && is_option(arguments[i])) {
            enum options_result result = take_option(table, count, arguments, &i, complaint);
            if (result != OPTIONS_OK)
                return result;
            continue;
        }
        if (*position_count == positions_maximum) {
            snprintf(complaint, COMPLAINT, "too many arguments, beginning with '%.60s'", arguments[i]);
            return OPTIONS_WRONG;
        }
        positions[(*position_count)++] = arguments[i];
    }
    return OPTIONS_OK;
}

static enum options_result check_login(const struct login_options *login, char complaint[COMPLAINT])
{
    if (login->anonymous && login->account) {
        snprintf(complaint, COMPLAINT, "--anonymous and --as exclude each other");
        return OPTIONS_WRONG;
    }
    if (login->password_file && !login->account) {
        snprintf(complaint, COMPLAINT, "--password-file needs --as");
        return OPTIONS_WRONG;
    }
    return OPTIONS_OK;
}

/* "" and "." are this computer, as in COSERVERINFO's long habit. */
static const char *host_or_null(const char *host)
{
    return host && *host && strcmp(host, ".") != 0 ? host : NULL;
}

enum options_result check_options_parse(struct check_options *o, int count, char **arguments, char complaint[COMPLAINT])
{
    memset(o, 0, sizeof(*o));
    o->login.mechanism = MECHANISM_ANY;
    o->data_changes = 1;
    uint8_t all = LEVEL_PACKET_INTEGRITY;
    const struct option table[] = {
        { "--level", take_level, &all },
        { "--activation-level", take_level, &o->levels.activation },
        { "--call-level", take_level, &o->levels.call },
        { "--callback-level", take_level, &o->levels.callback },
        { "--as", take_text, &o->login.account },
        { "--password-file", take_text, &o->login.password_file },
        { "--anonymous", NULL, &o->login.anonymous },
        { "--mechanism", take_mechanism, &o->login.mechanism },
        { "--timeout", take_seconds, &o->timeout_ns },
        { "--deadline", take_deadline, o->deadlines_ns },
        { "--again", NULL, &o->again },
        { "--again-every", take_seconds, &o->again_every_ns },
        { "--data-changes", take_data_changes, &o->data_changes },
        { "--may-launch", NULL, &o->may_launch },
        { "--may-fail-logon", NULL, &o->may_fail_logon },
        { "--out", take_text, &o->out },
        { "--json", NULL, &o->json },
        { NULL, NULL, NULL },
    };
    const char *positions[2 + CHECK_ITEMS_MAXIMUM];
    size_t position_count;
    enum options_result result =
        parse(table, count, arguments, positions, sizeof(positions) / sizeof(positions[0]), &position_count, complaint);
    if (result != OPTIONS_OK)
        return result;
    if (o->levels.activation == LEVEL_UNKNOWN)
        o->levels.activation = all;
    if (o->levels.call == LEVEL_UNKNOWN)
        o->levels.call = all;
    if (o->levels.callback == LEVEL_UNKNOWN)
        o->levels.callback = all;
    o->host = position_count > 0 ? host_or_null(positions[0]) : NULL;
    o->class_name = position_count > 1 ? positions[1] : NULL;
    for (size_t i = 2; i < position_count; i++)
        o->items[o->item_count++] = positions[i];
    if (o->json && (o->again || o->again_every_ns)) {
        snprintf(complaint, COMPLAINT, "--json gives one report; --again and --again-every give several");
        return OPTIONS_WRONG;
    }
    return check_login(&o->login, complaint);
}

bool bench_is_scan(const struct bench_options *o)
{
    const struct scan_options *s = &o->scan;
    return s->classes.count > 0 || s->file_count > 0 || s->calibrate || s->largest;
}

static void set_bench_defaults(struct bench_options *o)
{
    if (o->duration_ns == 0)
        o->duration_ns = 60 * NS_PER_S;
    if (o->level_count > 0)
        return;
    for (uint8_t level = LEVEL_NONE; level <= LEVEL_PACKET_PRIVACY; level++)
        o->levels[o->level_count++] = level;
}

/* Classes, the search for the largest and a calibration are three different runs. */
static bool check_scan(const struct bench_options *o, char complaint[COMPLAINT])
{
    const struct scan_options *s = &o->scan;
    int kinds = (s->classes.count > 0 || s->file_count > 0) + s->calibrate + (s->largest != NULL);
    if (kinds > 1)
        snprintf(complaint, COMPLAINT, "scan classes, --largest and --calibrate are different runs; ask for one");
    else if (kinds == 1 && o->svg)
        snprintf(complaint, COMPLAINT, "--svg draws single calls, not scan classes");
    else
        return true;
    return false;
}

enum options_result bench_options_parse(struct bench_options *o, int count, char **arguments, char complaint[COMPLAINT])
{
    memset(o, 0, sizeof(*o));
    o->login.mechanism = MECHANISM_ANY;
    struct scan_options *scan = &o->scan;
    scan_classes_init(&scan->classes);
    scan->thresholds = (struct scan_thresholds)SCAN_THRESHOLDS_USUAL;
    scan->runs = RUNS_DEFAULT;
    for (unsigned i = 0; i < BENCH_KINDS; i++)
        o->operations[i] = true;
    static const uint32_t sizes[] = { 1, 10, 100, 1000, 5000 };
    memcpy(o->sizes, sizes, sizeof(sizes));
    o->size_count = sizeof(sizes) / sizeof(sizes[0]);
    const struct option table[] = {
        { "--levels", take_level_list, o },
        { "--operations", take_operation_list, o },
        { "--callback-level", take_level, &o->callback_level },
        { "--items", take_size_list, o },
        { "--duration", take_seconds, &o->duration_ns },
        { "--as", take_text, &o->login.account },
        { "--password-file", take_text, &o->login.password_file },
        { "--anonymous", NULL, &o->login.anonymous },
        { "--mechanism", take_mechanism, &o->login.mechanism },
        { "--out", take_text, &o->out },
        { "--one-round", take_one_round, &o->one_round_ns },
        { "--svg", take_text, &o->svg },
        { "--scan-class", take_scan_class, &scan->classes },
        { "--scan-classes", take_scan_file, scan },
        { "--advise-items", take_advise_items, &scan->classes.advise_items },
        { "--threshold", take_threshold, &scan->thresholds },
        { "--largest", take_text, &scan->largest },
        { "--calibrate", NULL, &scan->calibrate },
        { "--runs", take_runs, &scan->runs },
        { "--scan-block", take_text, &scan->block },
        { "--scan-warm-up", take_scan_time, &scan->warm_up_ns },
        { "--scan-time", take_scan_time, &scan->block_ns },
        { "--json", NULL, &o->json },
        { NULL, NULL, NULL },
    };
    const char *host = NULL;
    size_t position_count;
    enum options_result result = parse(table, count, arguments, &host, 1, &position_count, complaint);
    if (result != OPTIONS_OK)
        return result;
    o->host = host_or_null(host);
    if (!bench_is_scan(o))
        set_bench_defaults(o);
    return check_scan(o, complaint) ? check_login(&o->login, complaint) : OPTIONS_WRONG;
}

enum options_result servers_options_parse(struct servers_options *o, int count, char **arguments,
                                          char complaint[COMPLAINT])
{
    *o = (struct servers_options){ .login = { .mechanism = MECHANISM_ANY }, .level = LEVEL_PACKET_INTEGRITY };
    const struct option table[] = {
        { "--level", take_level, &o->level },
        { "--as", take_text, &o->login.account },
        { "--password-file", take_text, &o->login.password_file },
        { "--anonymous", NULL, &o->login.anonymous },
        { "--mechanism", take_mechanism, &o->login.mechanism },
        { "--timeout", take_seconds, &o->timeout_ns },
        { "--may-launch", NULL, &o->may_launch },
        { "--may-fail-logon", NULL, &o->may_fail_logon },
        { "--out", take_text, &o->out },
        { "--json", NULL, &o->json },
        { NULL, NULL, NULL },
    };
    const char *host = NULL;
    size_t position_count;
    enum options_result result = parse(table, count, arguments, &host, 1, &position_count, complaint);
    if (result != OPTIONS_OK)
        return result;
    o->host = host_or_null(host);
    return check_login(&o->login, complaint);
}

enum options_result explain_options_parse(struct explain_options *o, int count, char **arguments,
                                          char complaint[COMPLAINT])
{
    memset(o, 0, sizeof(*o));
    const struct option table[] = { { "--stage", take_stage, o }, { NULL, NULL, NULL } };
    const char *code = NULL;
    size_t position_count;
    enum options_result result = parse(table, count, arguments, &code, 1, &position_count, complaint);
    if (result != OPTIONS_OK)
        return result;
    if (!code) {
        snprintf(complaint, COMPLAINT, "explain needs a code, such as 0x80070005");
        return OPTIONS_WRONG;
    }
    if (!text_parse_code(code, &o->code)) {
        snprintf(complaint, COMPLAINT, "'%.40s' is not a code; write 0x80070005, 2147942405 or -2147024891", code);
        return OPTIONS_WRONG;
    }
    return OPTIONS_OK;
}
