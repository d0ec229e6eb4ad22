/* What each kind of lab brings. */
#ifndef MATRIX_LAB_INTERNAL_H
#define MATRIX_LAB_INTERNAL_H

#include "matrix/lab.h"

struct lab_ops {
    enum err (*open)(struct lab *lab);
    enum err (*start)(struct lab *lab, const struct lab_host *host, const struct process_options *options,
                      struct process *out);
    enum err (*set_faults)(struct lab *lab, const cJSON *faults);
    enum err (*set_nat)(struct lab *lab, const cJSON *nat);
    enum err (*set_names)(struct lab *lab, struct lab_host *host, const cJSON *names);
    enum err (*start_capture)(struct lab *lab);
    enum err (*tcp_opened)(struct lab *lab, const struct lab_host *host, int64_t *out);
};

extern const struct lab_ops lab_namespaces_ops;
extern const struct lab_ops lab_loopback_ops;

/* The rules files for the router; heap, the caller frees. */
char *lab_fault_rules(const cJSON *faults);
char *lab_nat_rules(const cJSON *nat);
/* Where a host is behind the router. */
const char *lab_private_address(const char *key);
/* The address by which hosts on the other side know a host that stands behind a translation. */
const char *lab_nat_address(const char *key);

#endif
