/* The class object. */
#include "probe-server/class_factory.h"
#include "probe-server/refusal.h"
#include "probe-server/server.h"
#include "tests/probe-server/fixture.h"

START_TEST(each_instance_is_a_server_of_its_own)
{
    IClassFactory *factory = NULL;
    IOPCServer *first = NULL, *second = NULL;
    ck_assert_int_eq(class_factory_create(&fixture.service, server_create, &factory), S_OK);
    ck_assert_int_eq(IClassFactory_CreateInstance(factory, NULL, &IID_IOPCServer, (void **)&first), S_OK);
    ck_assert_int_eq(IClassFactory_CreateInstance(factory, NULL, &IID_IOPCServer, (void **)&second), S_OK);
    ck_assert_ptr_ne(first, second);
    ck_assert_uint_eq(atomic_load(&fixture.service.objects), 3);
    ck_assert_uint_eq(IOPCServer_Release(first), 0);
    ck_assert_uint_eq(IOPCServer_Release(second), 0);
    ck_assert_uint_eq(IClassFactory_Release(factory), 0);
}
END_TEST

START_TEST(aggregation_and_unknown_interfaces_are_refused)
{
    IClassFactory *factory = NULL;
    void *out = &out;
    ck_assert_int_eq(class_factory_create(&fixture.service, server_create, &factory), S_OK);
    ck_assert_int_eq(IClassFactory_CreateInstance(factory, (IUnknown *)factory, &IID_IUnknown, &out),
                     CLASS_E_NOAGGREGATION);
    ck_assert_ptr_null(out);
    ck_assert_int_eq(IClassFactory_CreateInstance(factory, NULL, &IID_IOPCBrowse, &out), E_NOINTERFACE);
    ck_assert_ptr_null(out);
    IClassFactory *back = AS(factory, IClassFactory);
    ck_assert_ptr_eq(back, factory);
    IClassFactory_Release(back);
    IClassFactory_Release(factory);
}
END_TEST

START_TEST(a_lock_keeps_the_process_and_an_unlock_too_many_takes_nothing_away)
{
    IClassFactory *factory = NULL;
    ck_assert_int_eq(class_factory_create(&fixture.service, server_create, &factory), S_OK);
    ck_assert_int_eq(IClassFactory_LockServer(factory, TRUE), S_OK);
    ck_assert_uint_eq(atomic_load(&fixture.service.objects), 2);
    ck_assert_int_eq(IClassFactory_LockServer(factory, FALSE), S_OK);
    ck_assert_int_eq(IClassFactory_LockServer(factory, FALSE), E_UNEXPECTED);
    ck_assert_uint_eq(atomic_load(&fixture.service.objects), 1);
    IClassFactory_Release(factory);
}
END_TEST

/* The answer of the class object to a client here or elsewhere. */
static HRESULT answer(const struct refusal *refusal, bool remote)
{
    IClassFactory *factory = NULL;
    IUnknown *out = NULL;
    fixture.service.refusal = refusal;
    fixture.caller_is_remote = remote;
    ck_assert_int_eq(class_factory_create(&fixture.service, server_create, &factory), S_OK);
    HRESULT hr = IClassFactory_CreateInstance(factory, NULL, &IID_IUnknown, (void **)&out);
    ck_assert(SUCCEEDED(hr) == (out != NULL));
    if (out)
        IUnknown_Release(out);
    IClassFactory_Release(factory);
    fixture.service.refusal = NULL;
    return hr;
}

START_TEST(a_class_may_be_for_clients_of_one_side_alone_or_without_a_licence)
{
    static const struct refusal nobody = { 0 }, local = { .local = true }, remote = { .remote = true },
                                all = { .local = true, .remote = true }, unlicensed = { .unlicensed = true };
    ck_assert_int_eq(answer(&nobody, true), S_OK);
    ck_assert_int_eq(answer(&local, false), CLASS_E_CLASSNOTAVAILABLE);
    ck_assert_int_eq(answer(&local, true), S_OK);
    ck_assert_int_eq(answer(&remote, false), S_OK);
    ck_assert_int_eq(answer(&remote, true), CLASS_E_CLASSNOTAVAILABLE);
    ck_assert_int_eq(answer(&all, false), CLASS_E_CLASSNOTAVAILABLE);
    ck_assert_int_eq(answer(&all, true), CLASS_E_CLASSNOTAVAILABLE);
    ck_assert_int_eq(answer(&unlicensed, true), CLASS_E_NOTLICENSED);
}
END_TEST

START_TEST(an_interface_the_server_is_to_lack_is_not_there)
{
    struct refusal lacking = { .has_iid = true, .iid = IID_IOPCCommon };
    void *out = &out;
    fixture.service.refusal = &lacking;
    ck_assert_int_eq(IOPCServer_QueryInterface(fixture.server, &IID_IOPCCommon, &out), E_NOINTERFACE);
    ck_assert_ptr_null(out);
    ck_assert_int_eq(IOPCServer_QueryInterface(fixture.server, &IID_IConnectionPointContainer, &out), S_OK);
    IUnknown_Release((IUnknown *)out);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("class_factory");
    TCase *tc = tcase_create("factory");
    tcase_add_checked_fixture(tc, fixture_start, fixture_stop);
    tcase_add_test(tc, each_instance_is_a_server_of_its_own);
    tcase_add_test(tc, aggregation_and_unknown_interfaces_are_refused);
    tcase_add_test(tc, a_lock_keeps_the_process_and_an_unlock_too_many_takes_nothing_away);
    tcase_add_test(tc, a_class_may_be_for_clients_of_one_side_alone_or_without_a_licence);
    tcase_add_test(tc, an_interface_the_server_is_to_lack_is_not_there);
    suite_add_tcase(suite, tc);
    return fixture_run(suite);
}
