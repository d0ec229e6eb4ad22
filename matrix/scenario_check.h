/* What a schema cannot say about a scenario: that its parts fit together. */
#ifndef MATRIX_SCENARIO_CHECK_H
#define MATRIX_SCENARIO_CHECK_H

#include "matrix/scenario.h"

/* The document has passed the schema. ERR_PROTOCOL with "file:line: what" for the first mistake. */
MUST_USE enum err scenario_check(const struct scenario *s, char complaint[JSON_COMPLAINT]);

#endif
