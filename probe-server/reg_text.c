#include "probe-server/reg_text.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/text.h"

#define HEAD         "Windows Registry Editor Version 5.00\r\n\r\n"
#define ROOT         "HKEY_CLASSES_ROOT\\"
#define KEY_MAXIMUM  256
#define TEXT_MAXIMUM ((size_t)32 << 20)

static const uint8_t mark_utf16[] = { 0xFF, 0xFE };

static char *decode_utf16(const uint8_t *data, size_t size)
{
    size_t units = size / 2;
    uint16_t *wide = calloc(units + 1, sizeof(*wide));
    if (!wide)
        return NULL;
    for (size_t i = 0; i < units; i++)
        wide[i] = load_u16(data + 2 * i);
    size_t needed = utf8_from_utf16(wide, units, NULL, 0);
    char *text = malloc(needed + 1);
    if (text)
        utf8_from_utf16(wide, units, text, needed + 1);
    free(wide);
    return text;
}

/* A zero ends our text, but not the file: what stands behind it would be lost when it is written again. */
static bool has_zero(const uint8_t *bytes, size_t size, size_t unit)
{
    for (size_t i = 0; i + unit <= size; i += unit)
        if (!bytes[i] && !bytes[i + unit - 1])
            return true;
    return size % unit != 0;
}

enum err reg_text_parse(const void *data, size_t size, struct reg_text *out)
{
    const uint8_t *bytes = data;
    *out = (struct reg_text){ 0 };
    if (size >= sizeof(mark_utf16) && memcmp(bytes, mark_utf16, sizeof(mark_utf16)) == 0) {
        if (has_zero(bytes, size, 2))
            return ERR_PROTOCOL;
        out->utf16 = true;
        out->text = decode_utf16(bytes + sizeof(mark_utf16), size - sizeof(mark_utf16));
    } else {
        if (has_zero(bytes, size, 1))
            return ERR_PROTOCOL;
        /* A UTF-8 mark stays in front of the version line, so that the file goes back as it came. */
        out->text = size ? text_format("%.*s", (int)size, (const char *)bytes) : text_format("%s", HEAD);
    }
    return out->text ? ERR_OK : ERR_MEMORY;
}

void reg_text_cleanup(struct reg_text *t)
{
    free(t->text);
    *t = (struct reg_text){ 0 };
}

enum err reg_text_encode(const struct reg_text *t, void **out, size_t *size)
{
    size_t length = strlen(t->text);
    if (!t->utf16) {
        *out = strdup(t->text);
        *size = length;
        return *out ? ERR_OK : ERR_MEMORY;
    }
    size_t units = utf16_from_utf8(t->text, NULL, 0);
    uint16_t *wide = malloc((units + 2) * sizeof(*wide));
    if (!wide)
        return ERR_MEMORY;
    utf16_from_utf8(t->text, wide + 1, units + 1);
    uint8_t *bytes = (uint8_t *)wide;
    memcpy(bytes, mark_utf16, sizeof(mark_utf16));
    for (size_t i = 1; i <= units; i++)
        store_u16(bytes + 2 * i, wide[i]);
    *out = bytes;
    *size = (units + 1) * 2;
    return ERR_OK;
}

static bool starts_ignoring_case(const char *text, size_t length, const char *prefix)
{
    char head[256];
    size_t wanted = strlen(prefix);
    if (length < wanted || wanted >= sizeof(head))
        return false;
    memcpy(head, text, wanted);
    head[wanted] = '\0';
    return utf8_equal_ignoring_case(head, prefix);
}

/* Whether `key` is `root` or lies below it. */
static bool is_below(const char *key, size_t length, const char *root)
{
    size_t n = strlen(root);
    return starts_ignoring_case(key, length, root) && (length == n || key[n] == '\\');
}

/* The keys that belong to a class. */
struct class_keys {
    char appid[KEY_MAXIMUM];
    char trees[3][KEY_MAXIMUM]; /* of the class and its two names */
};

static struct class_keys keys_of(const struct class_registration *c)
{
    struct class_keys keys;
    snprintf(keys.appid, KEY_MAXIMUM, ROOT "AppID\\%s", c->appid);
    snprintf(keys.trees[0], KEY_MAXIMUM, ROOT "CLSID\\%s", c->clsid);
    snprintf(keys.trees[1], KEY_MAXIMUM, ROOT "%s", c->progid);
    snprintf(keys.trees[2], KEY_MAXIMUM, ROOT "%s", c->progid_latest);
    return keys;
}

static bool is_ours(const struct class_keys *keys, const char *key, size_t length, bool with_appid)
{
    for (size_t i = 0; i < sizeof(keys->trees) / sizeof(keys->trees[0]); i++)
        if (is_below(key, length, keys->trees[i]))
            return true;
    return with_appid && is_below(key, length, keys->appid);
}

static const char *line_end(const char *line)
{
    const char *end = strchr(line, '\n');
    return end ? end + 1 : line + strlen(line);
}

/* The key of a line that opens a section. */
static bool section_key(const char *line, const char **key, size_t *length)
{
    const char *end = line_end(line);
    const char *bracket = NULL;
    for (const char *at = line; at < end; at++)
        if (*at == ']')
            bracket = at;
    if (*line != '[' || !bracket)
        return false;
    *key = line + 1;
    *length = (size_t)(bracket - line - 1);
    return true;
}

static bool has_section(const char *text, const char *wanted)
{
    for (const char *line = text; *line; line = line_end(line)) {
        const char *key;
        size_t length;
        if (section_key(line, &key, &length) && length == strlen(wanted) && starts_ignoring_case(key, length, wanted))
            return true;
    }
    return false;
}

/* Copies the text without the sections of the class. */
static void copy_others(const char *text, const struct class_keys *keys, bool with_appid, struct writer *out)
{
    bool skipping = false;
    for (const char *line = text; *line; line = line_end(line)) {
        const char *key;
        size_t length;
        if (section_key(line, &key, &length))
            skipping = is_ours(keys, key, length, with_appid);
        if (!skipping)
            writer_bytes(out, line, (size_t)(line_end(line) - line));
    }
}

static void put(struct writer *out, const char *text)
{
    writer_bytes(out, text, strlen(text));
}

/* A string of the file: backslashes and quotes are escaped. */
static void put_quoted(struct writer *out, const char *text)
{
    put(out, "\"");
    for (; *text; text++) {
        if (*text == '\\' || *text == '"')
            put(out, "\\");
        writer_bytes(out, text, 1);
    }
    put(out, "\"");
}

/* A section with a default value, which may be NULL. */
static void put_section(struct writer *out, const char *key, const char *below, const char *value)
{
    put(out, "[");
    put(out, key);
    put(out, below);
    put(out, "]\r\n");
    if (value) {
        put(out, "@=");
        put_quoted(out, value);
        put(out, "\r\n");
    }
}

static void end_section(struct writer *out)
{
    put(out, "\r\n");
}

static void put_whole_section(struct writer *out, const char *key, const char *below, const char *value)
{
    put_section(out, key, below, value);
    end_section(out);
}

static void put_class(struct writer *out, const struct class_registration *c, const struct class_keys *keys,
                      const char *command)
{
    const char *class_key = keys->trees[0];
    put_section(out, class_key, "", c->name);
    put(out, "\"AppID\"=");
    put_quoted(out, c->appid);
    put(out, "\r\n");
    end_section(out);
    put_whole_section(out, class_key, "\\LocalServer32", command);
    put_whole_section(out, class_key, "\\ProgID", c->progid);
    put_whole_section(out, class_key, "\\VersionIndependentProgID", c->progid_latest);
    for (const char *const *category = c->categories; *category; category++) {
        char below[KEY_MAXIMUM];
        snprintf(below, sizeof(below), "\\Implemented Categories\\%s", *category);
        put_whole_section(out, class_key, below, NULL);
    }
    put_whole_section(out, keys->trees[1], "", c->name);
    put_whole_section(out, keys->trees[1], "\\CLSID", c->clsid);
    put_whole_section(out, keys->trees[2], "", c->name);
    put_whole_section(out, keys->trees[2], "\\CLSID", c->clsid);
    put_whole_section(out, keys->trees[2], "\\CurVer", c->progid);
}

/* Takes the writer's bytes as the new text. */
static enum err finish(struct reg_text *t, struct writer *out)
{
    writer_u8(out, 0);
    char *text = out->failed ? NULL : strdup((const char *)out->data);
    writer_cleanup(out);
    if (!text)
        return ERR_MEMORY;
    free(t->text);
    t->text = text;
    return ERR_OK;
}

enum err reg_text_register(struct reg_text *t, const struct class_registration *c, const char *command)
{
    struct class_keys keys = keys_of(c);
    struct writer out;
    writer_init(&out, TEXT_MAXIMUM);
    copy_others(t->text, &keys, false, &out);
    size_t length = strlen(t->text);
    if (length && t->text[length - 1] != '\n')
        put(&out, "\r\n");
    put_class(&out, c, &keys, command);
    if (!has_section(t->text, keys.appid)) {
        put_section(&out, keys.appid, "", c->name);
        put(&out, "\"AuthenticationLevel\"=dword:00000005\r\n"); /* packet-integrity */
        end_section(&out);
    }
    return finish(t, &out);
}

enum err reg_text_unregister(struct reg_text *t, const struct class_registration *c)
{
    struct class_keys keys = keys_of(c);
    struct writer out;
    writer_init(&out, TEXT_MAXIMUM);
    copy_others(t->text, &keys, true, &out);
    return finish(t, &out);
}
