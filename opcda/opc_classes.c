#include "opcda/opc_classes.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

#define KEY_MAXIMUM (CLASSES_ROOT_NAME + 128)
#define FIRST_ROOM  16

const struct opc_category opc_categories[OPC_CATEGORIES] = {
    { { 0x63D5F430, 0xCFE4, 0x11D1, { 0xB2, 0xC8, 0x00, 0x60, 0x08, 0x3B, 0xA1, 0xFB } },
      OPC_CATEGORY_DA10,
      "da10",
      "DA 1.0" },
    { { 0x63D5F432, 0xCFE4, 0x11D1, { 0xB2, 0xC8, 0x00, 0x60, 0x08, 0x3B, 0xA1, 0xFB } },
      OPC_CATEGORY_DA20,
      "da20",
      "DA 2.0" },
    { { 0xCC603642, 0x66D7, 0x48F1, { 0xB6, 0x9A, 0xB6, 0x25, 0xE7, 0x36, 0x52, 0xD7 } },
      OPC_CATEGORY_DA30,
      "da30",
      "DA 3.0" },
};

/* The classes found so far. */
struct found {
    GUID *ids; /* owned */
    ULONG count, room;
};

static bool contains(const GUID *list, ULONG count, const GUID *id)
{
    for (ULONG i = 0; i < count; i++)
        if (IsEqualGUID(&list[i], id))
            return true;
    return false;
}

static HRESULT add(struct found *f, const GUID *id)
{
    if (contains(f->ids, f->count, id))
        return S_OK;
    if (f->count == OPC_CLASSES_MAXIMUM)
        return E_OUTOFMEMORY;
    if (f->count == f->room) {
        ULONG room = f->room ? f->room * 2 : FIRST_ROOM;
        GUID *longer = realloc(f->ids, room * sizeof(*longer));
        if (!longer)
            return E_OUTOFMEMORY;
        f->ids = longer;
        f->room = room;
    }
    f->ids[f->count++] = *id;
    return S_OK;
}

/* Whether one of the categories that the class has under `kind` is in the list, or is not. */
static bool any_category(struct classes_root *root, const char *clsid, const char *kind, const CATID *list, ULONG count,
                         bool listed)
{
    char key[KEY_MAXIMUM], name[CLASSES_ROOT_NAME];
    snprintf(key, sizeof(key), "CLSID\\%s\\%s", clsid, kind);
    for (size_t i = 0; classes_root_below(root, key, i, name); i++) {
        GUID category;
        if (guid_parse(name, &category) && contains(list, count, &category) == listed)
            return true;
    }
    return false;
}

static bool is_wanted(struct classes_root *root, const char *clsid, const struct opc_class_query *q)
{
    if (q->implemented_count &&
        !any_category(root, clsid, "Implemented Categories", q->implemented, q->implemented_count, true))
        return false;
    return !q->required_count ||
           !any_category(root, clsid, "Required Categories", q->required, q->required_count, false);
}

static HRESULT find_by_category(struct classes_root *root, const struct opc_class_query *q, struct found *f)
{
    char name[CLASSES_ROOT_NAME];
    HRESULT hr = S_OK;
    for (size_t i = 0; SUCCEEDED(hr) && classes_root_below(root, "CLSID", i, name); i++) {
        GUID id;
        if (guid_parse(name, &id) && is_wanted(root, name, q))
            hr = add(f, &id);
    }
    return hr;
}

static HRESULT find_by_opc_key(struct classes_root *root, struct found *f)
{
    char name[CLASSES_ROOT_NAME], key[KEY_MAXIMUM];
    HRESULT hr = S_OK;
    for (size_t i = 0; SUCCEEDED(hr) && classes_root_below(root, "", i, name); i++) {
        GUID id;
        snprintf(key, sizeof(key), "%s\\OPC", name);
        if (!classes_root_has(root, key))
            continue;
        snprintf(key, sizeof(key), "%s\\CLSID", name);
        char *clsid = classes_root_text(root, key);
        if (clsid && guid_parse(clsid, &id))
            hr = add(f, &id);
        free(clsid);
    }
    return hr;
}

HRESULT opc_classes_find(struct classes_root *root, const struct opc_class_query *query, GUID **out, ULONG *count)
{
    struct found f = { 0 };
    *out = NULL;
    *count = 0;
    HRESULT hr = find_by_category(root, query, &f);
    if (SUCCEEDED(hr) && query->old_style &&
        contains(query->implemented, query->implemented_count, &opc_categories[0].id))
        hr = find_by_opc_key(root, &f);
    if (FAILED(hr)) {
        free(f.ids);
        return hr;
    }
    *out = f.ids;
    *count = f.count;
    return S_OK;
}

/* Without a value: the other text, which may be NULL. */
static char *text_or(struct classes_root *root, const char *clsid, const char *below, const char *otherwise)
{
    char key[KEY_MAXIMUM];
    snprintf(key, sizeof(key), "CLSID\\%s%s", clsid, below);
    char *text = classes_root_text(root, key);
    return text || !otherwise ? text : strdup(otherwise);
}

HRESULT opc_class_describe(struct classes_root *root, REFCLSID clsid, struct opc_class *out)
{
    char text[GUID_TEXT], key[KEY_MAXIMUM];
    *out = (struct opc_class){ 0 };
    guid_text(clsid, text);
    snprintf(key, sizeof(key), "CLSID\\%s", text);
    if (!classes_root_has(root, key))
        return REGDB_E_CLASSNOTREG;
    out->progid = text_or(root, text, "\\ProgID", "");
    out->user_type = text_or(root, text, "", "");
    out->latest_progid = text_or(root, text, "\\VersionIndependentProgID", out->progid);
    if (out->progid && out->user_type && out->latest_progid)
        return S_OK;
    opc_class_cleanup(out);
    return E_OUTOFMEMORY;
}

void opc_class_cleanup(struct opc_class *c)
{
    free(c->progid);
    free(c->user_type);
    free(c->latest_progid);
    *c = (struct opc_class){ 0 };
}

HRESULT opc_class_of_progid(struct classes_root *root, const char *progid, CLSID *out)
{
    char key[KEY_MAXIMUM];
    memset(out, 0, sizeof(*out));
    int length = snprintf(key, sizeof(key), "%s\\CLSID", progid);
    char *clsid = length > 0 && length < KEY_MAXIMUM ? classes_root_text(root, key) : NULL;
    bool known = clsid && guid_parse(clsid, out);
    free(clsid);
    return known ? S_OK : CO_E_CLASSSTRING;
}
