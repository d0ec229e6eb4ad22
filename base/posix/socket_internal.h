/* What the files of the POSIX sockets share. */
#ifndef BASE_POSIX_SOCKET_INTERNAL_H
#define BASE_POSIX_SOCKET_INTERNAL_H

#include <poll.h>
#include <sys/socket.h>

#include "base/socket.h"

/* Keeps errno for socket_last_error() and gives its meaning. */
enum err socket_fail(void);
/* Closes a half-made socket and gives the meaning of the errno that stopped it. */
enum err socket_give_up(int fd);
/* Waits for one of `events`, an error or a hang-up; ERR_TIMEOUT when the deadline passes. */
enum err socket_wait(int fd, short events, int64_t deadline_ns);

#endif
