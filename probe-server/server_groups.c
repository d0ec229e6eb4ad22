#include "probe-server/server_groups.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "opcda/opc_error.h"
#include "opcda/text.h"
#include "probe-server/enumerator.h"
#include "probe-server/server_internal.h"

/* ---- under the server's lock ---- */

static struct group *find_by_name(const struct server *s, const WCHAR *name)
{
    for (DWORD i = 0; i < s->group_count; i++)
        if (wide_equal(group_name(s->groups[i]), name))
            return s->groups[i];
    return NULL;
}

static bool make_room(struct server *s)
{
    if (s->group_count < s->group_capacity)
        return true;
    DWORD capacity = s->group_capacity ? s->group_capacity * 2 : 8;
    if (capacity > SERVER_GROUPS_MAXIMUM)
        return false;
    struct group **groups = realloc(s->groups, capacity * sizeof(struct group *));
    if (!groups)
        return false;
    s->groups = groups;
    s->group_capacity = capacity;
    return true;
}

static bool is_blank(const WCHAR *name)
{
    while (*name == ' ' || *name == '\t')
        name++;
    return !*name;
}

static WCHAR *make_up_name(struct server *s)
{
    for (;;) {
        char *text = text_format("Group%u", (unsigned)++s->last_name);
        WCHAR *name = text ? wide_from_utf8(text) : NULL;
        free(text);
        if (!name || !find_by_name(s, name))
            return name;
        CoTaskMemFree(name);
    }
}

/* The name of a new group, for it to own. */
static HRESULT choose_name(struct server *s, const WCHAR *wanted, WCHAR **out)
{
    if (!wanted || !*wanted) {
        *out = make_up_name(s);
        return *out ? S_OK : E_OUTOFMEMORY;
    }
    if (is_blank(wanted))
        return E_INVALIDARG;
    if (find_by_name(s, wanted))
        return OPC_E_DUPLICATENAME;
    *out = wide_copy(wanted);
    return *out ? S_OK : E_OUTOFMEMORY;
}

/* A listed group; the caller gets a hold of its own. */
static HRESULT create_group(struct server *s, const WCHAR *wanted, const struct group_settings *settings,
                            struct group *items_of, struct group **out)
{
    WCHAR *name;
    HRESULT hr = make_room(s) ? choose_name(s, wanted, &name) : E_OUTOFMEMORY;
    if (FAILED(hr))
        return hr;
    if (!++s->last_handle)
        s->last_handle = 1;
    struct group *g = group_create(s, settings, name, s->last_handle);
    if (!g)
        return E_OUTOFMEMORY;
    hr = items_of ? group_copy_items(g, items_of) : S_OK;
    if (FAILED(hr)) {
        group_unhold(g);
        return hr;
    }
    s->groups[s->group_count++] = g; /* takes the creator's hold */
    group_hold(g);
    *out = g;
    return S_OK;
}

/* Takes a group out of the list; its hold goes to the caller. NULL when it is not listed. */
static struct group *unlist_group(struct server *s, OPCHANDLE handle)
{
    for (DWORD i = 0; i < s->group_count; i++) {
        struct group *g = s->groups[i];
        if (group_handle(g) != handle)
            continue;
        memmove(&s->groups[i], &s->groups[i + 1], (s->group_count - i - 1) * sizeof(struct group *));
        s->group_count--;
        return g;
    }
    return NULL;
}

/* ---- the server's and the groups' methods stand on these ---- */

HRESULT server_add_group(struct server *s, const WCHAR *name, const struct group_settings *settings,
                         struct group *items_of, REFIID iid, OPCHANDLE *handle, void **out)
{
    struct group *g = NULL;
    mutex_lock(&s->lock);
    HRESULT hr = create_group(s, name, settings, items_of, &g);
    mutex_unlock(&s->lock);
    if (FAILED(hr))
        return hr;
    hr = group_query(g, iid, out);
    if (SUCCEEDED(hr)) {
        *handle = group_handle(g);
        group_start(g);
    } else {
        server_remove_group(s, group_handle(g), TRUE);
    }
    group_unhold(g);
    return hr;
}

HRESULT server_clone_group(struct server *s, struct group *from, const WCHAR *name, REFIID iid, void **out)
{
    struct group_settings settings;
    OPCHANDLE handle;
    group_get_settings(from, &settings);
    settings.active = false;
    return server_add_group(s, name, &settings, from, iid, &handle, out);
}

HRESULT server_find_group(struct server *s, const WCHAR *name, REFIID iid, void **out)
{
    mutex_lock(&s->lock);
    struct group *g = find_by_name(s, name);
    if (g)
        group_hold(g);
    mutex_unlock(&s->lock);
    if (!g)
        return E_INVALIDARG;
    HRESULT hr = group_query(g, iid, out);
    group_unhold(g);
    return hr;
}

HRESULT server_rename_group(struct server *s, struct group *g, const WCHAR *name)
{
    if (!name || is_blank(name))
        return E_INVALIDARG;
    WCHAR *copy = wide_copy(name);
    if (!copy)
        return E_OUTOFMEMORY;
    HRESULT hr = S_OK;
    mutex_lock(&s->lock);
    struct group *owner = find_by_name(s, name);
    if (owner && owner != g)
        hr = OPC_E_DUPLICATENAME;
    else
        group_swap_name(g, &copy);
    mutex_unlock(&s->lock);
    CoTaskMemFree(copy);
    return hr;
}

WCHAR *server_copy_group_name(struct server *s, const struct group *g)
{
    mutex_lock(&s->lock);
    WCHAR *name = wide_copy(group_name(g));
    mutex_unlock(&s->lock);
    return name;
}

HRESULT server_remove_group(struct server *s, OPCHANDLE handle, BOOL force)
{
    mutex_lock(&s->lock);
    struct group *g = unlist_group(s, handle);
    mutex_unlock(&s->lock);
    if (!g)
        return E_INVALIDARG;
    group_close(g);
    HRESULT hr = group_references(g) && !force ? OPC_S_INUSE : S_OK;
    group_unhold(g);
    return hr;
}

void server_remove_all_groups(struct server *s)
{
    for (;;) {
        mutex_lock(&s->lock);
        struct group *g = s->group_count ? s->groups[--s->group_count] : NULL;
        mutex_unlock(&s->lock);
        if (!g)
            return;
        group_close(g);
        group_unhold(g);
    }
}

DWORD server_group_count(struct server *s)
{
    mutex_lock(&s->lock);
    DWORD count = s->group_count;
    mutex_unlock(&s->lock);
    return count;
}

static HRESULT list_groups(struct server *s, DWORD count, IEnumUnknown **out)
{
    IUnknown **groups = calloc(count + 1, sizeof(IUnknown *));
    if (!groups)
        return E_OUTOFMEMORY;
    for (DWORD i = 0; i < count; i++)
        group_query(s->groups[i], &IID_IUnknown, (void **)&groups[i]);
    HRESULT hr = enumerator_create_unknown(groups, count, out);
    free(groups);
    return hr;
}

static HRESULT list_names(struct server *s, DWORD count, IEnumString **out)
{
    LPOLESTR *names = calloc(count + 1, sizeof(*names));
    if (!names)
        return E_OUTOFMEMORY;
    HRESULT hr = S_OK;
    for (DWORD i = 0; SUCCEEDED(hr) && i < count; i++) {
        names[i] = wide_copy(group_name(s->groups[i]));
        hr = names[i] ? S_OK : E_OUTOFMEMORY;
    }
    if (SUCCEEDED(hr))
        hr = enumerator_create_strings(names, count, out);
    else
        for (DWORD i = 0; i < count; i++)
            CoTaskMemFree(names[i]);
    free(names);
    return hr;
}

HRESULT server_enumerate_groups(struct server *s, bool none, REFIID iid, void **out)
{
    bool names = IsEqualIID(iid, &IID_IEnumString);
    if (!names && !IsEqualIID(iid, &IID_IEnumUnknown))
        return E_NOINTERFACE;
    mutex_lock(&s->lock);
    DWORD count = none ? 0 : s->group_count;
    HRESULT hr = names ? list_names(s, count, (IEnumString **)out) : list_groups(s, count, (IEnumUnknown **)out);
    mutex_unlock(&s->lock);
    return FAILED(hr) ? hr : count ? S_OK : S_FALSE;
}
