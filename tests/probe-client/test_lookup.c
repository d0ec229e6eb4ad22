/* From a name to a class by OPCEnum's object in this process: which of its interfaces are asked, and what is believed.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "opcda/com_object.h"
#include "opcda/identity.h"
#include "probe-client/lookup.h"
#include "probe-client/opcenum.h"
#include "probe-server/server_list.h"
#include "tests/probe-client/fake_com.h"

#define VENDOR "{AAAAAAAA-0000-0000-0000-000000000001}"

static char folder[] = "/tmp/opcprobe-lookup-XXXXXX";
static struct service_ops ops;
static struct service service;
static struct check_report report;
static struct login login;
static struct activity activity;
static struct connection c;
static bool has_list2;

static void nothing(void *context)
{
    (void)context;
}

static uint64_t no_time(void *context)
{
    (void)context;
    return 0;
}

/* ---- an OPCEnum that may be an old one: everything but IOPCServerList2 is that of the real object ---- */

struct old_opcenum {
    IUnknown IUnknown_iface;
    atomic_uint references;
    IUnknown *real; /* owned */
};

static HRESULT old_opcenum_query(struct old_opcenum *o, REFIID iid, void **out)
{
    static const struct com_iface_entry ifaces[] = { { &IID_IUnknown, 0 }, { NULL, 0 } };
    if (IsEqualIID(iid, &IID_IOPCServerList) || (has_list2 && IsEqualIID(iid, &IID_IOPCServerList2)))
        return IUnknown_QueryInterface(o->real, iid, out);
    return com_query(ifaces, o, iid, out);
}

static ULONG old_opcenum_addref(struct old_opcenum *o)
{
    return atomic_fetch_add(&o->references, 1) + 1;
}

static ULONG old_opcenum_release(struct old_opcenum *o)
{
    ULONG left = atomic_fetch_sub(&o->references, 1) - 1;
    if (!left) {
        IUnknown_Release(o->real);
        free(o);
    }
    return left;
}

COM_FORWARD_IUNKNOWN(old_opcenum, IUnknown)

static const IUnknownVtbl old_opcenum_vtbl = {
    .QueryInterface = old_opcenum_IUnknown_QueryInterface,
    .AddRef = old_opcenum_IUnknown_AddRef,
    .Release = old_opcenum_IUnknown_Release,
};

static HRESULT create_opcenum(COSERVERINFO *server, MULTI_QI *query)
{
    struct old_opcenum *o = calloc(1, sizeof(*o));
    (void)server;
    o->IUnknown_iface.lpVtbl = &old_opcenum_vtbl;
    atomic_init(&o->references, 1);
    query->hr = server_list_create(&service, &IID_IUnknown, (void **)&o->real);
    query->pItf = &o->IUnknown_iface;
    return query->hr;
}

static HRESULT refuse(COSERVERINFO *server, MULTI_QI *query)
{
    (void)server;
    (void)query;
    return E_ACCESSDENIED;
}

/* ---- fixture ---- */

static void setup(void)
{
    ck_assert_ptr_nonnull(mkdtemp(folder));
    ck_assert_int_eq(setenv("OPCPROBE_HOST", folder, 1), 0);
    char *path = text_format("%s/registry.reg", folder);
    FILE *file = fopen(path, "w");
    ck_assert_ptr_nonnull(file);
    fputs("Windows Registry Editor Version 5.00\r\n\r\n"
          "[HKEY_CLASSES_ROOT\\CLSID\\" VENDOR "\\ProgID]\r\n@=\"Vendor.Server\"\r\n"
          "[HKEY_CLASSES_ROOT\\CLSID\\" VENDOR "\\Implemented Categories\\{63D5F432-CFE4-11D1-B2C8-0060083BA1FB}]\r\n"
          "[HKEY_CLASSES_ROOT\\Vendor.Server\\CLSID]\r\n@=\"" VENDOR "\"\r\n",
          file);
    ck_assert_int_eq(fclose(file), 0);
    free(path);
    ops = (struct service_ops){ .wall_filetime = no_time, .objects_changed = nothing };
    service_init(&service, &ops, NULL, NULL, NULL);
    memset(&report, 0, sizeof(report));
    memset(&c, 0, sizeof(c));
    report.asked = (struct levels){ LEVEL_CONNECT, LEVEL_CONNECT, LEVEL_CONNECT };
    stages_init(&report.stages, "ALPHA", "beta");
    ck_assert_int_eq(activity_open(&activity, NULL), ERR_OK);
    c.report = &report;
    c.login = &login;
    c.activity = &activity;
    c.host = "beta";
    ck_assert_int_eq(connection_init(&c), ERR_OK);
    has_list2 = true;
    fake_create_instance = create_opcenum;
}

static void teardown_all(void)
{
    char *path = text_format("%s/registry.reg", folder);
    connection_cleanup(&c);
    ck_assert_uint_eq(atomic_load(&service.objects), 0);
    service_cleanup(&service);
    remove(path);
    ck_assert_int_eq(remove(folder), 0);
    free(path);
}

static const struct stage_result *lookup(void)
{
    return stages_at(&report.stages, STAGE_LOOKUP);
}

START_TEST(a_progid_is_found_by_either_interface)
{
    has_list2 = _i == 0;
    ck_assert(lookup_class(&c, "Vendor.Server", true));
    ck_assert_int_eq(lookup()->status, OUTCOME_OK);
    ck_assert_ptr_nonnull(strstr(lookup()->detail, "by OPCEnum"));
    ck_assert_uint_eq(c.clsid.Data1, 0xAAAAAAAA);
    ck_assert(!c.is_our_class);
    ck_assert_str_eq(report.progid, "Vendor.Server");
}
END_TEST

START_TEST(without_leave_only_this_computer_is_asked)
{
    ck_assert(!lookup_class(&c, "Vendor.Server", false));
    ck_assert_uint_eq(lookup()->code, (uint32_t)CO_E_CLASSSTRING);
    ck_assert_int_eq(lookup()->direction, DIRECTION_LOCAL);
}
END_TEST

START_TEST(a_refusal_at_opcenum_is_told_and_our_own_class_is_still_known)
{
    fake_create_instance = refuse;
    ck_assert(lookup_class(&c, OPCPROBE_PROGID, true));
    ck_assert_int_eq(lookup()->status, OUTCOME_FAILED);
    ck_assert_uint_eq(lookup()->code, (uint32_t)E_ACCESSDENIED);
    ck_assert_ptr_nonnull(
        strstr(lookup()->detail, "OPCEnum: 0x80070005 E_ACCESSDENIED; this computer's registry: 0x800401F3"));
    ck_assert(c.is_our_class);
}
END_TEST

START_TEST(a_refusal_at_opcenum_leaves_no_class_for_another_name)
{
    fake_create_instance = refuse;
    ck_assert(!lookup_class(&c, "Vendor.Server", true));
    ck_assert_uint_eq(lookup()->code, (uint32_t)E_ACCESSDENIED);
}
END_TEST

START_TEST(a_clsid_asks_nobody)
{
    fake_create_instance = refuse;
    ck_assert(!lookup_asks_opcenum(VENDOR, "beta"));
    ck_assert(!lookup_asks_opcenum("Vendor.Server", NULL));
    ck_assert(lookup_asks_opcenum("Vendor.Server", "beta"));
    ck_assert(lookup_class(&c, VENDOR, true));
    ck_assert_int_eq(lookup()->status, OUTCOME_OK);
}
END_TEST

START_TEST(the_list_is_had_by_either_interface)
{
    struct opcenum e;
    struct server_names names;
    has_list2 = _i == 0;
    ck_assert_int_eq(server_names_init(&names), S_OK);
    ck_assert_int_eq(opcenum_open(&c, &e), S_OK);
    ck_assert((e.list2 != NULL) == has_list2 && (e.list != NULL) == !has_list2);
    ck_assert_int_eq(opcenum_servers(&c, &e, &names), S_OK);
    ck_assert_uint_eq(names.count, 1);
    ck_assert_str_eq(names.all[0].progid, "Vendor.Server");
    ck_assert_str_eq(names.all[0].latest_progid, has_list2 ? "Vendor.Server" : "");
    ck_assert_uint_eq(names.all[0].categories, 2);
    opcenum_close(&e);
    server_names_cleanup(&names);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("lookup");
    TCase *tc = tcase_create("opcenum");
    tcase_add_checked_fixture(tc, setup, teardown_all);
    tcase_add_loop_test(tc, a_progid_is_found_by_either_interface, 0, 2);
    tcase_add_test(tc, without_leave_only_this_computer_is_asked);
    tcase_add_test(tc, a_refusal_at_opcenum_is_told_and_our_own_class_is_still_known);
    tcase_add_test(tc, a_refusal_at_opcenum_leaves_no_class_for_another_name);
    tcase_add_test(tc, a_clsid_asks_nobody);
    tcase_add_loop_test(tc, the_list_is_had_by_either_interface, 0, 2);
    suite_add_tcase(suite, tc);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
