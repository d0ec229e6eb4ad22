/* Adding to a .reg file without disturbing what stands in it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/file.h"
#include "base/text.h"
#include "security/reg_internal.h"

/* The lines to append, in UTF-8, each ended by `newline`. */
struct reg_lines {
    struct writer text;
    const char *newline;
    bool ansi_values; /* REGEDIT4: texts in hexadecimal digits have 8-bit characters */
};

static void put(struct reg_lines *l, const char *text)
{
    writer_bytes(&l->text, text, strlen(text));
}

static void put_quoted(struct reg_lines *l, const char *text)
{
    put(l, "\"");
    for (; *text; text++) {
        if (*text == '"' || *text == '\\')
            put(l, "\\");
        writer_u8(&l->text, (uint8_t)*text);
    }
    put(l, "\"");
}

#define HEX_BYTES_A_LINE 24 /* keeps the lines near the 80 columns of regedit */

static void put_hex(struct reg_lines *l, const char *type, const uint8_t *data, size_t size)
{
    static const char digits[] = "0123456789abcdef";
    put(l, type);
    for (size_t i = 0; i < size; i++) {
        if (i > 0)
            put(l, ",");
        if (i > 0 && i % HEX_BYTES_A_LINE == 0) {
            put(l, "\\");
            put(l, l->newline);
            put(l, "  ");
        }
        writer_u8(&l->text, (uint8_t)digits[data[i] >> 4]);
        writer_u8(&l->text, (uint8_t)digits[data[i] & 15]);
    }
}

/* REG_MULTI_SZ: each text ends with a zero, and the list with one more. */
static void put_list(struct reg_lines *l, const char *text)
{
    struct writer data;
    uint16_t *units = utf16_dup(text);
    writer_init(&data, REG_VALUE_MAXIMUM);
    if (!units)
        l->text.failed = true;
    else if (l->ansi_values)
        writer_bytes(&data, text, strlen(text));
    else
        for (const uint16_t *u = units; *u; u++)
            writer_u16(&data, *u);
    writer_zeros(&data, l->ansi_values ? 2 : 4);
    l->text.failed |= data.failed;
    if (!l->text.failed)
        put_hex(l, "hex(7):", data.data, data.size);
    writer_cleanup(&data);
    free(units);
}

static void put_data(struct reg_lines *l, const struct reg_change *c)
{
    char number[20];
    switch (c->kind) {
    case REG_SET_STRING:
        put_quoted(l, c->text);
        break;
    case REG_SET_DWORD:
        snprintf(number, sizeof number, "dword:%08x", c->number);
        put(l, number);
        break;
    case REG_SET_BINARY:
        put_hex(l, "hex:", c->data, c->size);
        break;
    case REG_SET_LIST:
        put_list(l, c->text);
        break;
    case REG_DELETE_VALUE:
        put(l, "-");
        break;
    case REG_DELETE_KEY: /* has no line of its own below the key's */
        break;
    }
}

static void put_change(struct reg_lines *l, const struct reg_change *c, const char *key_before)
{
    if (c->kind == REG_DELETE_KEY || !key_before || strcmp(c->key, key_before) != 0) {
        put(l, l->newline);
        put(l, c->kind == REG_DELETE_KEY ? "[-" : "[");
        put(l, c->key);
        put(l, "]");
        put(l, l->newline);
    }
    if (c->kind == REG_DELETE_KEY)
        return;
    if (c->name && c->name[0])
        put_quoted(l, c->name);
    else
        put(l, "@");
    put(l, "=");
    put_data(l, c);
    put(l, l->newline);
}

/* Appends the lines to `file` in its encoding. */
static enum err append_encoded(struct writer *file, enum reg_encoding encoding, const struct writer *lines)
{
    if (encoding != REG_UTF16LE) {
        writer_bytes(file, lines->data, lines->size);
        return file->failed ? ERR_LIMIT : ERR_OK;
    }
    char *text = text_format("%.*s", (int)lines->size, (const char *)lines->data);
    uint16_t *units = text ? utf16_dup(text) : NULL;
    free(text);
    if (!units)
        return ERR_MEMORY;
    for (const uint16_t *u = units; *u; u++)
        writer_u16(file, *u);
    free(units);
    return file->failed ? ERR_LIMIT : ERR_OK;
}

/* What the file holds now, or the first line of a new one; how lines are to be written goes to `lines`. */
static enum err load_or_begin(const char *path, struct writer *file, enum reg_encoding *encoding,
                              struct reg_lines *lines)
{
    static const char header[] = "Windows Registry Editor Version 5.00\n";
    void *data;
    size_t size, text_size;
    char *text;
    enum err e = file_read(path, REG_FILE_MAXIMUM, &data, &size);
    *encoding = REG_UTF8;
    lines->newline = "\n";
    lines->ansi_values = false;
    if (e == ERR_NOT_FOUND) {
        writer_bytes(file, header, sizeof header - 1);
        return file->failed ? ERR_MEMORY : ERR_OK;
    }
    if (e)
        return e;
    e = reg_text_decode(data, size, encoding, &text, &text_size);
    if (!e) {
        if (strstr(text, "\r\n"))
            lines->newline = "\r\n";
        lines->ansi_values = strncmp(text, "REGEDIT4", 8) == 0;
        writer_bytes(file, data, size);
    }
    free(text);
    free(data);
    return e ? e : file->failed ? ERR_MEMORY : ERR_OK;
}

static enum err replace_checked(const char *path, const struct writer *file, char complaint[REG_COMPLAINT])
{
    struct reg *check;
    enum err e = reg_create(&check);
    if (e)
        return e;
    e = reg_parse(check, path, file->data, file->size, complaint);
    reg_destroy(check);
    return e ? e : file_replace(path, file->data, file->size, false);
}

enum err reg_file_change(const char *path, const struct reg_change *changes, size_t count,
                         char complaint[REG_COMPLAINT])
{
    enum reg_encoding encoding;
    struct writer file;
    struct reg_lines lines;
    complaint[0] = 0;
    writer_init(&file, REG_FILE_MAXIMUM);
    writer_init(&lines.text, REG_FILE_MAXIMUM);
    enum err e = load_or_begin(path, &file, &encoding, &lines);
    if (!e) {
        for (size_t i = 0; i < count; i++) {
            bool same = i > 0 && changes[i - 1].kind != REG_DELETE_KEY;
            put_change(&lines, &changes[i], same ? changes[i - 1].key : NULL);
        }
        e = lines.text.failed ? ERR_LIMIT : append_encoded(&file, encoding, &lines.text);
    }
    if (!e)
        e = replace_checked(path, &file, complaint);
    if (e && !complaint[0])
        snprintf(complaint, REG_COMPLAINT, "%.300s: %s", path, err_text(e));
    writer_cleanup(&file);
    writer_cleanup(&lines.text);
    return e;
}
