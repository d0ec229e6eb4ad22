/* The grammar of regedit's files: a version line, [keys], "values", comments. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/file.h"
#include "base/text.h"
#include "security/reg_internal.h"

struct reg_parser {
    const char *path;
    const char *at; /* UTF-8; the text ends with a zero that is not part of it */
    unsigned line;
    bool ansi_values; /* REGEDIT4: texts in hex() are 8-bit */
    struct reg *reg;
    struct reg_key *key; /* of the last [line]; NULL before the first and after [-key] */
    bool deleted;
    char *complaint;
};

__attribute__((format(printf, 3, 4))) static enum err complain(struct reg_parser *p, enum err e, const char *format,
                                                               ...)
{
    int at = snprintf(p->complaint, REG_COMPLAINT, "%.200s:%u: ", p->path, p->line);
    va_list list;
    va_start(list, format);
    vsnprintf(p->complaint + at, REG_COMPLAINT - (size_t)at, format, list);
    va_end(list);
    return e;
}

static void skip_blanks(struct reg_parser *p)
{
    while (*p->at == ' ' || *p->at == '\t')
        p->at++;
}

static bool at_line_end(const struct reg_parser *p)
{
    return *p->at == 0 || *p->at == '\n' || *p->at == '\r';
}

/* Moves past the end of this line: CR LF, LF or CR. */
static void next_line(struct reg_parser *p)
{
    p->at += strcspn(p->at, "\r\n");
    if (*p->at == 0)
        return;
    p->at += p->at[0] == '\r' && p->at[1] == '\n' ? 2 : 1;
    p->line++;
}

/* What may follow a value on its line: nothing, or a comment. */
static enum err end_of_value(struct reg_parser *p)
{
    skip_blanks(p);
    if (!at_line_end(p) && *p->at != ';')
        return complain(p, ERR_PROTOCOL, "unexpected \"%.20s\" after the value; one value stands on one line", p->at);
    next_line(p);
    return ERR_OK;
}

/* A quoted text; line breaks inside it belong to it, as regedit writes them. */
static enum err parse_quoted(struct reg_parser *p, char **out, size_t *out_size)
{
    unsigned first_line = p->line;
    struct writer text;
    writer_init(&text, REG_VALUE_MAXIMUM);
    for (p->at++; *p->at != '"' && *p->at; p->at++) {
        if (*p->at == '\\' && p->at[1])
            p->at++;
        if (*p->at == '\n')
            p->line++;
        writer_u8(&text, (uint8_t)*p->at);
    }
    if (*p->at != '"') {
        writer_cleanup(&text);
        p->line = first_line;
        return complain(p, ERR_PROTOCOL, "the quoted text has no closing quote");
    }
    p->at++;
    writer_u16(&text, 0); /* the text's own end and struct reg_value's spare byte */
    if (text.failed) {
        writer_cleanup(&text);
        return complain(p, ERR_LIMIT, "the text is longer than %d bytes", REG_VALUE_MAXIMUM);
    }
    *out = malloc(text.size);
    *out_size = text.size - 1;
    if (*out)
        memcpy(*out, text.data, text.size);
    writer_cleanup(&text);
    return *out ? ERR_OK : complain(p, ERR_MEMORY, "out of memory");
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* "dword:0000001f" */
static enum err parse_dword(struct reg_parser *p, const char *name)
{
    uint32_t value = 0;
    int digits = 0;
    for (p->at += strlen("dword:"); hex_digit(*p->at) >= 0; p->at++, digits++)
        value = value << 4 | (uint32_t)hex_digit(*p->at);
    if (digits < 1 || digits > 8)
        return complain(p, ERR_PROTOCOL, "dword: wants one to eight hexadecimal digits");
    uint8_t *data = malloc(5);
    if (!data)
        return complain(p, ERR_MEMORY, "out of memory");
    store_u32(data, value);
    data[4] = 0;
    return reg_tree_set(p->key, name, REG_TYPE_DWORD, data, 4);
}

/* "(2):" after "hex", or just ":"; REG_BINARY without a number. */
static enum err parse_hex_type(struct reg_parser *p, uint32_t *type)
{
    *type = REG_TYPE_BINARY;
    if (*p->at == '(') {
        int digits = 0;
        *type = 0;
        for (p->at++; hex_digit(*p->at) >= 0 && digits < 8; p->at++, digits++)
            *type = *type << 4 | (uint32_t)hex_digit(*p->at);
        if (digits == 0 || *p->at != ')')
            return complain(p, ERR_PROTOCOL, "hex( wants a type in hexadecimal and a closing parenthesis");
        p->at++;
    }
    if (*p->at != ':')
        return complain(p, ERR_PROTOCOL, "hex wants a colon before its bytes");
    p->at++;
    return ERR_OK;
}

/* "01,02,\" and on over as many lines as end with a backslash. */
static enum err parse_hex_bytes(struct reg_parser *p, struct writer *bytes)
{
    for (;;) {
        skip_blanks(p);
        if (*p->at == '\\') {
            p->at++;
            skip_blanks(p);
            if (!at_line_end(p))
                return complain(p, ERR_PROTOCOL, "a backslash between bytes must end its line");
            next_line(p);
            continue;
        }
        int high = hex_digit(*p->at);
        int low = high >= 0 ? hex_digit(p->at[1]) : -1;
        if (high < 0)
            return ERR_OK;
        if (low >= 0)
            writer_u8(bytes, (uint8_t)(high << 4 | low));
        else
            writer_u8(bytes, (uint8_t)high);
        p->at += low >= 0 ? 2 : 1;
        skip_blanks(p);
        if (*p->at == ',')
            p->at++;
        else if (*p->at != '\\')
            return ERR_OK;
    }
}

static enum err store_hex(struct reg_parser *p, const char *name, uint32_t type, const struct writer *bytes)
{
    uint8_t *data;
    size_t size = bytes->size;
    if (type == REG_TYPE_SZ || type == REG_TYPE_EXPAND_SZ || type == REG_TYPE_MULTI_SZ) {
        if (reg_text_value(bytes->data, size, !p->ansi_values, type == REG_TYPE_MULTI_SZ, &data, &size))
            return complain(p, ERR_MEMORY, "out of memory");
        return reg_tree_set(p->key, name, type, data, size);
    }
    data = calloc(1, size + 1);
    if (!data)
        return complain(p, ERR_MEMORY, "out of memory");
    if (size)
        memcpy(data, bytes->data, size);
    return reg_tree_set(p->key, name, type, data, size);
}

static enum err parse_hex(struct reg_parser *p, const char *name)
{
    uint32_t type;
    struct writer bytes;
    p->at += strlen("hex");
    enum err e = parse_hex_type(p, &type);
    if (e)
        return e;
    writer_init(&bytes, REG_VALUE_MAXIMUM);
    e = parse_hex_bytes(p, &bytes);
    if (!e && bytes.failed)
        e = complain(p, ERR_LIMIT, "the value is longer than %d bytes", REG_VALUE_MAXIMUM);
    if (!e)
        e = store_hex(p, name, type, &bytes);
    writer_cleanup(&bytes);
    return e;
}

static bool starts_with(const char *at, const char *word)
{
    for (; *word; at++, word++)
        if ((*at | 0x20) != *word && *at != *word)
            return false;
    return true;
}

static enum err parse_data(struct reg_parser *p, const char *name)
{
    char *text;
    size_t size;
    if (*p->at == '"') {
        enum err e = parse_quoted(p, &text, &size);
        return e ? e : reg_tree_set(p->key, name, REG_TYPE_SZ, (uint8_t *)text, size);
    }
    if (starts_with(p->at, "dword:"))
        return parse_dword(p, name);
    if (starts_with(p->at, "hex"))
        return parse_hex(p, name);
    if (*p->at == '-') {
        p->at++;
        reg_tree_unset(p->key, name);
        return ERR_OK;
    }
    return complain(p, ERR_PROTOCOL, "a value is \"text\", dword:, hex:, hex(type): or - to delete it");
}

/* "name"=data or @=data */
static enum err parse_value(struct reg_parser *p)
{
    char *name = NULL;
    size_t size;
    enum err e = ERR_OK;
    if (!p->key)
        return complain(p, ERR_PROTOCOL,
                        p->deleted ? "a value cannot stand below a deleted key"
                                   : "a value stands before the first [key]");
    if (*p->at == '@')
        p->at++;
    else
        e = parse_quoted(p, &name, &size);
    if (e)
        return e;
    skip_blanks(p);
    if (*p->at == '=') {
        p->at++;
        skip_blanks(p);
        e = parse_data(p, name ? name : "");
    } else {
        e = complain(p, ERR_PROTOCOL, "expected = after the value's name");
    }
    free(name);
    return e ? e : end_of_value(p);
}

/* [path] or [-path]; a path may hold brackets, so the last one on the line closes it. */
static enum err parse_key(struct reg_parser *p)
{
    size_t length = strcspn(p->at, "\r\n");
    while (length > 0 && p->at[length - 1] != ']')
        length--;
    if (length < 3)
        return complain(p, ERR_PROTOCOL, "a key is [HKEY_...\\name] and has a closing bracket on its line");
    p->deleted = p->at[1] == '-';
    const char *start = p->at + 1 + p->deleted;
    char *path = text_format("%.*s", (int)(p->at + length - 1 - start), start);
    if (!path)
        return complain(p, ERR_MEMORY, "out of memory");
    p->key = NULL;
    enum err e = ERR_OK;
    if (p->deleted)
        reg_tree_remove(p->reg, path);
    else
        e = reg_tree_make(p->reg, path, &p->key);
    if (e == ERR_PROTOCOL)
        complain(p, e, "\"%.60s\" does not begin with HKEY_LOCAL_MACHINE, HKEY_CLASSES_ROOT or another hive", path);
    else if (e == ERR_LIMIT)
        complain(p, e, "the key's path has an empty or too long name, or there are more than %d keys",
                 REG_KEYS_MAXIMUM);
    free(path);
    p->at += length;
    return e ? e : end_of_value(p);
}

/* The first line says which of the two formats this is. */
static enum err parse_version(struct reg_parser *p)
{
    static const char version5[] = "Windows Registry Editor Version 5.00";
    static const char version4[] = "REGEDIT4";
    if (strncmp(p->at, version5, sizeof version5 - 1) == 0)
        p->at += sizeof version5 - 1;
    else if (strncmp(p->at, version4, sizeof version4 - 1) == 0) {
        p->at += sizeof version4 - 1;
        p->ansi_values = true;
    } else {
        return complain(p, ERR_PROTOCOL, "the first line must read \"%s\" or \"%s\"; export the key with regedit",
                        version5, version4);
    }
    return end_of_value(p);
}

static enum err parse_lines(struct reg_parser *p)
{
    enum err e = parse_version(p);
    while (!e && *p->at) {
        skip_blanks(p);
        if (at_line_end(p) || *p->at == ';')
            next_line(p);
        else if (*p->at == '[')
            e = parse_key(p);
        else if (*p->at == '"' || *p->at == '@')
            e = parse_value(p);
        else
            e = complain(p, ERR_PROTOCOL, "expected [key], \"name\"=value, @=value or ; comment");
    }
    return e;
}

enum err reg_parse(struct reg *r, const char *path, const void *text, size_t size, char complaint[REG_COMPLAINT])
{
    struct reg_parser p = { .path = path, .line = 1, .reg = r, .complaint = complaint };
    enum reg_encoding encoding;
    char *decoded = NULL;
    size_t length = 0;
    complaint[0] = 0;
    if (size > REG_FILE_MAXIMUM)
        return complain(&p, ERR_LIMIT, "the file is larger than %zu MiB", REG_FILE_MAXIMUM >> 20);
    enum err e = reg_text_decode(text, size, &encoding, &decoded, &length);
    if (e == ERR_PROTOCOL)
        return complain(&p, e, "neither UTF-16LE with a byte order mark nor UTF-8; export the key with regedit");
    if (e)
        return complain(&p, e, "%s", err_text(e));
    p.at = decoded;
    e = strlen(decoded) == length
            ? parse_lines(&p)
            : complain(&p, ERR_PROTOCOL, "the file holds a zero character; export the key with regedit");
    if (e && !complaint[0])
        complain(&p, e, "%s", err_text(e));
    free(decoded);
    return e;
}

enum err reg_load(const char *path, struct reg **out, char complaint[REG_COMPLAINT])
{
    void *data;
    size_t size;
    *out = NULL;
    enum err e = file_read(path, REG_FILE_MAXIMUM, &data, &size);
    if (e) {
        snprintf(complaint, REG_COMPLAINT, "%.300s: %s", path, err_text(e));
        return e;
    }
    struct reg *r;
    e = reg_create(&r);
    if (!e)
        e = reg_parse(r, path, data, size, complaint);
    free(data);
    if (e) {
        reg_destroy(r);
        return e;
    }
    *out = r;
    return ERR_OK;
}
