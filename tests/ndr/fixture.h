/* What the suites of ndr/ share: golden stubs, and calls that go from a proxy to an object in the same process. */
#ifndef TESTS_NDR_FIXTURE_H
#define TESTS_NDR_FIXTURE_H

#include <check.h>
#include <stdlib.h>

#include "dcom/ndr/ndr.h"

/* ---- golden stubs ---------------------------------------------------------------------------- */
struct golden_call {
    char interface_name[48];
    char method_name[48];
    unsigned method;
    uint8_t *request, *reply;
    size_t request_size, reply_size;
};

struct golden {
    struct golden_call *calls;
    unsigned count;
};

/* A file of tests/ndr/golden; ends the test when it cannot be read. */
struct golden golden_load(const char *name);
void golden_free(struct golden *g);
const struct ndr_interface *interface_by_name(const char *name);
/* True when the bytes are equal but for the values of referents. */
bool same_stub(const void *a, size_t a_size, const void *b, size_t b_size);
void assert_same_stub(const char *what, const void *expected, size_t expected_size, const void *got, size_t got_size);

/* ---- an object that counts its references ----------------------------------------------------- */
struct counted {
    IUnknown IUnknown_iface;
    long references;
};
void counted_init(struct counted *c);

/* ---- loops ------------------------------------------------------------------------------------ */
/* A proxy whose channel calls the object at once, or answers with bytes given beforehand. */
struct loop {
    struct ndr_proxy proxy; /* first: the proxy is the loop */
    void *object;
    struct writer request, reply; /* of the last call */
    HRESULT server_result;        /* what ndr_server_call said */
    size_t surplus, reply_left;
    const uint8_t *canned;
    size_t canned_size;
    HRESULT prepare_result;
    struct ndr_objects objects;
    struct counted *passes; /* what every unmarshalled interface pointer becomes; NULL: the pointer itself */
};

struct loop *loop_create(const IID *iid, void *object);
/* By type: also those that no COM header has an IID for. */
struct loop *loop_create_type(const struct ndr_interface *type, void *object);
void loop_destroy(struct loop *l);
/* The proxy as the interface it stands for. */
#define LOOP_AS(face, l) ((face *)(void *)(l))

/* ---- any method of any interface ---------------------------------------------------------------- */
/* Arguments for a call: counts are 2, behind every pointer is zeroed memory. */
struct any_arguments {
    uint64_t slots[32];
    uint64_t memory[32][64];
};
void any_arguments_init(struct any_arguments *a, const struct ndr_interface *type, unsigned method);
/* An object of which every method but IUnknown's counts the call and returns `result`. */
struct any_object {
    void (*const *vtbl)(void);
};
extern struct any_object any_object;
extern _Atomic unsigned any_object_calls; /* several threads may call */
extern HRESULT any_object_result;
/* Calls the entry of a proxy's vtable that has up to 20 arguments. */
HRESULT any_call(struct loop *l, unsigned method, struct any_arguments *a);

/* ---- running ------------------------------------------------------------------------------------- */
LPWSTR wide_dup(const OLECHAR *text); /* from CoTaskMemAlloc */
int suite_run(Suite *suite);

#endif
