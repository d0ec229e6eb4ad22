/* What a scenario says of a host's registry, as the words of `probe-scm registry`.
 *
 * A list is written as names with their rights ({ "OPC Users": "RL RA" }), as SDDL where that does not reach, or as
 * null, which takes the value away so that Windows' own default holds. Thread rule: none, every object is its caller's.
 */
#ifndef MATRIX_REGISTRY_SETTINGS_H
#define MATRIX_REGISTRY_SETTINGS_H

#include "base/json.h"
#include "matrix/level.h"

#define REGISTRY_SETTINGS 48

struct registry_settings {
    char *words[REGISTRY_SETTINGS + 1]; /* owned; NULL behind the last one */
    size_t count;
    bool failed; /* memory was short */
};

void registry_settings_cleanup(struct registry_settings *s);
/* The test server's class as `server` (of the scenario) wants it; nothing unless it is registered. `programs` is the
 * folder of the programs under test; `level` decides the minimum level where `server` does not. */
void registry_settings_add_class(struct registry_settings *s, const char *programs, const cJSON *server,
                                 enum level level);
/* What `probe-scm identity` calls the server: its AppID, or its service. Static. */
const char *registry_settings_server(const cJSON *server);
/* OPCEnum's class, at None in cells at None and at Connect elsewhere. */
void registry_settings_add_opcenum(struct registry_settings *s, const char *programs, enum level level);
/* Each member of a scenario's registry object. */
void registry_settings_add(struct registry_settings *s, const cJSON *registry);
/* The registry object of a plant that followed its vendors' guides: the group OPC Users is in the limits, the default
 * lists and those of the server (`has_class`), OPCEnum (`has_opcenum`) lets everyone in, and with `anonymous` so is
 * ANONYMOUS LOGON. What `wanted` says replaces the plant's. Heap; NULL when memory is short. */
cJSON *registry_settings_of_host(const cJSON *wanted, bool has_class, bool has_opcenum, bool anonymous);

/* False with a phrase when a list names rights that it cannot have; `pointer` is the member's JSON pointer below the
 * registry object. */
bool registry_settings_check(const cJSON *registry, char *complaint, size_t size, char *pointer, size_t pointer_size);

#endif
