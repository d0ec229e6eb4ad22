/* What each kind of lab brings. */
#ifndef MATRIX_LAB_INTERNAL_H
#define MATRIX_LAB_INTERNAL_H

#include "matrix/lab.h"

struct lab_ops {
    enum err (*open)(struct lab *lab);
    enum err (*start)(struct lab *lab, const struct lab_host *host, const struct process_options *options,
                      struct process *out);
    enum err (*set_faults)(struct lab *lab, const cJSON *faults);
    enum err (*start_capture)(struct lab *lab);
    enum err (*tcp_opened)(struct lab *lab, const struct lab_host *host, int64_t *out);
};

extern const struct lab_ops lab_namespaces_ops;
extern const struct lab_ops lab_loopback_ops;

/* The rules file for the router; heap, the caller frees. */
char *lab_fault_rules(const cJSON *faults);

#endif
