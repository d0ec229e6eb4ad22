/* The command lines of the subcommands.
 *
 * Text is borrowed from argv. A mistake is one line in the caller's complaint, and nothing else happens. */
#ifndef PROBE_CLIENT_OPTIONS_H
#define PROBE_CLIENT_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "opcda/stage.h"
#include "probe-client/bench_kind.h"
#include "probe-client/level.h"
#include "probe-client/scan_verdict.h"

#define COMPLAINT            256
#define CHECK_ITEMS_MAXIMUM  256 /* one AddItems must stay far below the 4 MiB a server takes */
#define BENCH_SIZES_MAXIMUM  8
#define BENCH_LEVELS_MAXIMUM 6

/* Who we are to the other side. */
struct login_options {
    const char *account;       /* "DOMAIN\user", "user@domain" or "user"; NULL: the process's own account */
    const char *password_file; /* NULL: environment or prompt */
    bool anonymous;            /* a null session: empty account and password */
    uint8_t mechanism;
};

struct check_options {
    const char *host;       /* NULL: this host */
    const char *class_name; /* ProgID or CLSID; NULL: our own test server */
    const char *items[CHECK_ITEMS_MAXIMUM];
    size_t item_count;
    struct login_options login;
    struct levels levels;
    uint32_t data_changes;             /* OnDataChange calls to wait for */
    int64_t timeout_ns;                /* no stage takes longer; 0: each stage's own deadline */
    int64_t deadlines_ns[STAGE_COUNT]; /* of single stages; 0: the usual one */
    bool again;                        /* another try after Enter */
    int64_t again_every_ns;            /* another try after this time; 0: none */
    bool json;
    bool may_launch;
    bool may_fail_logon; /* a refused logon may count against the account's lockout */
    const char *out;     /* folder for activity.jsonl; NULL: none is written */
};

#define SCAN_FILES_MAXIMUM 8

/* Scan classes instead of single calls. */
struct scan_options {
    struct scan_classes classes;
    const char *files[SCAN_FILES_MAXIMUM]; /* that have more of them */
    size_t file_count;
    struct scan_thresholds thresholds;
    bool calibrate;      /* the instrument itself: classes whose need is known */
    uint32_t runs;       /* of a calibration */
    const char *largest; /* period whose largest class is looked for; NULL: none */
    const char *block;   /* one block in this very process, its outcome to that file; NULL: the whole comparison */
    int64_t warm_up_ns;  /* of the block */
    int64_t block_ns;
};

struct bench_options {
    const char *host;
    struct login_options login;
    uint8_t levels[BENCH_LEVELS_MAXIMUM];
    size_t level_count;
    bool operations[BENCH_KINDS];        /* that were asked for */
    uint8_t callback_level;              /* LEVEL_UNKNOWN: the highest of `levels` */
    uint32_t sizes[BENCH_SIZES_MAXIMUM]; /* items of a Read, Write ... */
    size_t size_count;
    int64_t duration_ns;  /* 0: as long as a verdict about scan classes needs */
    int64_t one_round_ns; /* one round of blocks this long, without the floor; 0: as the duration allows */
    struct scan_options scan;
    bool json;
    const char *svg; /* file for the plots; NULL: none is written */
    const char *out;
};

struct servers_options {
    const char *host; /* NULL: this host */
    struct login_options login;
    uint8_t level;
    int64_t timeout_ns;
    bool may_launch;
    bool may_fail_logon;
    bool json;
    const char *out;
};

struct explain_options {
    uint32_t code;
    bool has_stage;
    enum stage stage;
};

enum options_result {
    OPTIONS_OK,
    OPTIONS_HELP, /* the user asked for help */
    OPTIONS_WRONG /* the complaint says what */
};

/* `arguments` begin behind the subcommand's name. */
enum options_result check_options_parse(struct check_options *o, int count, char **arguments,
                                        char complaint[COMPLAINT]);
enum options_result bench_options_parse(struct bench_options *o, int count, char **arguments,
                                        char complaint[COMPLAINT]);
/* Whether scan classes are measured, and not single calls. */
bool bench_is_scan(const struct bench_options *o);
enum options_result explain_options_parse(struct explain_options *o, int count, char **arguments,
                                          char complaint[COMPLAINT]);

enum options_result servers_options_parse(struct servers_options *o, int count, char **arguments,
                                          char complaint[COMPLAINT]);

extern const char check_usage[];
extern const char bench_usage[];
extern const char explain_usage[];
extern const char servers_usage[];

#endif
