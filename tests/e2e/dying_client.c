/* A client that dies again and again: dying_client HOST SESSIONS AT_A_TIME
 *
 * Each session is a process that connects, adds a group with an item, subscribes, and is gone by SIGKILL before it
 * could give anything back. Ends with 0 when every session came that far. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "probe-client/connection.h"
#include "probe-client/lookup.h"
#include "probe-client/observe.h"
#include "probe-client/session.h"
#include "probe-client/this_host.h"

#define AT_A_TIME_MAXIMUM 64

static struct check_report report;
static struct login login;
static struct activity activity;
static struct connection connection;

static bool prepare(const char *host)
{
    static const struct login_options own = { .mechanism = MECHANISM_NTLM };
    char complaint[COMPLAINT];
    struct connection *c = &connection;
    if (login_init(&login, &own, complaint) != ERR_OK || activity_open(&activity, NULL) != ERR_OK)
        return false;
    this_host_name(report.here, sizeof(report.here));
    snprintf(report.there, sizeof(report.there), "%s", host);
    report.asked = (struct levels){ LEVEL_PACKET_INTEGRITY, LEVEL_PACKET_INTEGRITY, LEVEL_PACKET_INTEGRITY };
    stages_init(&report.stages, report.here, host);
    c->report = &report;
    c->login = &login;
    c->activity = &activity;
    c->host = host;
    c->data_changes = 1;
    if (connection_init(c) != ERR_OK)
        return false;
    c->watched = observe_start();
    return SUCCEEDED(session_start(LEVEL_PACKET_INTEGRITY));
}

static int die_subscribed(const char *host)
{
    static const char *const items[] = { "Random.Int4" };
    struct connection *c = &connection;
    if (prepare(host) && lookup_class(c, NULL, false) && connect_activate(c) && connect_query(c) &&
        calls_group(c, items, 1) && callback_advise(c))
        raise(SIGKILL);
    const struct stage_result *failure = stages_first_failure(&report.stages);
    fprintf(stderr, "dying_client: %s: %s\n", failure ? stage_name(failure->stage) : "before the first stage",
            failure ? failure->detail : "cannot begin");
    return 1;
}

/* Waits for one session; false when it did not die as it was to. */
static bool reap(void)
{
    int status = 0;
    return wait(&status) > 0 && WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
}

int main(int argc, char **argv)
{
    long sessions = argc == 4 ? strtol(argv[2], NULL, 10) : 0, at_a_time = argc == 4 ? strtol(argv[3], NULL, 10) : 0;
    long running = 0, failed = 0;
    if (sessions < 1 || at_a_time < 1 || at_a_time > AT_A_TIME_MAXIMUM) {
        fprintf(stderr, "usage: dying_client HOST SESSIONS AT_A_TIME\n");
        return 2;
    }
    for (long begun = 0; begun < sessions; begun++) {
        if (running == at_a_time) {
            failed += !reap();
            running--;
        }
        pid_t child = fork();
        if (child == 0)
            _exit(die_subscribed(argv[1]));
        running += child > 0;
        failed += child < 0;
    }
    for (; running > 0; running--)
        failed += !reap();
    printf("%ld sessions, %ld not as they were to be\n", sessions, failed);
    return failed ? 1 : 0;
}
