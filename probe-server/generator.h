/* Values as functions of time: what a simulated item shows at a moment. */
#ifndef PROBE_SERVER_GENERATOR_H
#define PROBE_SERVER_GENERATOR_H

#include <objbase.h>
#include <oleauto.h>
#include <stdbool.h>
#include <stdint.h>

enum generator_kind {
    GENERATOR_CONSTANT, /* the stored value for ever */
    GENERATOR_STORE,    /* the value written last */
    GENERATOR_RAMP,     /* from low to high within a period, then from low again */
    GENERATOR_RANDOM,   /* another value in [low, high] in each period */
    GENERATOR_SQUARE,   /* high in the first half of a period, low in the second */
    GENERATOR_SINE      /* between low and high */
};

struct generator {
    enum generator_kind kind;
    double low, high;
    int64_t period_ns; /* above 0 */
    uint32_t seed;     /* sets items of one kind apart */
};

/* The number at a time; not for constant and store, which have a memory. */
double generator_number(const struct generator *g, int64_t now_ns);

/* A value of a scalar automation type from a number: rounded for integers and limited to their range, true from the
 * middle of the generator's range upwards, digits for text, days for a date. */
HRESULT generator_value(const struct generator *g, VARTYPE type, int64_t now_ns, VARIANT *out);

/* "ramp" and so on; false when there is none of that name. */
bool generator_find(const char *name, enum generator_kind *out);

#endif
