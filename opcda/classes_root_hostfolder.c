#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "opcda/classes_root.h"
#include "security/reg.h"

#define PATH_MAXIMUM (CLASSES_ROOT_NAME * 2)

struct classes_root {
    struct reg *registry; /* owned */
};

/* A host without a registry file has no classes; a process without a host has no registry. */
static enum err load(struct reg **out)
{
    const char *folder = getenv("OPCPROBE_HOST");
    char complaint[REG_COMPLAINT];
    if (!folder || !*folder)
        return ERR_NOT_FOUND;
    char *path = text_format("%s/registry.reg", folder);
    if (!path)
        return ERR_MEMORY;
    enum err e = reg_load(path, out, complaint);
    free(path);
    return e == ERR_NOT_FOUND ? reg_create(out) : e;
}

HRESULT classes_root_open(struct classes_root **out)
{
    *out = calloc(1, sizeof(**out));
    if (!*out)
        return E_OUTOFMEMORY;
    enum err e = load(&(*out)->registry);
    if (!e)
        return S_OK;
    free(*out);
    *out = NULL;
    return e == ERR_MEMORY ? E_OUTOFMEMORY : REGDB_E_READREGDB;
}

void classes_root_close(struct classes_root *root)
{
    if (!root)
        return;
    reg_destroy(root->registry);
    free(root);
}

static bool whole_path(const char *key, char out[PATH_MAXIMUM])
{
    int length = snprintf(out, PATH_MAXIMUM, "HKEY_CLASSES_ROOT%s%s", *key ? "\\" : "", key);
    return length > 0 && length < PATH_MAXIMUM;
}

bool classes_root_has(struct classes_root *root, const char *key)
{
    char path[PATH_MAXIMUM];
    return whole_path(key, path) && reg_has_key(root->registry, path);
}

char *classes_root_text(struct classes_root *root, const char *key)
{
    char path[PATH_MAXIMUM];
    const char *text = whole_path(key, path) ? reg_string(root->registry, path, NULL) : NULL;
    return text ? strdup(text) : NULL;
}

bool classes_root_below(struct classes_root *root, const char *key, size_t index, char name[CLASSES_ROOT_NAME])
{
    char path[PATH_MAXIMUM];
    const char *found = whole_path(key, path) ? reg_subkey(root->registry, path, index) : NULL;
    if (found)
        snprintf(name, CLASSES_ROOT_NAME, "%s", found);
    return found != NULL;
}
