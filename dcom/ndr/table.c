/* All interfaces of all generated tables in one list. */
#include "dcom/ndr/table.h"

#include <pthread.h>

#define INTERFACES_MAXIMUM 64

static const struct {
    const ExtendedProxyFileInfo *file;
    const struct ndr_shims *shims;
} files[] = {
    { &opcda_ProxyFileInfo, opcda_shims },   { &opccomn_ProxyFileInfo, opccomn_shims },
    { &opcsec_ProxyFileInfo, opcsec_shims }, { &comstd_ProxyFileInfo, comstd_shims },
    { &dcom_ProxyFileInfo, dcom_shims },     { &local_ProxyFileInfo, local_shims },
};

/* (RO) after fill_list. */
static struct ndr_interface list[INTERFACES_MAXIMUM];
static unsigned list_count;
static pthread_once_t list_once = PTHREAD_ONCE_INIT;

static void fill_list(void)
{
    /* A pointer to any object may be asked for and given as IUnknown, which has no method of its own to marshal. */
    list[list_count++] = (struct ndr_interface){ .iid = &IID_IUnknown, .name = "IUnknown", .method_count = 3 };
    for (size_t f = 0; f < sizeof files / sizeof *files; f++) {
        const ExtendedProxyFileInfo *file = files[f].file;
        for (unsigned i = 0; i < file->TableSize && list_count < INTERFACES_MAXIMUM; i++)
            list[list_count++] = (struct ndr_interface){
                .iid = files[f].shims[i].iid,
                .name = file->pNamesArray[i],
                .method_count = file->pStubVtblList[i]->header.DispatchTableCount,
                .proxy = file->pProxyVtblList[i],
                .stub = file->pStubVtblList[i],
                .shims = &files[f].shims[i],
            };
    }
}

const struct ndr_interface *ndr_interface_at(unsigned index)
{
    pthread_once(&list_once, fill_list);
    return index < list_count ? &list[index] : NULL;
}

const struct ndr_interface *ndr_find_interface(const IID *iid)
{
    const struct ndr_interface *found;
    for (unsigned i = 0; (found = ndr_interface_at(i)); i++)
        if (IsEqualIID(found->iid, iid))
            return found;
    return NULL;
}
