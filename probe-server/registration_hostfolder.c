/* The registry of a host folder is a regedit export; whatever else stands in it stays as it is. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/text.h"
#include "probe-server/reg_text.h"
#include "probe-server/registration.h"

#define REGISTRY_MAXIMUM ((size_t)16 << 20)

static char *registry_path(char report[REGISTRATION_REPORT])
{
    const char *folder = getenv("OPCPROBE_HOST");
    if (!folder || !*folder) {
        snprintf(report, REGISTRATION_REPORT,
                 "OPCPROBE_HOST is not set; set it to the folder of the host to register on");
        return NULL;
    }
    return text_format("%s/registry.reg", folder);
}

/* Reads the file as UTF-8; a missing one is an empty registry. */
static enum err load(const char *path, struct reg_text *out)
{
    void *data;
    size_t size;
    enum err e = file_read(path, REGISTRY_MAXIMUM, &data, &size);
    if (e == ERR_NOT_FOUND)
        return reg_text_parse("", 0, out);
    if (e)
        return e;
    e = reg_text_parse(data, size, out);
    free(data);
    return e;
}

static enum err save(const char *path, const struct reg_text *text)
{
    void *data;
    size_t size;
    enum err e = reg_text_encode(text, &data, &size);
    if (e)
        return e;
    e = file_replace(path, data, size, false);
    free(data);
    return e;
}

static enum err edit(const struct class_registration *c, const char *command, char report[REGISTRATION_REPORT])
{
    char *path = registry_path(report);
    if (!path)
        return ERR_NOT_FOUND;
    struct reg_text text = { 0 };
    enum err e = load(path, &text);
    if (!e)
        e = command ? reg_text_register(&text, c, command) : reg_text_unregister(&text, c);
    if (!e)
        e = save(path, &text);
    if (e)
        snprintf(report, REGISTRATION_REPORT, "%.300s: %s; check the folder and its permissions", path, err_text(e));
    else
        snprintf(report, REGISTRATION_REPORT, "%s %s in %.300s", c->progid, command ? "registered" : "removed", path);
    reg_text_cleanup(&text);
    free(path);
    return e;
}

enum err registration_add(const struct class_registration *c, const char *command, char report[REGISTRATION_REPORT])
{
    return edit(c, command, report);
}

enum err registration_remove(const struct class_registration *c, char report[REGISTRATION_REPORT])
{
    return edit(c, NULL, report);
}
