/* The steps that change something: settings of a host, or the network between the hosts. */
#ifndef MATRIX_CHANGE_H
#define MATRIX_CHANGE_H

#include "matrix/step.h"

/* Makes the change of a step, or of one of a step's "meanwhile". Failures leave a sentence in the lab's complaint. */
MUST_USE enum err change_make(const struct step_context *context, const cJSON *change);

#endif
