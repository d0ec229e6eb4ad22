/* Which OPC servers a host has, by what its registry says of them (OPC Common 1.10, 5; OPC DA 3.00, 7). */
#ifndef OPCDA_OPC_CLASSES_H
#define OPCDA_OPC_CLASSES_H

#include <comcat.h>

#include "opcda/classes_root.h"

/* The component categories of OPC Data Access servers. */
#define OPC_CATEGORY_DA10 "{63D5F430-CFE4-11D1-B2C8-0060083BA1FB}"
#define OPC_CATEGORY_DA20 "{63D5F432-CFE4-11D1-B2C8-0060083BA1FB}"
#define OPC_CATEGORY_DA30 "{CC603642-66D7-48F1-B69A-B625E73652D7}"

struct opc_category {
    GUID id;
    const char *text;  /* "{...}" */
    const char *name;  /* "da10" */
    const char *label; /* "DA 1.0" */
};

#define OPC_CATEGORIES 3
extern const struct opc_category opc_categories[OPC_CATEGORIES];

/* A host has some hundred servers at most, and a registry some ten thousand classes. */
#define OPC_CLASSES_MAXIMUM 65536

/* What classes are wanted. */
struct opc_class_query {
    const CATID *implemented; /* classes that implement one of them; none: whatever they implement */
    ULONG implemented_count;
    const CATID *required; /* classes that require nothing else; none: whatever they require */
    ULONG required_count;
    /* Also the servers of OPC DA 1.0, which know no categories but have a key OPC below their ProgID, where DA 1.0 is
     * asked for. */
    bool old_style;
};

/* Each class once; the caller frees the array (free), which is NULL when there is none. E_OUTOFMEMORY. */
HRESULT opc_classes_find(struct classes_root *root, const struct opc_class_query *query, GUID **out, ULONG *count);

/* What the registry calls a class; members are owned, empty when the registry is silent, never NULL. */
struct opc_class {
    char *progid;
    char *user_type;     /* for people */
    char *latest_progid; /* without a version; the ProgID where there is none */
};

/* REGDB_E_CLASSNOTREG: there is no such class. E_OUTOFMEMORY. */
HRESULT opc_class_describe(struct classes_root *root, REFCLSID clsid, struct opc_class *out);
void opc_class_cleanup(struct opc_class *c);
/* The class of a ProgID, with or without a version. CO_E_CLASSSTRING: the registry knows no such name, or no class by
 * it.
 */
HRESULT opc_class_of_progid(struct classes_root *root, const char *progid, CLSID *out);

#endif
