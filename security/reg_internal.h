/* What the files of the registry reader share. */
#ifndef SECURITY_REG_INTERNAL_H
#define SECURITY_REG_INTERNAL_H

#include "security/reg.h"

/* Names and what they stand for, sorted by the folded name. */
struct reg_entry {
    char *folded; /* upper case; owned */
    void *item;   /* a struct reg_key or a struct reg_value; owned */
};

struct reg_list {
    struct reg_entry *entries; /* owned */
    size_t count, capacity;
};

struct reg_key {
    char *name; /* as first written; owned */
    struct reg_list keys;
    struct reg_list values;
};

struct reg {
    struct reg_key *root; /* its keys are the hives */
    size_t key_count;
};

/* ---- reg_tree.c: the tree, by absolute path ------------------------------------------------------ */
/* Finds or makes the key; HKEY_CLASSES_ROOT stands for the machine's classes. ERR_PROTOCOL: the path does not begin
 * with a hive; ERR_LIMIT: too deep, too long a name, too many keys. */
MUST_USE enum err reg_tree_make(struct reg *r, const char *path, struct reg_key **out);
/* Removes the key and all below; absent is fine. */
void reg_tree_remove(struct reg *r, const char *path);
/* Takes over `data` (from malloc, one zero byte behind `size`) whatever it returns. */
MUST_USE enum err reg_tree_set(struct reg_key *key, const char *name, uint32_t type, uint8_t *data, size_t size);
void reg_tree_unset(struct reg_key *key, const char *name);

/* ---- reg_text.c: file bytes to UTF-8 and back --------------------------------------------------------- */
enum reg_encoding {
    REG_UTF8,
    REG_UTF8_BOM,
    REG_UTF16LE,
    REG_ANSI
};

/* A heap copy as zero-terminated UTF-8, without a byte order mark. ERR_PROTOCOL: an encoding regedit does not write. */
MUST_USE enum err reg_text_decode(const void *data, size_t size, enum reg_encoding *encoding, char **out,
                                  size_t *out_size);
/* REG_SZ (`multi` false: up to the first zero) or REG_MULTI_SZ data of a value from UTF-16LE, or from 8-bit text for
 * REGEDIT4, as struct reg_value holds them. */
MUST_USE enum err reg_text_value(const uint8_t *data, size_t size, bool utf16, bool multi, uint8_t **out,
                                 size_t *out_size);

#endif
