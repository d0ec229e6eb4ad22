#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "security/reg_internal.h"

struct hive {
    const char *name;
    const char *places[2]; /* where its keys live, in the order they are looked up; the last one is written to */
};

/* HKEY_CLASSES_ROOT is a merged view: the user's classes over the machine's. The short names are reg.exe's. */
static const struct hive hives[] = {
    { "HKEY_CLASSES_ROOT", { "HKEY_CURRENT_USER\\SOFTWARE\\CLASSES", "HKEY_LOCAL_MACHINE\\SOFTWARE\\CLASSES" } },
    { "HKCR", { "HKEY_CURRENT_USER\\SOFTWARE\\CLASSES", "HKEY_LOCAL_MACHINE\\SOFTWARE\\CLASSES" } },
    { "HKEY_LOCAL_MACHINE", { NULL, "HKEY_LOCAL_MACHINE" } },
    { "HKLM", { NULL, "HKEY_LOCAL_MACHINE" } },
    { "HKEY_CURRENT_USER", { NULL, "HKEY_CURRENT_USER" } },
    { "HKCU", { NULL, "HKEY_CURRENT_USER" } },
    { "HKEY_USERS", { NULL, "HKEY_USERS" } },
    { "HKU", { NULL, "HKEY_USERS" } },
    { "HKEY_CURRENT_CONFIG", { NULL, "HKEY_CURRENT_CONFIG" } },
    { "HKCC", { NULL, "HKEY_CURRENT_CONFIG" } },
};

/* Upper case as Windows compares names; heap. */
static char *fold(const char *text, size_t size)
{
    bool plain = true;
    for (size_t i = 0; i < size && plain; i++)
        plain = (uint8_t)text[i] < 0x80;
    char *out = malloc(size * 3 + 1);
    if (!out)
        return NULL;
    if (plain) {
        for (size_t i = 0; i < size; i++)
            out[i] = text[i] >= 'a' && text[i] <= 'z' ? (char)(text[i] - 32) : text[i];
        out[size] = 0;
        return out;
    }
    memcpy(out, text, size);
    out[size] = 0;
    uint16_t *units = utf16_dup(out);
    if (!units) {
        free(out);
        return NULL;
    }
    size_t count = utf16_length(units);
    for (size_t i = 0; i < count; i++)
        units[i] = utf16_upper(units[i]);
    utf8_from_utf16(units, count, out, size * 3 + 1);
    free(units);
    return out;
}

/* Position of `folded`, or where it belongs. */
static bool list_search(const struct reg_list *list, const char *folded, size_t *at)
{
    size_t low = 0, high = list->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = strcmp(list->entries[middle].folded, folded);
        if (order == 0) {
            *at = middle;
            return true;
        }
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    *at = low;
    return false;
}

/* Takes over `folded` and `item` when it succeeds. */
static enum err list_insert(struct reg_list *list, size_t at, char *folded, void *item)
{
    if (list->count == list->capacity) {
        size_t capacity = list->capacity ? list->capacity * 2 : 4;
        struct reg_entry *grown = realloc(list->entries, capacity * sizeof *grown);
        if (!grown)
            return ERR_MEMORY;
        list->entries = grown;
        list->capacity = capacity;
    }
    memmove(list->entries + at + 1, list->entries + at, (list->count - at) * sizeof *list->entries);
    list->entries[at] = (struct reg_entry){ folded, item };
    list->count++;
    return ERR_OK;
}

/* Takes the entry out and returns its item, which is now the caller's. */
static void *list_remove(struct reg_list *list, size_t at)
{
    void *item = list->entries[at].item;
    free(list->entries[at].folded);
    list->count--;
    memmove(list->entries + at, list->entries + at + 1, (list->count - at) * sizeof *list->entries);
    return item;
}

static struct reg_key *key_create(const char *name, size_t size)
{
    struct reg_key *key = calloc(1, sizeof *key);
    char *copy = malloc(size + 1);
    if (!key || !copy) {
        free(key);
        free(copy);
        return NULL;
    }
    memcpy(copy, name, size);
    copy[size] = 0;
    key->name = copy;
    return key;
}

static void value_destroy(struct reg_value *v)
{
    if (!v)
        return;
    free(v->name);
    free(v->data);
    free(v);
}

/* Returns how many keys went, this one included. */
static size_t key_destroy(struct reg_key *key)
{
    size_t gone = 1;
    while (key->keys.count)
        gone += key_destroy(list_remove(&key->keys, key->keys.count - 1));
    while (key->values.count)
        value_destroy(list_remove(&key->values, key->values.count - 1));
    free(key->keys.entries);
    free(key->values.entries);
    free(key->name);
    free(key);
    return gone;
}

/* Takes one name of the path; false at its end. */
static bool next_name(const char **path, const char **name, size_t *size)
{
    if (!**path)
        return false;
    *name = *path;
    *size = strcspn(*path, "\\");
    *path += *size;
    if (**path == '\\')
        (*path)++;
    return true;
}

/* The hive a path begins with; `rest` is what follows it. */
static const struct hive *find_hive(const char *path, const char **rest)
{
    const char *name = NULL;
    size_t size = 0;
    *rest = path;
    if (!next_name(rest, &name, &size))
        return NULL;
    for (size_t i = 0; i < sizeof hives / sizeof hives[0]; i++) {
        char text[32];
        if (size >= sizeof text || strlen(hives[i].name) != size)
            continue;
        memcpy(text, name, size);
        text[size] = 0;
        if (utf8_equal_ignoring_case(text, hives[i].name))
            return &hives[i];
    }
    return NULL;
}

static struct reg_key *walk(struct reg_key *key, const char *path)
{
    const char *name;
    size_t size;
    while (key && next_name(&path, &name, &size)) {
        char *folded = size <= REG_NAME_MAXIMUM ? fold(name, size) : NULL;
        size_t at;
        key = folded && list_search(&key->keys, folded, &at) ? key->keys.entries[at].item : NULL;
        free(folded);
    }
    return key;
}

/* The subkey of that name, made when it is missing. */
static enum err make_key(struct reg *r, struct reg_key *key, const char *name, size_t size, struct reg_key **out)
{
    char *folded = fold(name, size);
    size_t at;
    if (!folded)
        return ERR_MEMORY;
    if (list_search(&key->keys, folded, &at)) {
        free(folded);
        *out = key->keys.entries[at].item;
        return ERR_OK;
    }
    struct reg_key *made = r->key_count < REG_KEYS_MAXIMUM ? key_create(name, size) : NULL;
    if (!made || list_insert(&key->keys, at, folded, made)) {
        enum err e = made ? ERR_MEMORY : ERR_LIMIT;
        free(folded);
        if (made)
            key_destroy(made);
        return e;
    }
    r->key_count++;
    *out = made;
    return ERR_OK;
}

static enum err make_path(struct reg *r, struct reg_key *key, const char *path, struct reg_key **out)
{
    const char *name;
    size_t size;
    unsigned depth = 0;
    while (next_name(&path, &name, &size)) {
        if (size == 0 || size > REG_NAME_MAXIMUM || ++depth > REG_DEPTH_MAXIMUM)
            return ERR_LIMIT;
        enum err e = make_key(r, key, name, size, &key);
        if (e)
            return e;
    }
    *out = key;
    return ERR_OK;
}

enum err reg_tree_make(struct reg *r, const char *path, struct reg_key **out)
{
    const char *rest;
    const struct hive *hive = find_hive(path, &rest);
    struct reg_key *top = NULL;
    *out = NULL;
    if (!hive)
        return ERR_PROTOCOL;
    enum err e = make_path(r, r->root, hive->places[1], &top);
    return e ? e : make_path(r, top, rest, out);
}

static void remove_below(struct reg *r, struct reg_key *top, const char *path)
{
    const char *last = strrchr(path, '\\');
    size_t head_size = last ? (size_t)(last - path) : 0;
    const char *name = last ? last + 1 : path;
    char *head = malloc(head_size + 1);
    char *folded = fold(name, strlen(name));
    if (head && folded) {
        memcpy(head, path, head_size);
        head[head_size] = 0;
        struct reg_key *parent = walk(top, head);
        size_t at;
        if (parent && list_search(&parent->keys, folded, &at))
            r->key_count -= key_destroy(list_remove(&parent->keys, at));
    }
    free(head);
    free(folded);
}

void reg_tree_remove(struct reg *r, const char *path)
{
    const char *rest;
    const struct hive *hive = find_hive(path, &rest);
    for (int i = 0; hive && *rest && i < 2; i++) {
        struct reg_key *top = hive->places[i] ? walk(r->root, hive->places[i]) : NULL;
        if (top)
            remove_below(r, top, rest);
    }
}

static struct reg_value *value_create(const char *name)
{
    struct reg_value *v = calloc(1, sizeof *v);
    if (v)
        v->name = text_format("%s", name);
    if (v && v->name)
        return v;
    free(v);
    return NULL;
}

enum err reg_tree_set(struct reg_key *key, const char *name, uint32_t type, uint8_t *data, size_t size)
{
    size_t at;
    char *folded = fold(name, strlen(name));
    bool known = folded && list_search(&key->values, folded, &at);
    struct reg_value *v = known ? key->values.entries[at].item : value_create(name);
    if (!folded || !v || (!known && list_insert(&key->values, at, folded, v))) {
        free(folded);
        free(data);
        if (!known)
            value_destroy(v);
        return ERR_MEMORY;
    }
    if (known)
        free(folded);
    free(v->data);
    v->type = type;
    v->data = data;
    v->size = size;
    return ERR_OK;
}

void reg_tree_unset(struct reg_key *key, const char *name)
{
    char *folded = fold(name, strlen(name));
    size_t at;
    if (folded && list_search(&key->values, folded, &at))
        value_destroy(list_remove(&key->values, at));
    free(folded);
}

/* ---- lookups ---------------------------------------------------------------------------------------------- */

enum err reg_create(struct reg **out)
{
    struct reg *r = calloc(1, sizeof *r);
    *out = NULL;
    if (r)
        r->root = key_create("", 0);
    if (!r || !r->root) {
        free(r);
        return ERR_MEMORY;
    }
    *out = r;
    return ERR_OK;
}

void reg_destroy(struct reg *r)
{
    if (!r)
        return;
    key_destroy(r->root);
    free(r);
}

/* The key at one of the two places of its hive: 0 is the user's, 1 the machine's. */
static const struct reg_key *key_at(const struct reg *r, const char *path, int place)
{
    const char *rest;
    const struct hive *hive = find_hive(path, &rest);
    const char *top = hive ? hive->places[place] : NULL;
    return top ? walk(walk(r->root, top), rest) : NULL;
}

bool reg_has_key(const struct reg *r, const char *key)
{
    return key_at(r, key, 0) || key_at(r, key, 1);
}

const struct reg_value *reg_value(const struct reg *r, const char *key, const char *name)
{
    char *folded = fold(name ? name : "", name ? strlen(name) : 0);
    const struct reg_value *found = NULL;
    for (int place = 0; folded && !found && place < 2; place++) {
        const struct reg_key *k = key_at(r, key, place);
        size_t at;
        if (k && list_search(&k->values, folded, &at))
            found = k->values.entries[at].item;
    }
    free(folded);
    return found;
}

const char *reg_string(const struct reg *r, const char *key, const char *name)
{
    const struct reg_value *v = reg_value(r, key, name);
    return v && (v->type == REG_TYPE_SZ || v->type == REG_TYPE_EXPAND_SZ) ? (const char *)v->data : NULL;
}

bool reg_dword(const struct reg *r, const char *key, const char *name, uint32_t *out)
{
    const struct reg_value *v = reg_value(r, key, name);
    *out = 0;
    if (!v || v->type != REG_TYPE_DWORD || v->size != 4)
        return false;
    *out = (uint32_t)v->data[0] | (uint32_t)v->data[1] << 8 | (uint32_t)v->data[2] << 16 | (uint32_t)v->data[3] << 24;
    return true;
}

static const char *name_at(const struct reg_key *key, size_t index)
{
    const struct reg_key *child = key->keys.entries[index].item;
    return child->name;
}

const char *reg_subkey(const struct reg *r, const char *key, size_t index)
{
    const struct reg_key *machine = key_at(r, key, 1);
    const struct reg_key *user = key_at(r, key, 0);
    if (machine && index < machine->keys.count)
        return name_at(machine, index);
    index -= machine ? machine->keys.count : 0;
    for (size_t i = 0; user && i < user->keys.count; i++) {
        size_t at;
        if (machine && list_search(&machine->keys, user->keys.entries[i].folded, &at))
            continue;
        if (index-- == 0)
            return name_at(user, i);
    }
    return NULL;
}
