/* A lab: two hosts, alpha and beta, and what is between them, for one cell.
 *
 * Where the system allows it each host is a network namespace behind a router, with its own name and
 * port 135, and the router can drop or refuse what a scenario says. Elsewhere a host is a loopback address of
 * its own; then there is no router to hold anything back. Everything lives as long as this process:
 * a lab of namespaces is opened inside `unshare --kill-child` (lab_enter), which ends whatever is left.
 * Thread rule: one thread. Every failure leaves a sentence in `complaint`. */
#ifndef MATRIX_LAB_H
#define MATRIX_LAB_H

#include <stdbool.h>
#include <stdint.h>

#include "base/json.h"
#include "base/process.h"
#include "matrix/command.h"

#define LAB_HOSTS 2
#define LAB_PATH  512

enum lab_kind {
    LAB_NAMESPACES,
    LAB_LOOPBACK
};

/* How a host's probe-scm, which plays its RPCSS, is. */
enum lab_rpcss {
    LAB_RPCSS_RUNNING,
    LAB_RPCSS_MUTE,   /* stands still: its port takes connections and answers nothing */
    LAB_RPCSS_STOPPED /* its port is closed */
};

struct lab_host {
    const char *key;   /* "alpha" */
    char name[16];     /* "ALPHA" */
    char dns_name[32]; /* "alpha.lab.test" */
    char address[32];
    char known[LAB_HOSTS][32]; /* the address that this host finds under the name of alpha and of beta */
    uint16_t port;             /* of its resolver: 135 where that may be had */
    char folder[64];           /* the host folder; short, because local sockets lie in it */
    struct process scm;
    bool running;
    unsigned starts; /* of its probe-scm */
};

struct lab {
    enum lab_kind kind;
    unsigned number;         /* differs between the labs that exist at a time */
    char folder[48];         /* this lab's own, removed at the end */
    char programs[LAB_PATH]; /* absolute: where the programs under test are */
    char output[LAB_PATH];   /* absolute: event streams and logs go here */
    struct lab_host hosts[LAB_HOSTS];
    struct process capture;
    bool capturing;
    char complaint[COMMAND_COMPLAINT];
};

/* What the system allows here, tried out. `reason` says why not LAB_NAMESPACES. */
enum lab_kind lab_detect(char reason[COMMAND_COMPLAINT]);
/* The words to put before a command line so that it runs where a lab may be opened; NULL-terminated. */
const char *const *lab_enter(enum lab_kind kind);
const char *lab_kind_name(enum lab_kind kind);

MUST_USE enum err lab_open(struct lab *lab, enum lab_kind kind, unsigned number, const char *programs,
                           const char *output);
/* Ends what runs on the hosts and removes the lab's folder. ERR_IO, with the complaint, when a host's
 * probe-scm did not end cleanly. */
enum err lab_close(struct lab *lab);
struct lab_host *lab_find_host(struct lab *lab, const char *key);

/* Starts the host's probe-scm and waits until it is ready. Its folder is complete by then. */
MUST_USE enum err lab_start_host(struct lab *lab, struct lab_host *host);
/* What an administrator does when a setting acts at the next start: ends the host's probe-scm, and with it the servers
 * that it has launched, and starts it again. */
MUST_USE enum err lab_restart_host(struct lab *lab, struct lab_host *host);
/* Starts a program on a host. `options` without environment and folder, which the lab fills in;
 * `secret` is a NAME=value for its environment, or NULL. */
MUST_USE enum err lab_start(struct lab *lab, const struct lab_host *host, const struct process_options *options,
                            const char *secret, struct process *out);
/* Replaces what the router holds back by `faults` (an array of the scenario's, or NULL). ERR_UNSUPPORTED
 * without a router, unless there is nothing to hold back. */
MUST_USE enum err lab_set_faults(struct lab *lab, const cJSON *faults);
/* Replaces which hosts stand behind a translation of addresses by `nat` (an array of the scenario's, or NULL), and what
 * the other host finds under their names. ERR_UNSUPPORTED without a router, unless there is nothing to translate. */
MUST_USE enum err lab_set_nat(struct lab *lab, const cJSON *nat);
/* What the host finds under the names of others: `names` is an object of addresses, each for a host's key.
 * ERR_UNSUPPORTED where the hosts have no hosts file of their own. */
MUST_USE enum err lab_set_names(struct lab *lab, struct lab_host *host, const cJSON *names);
/* A host whose probe-scm ran again begins anew: its COM processes ended with the old one. */
MUST_USE enum err lab_set_rpcss(struct lab *lab, struct lab_host *host, enum lab_rpcss state);
/* Records what passes the router in capture.pcapng of the lab's output until it is closed. ERR_UNSUPPORTED without
 * a router. */
MUST_USE enum err lab_start_capture(struct lab *lab);
/* TCP connections the host has opened since it exists; ERR_UNSUPPORTED where hosts share one kernel counter. */
MUST_USE enum err lab_tcp_opened(struct lab *lab, const struct lab_host *host, int64_t *out);

#endif
