/* Scenarios: data files that say what is set up, done and expected.
 *
 * A folder of scenarios is loaded and checked completely, against the schema and for what a
 * schema cannot say, before anything is started: a complaint names the file and the line.
 * Ownership: a set owns its documents; every string and node got from one is borrowed. */
#ifndef MATRIX_SCENARIO_H
#define MATRIX_SCENARIO_H

#include "base/json.h"
#include "matrix/level.h"

#define SCENARIO_MAXIMUM 256 /* files in one folder */

struct scenario {
    struct json_document document; /* owned */
    const char *name;
    const char *title;
    const char *requirement;
    bool alone;
    bool one_processor;
    bool levels[LEVEL_COUNT];
    const char *unsupported[LEVEL_COUNT]; /* why the level means nothing, or NULL */
    const char *one_level;                /* why one level on the wire stands for all, or NULL */
    const char *no_cure;                  /* why it ends with a failure, or NULL */
};

struct scenario_set {
    struct scenario *items; /* owned */
    size_t count;
};

/* Reads every *.json of `folder`, in the order of their names, with the schema
 * `folder`/schema/scenario.schema.json. ERR_NOT_FOUND when there is none;
 * ERR_PROTOCOL with file and line for the first mistake. */
MUST_USE enum err scenario_set_load(const char *folder, struct scenario_set *out, char complaint[JSON_COMPLAINT]);
void scenario_set_cleanup(struct scenario_set *set);
/* NULL when there is none of that name. */
const struct scenario *scenario_find(const struct scenario_set *set, const char *name);

/* One scenario from a document, which it takes over only on success. */
MUST_USE enum err scenario_from_document(struct json_document *document, const cJSON *schema, struct scenario *out,
                                         char complaint[JSON_COMPLAINT]);
void scenario_cleanup(struct scenario *s);

/* The host's object ("alpha", "beta"). */
const cJSON *scenario_host(const struct scenario *s, const char *key);
const cJSON *scenario_steps(const struct scenario *s);
/* True when the step belongs to a cell at this level. */
bool scenario_step_applies(const cJSON *step, enum level level);
/* True when something is to be held back, translated or misnamed between the hosts in a cell at this level. */
bool scenario_needs_router(const struct scenario *s, enum level level);

#endif
