/* From the results of the stages to what the user should do.
 *
 * The verdict names the first stage that failed, in which direction the failing calls ran, and the
 * machine whose logs and settings decide it. That machine is the client's own as soon as the server calls
 * back: the permissions for a sink are those of the client machine. Texts are constant strings of
 * opcda/explain.h or of verdict.c. */
#ifndef PROBE_CLIENT_VERDICT_H
#define PROBE_CLIENT_VERDICT_H

#include "opcda/explain.h"
#include "probe-client/check_report.h"

#define NOT_PROVEN_MAXIMUM 8

struct verdict {
    bool connected;
    const struct stage_result *failure; /* NULL when connected; points into the report */
    enum machine machine;
    char host[2 * STAGE_HOST + 8]; /* name of that machine, or of both */
    const char *meaning;
    const char *finding; /* what this run measured that narrows the causes; NULL for nothing */
    const char *look_at;
    const char *causes[EXPLANATION_CAUSES];
    const char *change; /* NULL with `undo` when nothing is to be changed */
    const char *undo;
    const char *note;
    const char *not_proven[NOT_PROVEN_MAXIMUM]; /* never empty; NULL at the end unless full */
};

void verdict_make(const struct check_report *report, struct verdict *out);

#endif
