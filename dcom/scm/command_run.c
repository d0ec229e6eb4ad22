#include <stdio.h>

#include "base/clock.h"
#include "base/event.h"
#include "base/interrupt.h"
#include "base/memory.h"
#include "dcom/scm/commands.h"
#include "dcom/scm/scm.h"

static enum err open_events(struct scm *s)
{
    const struct host_view *view = host_files_get(s->files);
    enum err e = event_open("probe-scm", view->host->name);
    if (!e)
        event("ready", EV_TEXT("folder", view->host->folder), EV_NUMBER("resolver_port", view->host->resolver_port));
    host_files_put(view);
    return e;
}

int command_run(int argc, char **argv)
{
    char complaint[JSON_COMPLAINT];
    struct scm *s;
    bool environment;
    const char *folder = command_folder(argc > 1 ? argv[1] : NULL);
    if (argc > 2 || !folder) {
        fputs("usage: probe-scm run [FOLDER]; FOLDER is a host folder, by default $OPCPROBE_HOST\n", stderr);
        return EXIT_USAGE;
    }
    memory_share_pools();
    if (interrupt_catch()) {
        fputs("probe-scm: cannot catch signals\n", stderr);
        return EXIT_ENVIRONMENT;
    }
    if (scm_create(folder, &s, complaint, &environment)) {
        fprintf(stderr, "probe-scm: %s\n", complaint);
        return environment ? EXIT_ENVIRONMENT : EXIT_USAGE;
    }
    int exit_code = 0;
    if (open_events(s)) {
        fputs("probe-scm: cannot write to the folder $OPCPROBE_EVENTS\n", stderr);
        exit_code = EXIT_ENVIRONMENT;
    } else {
        puts("ready");
        fflush(stdout);
        interrupt_wait(CLOCK_NEVER);
        event("stopping", EV_TEXT("reason", "signal"));
    }
    scm_destroy(s);
    event_close();
    return exit_code;
}
