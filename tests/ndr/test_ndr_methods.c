/* Every method of every interface: golden bytes both ways, every truncated prefix, every surplus byte. */
#include <string.h>

#include "dcom/ndr/call.h"
#include "tests/ndr/fixture.h"

static const char *const golden_files[] = { "methods.txt", "others.txt" };
#define GOLDEN_FILES (sizeof golden_files / sizeof *golden_files)

/* Calls `check` for each call in the golden files, with a loop to the object that answers anything. */
static unsigned for_each_call(void (*check)(struct loop *, const struct golden_call *))
{
    unsigned count = 0;
    for (size_t f = 0; f < GOLDEN_FILES; f++) {
        struct golden g = golden_load(golden_files[f]);
        for (unsigned i = 0; i < g.count; i++) {
            const struct ndr_interface *type = interface_by_name(g.calls[i].interface_name);
            ck_assert_msg(type != NULL, "%s is not in the tables", g.calls[i].interface_name);
            struct loop *l = loop_create_type(type, &any_object);
            any_object_calls = 0;
            any_object_result = S_OK;
            check(l, &g.calls[i]);
            loop_destroy(l);
            count++;
        }
        golden_free(&g);
    }
    return count;
}

static void check_bytes(struct loop *l, const struct golden_call *c)
{
    struct any_arguments a;
    any_arguments_init(&a, l->proxy.type, c->method);
    HRESULT hr = any_call(l, c->method, &a);
    ck_assert_msg(hr == S_OK, "%s::%s gave %08x", c->interface_name, c->method_name, (unsigned)hr);
    ck_assert_uint_eq(any_object_calls, 1);
    assert_same_stub(c->method_name, c->request, c->request_size, l->request.data, l->request.size);
    assert_same_stub(c->method_name, c->reply, c->reply_size, l->reply.data, l->reply.size);
    ck_assert_uint_eq(l->surplus, 0);
    ck_assert_uint_eq(l->reply_left, 0);
}

START_TEST(each_method_writes_its_golden_request_and_reply)
{
    for_each_call(check_bytes);
}
END_TEST

/* Methods of the tables that no golden file has would be tested by nobody. */
START_TEST(the_golden_files_have_every_method)
{
    unsigned expected = 0;
    const struct ndr_interface *type;
    struct method m;
    for (unsigned i = 0; (type = ndr_interface_at(i)); i++)
        for (unsigned method = 3; method < type->method_count; method++)
            expected += method_find(type, method, &m);
    ck_assert_uint_eq(for_each_call(check_bytes), expected);
}
END_TEST

static HRESULT serve(struct loop *l, unsigned method, const void *request, size_t size)
{
    /* A block of exactly this size: reading past it is seen by the address sanitizer. */
    void *exact = malloc(size ? size : 1);
    struct reader r;
    ck_assert(exact != NULL);
    memcpy(exact, request, size);
    reader_init(&r, exact, size);
    writer_reset(&l->reply);
    HRESULT hr = ndr_server_call(l->proxy.type, l->object, method, &l->objects, l, &r, &l->reply, &l->surplus);
    free(exact);
    return hr;
}

static void check_short_requests(struct loop *l, const struct golden_call *c)
{
    for (size_t size = 0; size < c->request_size; size++) {
        HRESULT hr = serve(l, c->method, c->request, size);
        ck_assert_msg(hr == HR_BAD_STUB_DATA, "%s::%s with %zu of %zu bytes gave %08x", c->interface_name,
                      c->method_name, size, c->request_size, (unsigned)hr);
        ck_assert_uint_eq(l->reply.size, 0);
    }
    ck_assert_uint_eq(any_object_calls, 0);
}

START_TEST(no_truncated_request_reaches_a_method)
{
    for_each_call(check_short_requests);
}
END_TEST

static void check_long_request(struct loop *l, const struct golden_call *c)
{
    uint8_t *longer = calloc(1, c->request_size + 8);
    ck_assert(longer != NULL);
    memcpy(longer, c->request, c->request_size);
    ck_assert_int_eq(serve(l, c->method, longer, c->request_size + 8), S_OK);
    ck_assert_uint_eq(l->surplus, 8);
    ck_assert_uint_eq(any_object_calls, 1);
    free(longer);
}

START_TEST(surplus_bytes_of_a_request_are_counted_and_do_no_harm)
{
    for_each_call(check_long_request);
}
END_TEST

/* All of a method's [out] memory is zero, as it was before. */
static bool results_are_empty(const struct any_arguments *a, const struct any_arguments *before)
{
    return !memcmp(a->memory, before->memory, sizeof a->memory);
}

static void check_short_replies(struct loop *l, const struct golden_call *c)
{
    struct any_arguments a, before;
    for (size_t size = 0; size < c->reply_size; size++) {
        uint8_t *exact = malloc(size ? size : 1);
        ck_assert(exact != NULL);
        memcpy(exact, c->reply, size);
        any_arguments_init(&a, l->proxy.type, c->method);
        any_arguments_init(&before, l->proxy.type, c->method);
        l->canned = exact;
        l->canned_size = size;
        HRESULT hr = any_call(l, c->method, &a);
        ck_assert_msg(hr == HR_BAD_STUB_DATA, "%s::%s with %zu of %zu reply bytes gave %08x", c->interface_name,
                      c->method_name, size, c->reply_size, (unsigned)hr);
        ck_assert_msg(results_are_empty(&a, &before), "%s::%s left something", c->interface_name, c->method_name);
        free(exact);
    }
}

START_TEST(a_truncated_reply_fails_and_leaves_empty_results)
{
    for_each_call(check_short_replies);
}
END_TEST

static void check_failed_method(struct loop *l, const struct golden_call *c)
{
    struct any_arguments a;
    any_arguments_init(&a, l->proxy.type, c->method);
    any_object_result = E_FAIL;
    ck_assert_int_eq(any_call(l, c->method, &a), E_FAIL);
    ck_assert_int_eq(l->server_result, S_OK);
}

START_TEST(a_methods_own_failure_arrives_as_it_is)
{
    for_each_call(check_failed_method);
}
END_TEST

static void check_no_connection(struct loop *l, const struct golden_call *c)
{
    struct any_arguments a;
    any_arguments_init(&a, l->proxy.type, c->method);
    l->prepare_result = RPC_E_DISCONNECTED;
    ck_assert_int_eq(any_call(l, c->method, &a), RPC_E_DISCONNECTED);
    ck_assert_uint_eq(any_object_calls, 0);
}

START_TEST(a_channel_that_cannot_prepare_ends_the_call)
{
    for_each_call(check_no_connection);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("ndr methods");
    TCase *cases = tcase_create("every method");
    tcase_set_timeout(cases, 60);
    tcase_add_test(cases, each_method_writes_its_golden_request_and_reply);
    tcase_add_test(cases, the_golden_files_have_every_method);
    tcase_add_test(cases, no_truncated_request_reaches_a_method);
    tcase_add_test(cases, surplus_bytes_of_a_request_are_counted_and_do_no_harm);
    tcase_add_test(cases, a_truncated_reply_fails_and_leaves_empty_results);
    tcase_add_test(cases, a_methods_own_failure_arrives_as_it_is);
    tcase_add_test(cases, a_channel_that_cannot_prepare_ends_the_call);
    suite_add_tcase(suite, cases);
    return suite_run(suite);
}
