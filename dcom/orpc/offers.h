/* Tells the observer which string bindings somebody offers, whether anybody tries them or not.
 *
 * A connection uses the first binding that works, and a client with another list of names would use another: a report
 * therefore wants to see all of them. Costs one test of a flag when nobody watches. Any thread. */
#ifndef DCOM_OFFERS_H
#define DCOM_OFFERS_H

#include <dcom_observer.h>

#include "dcom/orpc/bindings.h"

/* One DCOM_OFFERED for each string binding, in their order. NULL has none. */
void offers_observe(enum dcom_offer whose, const DUALSTRINGARRAY *bindings);

#endif
