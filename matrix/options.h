/* The command lines of probe-matrix. */
#ifndef MATRIX_OPTIONS_H
#define MATRIX_OPTIONS_H

#include "matrix/cell.h"
#include "matrix/lab.h"

#define OPTIONS_SCENARIOS 64
#define OPTIONS_JOBS      4

struct options {
    const char *scenarios[OPTIONS_SCENARIOS]; /* names given by --scenario; borrowed from argv */
    size_t scenario_count;
    bool levels[LEVEL_COUNT]; /* all false: every level */
    unsigned jobs;
    const char *out;      /* --out, or NULL for out/<time> */
    const char *folder;   /* --scenarios */
    const char *programs; /* --programs, or NULL for where probe-matrix is */
    const char *secrets;  /* --secrets, or NULL */
    bool no_namespaces;
    bool keep;               /* keep the hosts' settings beside the event streams */
    bool capture;            /* record what passes the router */
    const char *cell_output; /* of the internal command "cell" */
    unsigned cell_number;
    bool help;
};

/* Reads the words after the command. False with one line in `complaint` when a word is wrong. */
bool options_parse(int argc, char **argv, struct options *out, char complaint[JSON_COMPLAINT]);
/* Every option with what it does, for --help. */
const char *options_help(void);

#endif
