#include "base/interrupt.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stddef.h>
#include <unistd.h>

#include "base/clock.h"

/* The handler writes one byte that nobody ever reads, so the pipe stays readable for every waiter. */
static int wake_pipe[2] = { -1, -1 };
static atomic_bool requested;

static void set_flag(void)
{
    if (atomic_exchange(&requested, true) || wake_pipe[1] < 0)
        return;
    int saved = errno;
    ssize_t written = write(wake_pipe[1], "", 1);
    (void)written; /* a full pipe is readable already */
    errno = saved;
}

static void on_signal(int number)
{
    if (number == SIGINT && atomic_load(&requested))
        _exit(128 + number);
    set_flag();
}

enum err interrupt_catch(void)
{
    if (wake_pipe[0] < 0 && pipe2(wake_pipe, O_CLOEXEC | O_NONBLOCK) != 0)
        return ERR_IO;
    struct sigaction action = { .sa_handler = on_signal, .sa_flags = SA_RESTART };
    sigemptyset(&action.sa_mask);
    static const int signals[] = { SIGINT, SIGTERM, SIGHUP };
    for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
        if (sigaction(signals[i], &action, NULL) != 0)
            return ERR_IO;
    return ERR_OK;
}

bool interrupt_requested(void)
{
    return atomic_load(&requested);
}

void interrupt_request(void)
{
    set_flag();
}

bool interrupt_wait(int64_t deadline_ns)
{
    while (!interrupt_requested()) {
        if (clock_left_ns(deadline_ns) == 0)
            return false;
        struct pollfd wait = { .fd = wake_pipe[0], .events = POLLIN };
        (void)poll(&wait, 1, clock_left_ms(deadline_ns));
    }
    return true;
}
