#include "probe-client/child.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/interrupt.h"
#include "base/secret.h"
#include "base/text.h"
#include "opcda/text.h"

#define LOOK_NS (200 * NS_PER_MS)

/* Whoever knows the system's habits finds the folder by one of these. */
enum err child_name_file(const char *folder, const char *purpose, char *out, size_t size)
{
    static const char *const variables[] = { "TMPDIR", "TEMP", "TMP" };
    uint64_t number;
    for (size_t i = 0; !folder && i < sizeof(variables) / sizeof(variables[0]); i++)
        folder = getenv(variables[i]);
    enum err e = random_bytes(&number, sizeof(number));
    if (e)
        return e;
    int length =
        snprintf(out, size, "%s/opcprobe-%s-%016llx", folder ? folder : "/tmp", purpose, (unsigned long long)number);
    return length < (int)size ? ERR_OK : ERR_LIMIT;
}

size_t child_login_arguments(const struct login_options *o, const char *out[CHILD_LOGIN_ARGUMENTS])
{
    size_t count = 0;
    if (o->account) {
        out[count++] = "--as";
        out[count++] = o->account;
    }
    if (o->password_file) {
        out[count++] = "--password-file";
        out[count++] = o->password_file;
    }
    if (o->anonymous)
        out[count++] = "--anonymous";
    if (o->mechanism != MECHANISM_ANY && mechanism_name(o->mechanism)) {
        out[count++] = "--mechanism";
        out[count++] = mechanism_name(o->mechanism);
    }
    return count;
}

enum err child_password(const struct login_options *o, const struct login *login, char **out)
{
    *out = NULL;
    if (!o->account || o->password_file)
        return ERR_OK;
    char *password = wide_to_utf8(login->password);
    if (!password)
        return ERR_MEMORY;
    *out = text_format("OPCPROBE_PASSWORD=%s", password);
    child_password_cleanup(password);
    return *out ? ERR_OK : ERR_MEMORY;
}

void child_password_cleanup(char *password)
{
    if (password)
        secret_zero(password, strlen(password));
    free(password);
}

enum err child_wait(struct process *p, int64_t deadline_ns, int64_t grace_ns, void (*look)(const void *context),
                    const void *context, int *exit_code)
{
    bool told = false;
    enum err e;
    do {
        int64_t look_ns = clock_deadline_ns(LOOK_NS);
        if (look)
            look(context);
        if (interrupt_requested() && !told) {
            told = true;
            deadline_ns = clock_deadline_ns(grace_ns);
        }
        e = process_wait(p, look_ns < deadline_ns ? look_ns : deadline_ns, exit_code);
    } while (e == ERR_TIMEOUT && clock_left_ns(deadline_ns) > 0);
    if (e != ERR_OK)
        process_end(p, NS_PER_S);
    return e;
}
