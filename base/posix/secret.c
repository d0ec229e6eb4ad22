#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include "base/err_internal.h"
#include "base/secret_internal.h"

#define CTRL_C '\x03'
#define CTRL_D '\x04'

/* Others must not be able to read the file, and nobody else may choose what stands in it. */
static enum err check_private(int fd)
{
    struct stat file;
    if (fstat(fd, &file) != 0) {
        return ERR_IO;
    }
    if (S_ISDIR(file.st_mode)) {
        return ERR_NOT_FOUND;
    }
    bool ours = file.st_uid == geteuid() || file.st_uid == 0;
    return ours && (file.st_mode & (S_IRWXG | S_IRWXO)) == 0 ? ERR_OK : ERR_ACCESS;
}

enum err secret_read_file(const char *path, char *out, size_t size, size_t *length)
{
    *length = 0;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (fd < 0) {
        return err_from_errno(errno);
    }
    enum err e = check_private(fd);
    while (!e && *length < size) {
        ssize_t got = read(fd, out + *length, size - *length);
        if (got == 0) {
            break;
        }
        if (got > 0) {
            *length += (size_t)got;
        } else if (errno != EINTR) {
            e = ERR_IO;
        }
    }
    (void)close(fd);
    return e;
}

enum err secret_take_variable(const char *variable, char out[SECRET_TEXT])
{
    char *value = getenv(variable);
    if (!value) {
        return ERR_NOT_FOUND;
    }
    size_t length = strlen(value);
    enum err e = length < SECRET_TEXT ? ERR_OK : ERR_LIMIT;
    if (!e) {
        memcpy(out, value, length + 1);
    }
    /* The same bytes are what /proc/PID/environ shows. */
    secret_zero(value, length);
    (void)unsetenv(variable);
    return e;
}

static void say(int terminal, const char *text)
{
    ssize_t ignored = write(terminal, text, strlen(text));
    (void)ignored;
}

/* Reads characters up to the line end; the terminal neither echoes nor edits nor raises signals meanwhile. */
static enum err read_answer(int terminal, char out[SECRET_TEXT])
{
    size_t length = 0;
    for (;;) {
        char c;
        ssize_t got = read(terminal, &c, 1);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got <= 0 || c == CTRL_C || (c == CTRL_D && length == 0)) {
            return ERR_CANCELLED;
        }
        if (c == '\n' || c == '\r' || c == CTRL_D) {
            out[length] = '\0';
            return ERR_OK;
        }
        if (c == '\b' || c == '\x7F') {
            /* Takes a whole UTF-8 character away: its following bytes begin with the bits 10. */
            while (length > 0 && ((unsigned char)out[--length] & 0xC0) == 0x80) {
            }
        } else if (length == SECRET_TEXT - 1) {
            return ERR_LIMIT;
        } else {
            out[length++] = c;
        }
    }
}

enum err secret_prompt(const char *prompt, char out[SECRET_TEXT])
{
    int terminal = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
    if (terminal < 0) {
        return ERR_NOT_FOUND;
    }
    struct termios before;
    if (tcgetattr(terminal, &before) != 0) {
        (void)close(terminal);
        return ERR_NOT_FOUND;
    }
    struct termios silent = before;
    /* Without ISIG Ctrl-C arrives as a character: a signal would end the program with the echo still off. */
    silent.c_lflag &= ~(tcflag_t)(ECHO | ECHONL | ISIG | ICANON);
    silent.c_cc[VMIN] = 1;
    silent.c_cc[VTIME] = 0;
    say(terminal, prompt);
    (void)tcsetattr(terminal, TCSAFLUSH, &silent);
    enum err e = read_answer(terminal, out);
    (void)tcsetattr(terminal, TCSAFLUSH, &before);
    say(terminal, "\n");
    (void)close(terminal);
    return e;
}
