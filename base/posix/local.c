#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/err_internal.h"
#include "base/posix/socket_internal.h"
#include "base/socket_internal.h"

/* How long another process may be busy taking a socket name in the same folder. */
#define FOLDER_LOCK_NS (2 * NS_PER_S)
#define FOLDER_TRY_NS  (5 * NS_PER_MS)

static enum err local_address(const char *path, struct sockaddr_un *out)
{
    size_t length = strlen(path);
    if (length >= sizeof(out->sun_path)) {
        return ERR_LIMIT;
    }
    if (length == 0) {
        return ERR_NOT_FOUND;
    }
    *out = (struct sockaddr_un){ .sun_family = AF_UNIX };
    memcpy(out->sun_path, path, length + 1);
    return ERR_OK;
}

/* A local connect waits only while the listener's queue is full, and poll() cannot tell when that ends. So it
 * blocks, with the time left as the socket's own time limit. */
static enum err connect_blocking(int fd, const struct sockaddr_un *address, int64_t deadline_ns)
{
    for (;;) {
        int64_t left = clock_left_ns(deadline_ns);
        /* Zero would mean no limit at all, and whole microseconds must not end before the deadline. */
        int64_t us = left / NS_PER_US + 1;
        struct timeval limit = { .tv_sec = us / 1000000, .tv_usec = us % 1000000 };
        if (deadline_ns == CLOCK_NEVER) {
            limit = (struct timeval){ 0 };
        }
        if (setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit)) != 0) {
            return socket_fail();
        }
        if (connect(fd, (const struct sockaddr *)address, sizeof(*address)) == 0) {
            return ERR_OK;
        }
        if (errno == EAGAIN && clock_left_ns(deadline_ns) == 0) {
            socket_keep_error(ETIMEDOUT);
            return ERR_TIMEOUT;
        }
        if (errno != EINTR && errno != EAGAIN) {
            return socket_fail();
        }
    }
}

enum err socket_connect_local(const char *path, int64_t deadline_ns, socket_t *out)
{
    *out = SOCKET_NONE;
    struct sockaddr_un address;
    enum err e = local_address(path, &address);
    if (e) {
        return e;
    }
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0) {
        return socket_fail();
    }
    e = connect_blocking(fd, &address, deadline_ns);
    if (!e && fcntl(fd, F_SETFL, O_NONBLOCK) != 0) {
        e = socket_fail();
    }
    if (e) {
        (void)close(fd);
        return e;
    }
    *out = fd;
    return ERR_OK;
}

/* Locks the folder of the path, so that of two processes that want one name only one looks at the leftover file,
 * removes it and binds; the lock ends with the descriptor. */
static enum err lock_folder(const char *path, int *out)
{
    char folder[sizeof(((struct sockaddr_un *)0)->sun_path)] = ".";
    const char *slash = strrchr(path, '/');
    if (slash) {
        size_t length = slash == path ? 1 : (size_t)(slash - path);
        memcpy(folder, path, length);
        folder[length] = '\0';
    }
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) {
        return socket_fail();
    }
    int64_t deadline = clock_deadline_ns(FOLDER_LOCK_NS);
    while (flock(fd, LOCK_EX | LOCK_NB) != 0) {
        if (errno != EWOULDBLOCK && errno != EINTR) {
            return socket_give_up(fd);
        }
        if (clock_left_ns(deadline) == 0) {
            (void)close(fd);
            return ERR_IN_USE;
        }
        clock_sleep_until_ns(clock_deadline_ns(FOLDER_TRY_NS));
    }
    *out = fd;
    return ERR_OK;
}

/* Removes a socket file that a dead process left; ERR_IN_USE when somebody answers or the file is no socket. */
static enum err remove_leftover(const struct sockaddr_un *address)
{
    struct stat file;
    if (lstat(address->sun_path, &file) != 0) {
        return errno == ENOENT ? ERR_OK : socket_fail();
    }
    if (!S_ISSOCK(file.st_mode)) {
        return ERR_IN_USE;
    }
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0) {
        return socket_fail();
    }
    bool refused = connect(fd, (const struct sockaddr *)address, sizeof(*address)) != 0 && errno == ECONNREFUSED;
    (void)close(fd);
    if (!refused) {
        return ERR_IN_USE;
    }
    return unlink(address->sun_path) == 0 ? ERR_OK : socket_fail();
}

static enum err bind_and_listen(int fd, const struct sockaddr_un *address)
{
    /* The file gets the mode of the unbound socket, so nobody else can ever connect, whatever the umask is. */
    if (fchmod(fd, S_IRUSR | S_IWUSR) != 0) {
        return socket_fail();
    }
    if (bind(fd, (const struct sockaddr *)address, sizeof(*address)) != 0 || listen(fd, SOMAXCONN) != 0) {
        return socket_fail();
    }
    return ERR_OK;
}

enum err socket_listen_local(const char *path, socket_t *out)
{
    *out = SOCKET_NONE;
    struct sockaddr_un address;
    int folder = -1;
    enum err e = local_address(path, &address);
    if (!e) {
        e = lock_folder(path, &folder);
    }
    if (e) {
        return e;
    }
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    e = fd < 0 ? socket_fail() : remove_leftover(&address);
    if (!e) {
        e = bind_and_listen(fd, &address);
    }
    (void)close(folder);
    if (e) {
        if (fd >= 0) {
            (void)close(fd);
        }
        return e;
    }
    *out = fd;
    return ERR_OK;
}

enum err socket_pair(socket_t out[2])
{
    out[0] = out[1] = SOCKET_NONE;
    int fds[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fds) != 0) {
        return socket_fail();
    }
    out[0] = fds[0];
    out[1] = fds[1];
    return ERR_OK;
}

int64_t socket_peer_pid(socket_t s)
{
    struct ucred peer = { 0 };
    socklen_t size = sizeof(peer);
    if (getsockopt((int)s, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) {
        return 0;
    }
    return peer.pid;
}

/* A listener takes its file along: whoever finds no file knows at once that nobody is there. After its shutdown the
 * name may already be another process's. */
static void remove_own_file(int fd)
{
    int listening = 0;
    socklen_t size = sizeof(listening);
    if (getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listening, &size) != 0 || !listening) {
        return;
    }
    struct pollfd p = { .fd = fd };
    struct sockaddr_un address = { 0 };
    size = sizeof(address) - 1; /* keeps the path terminated */
    if (poll(&p, 1, 0) == 0 && getsockname(fd, (struct sockaddr *)&address, &size) == 0 &&
        address.sun_family == AF_UNIX && address.sun_path[0] != '\0') {
        (void)unlink(address.sun_path);
    }
}

void socket_shutdown(socket_t s)
{
    remove_own_file((int)s);
    (void)shutdown((int)s, SHUT_RDWR);
}

void socket_finish(socket_t s)
{
    (void)shutdown((int)s, SHUT_WR);
}

void socket_end_reading(socket_t s)
{
    (void)shutdown((int)s, SHUT_RD);
}

void socket_close(socket_t s)
{
    if (s == SOCKET_NONE) {
        return;
    }
    remove_own_file((int)s);
    (void)close((int)s);
}
