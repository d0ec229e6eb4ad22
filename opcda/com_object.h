/* COM objects in C: a structure with its interfaces embedded by value.
 *
 * An object `struct thing` with an interface IFoo has a member `IFoo IFoo_iface`, a table of its interfaces,
 * and the functions
 *     static HRESULT thing_query(struct thing *, REFIID, void **);   usually com_query with the table
 *     static ULONG thing_addref(struct thing *);
 *     static ULONG thing_release(struct thing *);
 * COM_FORWARD_IUNKNOWN(thing, IFoo) then makes thing_from_IFoo and the three IUnknown methods of that
 * interface, thing_IFoo_QueryInterface, thing_IFoo_AddRef and thing_IFoo_Release. */
#ifndef OPCDA_COM_OBJECT_H
#define OPCDA_COM_OBJECT_H

#include <objbase.h>
#include <stdatomic.h>
#include <stddef.h>

struct com_iface_entry {
    const IID *iid; /* NULL ends the table */
    size_t offset;  /* of the embedded interface */
};

/* QueryInterface by table: adds the reference through the pointer it gives. */
HRESULT com_query(const struct com_iface_entry *table, void *object, REFIID iid, void **out);

/* NOLINTBEGIN(bugprone-macro-parentheses): a type and the head of a name cannot stand between parentheses. */
#define COM_FORWARD_IUNKNOWN(thing, face)                                                                              \
    static inline struct thing *thing##_from_##face(face *self)                                                        \
    {                                                                                                                  \
        return (struct thing *)((char *)self - offsetof(struct thing, face##_iface));                                  \
    }                                                                                                                  \
    static HRESULT STDMETHODCALLTYPE thing##_##face##_QueryInterface(face *self, REFIID iid, void **out)               \
    {                                                                                                                  \
        return thing##_query(thing##_from_##face(self), iid, out);                                                     \
    }                                                                                                                  \
    static ULONG STDMETHODCALLTYPE thing##_##face##_AddRef(face *self)                                                 \
    {                                                                                                                  \
        return thing##_addref(thing##_from_##face(self));                                                              \
    }                                                                                                                  \
    static ULONG STDMETHODCALLTYPE thing##_##face##_Release(face *self)                                                \
    {                                                                                                                  \
        return thing##_release(thing##_from_##face(self));                                                             \
    }

/* NOLINTEND(bugprone-macro-parentheses) */

#endif
