#include "probe-client/leftover.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "opcda/text.h"

#define NAMES_PER_CALL 100
#define CALLS_MAXIMUM  5 /* a server with more groups than that has other worries */

struct names {
    char text[300];
    unsigned count;
};

static void take_name(struct names *names, const WCHAR *wide)
{
    char *name = wide_to_utf8(wide);
    size_t used = strlen(names->text);
    if (name && strncmp(name, GROUP_PREFIX, strlen(GROUP_PREFIX)) == 0) {
        names->count++;
        if (names->count <= 5)
            snprintf(names->text + used, sizeof(names->text) - used, "%s%.48s", used ? ", " : "", name);
    }
    free(name);
}

static void read_names(struct connection *c, IEnumString *names, struct names *out)
{
    HRESULT hr = connection_blanket(c, (IUnknown *)names);
    for (int i = 0; hr == S_OK && i < CALLS_MAXIMUM; i++) {
        LPOLESTR texts[NAMES_PER_CALL] = { NULL };
        ULONG count = 0;
        activity_call(c->activity, "IEnumString::Next");
        hr = IEnumString_Next(names, NAMES_PER_CALL, texts, &count);
        for (ULONG j = 0; SUCCEEDED(hr) && j < count && j < NAMES_PER_CALL; j++) {
            take_name(out, texts[j]);
            CoTaskMemFree(texts[j]);
        }
    }
}

void leftover_find(struct connection *c)
{
    struct names names = { .count = 0 };
    IEnumString *enumerator = NULL;
    activity_call(c->activity, "IOPCServer::CreateGroupEnumerator");
    /* S_FALSE: there is none. A server that cannot do it is no worse a server. */
    HRESULT hr = IOPCServer_CreateGroupEnumerator(c->server, OPC_ENUM_ALL, &IID_IEnumString, (LPUNKNOWN *)&enumerator);
    if (FAILED(hr) || !enumerator)
        return;
    read_names(c, enumerator, &names);
    IEnumString_Release(enumerator);
    if (names.count > 0)
        check_report_find(
            c->report, STAGE_GROUP, EVIDENCE_API,
            "%u group%s of earlier runs still at the server: %s%s. Another check may be running; otherwise "
            "the server keeps them until it notices that their client has gone (6 minutes, or its own "
            "restart). They are left alone.",
            names.count, names.count == 1 ? " is" : "s are", names.text, names.count > 5 ? ", ..." : "");
}
