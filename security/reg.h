/* The registry of a host, read from `regedit` exports.
 *
 * Reads "Windows Registry Editor Version 5.00" (UTF-16LE with a byte order mark, or UTF-8) and "REGEDIT4" (UTF-8 or the
 * ANSI code page 1252). HKEY_CLASSES_ROOT is the view Windows makes of HKLM\SOFTWARE\Classes and HKCU\Software\Classes,
 * where the user's value wins. Names are compared without case. A loaded registry is constant: any thread may read it.
 * Paths are written with single backslashes: "HKEY_CLASSES_ROOT\\CLSID\\{...}" in C. */
#ifndef SECURITY_REG_H
#define SECURITY_REG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

#define REG_FILE_MAXIMUM  ((size_t)64 << 20)
#define REG_KEYS_MAXIMUM  500000
#define REG_NAME_MAXIMUM  512       /* bytes of a key name; Windows allows 255 units */
#define REG_VALUE_MAXIMUM (1 << 20) /* bytes of one value's data or name */
#define REG_DEPTH_MAXIMUM 512
#define REG_COMPLAINT     512

/* Types of values, as in winnt.h. */
enum reg_type {
    REG_TYPE_NONE = 0,
    REG_TYPE_SZ = 1,
    REG_TYPE_EXPAND_SZ = 2,
    REG_TYPE_BINARY = 3,
    REG_TYPE_DWORD = 4,
    REG_TYPE_DWORD_BIG_ENDIAN = 5,
    REG_TYPE_MULTI_SZ = 7,
    REG_TYPE_QWORD = 11,
};

struct reg_value {
    char *name; /* empty for the default value */
    uint32_t type;
    /* Texts are UTF-8 with a zero (REG_MULTI_SZ: each with its zero, then one more) whatever the file held; other types
     * are the bytes as the registry holds them (numbers little-endian). One zero byte follows in any case. */
    uint8_t *data;
    size_t size; /* without the extra zero */
};

struct reg; /* opaque */

MUST_USE enum err reg_create(struct reg **out);
void reg_destroy(struct reg *r);
/* Adds what the text says to the registry; later lines win over earlier ones. On failure the registry holds what stood
 * before the mistake and the complaint reads "path:line: what; what to do". */
MUST_USE enum err reg_parse(struct reg *r, const char *path, const void *text, size_t size,
                            char complaint[REG_COMPLAINT]);
/* A new registry from one file. ERR_NOT_FOUND, ERR_ACCESS, ERR_LIMIT, ERR_PROTOCOL. */
MUST_USE enum err reg_load(const char *path, struct reg **out, char complaint[REG_COMPLAINT]);

bool reg_has_key(const struct reg *r, const char *key);
/* NULL when the key or the value is absent. `name` NULL or "" is the default value. Borrowed. */
const struct reg_value *reg_value(const struct reg *r, const char *key, const char *name);
/* The text of a REG_SZ or REG_EXPAND_SZ; NULL when absent or of another type. Borrowed. */
const char *reg_string(const struct reg *r, const char *key, const char *name);
/* False when absent or not a REG_DWORD. */
bool reg_dword(const struct reg *r, const char *key, const char *name, uint32_t *out);
/* The name of the n-th subkey in alphabetical order; NULL past the end. In HKEY_CLASSES_ROOT the machine's keys come
 * first and the user's that the machine lacks follow. Borrowed. */
const char *reg_subkey(const struct reg *r, const char *key, size_t index);

/* One line of a change to a .reg file. */
struct reg_change {
    const char *key;
    enum {
        REG_SET_STRING,
        REG_SET_DWORD,
        REG_SET_BINARY,
        REG_SET_LIST, /* a REG_MULTI_SZ of the one text */
        REG_DELETE_VALUE,
        REG_DELETE_KEY
    } kind;
    const char *name; /* NULL: the default value */
    const char *text;
    uint32_t number;
    const uint8_t *data; /* REG_SET_BINARY */
    size_t size;
};

/* Appends changes to a .reg file in the file's own encoding and line ends and replaces it whole; a missing file is
 * created (UTF-8, Version 5.00). The result is parsed before it replaces anything. */
MUST_USE enum err reg_file_change(const char *path, const struct reg_change *changes, size_t count,
                                  char complaint[REG_COMPLAINT]);

#endif
