#include "probe-client/server_names.h"

#include <stdlib.h>

#include "opcda/opc_classes.h"

HRESULT server_names_init(struct server_names *n)
{
    n->count = 0;
    n->all = calloc(SERVER_NAMES_MAXIMUM, sizeof(*n->all));
    return n->all ? S_OK : E_OUTOFMEMORY;
}

void server_names_cleanup(struct server_names *n)
{
    for (size_t i = 0; i < n->count; i++) {
        free(n->all[i].progid);
        free(n->all[i].latest_progid);
        free(n->all[i].user_type);
    }
    free(n->all);
    *n = (struct server_names){ NULL, 0 };
}

HRESULT server_names_add(struct server_names *n, const CLSID *clsid, unsigned category)
{
    size_t i = 0;
    while (i < n->count && !IsEqualGUID(&n->all[i].clsid, clsid))
        i++;
    if (i == SERVER_NAMES_MAXIMUM)
        return E_OUTOFMEMORY;
    if (i == n->count)
        n->all[n->count++].clsid = *clsid;
    n->all[i].categories |= 1U << category;
    return S_OK;
}

static HRESULT add_category(struct server_names *n, struct classes_root *root, unsigned category)
{
    const struct opc_class_query query = { .implemented = &opc_categories[category].id,
                                           .implemented_count = 1,
                                           .old_style = true };
    GUID *ids;
    ULONG count;
    HRESULT hr = opc_classes_find(root, &query, &ids, &count);
    for (ULONG i = 0; SUCCEEDED(hr) && i < count; i++)
        hr = server_names_add(n, &ids[i], category);
    if (SUCCEEDED(hr))
        free(ids);
    return hr;
}

HRESULT server_names_of_this_host(struct server_names *n)
{
    struct classes_root *root;
    HRESULT hr = classes_root_open(&root);
    if (FAILED(hr))
        return hr;
    for (unsigned category = 0; SUCCEEDED(hr) && category < OPC_CATEGORIES; category++)
        hr = add_category(n, root, category);
    for (size_t i = 0; SUCCEEDED(hr) && i < n->count; i++) {
        struct server_name *s = &n->all[i];
        struct opc_class description;
        s->details = opc_class_describe(root, &s->clsid, &description);
        s->progid = description.progid;
        s->latest_progid = description.latest_progid;
        s->user_type = description.user_type;
    }
    classes_root_close(root);
    return hr;
}
