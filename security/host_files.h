/* The files of a host, as they stand now.
 *
 * host.json, accounts.json and registry.reg are read when a process starts and again whenever one of them has changed,
 * so that a password or a list changed between two checks acts on the second. What a reader got stays whole until it
 * gives it back. Any thread. */
#ifndef SECURITY_HOST_FILES_H
#define SECURITY_HOST_FILES_H

#include "security/accounts.h"
#include "security/dcom_settings.h"
#include "security/host.h"
#include "security/reg.h"

/* One state of the three files; constant. */
struct host_view {
    const struct host *host;
    const struct accounts *accounts; /* NULL from host_files_open_settings */
    const struct reg *registry;
    const struct dcom_settings *settings; /* what the registry says about DCOM on this machine */
};

struct host_files;

/* host.json has to be there; without accounts.json nobody has an account, without registry.reg no class is known.
 * On failure the complaint is one line for the user. */
MUST_USE enum err host_files_open(const char *folder, struct host_files **out, char complaint[JSON_COMPLAINT]);
/* The same without accounts.json: its secrets are no business of processes that only ask for settings. */
MUST_USE enum err host_files_open_settings(const char *folder, struct host_files **out, char complaint[JSON_COMPLAINT]);
void host_files_close(struct host_files *f);
/* The state of now. A file that has become wrong is reported once, as the event `bad_file` and a line on the standard
 * error stream, and the last good state stays in force. */
const struct host_view *host_files_get(struct host_files *f);
void host_files_put(const struct host_view *view);

#endif
