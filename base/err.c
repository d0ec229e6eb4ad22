#include "base/err.h"

#include <errno.h>

#include "base/err_internal.h"

static const char *const texts[ERR_COUNT] = {
    [ERR_OK] = "no error",
    [ERR_MEMORY] = "out of memory",
    [ERR_TIMEOUT] = "deadline passed",
    [ERR_CANCELLED] = "cancelled",
    [ERR_REFUSED] = "connection refused",
    [ERR_UNREACHABLE] = "no route to the address",
    [ERR_RESOLVE] = "the name has no address",
    [ERR_CLOSED] = "the peer closed the connection",
    [ERR_PROTOCOL] = "the bytes break the specification",
    [ERR_LIMIT] = "beyond a limit of this program",
    [ERR_UNSUPPORTED] = "not supported here",
    [ERR_ACCESS] = "permission denied",
    [ERR_IN_USE] = "already in use",
    [ERR_NOT_FOUND] = "not found",
    [ERR_AUTH] = "authentication failed",
    [ERR_FAULT] = "the call ended with an RPC fault",
    [ERR_NAK] = "the RPC bind was rejected",
    [ERR_IO] = "the operating system failed",
};

const char *err_text(enum err e)
{
    if ((unsigned)e >= ERR_COUNT) {
        return "unknown error";
    }
    return texts[e];
}

enum err err_from_errno(int number)
{
    switch (number) {
    case 0:
        return ERR_OK;
    case ENOMEM:
    case ENOBUFS:
        return ERR_MEMORY;
    case ETIMEDOUT:
        return ERR_TIMEOUT;
    case ECONNREFUSED:
        return ERR_REFUSED;
    case ENETUNREACH:
    case EHOSTUNREACH:
    case ENETDOWN:
    case EADDRNOTAVAIL:
    case EAFNOSUPPORT:
        return ERR_UNREACHABLE;
    case ECONNRESET:
    case ECONNABORTED:
    case ENOTCONN:
    case EPIPE:
        return ERR_CLOSED;
    case EACCES:
    case EPERM:
    case EROFS:
        return ERR_ACCESS;
    case EADDRINUSE:
        return ERR_IN_USE;
    case ENOENT:
    case ENOTDIR:
        return ERR_NOT_FOUND;
    default:
        return ERR_IO;
    }
}
