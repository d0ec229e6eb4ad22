/* What the fuzzers of the marshaller share: any method of any interface, chosen by the input. */
#ifndef TESTS_FUZZ_NDR_TARGET_H
#define TESTS_FUZZ_NDR_TARGET_H

#include "dcom/ndr/call.h"

/* Interface pointers travel as nothing and come back as one object that lives for ever. */
extern const struct ndr_objects target_objects;

struct target {
    struct ndr_interface type; /* a copy, whose methods re-marshal what they were given */
    struct method method;
    unsigned number;
};

/* Takes 4 bytes (the first of an IID) and 1 byte (the method) from the input. False when that is no method. */
bool target_choose(struct reader *input, struct target *out);

/* An object to call: methods with [call_as] reach it, all others end in re-marshalling their arguments. */
extern void *target_object;

/* Arguments for a client's call: counts of 2, zeroed memory behind every pointer. */
struct target_arguments {
    uint64_t slots[CALL_SLOTS_MAXIMUM];
    uint64_t memory[CALL_SLOTS_MAXIMUM][64];
};
void target_arguments_init(struct target_arguments *a, const struct target *t);
/* Frees what a successful call gave. */
void target_arguments_drop(struct target_arguments *a, const struct target *t);

#endif
