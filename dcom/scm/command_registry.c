/* probe-scm registry: values of a simulated host's registry.reg. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "dcom/scm/commands.h"
#include "security/account_name.h"
#include "security/host_files.h"

static const char usage[] = "usage: probe-scm registry FOLDER SETTING...\n"
                            "a SETTING is KEY\\VALUE=sz:TEXT, KEY\\VALUE=multi:TEXT (a list of one text), "
                            "KEY\\VALUE=dword:NUMBER, KEY\\VALUE=sddl:LIST, KEY\\VALUE=- (no such value) or -KEY (no "
                            "such key); VALUE @ is the key's default value\n"
                            "a LIST may name users and groups of the host in braces: "
                            "\"O:BAG:BAD:(A;;CCDCLCSWRP;;;{OPC Users})\"\n";

/* One argument taken apart. */
struct setting {
    char *key, *name; /* owned */
    struct writer list;
    struct reg_change change;
};

static void setting_cleanup(struct setting *s)
{
    free(s->key);
    free(s->name);
    writer_cleanup(&s->list);
}

/* regedit knows the long names alone. */
static char *long_key(const char *key, size_t size)
{
    static const struct {
        const char *prefix, *full;
    } hives[] = {
        { "HKLM\\", "HKEY_LOCAL_MACHINE" }, { "HKCR\\", "HKEY_CLASSES_ROOT" },   { "HKCU\\", "HKEY_CURRENT_USER" },
        { "HKU\\", "HKEY_USERS" },          { "HKCC\\", "HKEY_CURRENT_CONFIG" },
    };
    for (size_t i = 0; i < sizeof hives / sizeof hives[0]; i++) {
        size_t length = strlen(hives[i].prefix);
        if (size > length && strncmp(key, hives[i].prefix, length) == 0)
            return text_format("%s%.*s", hives[i].full, (int)(size - length + 1), key + length - 1);
    }
    return text_format("%.*s", (int)size, key);
}

static enum err set_list(const struct host_view *view, const char *text, struct setting *out,
                         char complaint[ACCOUNT_NAME_COMPLAINT])
{
    struct descriptor d;
    enum err e = account_name_sddl(view->host, view->accounts, text, &d, complaint);
    if (e)
        return e;
    descriptor_write(&out->list, &d);
    descriptor_cleanup(&d);
    out->change.kind = REG_SET_BINARY;
    out->change.data = out->list.data;
    out->change.size = out->list.size;
    return out->list.failed ? ERR_LIMIT : ERR_OK;
}

/* What stands behind the equals sign. */
static enum err set_data(const struct host_view *view, const char *text, struct setting *out,
                         char complaint[ACCOUNT_NAME_COMPLAINT])
{
    if (strcmp(text, "-") == 0) {
        out->change.kind = REG_DELETE_VALUE;
        return ERR_OK;
    }
    if (strncmp(text, "sddl:", 5) == 0)
        return set_list(view, text + 5, out, complaint);
    if (strncmp(text, "sz:", 3) == 0) {
        out->change.kind = REG_SET_STRING;
        out->change.text = text + 3;
        return ERR_OK;
    }
    if (strncmp(text, "multi:", 6) == 0) {
        out->change.kind = REG_SET_LIST;
        out->change.text = text + 6;
        return ERR_OK;
    }
    if (strncmp(text, "dword:", 6) == 0 && text_parse_code(text + 6, &out->change.number)) {
        out->change.kind = REG_SET_DWORD;
        return ERR_OK;
    }
    snprintf(complaint, ACCOUNT_NAME_COMPLAINT,
             "\"%.200s\" is no value; write sz:TEXT, multi:TEXT, dword:NUMBER, sddl:LIST or - to delete", text);
    return ERR_PROTOCOL;
}

static enum err setting_parse(const struct host_view *view, const char *text, struct setting *out,
                              char complaint[ACCOUNT_NAME_COMPLAINT])
{
    memset(out, 0, sizeof *out);
    writer_init(&out->list, DESCRIPTOR_BYTES);
    if (text[0] == '-' && strchr(text, '\\')) {
        out->key = long_key(text + 1, strlen(text + 1));
        out->change = (struct reg_change){ .kind = REG_DELETE_KEY, .key = out->key };
        return out->key ? ERR_OK : ERR_MEMORY;
    }
    const char *equals = strchr(text, '='), *name = equals;
    while (name && name > text && name[-1] != '\\')
        name--;
    if (!name || name < text + 2 || name == equals) {
        snprintf(complaint, ACCOUNT_NAME_COMPLAINT, "\"%.200s\" does not begin with KEY\\VALUE=", text);
        return ERR_PROTOCOL;
    }
    out->key = long_key(text, (size_t)(name - 1 - text));
    out->name = text_format("%.*s", (int)(equals - name), name);
    if (!out->key || !out->name)
        return ERR_MEMORY;
    out->change.key = out->key;
    out->change.name = strcmp(out->name, "@") == 0 ? NULL : out->name;
    return set_data(view, equals + 1, out, complaint);
}

/* All of them or none. */
static enum err change_file(const char *folder, const struct setting *settings, size_t count,
                            char complaint[REG_COMPLAINT])
{
    struct reg_change *changes = calloc(count, sizeof *changes);
    char *path = text_format("%s/registry.reg", folder);
    enum err e = ERR_MEMORY;
    if (changes && path) {
        for (size_t i = 0; i < count; i++)
            changes[i] = settings[i].change;
        e = reg_file_change(path, changes, count, complaint);
    }
    free(changes);
    free(path);
    return e;
}

static enum err apply(const char *folder, char **arguments, size_t count, char complaint[JSON_COMPLAINT])
{
    struct host_files *files;
    struct setting *settings = calloc(count, sizeof *settings);
    if (!settings)
        return ERR_MEMORY;
    enum err e = host_files_open(folder, &files, complaint);
    if (!e) {
        const struct host_view *view = host_files_get(files);
        size_t parsed = 0;
        for (; parsed < count && !e; parsed++)
            e = setting_parse(view, arguments[parsed], &settings[parsed], complaint);
        if (!e)
            e = change_file(folder, settings, count, complaint);
        while (parsed)
            setting_cleanup(&settings[--parsed]);
        host_files_put(view);
        host_files_close(files);
    }
    free(settings);
    return e;
}

int command_registry(int argc, char **argv)
{
    char complaint[JSON_COMPLAINT] = "";
    if (argc < 3 || argv[1][0] == '-') {
        fputs(usage, stderr);
        return EXIT_USAGE;
    }
    enum err e = apply(argv[1], argv + 2, (size_t)argc - 2, complaint);
    if (e)
        fprintf(stderr, "probe-scm: %s\n", complaint[0] ? complaint : err_text(e));
    return e ? EXIT_USAGE : 0;
}
