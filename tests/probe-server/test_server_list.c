/* OPCEnum's object over a host's registry. */
#include "probe-server/server_list.h"

#include <comcat.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "opcda/identity.h"
#include "opcda/opc_classes.h"
#include "opcda/text.h"
#include "tests/probe-server/fixture.h"

#define A "{AAAAAAAA-0000-0000-0000-000000000001}"
#define B "{BBBBBBBB-0000-0000-0000-000000000002}"
#define C "{CCCCCCCC-0000-0000-0000-000000000003}"
#define D "{DDDDDDDD-0000-0000-0000-000000000004}"

/* A: DA 1.0 and 2.0; B: DA 3.0, requires DA 2.0 of its client; C: of DA 1.0 by its key OPC alone; D: no OPC server. */
static const char registry[] =
    "Windows Registry Editor Version 5.00\r\n\r\n"
    "[HKEY_CLASSES_ROOT\\CLSID\\" A "]\r\n@=\"Server A\"\r\n"
    "[HKEY_CLASSES_ROOT\\CLSID\\" A "\\ProgID]\r\n@=\"Vendor.A.1\"\r\n"
    "[HKEY_CLASSES_ROOT\\CLSID\\" A "\\VersionIndependentProgID]\r\n@=\"Vendor.A\"\r\n"
    "[HKEY_CLASSES_ROOT\\CLSID\\" A "\\Implemented Categories\\" OPC_CATEGORY_DA10 "]\r\n"
    "[HKEY_CLASSES_ROOT\\CLSID\\" A "\\Implemented Categories\\" OPC_CATEGORY_DA20 "]\r\n"
    "[HKEY_CLASSES_ROOT\\CLSID\\" B "]\r\n@=\"Server B\"\r\n"
    "[HKEY_CLASSES_ROOT\\CLSID\\" B "\\ProgID]\r\n@=\"Vendor.B\"\r\n"
    "[HKEY_CLASSES_ROOT\\CLSID\\" B "\\Implemented Categories\\" OPC_CATEGORY_DA30 "]\r\n"
    "[HKEY_CLASSES_ROOT\\CLSID\\" B "\\Required Categories\\" OPC_CATEGORY_DA20 "]\r\n"
    "[HKEY_CLASSES_ROOT\\CLSID\\" C "]\r\n"
    "[HKEY_CLASSES_ROOT\\CLSID\\" D "]\r\n@=\"no server\"\r\n"
    "[HKEY_CLASSES_ROOT\\CLSID\\not a class\\Implemented Categories\\" OPC_CATEGORY_DA20 "]\r\n"
    "[HKEY_CLASSES_ROOT\\Vendor.C\\CLSID]\r\n@=\"" C "\"\r\n"
    "[HKEY_CLASSES_ROOT\\Vendor.C\\OPC\\Vendor]\r\n@=\"somebody\"\r\n"
    "[HKEY_CLASSES_ROOT\\Broken.Server\\CLSID]\r\n@=\"nonsense\"\r\n"
    "[HKEY_CLASSES_ROOT\\Broken.Server\\OPC]\r\n";

static char folder[] = "/tmp/opcprobe-list-XXXXXX";
static struct service_ops silent;
static struct service service;
static IOPCServerList *list;
static IOPCServerList2 *list2;

static void nothing(void *context)
{
    (void)context;
}

static uint64_t no_time(void *context)
{
    (void)context;
    return 0;
}

static void write_registry(const char *text)
{
    char *path = text_format("%s/registry.reg", folder);
    FILE *file = fopen(path, "w");
    ck_assert_ptr_nonnull(file);
    ck_assert_int_ge(fputs(text, file), 0);
    ck_assert_int_eq(fclose(file), 0);
    free(path);
}

static void start(void)
{
    ck_assert_ptr_nonnull(mkdtemp(folder));
    ck_assert_int_eq(setenv("OPCPROBE_HOST", folder, 1), 0);
    write_registry(registry);
    silent = (struct service_ops){ .wall_filetime = no_time, .objects_changed = nothing };
    service_init(&service, &silent, NULL, NULL, NULL);
    ck_assert_int_eq(server_list_create(&service, &IID_IOPCServerList2, (void **)&list2), S_OK);
    list = AS(list2, IOPCServerList);
    ck_assert_uint_eq(atomic_load(&service.objects), 1);
}

static void stop(void)
{
    char *path = text_format("%s/registry.reg", folder);
    IOPCServerList_Release(list);
    ck_assert_uint_eq(IOPCServerList2_Release(list2), 0);
    ck_assert_uint_eq(atomic_load(&service.objects), 0);
    service_cleanup(&service);
    remove(path);
    ck_assert_int_eq(remove(folder), 0);
    free(path);
}

static GUID guid(const char *text)
{
    GUID out;
    ck_assert(guid_parse(text, &out));
    return out;
}

/* The classes of these categories as "ABC", in the order they come. */
static const char *letters(const char *implemented, const char *required)
{
    static char out[8];
    CATID impl[1], req[1];
    IOPCEnumGUID *e = NULL;
    GUID id;
    ULONG fetched, count = 0;
    if (implemented)
        impl[0] = guid(implemented);
    if (required)
        req[0] = guid(required);
    ck_assert_int_eq(
        IOPCServerList2_EnumClassesOfCategories(list2, implemented ? 1 : 0, impl, required ? 1 : 0, req, &e), S_OK);
    while (IOPCEnumGUID_Next(e, 1, &id, &fetched) == S_OK && count < sizeof(out) - 1)
        out[count++] = (char)('A' + (id.Data1 >> 28) - 0xA);
    out[count] = '\0';
    ck_assert_uint_eq(IOPCEnumGUID_Release(e), 0);
    return out;
}

START_TEST(a_category_gives_the_classes_that_implement_it)
{
    ck_assert_str_eq(letters(OPC_CATEGORY_DA20, NULL), "A");
    ck_assert_str_eq(letters(OPC_CATEGORY_DA30, NULL), "B");
    ck_assert_str_eq(letters("{00000000-0000-0000-0000-000000000009}", NULL), "");
}
END_TEST

START_TEST(da_1_0_includes_the_servers_that_only_have_the_old_key)
{
    ck_assert_str_eq(letters(OPC_CATEGORY_DA10, NULL), "AC");
}
END_TEST

START_TEST(the_older_interface_knows_categories_alone)
{
    CATID da10 = guid(OPC_CATEGORY_DA10);
    IEnumGUID *e = NULL;
    GUID ids[4];
    ULONG fetched = 9;
    ck_assert_int_eq(IOPCServerList_EnumClassesOfCategories(list, 1, &da10, 0, NULL, &e), S_OK);
    ck_assert_int_eq(IEnumGUID_Next(e, 4, ids, &fetched), S_FALSE);
    ck_assert_uint_eq(fetched, 1);
    GUID a = guid(A);
    ck_assert(IsEqualGUID(&ids[0], &a));
    ck_assert_uint_eq(IEnumGUID_Release(e), 0);
}
END_TEST

START_TEST(no_categories_at_all_give_every_class)
{
    ck_assert_str_eq(letters(NULL, NULL), "ABCD");
}
END_TEST

START_TEST(a_class_that_requires_what_is_not_listed_stays_out)
{
    ck_assert_str_eq(letters(OPC_CATEGORY_DA30, OPC_CATEGORY_DA20), "B");
    ck_assert_str_eq(letters(OPC_CATEGORY_DA30, OPC_CATEGORY_DA10), "");
    ck_assert_str_eq(letters(OPC_CATEGORY_DA20, OPC_CATEGORY_DA10), "A");
}
END_TEST

START_TEST(several_categories_give_each_class_once)
{
    CATID both[] = { guid(OPC_CATEGORY_DA10), guid(OPC_CATEGORY_DA20), guid(OPC_CATEGORY_DA30) };
    IOPCEnumGUID *e = NULL;
    GUID ids[8];
    ULONG fetched = 0;
    ck_assert_int_eq(IOPCServerList2_EnumClassesOfCategories(list2, 3, both, 0, NULL, &e), S_OK);
    ck_assert_int_eq(IOPCEnumGUID_Next(e, 8, ids, &fetched), S_FALSE);
    ck_assert_uint_eq(fetched, 3);
    IOPCEnumGUID_Release(e);
}
END_TEST

START_TEST(the_enumerator_batches_skips_resets_and_clones)
{
    IOPCEnumGUID *e = NULL, *clone = NULL;
    GUID ids[4];
    ULONG fetched = 0;
    ck_assert_int_eq(IOPCServerList2_EnumClassesOfCategories(list2, 0, NULL, 0, NULL, &e), S_OK);
    ck_assert_int_eq(IOPCEnumGUID_Next(e, 3, ids, &fetched), S_OK);
    ck_assert_uint_eq(fetched, 3);
    ck_assert_int_eq(IOPCEnumGUID_Clone(e, &clone), S_OK);
    ck_assert_int_eq(IOPCEnumGUID_Next(clone, 0xFFFFFFFF, ids, &fetched), S_FALSE);
    ck_assert_uint_eq(fetched, 1);
    ck_assert_uint_eq(ids[0].Data1, 0xDDDDDDDD);
    ck_assert_int_eq(IOPCEnumGUID_Next(clone, 1, ids, &fetched), S_FALSE);
    ck_assert_uint_eq(fetched, 0);
    ck_assert_int_eq(IOPCEnumGUID_Skip(e, 2), S_FALSE);
    ck_assert_int_eq(IOPCEnumGUID_Reset(e), S_OK);
    ck_assert_int_eq(IOPCEnumGUID_Skip(e, 1), S_OK);
    ck_assert_int_eq(IOPCEnumGUID_Next(e, 1, ids, NULL), S_OK);
    ck_assert_uint_eq(ids[0].Data1, 0xBBBBBBBB);
    ck_assert_uint_eq(IOPCEnumGUID_Release(clone), 0);
    ck_assert_uint_eq(IOPCEnumGUID_Release(e), 0);
}
END_TEST

START_TEST(wrong_arguments_are_refused_before_anything_is_read)
{
    CATID one = guid(OPC_CATEGORY_DA20);
    CATID *many = calloc(SERVER_LIST_CATEGORIES_MAXIMUM + 1, sizeof(*many));
    IOPCEnumGUID *e = (IOPCEnumGUID *)&one;
    ck_assert_int_eq(IOPCServerList2_EnumClassesOfCategories(list2, 1, NULL, 0, NULL, &e), E_INVALIDARG);
    ck_assert_ptr_null(e);
    ck_assert_int_eq(IOPCServerList2_EnumClassesOfCategories(list2, 1, &one, 1, NULL, &e), E_INVALIDARG);
    ck_assert_int_eq(IOPCServerList2_EnumClassesOfCategories(list2, 1, &one, 0, NULL, NULL), E_INVALIDARG);
    ck_assert_int_eq(
        IOPCServerList2_EnumClassesOfCategories(list2, SERVER_LIST_CATEGORIES_MAXIMUM + 1, many, 0, NULL, &e),
        E_INVALIDARG);
    ck_assert_int_eq(IOPCServerList2_EnumClassesOfCategories(list2, SERVER_LIST_CATEGORIES_MAXIMUM, many, 0, NULL, &e),
                     S_OK);
    IOPCEnumGUID_Release(e);
    free(many);
}
END_TEST

static void check_text(LPOLESTR wide, const char *expected)
{
    char *text = wide_to_utf8(wide);
    ck_assert_str_eq(text, expected);
    free(text);
    CoTaskMemFree(wide);
}

START_TEST(details_are_the_names_of_the_class)
{
    GUID a = guid(A);
    LPOLESTR progid, user_type, latest;
    ck_assert_int_eq(IOPCServerList2_GetClassDetails(list2, &a, &progid, &user_type, &latest), S_OK);
    check_text(progid, "Vendor.A.1");
    check_text(user_type, "Server A");
    check_text(latest, "Vendor.A");
    ck_assert_int_eq(IOPCServerList_GetClassDetails(list, &a, &progid, &user_type), S_OK);
    check_text(progid, "Vendor.A.1");
    check_text(user_type, "Server A");
}
END_TEST

START_TEST(without_a_version_independent_progid_the_progid_stands_for_it)
{
    GUID b = guid(B);
    LPOLESTR progid, user_type, latest;
    ck_assert_int_eq(IOPCServerList2_GetClassDetails(list2, &b, &progid, &user_type, &latest), S_OK);
    check_text(progid, "Vendor.B");
    check_text(user_type, "Server B");
    check_text(latest, "Vendor.B");
}
END_TEST

START_TEST(details_of_an_unknown_class_are_not_there)
{
    GUID unknown = guid("{12345678-0000-0000-0000-000000000000}");
    LPOLESTR progid = (LPOLESTR)&unknown, user_type = progid, latest = progid;
    ck_assert_int_eq(IOPCServerList2_GetClassDetails(list2, &unknown, &progid, &user_type, &latest),
                     REGDB_E_CLASSNOTREG);
    ck_assert(!progid && !user_type && !latest);
    ck_assert_int_eq(IOPCServerList2_GetClassDetails(list2, &unknown, NULL, &user_type, &latest), E_INVALIDARG);
}
END_TEST

START_TEST(a_progid_leads_to_its_class_and_an_unknown_one_does_not)
{
    CLSID clsid, c = guid(C), null = { 0 };
    ck_assert_int_eq(IOPCServerList2_CLSIDFromProgID(list2, WTEXT("vendor.c"), &clsid), S_OK);
    ck_assert(IsEqualGUID(&clsid, &c));
    ck_assert_int_eq(IOPCServerList_CLSIDFromProgID(list, WTEXT("Vendor.C"), &clsid), S_OK);
    ck_assert_int_eq(IOPCServerList2_CLSIDFromProgID(list2, WTEXT("Vendor.X"), &clsid), CO_E_CLASSSTRING);
    ck_assert(IsEqualGUID(&clsid, &null));
    ck_assert_int_eq(IOPCServerList2_CLSIDFromProgID(list2, WTEXT("Broken.Server"), &clsid), CO_E_CLASSSTRING);
    ck_assert_int_eq(IOPCServerList2_CLSIDFromProgID(list2, WTEXT(""), &clsid), E_INVALIDARG);
    ck_assert_int_eq(IOPCServerList2_CLSIDFromProgID(list2, NULL, &clsid), E_INVALIDARG);
    ck_assert_int_eq(IOPCServerList2_CLSIDFromProgID(list2, WTEXT("Vendor.C"), NULL), E_INVALIDARG);
}
END_TEST

START_TEST(a_registry_that_cannot_be_read_is_said_to_be_so)
{
    CATID one = guid(OPC_CATEGORY_DA20);
    IOPCEnumGUID *e = NULL;
    LPOLESTR progid, user_type;
    write_registry("this is no registry\n");
    ck_assert_int_eq(IOPCServerList2_EnumClassesOfCategories(list2, 1, &one, 0, NULL, &e), REGDB_E_READREGDB);
    ck_assert_int_eq(IOPCServerList_GetClassDetails(list, &one, &progid, &user_type), REGDB_E_READREGDB);
}
END_TEST

START_TEST(a_class_registered_later_is_found)
{
    ck_assert_str_eq(letters(OPC_CATEGORY_DA20, NULL), "A");
    write_registry("Windows Registry Editor Version 5.00\r\n\r\n"
                   "[HKEY_CLASSES_ROOT\\CLSID\\" B "\\Implemented Categories\\" OPC_CATEGORY_DA20 "]\r\n");
    ck_assert_str_eq(letters(OPC_CATEGORY_DA20, NULL), "B");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("server_list");
    TCase *tc = tcase_create("list");
    tcase_add_checked_fixture(tc, start, stop);
    tcase_add_test(tc, a_category_gives_the_classes_that_implement_it);
    tcase_add_test(tc, da_1_0_includes_the_servers_that_only_have_the_old_key);
    tcase_add_test(tc, the_older_interface_knows_categories_alone);
    tcase_add_test(tc, no_categories_at_all_give_every_class);
    tcase_add_test(tc, a_class_that_requires_what_is_not_listed_stays_out);
    tcase_add_test(tc, several_categories_give_each_class_once);
    tcase_add_test(tc, the_enumerator_batches_skips_resets_and_clones);
    tcase_add_test(tc, wrong_arguments_are_refused_before_anything_is_read);
    tcase_add_test(tc, details_are_the_names_of_the_class);
    tcase_add_test(tc, without_a_version_independent_progid_the_progid_stands_for_it);
    tcase_add_test(tc, details_of_an_unknown_class_are_not_there);
    tcase_add_test(tc, a_progid_leads_to_its_class_and_an_unknown_one_does_not);
    tcase_add_test(tc, a_registry_that_cannot_be_read_is_said_to_be_so);
    tcase_add_test(tc, a_class_registered_later_is_found);
    suite_add_tcase(suite, tc);
    return fixture_run(suite);
}
