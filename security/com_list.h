/* What COM makes of a security descriptor: the launch, activation and access rights of [MS-COMA] 2.2.2.21.
 *
 * A list is of one of two kinds. Before Windows XP SP2 every entry had the one right EXECUTE, which means all there is;
 * since then every entry has EXECUTE and at least one finer right beside it. A list with entries of both kinds, or with
 * an entry without EXECUTE, is invalid, and nobody gets through it. Once read a list is constant: any thread may read
 * it. */
#ifndef SECURITY_COM_LIST_H
#define SECURITY_COM_LIST_H

#include "security/descriptor.h"
#include "security/token.h"

/* [MS-COMA] 2.2.2.21.1.1. In a launch list LOCAL and REMOTE EXECUTE are the rights to launch, in an access list the
 * rights to call. */
#define COM_RIGHTS_EXECUTE         UINT32_C(0x01)
#define COM_RIGHTS_EXECUTE_LOCAL   UINT32_C(0x02)
#define COM_RIGHTS_EXECUTE_REMOTE  UINT32_C(0x04)
#define COM_RIGHTS_ACTIVATE_LOCAL  UINT32_C(0x08)
#define COM_RIGHTS_ACTIVATE_REMOTE UINT32_C(0x10)
#define COM_RIGHTS_FINE            UINT32_C(0x1e)

enum com_list_kind {
    COM_LIST_INVALID, /* `what` says why */
    COM_LIST_OPEN,    /* a null list: everybody */
    COM_LIST_OLD,     /* EXECUTE alone */
    COM_LIST_NEW,     /* the finer rights; an empty list too */
};

enum com_list_source {
    COM_LIST_SET,      /* a value of the registry */
    COM_LIST_BUILT_IN, /* nothing is set; this is what Windows does then */
    COM_LIST_POLICY,   /* a group policy */
};

struct com_list {
    enum com_list_kind kind;
    enum com_list_source source;
    const char *what; /* why it is invalid: a phrase; NULL otherwise */
    struct descriptor descriptor;
};

/* From the bytes of a registry value. What is wrong with them does not fail: it makes the list invalid. ERR_MEMORY
 * alone fails. */
MUST_USE enum err com_list_read(const void *data, size_t size, struct com_list *out);
/* The same from SDDL: a group policy, or what is built in. */
MUST_USE enum err com_list_parse(const char *sddl, enum com_list_source source, struct com_list *out);
void com_list_cleanup(struct com_list *list);

/* Whether the list grants one right (a COM_RIGHTS_ constant but EXECUTE). `self` is the identity of the server, for
 * entries of SELF; NULL when it is not known. */
bool com_list_grants(const struct com_list *list, const struct token *caller, const struct sid *self, uint32_t right);

#endif
