#include "security/com_list.h"

#include <string.h>

#include "security/access_check.h"
#include "security/sddl.h"

/* [MS-COMA] 2.2.2.21.3: bits outside the five have no meaning. */
static enum com_list_kind kind_of_mask(uint32_t mask)
{
    if (!(mask & COM_RIGHTS_EXECUTE))
        return COM_LIST_INVALID;
    return mask & COM_RIGHTS_FINE ? COM_LIST_NEW : COM_LIST_OLD;
}

static void invalidate(struct com_list *list, const char *what)
{
    descriptor_cleanup(&list->descriptor);
    list->kind = COM_LIST_INVALID;
    list->what = what;
}

static void classify(struct com_list *list)
{
    const struct descriptor *d = &list->descriptor;
    /* [MS-COMA] 2.2.2.21.4: both must be there, whoever they are. */
    if (!d->has_owner || !d->has_group) {
        invalidate(list, "it has no owner or no group");
        return;
    }
    list->kind = !d->has_dacl ? COM_LIST_OPEN : d->ace_count == 0 ? COM_LIST_NEW : kind_of_mask(d->aces[0].mask);
    for (size_t i = 0; i < d->ace_count; i++) {
        enum com_list_kind kind = kind_of_mask(d->aces[i].mask);
        if (kind == COM_LIST_INVALID) {
            invalidate(list, "an entry lacks the right EXECUTE");
            return;
        }
        if (kind != list->kind) {
            invalidate(list, "entries with EXECUTE alone are mixed with entries with local and remote rights");
            return;
        }
    }
}

static enum err finish(struct com_list *list, enum err e)
{
    switch (e) {
    case ERR_OK:
        classify(list);
        return ERR_OK;
    case ERR_MEMORY:
        return ERR_MEMORY;
    case ERR_UNSUPPORTED:
        invalidate(list, "an entry neither allows nor denies, or its account is unknown here");
        return ERR_OK;
    case ERR_LIMIT:
        invalidate(list, "it is too long");
        return ERR_OK;
    default:
        invalidate(list, "it is not a security descriptor");
        return ERR_OK;
    }
}

enum err com_list_read(const void *data, size_t size, struct com_list *out)
{
    memset(out, 0, sizeof *out);
    return finish(out, descriptor_read(data, size, &out->descriptor));
}

enum err com_list_parse(const char *sddl, enum com_list_source source, struct com_list *out)
{
    memset(out, 0, sizeof *out);
    out->source = source;
    return finish(out, sddl_parse(sddl, NULL, &out->descriptor));
}

void com_list_cleanup(struct com_list *list)
{
    descriptor_cleanup(&list->descriptor);
    memset(list, 0, sizeof *list);
}

bool com_list_grants(const struct com_list *list, const struct token *caller, const struct sid *self, uint32_t right)
{
    switch (list->kind) {
    case COM_LIST_OPEN:
        return true;
    case COM_LIST_OLD:
        return access_check(&list->descriptor, caller, self, COM_RIGHTS_EXECUTE);
    case COM_LIST_NEW:
        return access_check(&list->descriptor, caller, self, right);
    case COM_LIST_INVALID:
        break;
    }
    return false;
}
