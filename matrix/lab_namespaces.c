/* Hosts as network namespaces: alpha 10.1.0.2 - router - 10.2.0.2 beta. Runs as the root of a user
 * namespace of its own, so it needs no right of the machine's. */
#include "matrix/lab_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/folder.h"
#include "base/text.h"

#define COMMAND_NS (10 * NS_PER_S)

/* A name that is in no hosts file must fail at once, not after a resolver's timeouts. */
static const char resolv_conf[] = "nameserver 127.0.0.1\n";

/* sh -c SCRIPT NAME FOLDER COMMAND...: a host sees its own name and its own hosts file. */
static const char as_host[] = "hostname \"$0\" && mount --bind \"$1/hosts-$0\" /etc/hosts && "
                              "{ [ ! -e /etc/resolv.conf ] || mount --bind \"$1/resolv.conf\" /etc/resolv.conf; } && "
                              "shift && exec \"$@\"";

static enum err run(struct lab *lab, const char *const *arguments)
{
    char log[LAB_PATH + 16];
    snprintf(log, sizeof(log), "%s/lab.log", lab->output);
    return command_run(arguments, log, clock_deadline_ns(COMMAND_NS), lab->complaint);
}

static enum err write_file(struct lab *lab, const char *name, const char *text, char path[96])
{
    snprintf(path, 96, "%s/%s", lab->folder, name);
    enum err e = file_write(path, text);
    if (e)
        snprintf(lab->complaint, sizeof(lab->complaint), "cannot write %s: %s", path, err_text(e));
    return e;
}

/* Runs lines of `ip` in a namespace (NULL: where this process is). */
static enum err ip_batch(struct lab *lab, const char *namespace, const char *lines)
{
    char path[96];
    enum err e = write_file(lab, "ip", lines, path);
    if (e)
        return e;
    const char *const inside[] = { "ip", "-n", namespace, "-batch", path, NULL };
    const char *const here[] = { "ip", "-batch", path, NULL };
    return run(lab, namespace ? inside : here);
}

static enum err build_network(struct lab *lab)
{
    static const char *const forward[] = {
        "ip", "netns", "exec", "router", "sh", "-c", "echo 1 > /proc/sys/net/ipv4/ip_forward", NULL
    };
    enum err e = ip_batch(lab, NULL, "netns add alpha\nnetns add beta\nnetns add router\n");
    if (!e)
        e = ip_batch(lab, "alpha",
                     "link set lo up\nlink add e0 type veth peer name r1 netns router\n"
                     "addr add 10.1.0.2/24 dev e0\nlink set e0 up\nroute add default via 10.1.0.1\n");
    if (!e)
        e = ip_batch(lab, "beta",
                     "link set lo up\nlink add e0 type veth peer name r2 netns router\n"
                     "addr add 10.2.0.2/24 dev e0\nlink set e0 up\nroute add default via 10.2.0.1\n");
    if (!e)
        e = ip_batch(lab, "router",
                     "link set lo up\naddr add 10.1.0.1/24 dev r1\nlink set r1 up\n"
                     "addr add 10.2.0.1/24 dev r2\nlink set r2 up\n"
                     /* A port of the public addresses that leads nowhere is refused, as by a router for homes. */
                     "addr add 192.0.2.1/32 dev lo\naddr add 192.0.2.2/32 dev lo\n");
    return e ? e : run(lab, forward);
}

/* Gives the router rules, which it takes over. */
static enum err load_rules(struct lab *lab, char *rules)
{
    char path[96];
    if (!rules)
        return ERR_MEMORY;
    enum err e = write_file(lab, "rules", rules, path);
    free(rules);
    if (e)
        return e;
    const char *const arguments[] = { "ip", "netns", "exec", "router", "nft", "-f", path, NULL };
    return run(lab, arguments);
}

static enum err namespaces_set_faults(struct lab *lab, const cJSON *faults)
{
    return load_rules(lab, lab_fault_rules(faults));
}

/* Written in place, so that programs that run already see the change: what they have for /etc/hosts is this very
 * file. */
static enum err write_names(struct lab *lab, const struct lab_host *host)
{
    char text[256], name[24], path[96];
    snprintf(text, sizeof(text), "127.0.0.1 localhost\n%s alpha.lab.test alpha\n%s beta.lab.test beta\n",
             host->known[0], host->known[1]);
    snprintf(name, sizeof(name), "hosts-%s", host->key);
    return write_file(lab, name, text, path);
}

static enum err namespaces_set_names(struct lab *lab, struct lab_host *host, const cJSON *names)
{
    for (int i = 0; i < LAB_HOSTS; i++) {
        const char *address = json_string(names, lab->hosts[i].key, NULL);
        if (address)
            snprintf(host->known[i], sizeof(host->known[i]), "%s", address);
    }
    return write_names(lab, host);
}

static bool is_translated(const cJSON *nat, const char *key)
{
    const cJSON *one;
    cJSON_ArrayForEach(one, nat)
    {
        if (strcmp(json_string(one, "of", ""), key) == 0)
            return true;
    }
    return false;
}

static enum err namespaces_set_nat(struct lab *lab, const cJSON *nat)
{
    enum err e = load_rules(lab, lab_nat_rules(nat));
    for (int i = 0; i < LAB_HOSTS && !e; i++) {
        struct lab_host *host = &lab->hosts[i], *other = &lab->hosts[LAB_HOSTS - 1 - i];
        snprintf(other->known[i], sizeof(other->known[i]), "%s",
                 is_translated(nat, host->key) ? lab_nat_address(host->key) : host->address);
        e = write_names(lab, other);
    }
    return e;
}

static enum err place_hosts(struct lab *lab)
{
    static const char *const keys[LAB_HOSTS] = { "alpha", "beta" };
    enum err e = ERR_OK;
    for (int i = 0; i < LAB_HOSTS && !e; i++) {
        struct lab_host *host = &lab->hosts[i];
        host->key = keys[i];
        snprintf(host->address, sizeof(host->address), "%s", lab_private_address(keys[i]));
        for (int other = 0; other < LAB_HOSTS; other++)
            snprintf(host->known[other], sizeof(host->known[other]), "%s", lab_private_address(keys[other]));
        host->port = 135;
        e = write_names(lab, host);
    }
    return e;
}

static enum err namespaces_open(struct lab *lab)
{
    /* /run of the machine stays as it is: `ip netns` keeps its names there, and so do our sockets. */
    static const char *const mount[] = { "mount", "-t", "tmpfs", "none", "/run", NULL };
    char path[96];
    enum err e = run(lab, mount);
    if (e)
        return e;
    snprintf(lab->folder, sizeof(lab->folder), "/run/opcprobe");
    e = folder_create(lab->folder);
    if (!e)
        e = write_file(lab, "resolv.conf", resolv_conf, path);
    if (!e)
        e = build_network(lab);
    if (!e)
        e = place_hosts(lab);
    return e ? e : namespaces_set_faults(lab, NULL);
}

static enum err namespaces_start(struct lab *lab, const struct lab_host *host, const struct process_options *options,
                                 struct process *out)
{
    enum {
        PREFIX = 10,
        MAXIMUM = 64
    };
    const char *arguments[MAXIMUM] = { "ip", "netns", "exec",  host->key, "unshare",  "-um",
                                       "sh", "-c",    as_host, host->key, lab->folder };
    size_t count = PREFIX + 1;
    for (const char *const *argument = options->arguments; *argument; argument++) {
        if (count == MAXIMUM - 1)
            return ERR_LIMIT;
        arguments[count++] = *argument;
    }
    struct process_options inside = *options;
    inside.arguments = arguments;
    return process_start(&inside, out);
}

/* dumpcap says "File: ..." when it has begun. */
static bool has_begun(const char *log)
{
    char line[256];
    bool begun = false;
    FILE *file = fopen(log, "r");
    while (file && !begun && fgets(line, sizeof(line), file))
        begun = strncmp(line, "File:", 5) == 0;
    if (file)
        fclose(file);
    return begun;
}

/* On the router's alpha side: there every packet passes once. */
static enum err namespaces_start_capture(struct lab *lab)
{
    char log[LAB_PATH + 24], file[LAB_PATH + 24];
    snprintf(log, sizeof(log), "%s/capture.log", lab->output);
    snprintf(file, sizeof(file), "%s/capture.pcapng", lab->output);
    const char *const arguments[] = { "ip", "netns", "exec", "router", "dumpcap", "-i", "r1", "-w", file, NULL };
    struct process_options options = { .arguments = arguments, .output_path = log, .die_with_parent = true };
    enum err e = process_start(&options, &lab->capture);
    lab->capturing = e == ERR_OK;
    int64_t deadline = clock_deadline_ns(COMMAND_NS);
    while (!e && !has_begun(log)) {
        int exit_code;
        e = clock_left_ns(deadline) == 0 ? ERR_TIMEOUT : ERR_OK;
        if (process_wait(&lab->capture, clock_deadline_ns(10 * NS_PER_MS), &exit_code) == ERR_OK) {
            process_cleanup(&lab->capture);
            lab->capturing = false;
            e = ERR_IO;
        }
    }
    if (e) {
        char line[256];
        file_last_line(log, line, sizeof(line));
        snprintf(lab->complaint, sizeof(lab->complaint), "dumpcap does not record: %s", line[0] ? line : err_text(e));
    }
    return e;
}

/* /proc/net/snmp has a line of names and a line of numbers for Tcp. */
static int64_t parse_active_opens(const char *path)
{
    char names[512], numbers[512];
    int64_t value = -1;
    FILE *file = fopen(path, "r");
    while (file && value < 0 && fgets(names, sizeof(names), file) && fgets(numbers, sizeof(numbers), file)) {
        char *name_state = NULL, *number_state = NULL;
        char *name = strtok_r(names, " \n", &name_state);
        char *number = strtok_r(numbers, " \n", &number_state);
        bool tcp = name && strcmp(name, "Tcp:") == 0;
        while (tcp && name && number && value < 0) {
            if (strcmp(name, "ActiveOpens") == 0)
                value = strtoll(number, NULL, 10);
            name = strtok_r(NULL, " \n", &name_state);
            number = strtok_r(NULL, " \n", &number_state);
        }
    }
    if (file)
        fclose(file);
    return value;
}

static enum err namespaces_tcp_opened(struct lab *lab, const struct lab_host *host, int64_t *out)
{
    char path[96];
    const char *const arguments[] = { "ip", "netns", "exec", host->key, "cat", "/proc/net/snmp", NULL };
    enum err e = write_file(lab, "snmp", "", path);
    if (!e)
        e = command_run(arguments, path, clock_deadline_ns(COMMAND_NS), lab->complaint);
    if (e)
        return e;
    *out = parse_active_opens(path);
    return *out < 0 ? ERR_PROTOCOL : ERR_OK;
}

const struct lab_ops lab_namespaces_ops = { namespaces_open,      namespaces_start,     namespaces_set_faults,
                                            namespaces_set_nat,   namespaces_set_names, namespaces_start_capture,
                                            namespaces_tcp_opened };
