#include "matrix/lab_internal.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/folder.h"
#include "base/secret.h"
#include "base/text.h"

#define LAB_READY_NS        (15 * NS_PER_S)
#define LAB_END_NS          (5 * NS_PER_S)
#define LAB_CAPTURE_TAIL_NS (600 * NS_PER_MS)
#define LAB_DETECT_NS       (10 * NS_PER_S)

static const char *const enter_namespaces[] = { "unshare", "-Urnmpf", "--mount-proc", "--kill-child", NULL };
static const char *const enter_loopback[] = { NULL };

static const struct lab_ops *ops(const struct lab *lab)
{
    return lab->kind == LAB_NAMESPACES ? &lab_namespaces_ops : &lab_loopback_ops;
}

const char *const *lab_enter(enum lab_kind kind)
{
    return kind == LAB_NAMESPACES ? enter_namespaces : enter_loopback;
}

const char *lab_kind_name(enum lab_kind kind)
{
    return kind == LAB_NAMESPACES ? "namespaces" : "loopback";
}

/* Tries every right that a lab of namespaces needs, in one go. */
enum lab_kind lab_detect(char reason[COMMAND_COMPLAINT])
{
    static const char script[] = "mount -t tmpfs none /run && ip netns add probe && "
                                 "ip -n probe link add e0 type veth peer name e1 && "
                                 "ip netns exec probe unshare -um true && nft add table inet probe && "
                                 "nft add chain inet probe x '{ type filter hook forward priority 0; }' && "
                                 "nft add rule inet probe x ct direction reply accept";
    static const char *const arguments[] = { "unshare", "-Urnmpf", "--mount-proc", "--kill-child",
                                             "sh",      "-c",      script,         NULL };
    char log[] = "/tmp/opcprobe-XXXXXX";
    if (folder_create_temporary(log, sizeof(log)) != ERR_OK) {
        snprintf(reason, COMMAND_COMPLAINT, "no folder can be made in /tmp");
        return LAB_LOOPBACK;
    }
    char path[sizeof(log) + 8];
    snprintf(path, sizeof(path), "%s/log", log);
    enum err e = command_run(arguments, path, clock_deadline_ns(LAB_DETECT_NS), reason);
    if (e) {
        char line[256];
        file_last_line(path, line, sizeof(line));
        snprintf(reason, COMMAND_COMPLAINT, "network namespaces are not allowed here (%s)",
                 line[0] ? line : "unshare cannot be run");
    }
    folder_remove(log);
    if (e)
        return LAB_LOOPBACK;
    reason[0] = '\0';
    return LAB_NAMESPACES;
}

/* Once the kind has chosen the lab's folder. */
static void name_hosts(struct lab *lab)
{
    static const char *const keys[LAB_HOSTS] = { "alpha", "beta" };
    for (int i = 0; i < LAB_HOSTS; i++) {
        struct lab_host *host = &lab->hosts[i];
        host->key = keys[i];
        for (size_t c = 0; c <= strlen(keys[i]); c++)
            host->name[c] = (char)toupper((unsigned char)keys[i][c]);
        snprintf(host->dns_name, sizeof(host->dns_name), "%s.lab.test", keys[i]);
        snprintf(host->folder, sizeof(host->folder), "%.40s/%s", lab->folder, keys[i]);
        for (int other = 0; other < LAB_HOSTS; other++)
            memcpy(host->known[other], lab->hosts[other].address, sizeof(host->known[other]));
    }
}

enum err lab_open(struct lab *lab, enum lab_kind kind, unsigned number, const char *programs, const char *output)
{
    *lab = (struct lab){ .kind = kind, .number = number };
    snprintf(lab->programs, sizeof(lab->programs), "%s", programs);
    snprintf(lab->output, sizeof(lab->output), "%s", output);
    enum err e = ops(lab)->open(lab);
    if (e)
        return e;
    name_hosts(lab);
    for (int i = 0; i < LAB_HOSTS && !e; i++) {
        e = folder_create(lab->hosts[i].folder);
        if (e)
            snprintf(lab->complaint, sizeof(lab->complaint), "cannot make %s: %s", lab->hosts[i].folder, err_text(e));
    }
    return e;
}

/* The last packets may still lie in the kernel's buffer, which is read several times a second. */
static void end_capture(struct lab *lab)
{
    if (!lab->capturing)
        return;
    clock_sleep_until_ns(clock_deadline_ns(LAB_CAPTURE_TAIL_NS));
    process_end(&lab->capture, LAB_END_NS);
    lab->capturing = false;
}

/* A probe-scm that is gone already, or stays until it is killed, has failed whatever the cell was about. */
static enum err end_host(struct lab *lab, struct lab_host *host)
{
    if (!host->running)
        return ERR_OK;
    int64_t start = clock_now_ns();
    bool alive = process_alive(host->scm.pid);
    process_end(&host->scm, LAB_END_NS);
    host->running = false;
    if (alive && clock_now_ns() - start < LAB_END_NS)
        return ERR_OK;
    snprintf(lab->complaint, sizeof(lab->complaint), "probe-scm of %s %s", host->name,
             alive ? "did not end when asked to" : "had ended before its time");
    return ERR_IO;
}

enum err lab_close(struct lab *lab)
{
    enum err result = ERR_OK;
    for (int i = 0; i < LAB_HOSTS; i++) {
        enum err e = end_host(lab, &lab->hosts[i]);
        result = result ? result : e;
    }
    end_capture(lab);
    if (lab->folder[0])
        folder_remove(lab->folder);
    return result;
}

struct lab_host *lab_find_host(struct lab *lab, const char *key)
{
    for (int i = 0; i < LAB_HOSTS; i++) {
        if (strcmp(lab->hosts[i].key, key) == 0)
            return &lab->hosts[i];
    }
    return NULL;
}

/* Every start appends to the log. */
static bool says_ready(const char *path, unsigned starts)
{
    char line[256];
    FILE *file = fopen(path, "r");
    while (file && starts > 0 && fgets(line, sizeof(line), file))
        starts -= strcmp(line, "ready\n") == 0;
    if (file)
        fclose(file);
    return starts == 0;
}

static enum err wait_until_ready(struct lab *lab, struct lab_host *host, const char *log)
{
    int64_t deadline = clock_deadline_ns(LAB_READY_NS);
    while (!says_ready(log, host->starts)) {
        int exit_code = 0;
        if (process_wait(&host->scm, clock_deadline_ns(5 * NS_PER_MS), &exit_code) == ERR_OK) {
            char line[256];
            file_last_line(log, line, sizeof(line));
            process_cleanup(&host->scm);
            host->running = false;
            snprintf(lab->complaint, sizeof(lab->complaint), "probe-scm of %s ended with %d: %s", host->name, exit_code,
                     line);
            return ERR_IO;
        }
        if (clock_left_ns(deadline) == 0) {
            snprintf(lab->complaint, sizeof(lab->complaint), "probe-scm of %s was not ready in time", host->name);
            return ERR_TIMEOUT;
        }
    }
    return ERR_OK;
}

enum err lab_start_host(struct lab *lab, struct lab_host *host)
{
    char program[LAB_PATH + 16], log[LAB_PATH + 32];
    snprintf(program, sizeof(program), "%s/probe-scm", lab->programs);
    snprintf(log, sizeof(log), "%s/%s-probe-scm.log", lab->output, host->name);
    const char *const arguments[] = { program, "run", host->folder, NULL };
    struct process_options options = { .arguments = arguments, .output_path = log, .own_group = true };
    enum err e = lab_start(lab, host, &options, NULL, &host->scm);
    if (e)
        return e;
    host->running = true;
    host->starts++;
    return wait_until_ready(lab, host, log);
}

enum err lab_restart_host(struct lab *lab, struct lab_host *host)
{
    enum err e = end_host(lab, host);
    return e ? e : lab_start_host(lab, host);
}

enum err lab_start(struct lab *lab, const struct lab_host *host, const struct process_options *options,
                   const char *secret, struct process *out)
{
    char folder[sizeof(host->folder) + 16], events[LAB_PATH + 24];
    snprintf(folder, sizeof(folder), "OPCPROBE_HOST=%s", host->folder);
    snprintf(events, sizeof(events), "OPCPROBE_EVENTS=%s", lab->output);
    const char *const environment[] = { folder, events, secret ? secret : "OPCPROBE_PASSWORD", NULL };
    struct process_options filled = *options;
    filled.environment = environment;
    filled.folder = lab->output;
    filled.die_with_parent = true;
    enum err e = ops(lab)->start(lab, host, &filled, out);
    if (e)
        snprintf(lab->complaint, sizeof(lab->complaint), "cannot start %s on %s: %s", options->arguments[0], host->name,
                 err_text(e));
    return e;
}

enum err lab_set_faults(struct lab *lab, const cJSON *faults)
{
    return ops(lab)->set_faults(lab, faults);
}

enum err lab_set_nat(struct lab *lab, const cJSON *nat)
{
    return ops(lab)->set_nat(lab, nat);
}

enum err lab_set_names(struct lab *lab, struct lab_host *host, const cJSON *names)
{
    return ops(lab)->set_names(lab, host, names);
}

enum err lab_set_rpcss(struct lab *lab, struct lab_host *host, enum lab_rpcss state)
{
    enum err e = ERR_OK;
    if (state == LAB_RPCSS_STOPPED)
        return end_host(lab, host);
    if (!host->running)
        e = lab_start_host(lab, host);
    if (!e)
        e = process_pause(&host->scm, state == LAB_RPCSS_MUTE);
    if (e && !lab->complaint[0])
        snprintf(lab->complaint, sizeof(lab->complaint), "cannot control probe-scm of %s: %s", host->name, err_text(e));
    return e;
}

enum err lab_start_capture(struct lab *lab)
{
    return ops(lab)->start_capture(lab);
}

enum err lab_tcp_opened(struct lab *lab, const struct lab_host *host, int64_t *out)
{
    *out = -1;
    return ops(lab)->tcp_opened(lab, host, out);
}
