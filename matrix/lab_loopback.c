/* Hosts as loopback addresses, for machines that refuse namespaces: 127.0.x.1 alpha, 127.0.x.2 beta, where
 * x is this cell's own. Port 135 where this user may have it, else a high port that travels in the
 * hosts' string bindings. */
#include "matrix/lab_internal.h"

#include <stdio.h>

#include "base/folder.h"
#include "base/socket.h"

#define NETWORKS 250 /* values of x */

/* Whether the port can be listened on here and now. */
static enum err try_port(const char *address, uint16_t *port)
{
    socket_t listener;
    enum err e = socket_listen_tcp(address, port, &listener);
    if (!e)
        socket_close(listener);
    return e;
}

static enum err place_hosts(struct lab *lab, unsigned x)
{
    enum err e = ERR_OK;
    for (int i = 0; i < LAB_HOSTS && !e; i++) {
        struct lab_host *host = &lab->hosts[i];
        snprintf(host->address, sizeof(host->address), "127.0.%u.%d", 1 + x % NETWORKS, i + 1);
        host->port = 135;
        e = try_port(host->address, &host->port);
        if (e == ERR_ACCESS) {
            host->port = 0;
            e = try_port(host->address, &host->port);
        }
    }
    return e;
}

static enum err loopback_open(struct lab *lab)
{
    snprintf(lab->folder, sizeof(lab->folder), "/tmp/opcprobe-XXXXXX");
    enum err e = folder_create_temporary(lab->folder, sizeof(lab->folder));
    if (e) {
        lab->folder[0] = '\0';
        snprintf(lab->complaint, sizeof(lab->complaint), "cannot make a folder in /tmp: %s", err_text(e));
        return e;
    }
    /* Cells of one run are numbered and so never meet; somebody else's may sit where ours should. */
    e = ERR_IN_USE;
    for (unsigned attempt = 0; attempt < NETWORKS && e == ERR_IN_USE; attempt++)
        e = place_hosts(lab, lab->number + attempt);
    if (e)
        snprintf(lab->complaint, sizeof(lab->complaint), "cannot listen on a loopback address of its own: %s",
                 err_text(e));
    return e;
}

static enum err loopback_start(struct lab *lab, const struct lab_host *host, const struct process_options *options,
                               struct process *out)
{
    (void)lab;
    (void)host;
    return process_start(options, out);
}

static enum err loopback_set_faults(struct lab *lab, const cJSON *faults)
{
    if (cJSON_GetArraySize(faults) == 0)
        return ERR_OK;
    snprintf(lab->complaint, sizeof(lab->complaint), "loopback hosts have no router between them");
    return ERR_UNSUPPORTED;
}

static enum err loopback_set_nat(struct lab *lab, const cJSON *nat)
{
    return loopback_set_faults(lab, nat);
}

static enum err loopback_set_names(struct lab *lab, struct lab_host *host, const cJSON *names)
{
    (void)host;
    (void)names;
    snprintf(lab->complaint, sizeof(lab->complaint), "loopback hosts share the machine's names");
    return ERR_UNSUPPORTED;
}

static enum err loopback_start_capture(struct lab *lab)
{
    snprintf(lab->complaint, sizeof(lab->complaint), "only a lab of network namespaces can be captured");
    return ERR_UNSUPPORTED;
}

static enum err loopback_tcp_opened(struct lab *lab, const struct lab_host *host, int64_t *out)
{
    (void)host;
    (void)out;
    snprintf(lab->complaint, sizeof(lab->complaint), "loopback hosts share one kernel counter");
    return ERR_UNSUPPORTED;
}

const struct lab_ops lab_loopback_ops = { loopback_open,      loopback_start,     loopback_set_faults,
                                          loopback_set_nat,   loopback_set_names, loopback_start_capture,
                                          loopback_tcp_opened };
