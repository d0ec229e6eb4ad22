#include "security/dcom_settings.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "security/sddl.h"

#define V5    "Windows Registry Editor Version 5.00\r\n\r\n"
#define OLE   "[HKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\Ole]\r\n"
#define APPID "{6F0B7E4C-2D0F-4C5B-9C2B-0A6C1E5D7A10}"

/* Everyone may do everything, in the old kind. */
#define OLD_LIST                                                                                                       \
    "hex:01,00,04,80,30,00,00,00,40,00,00,00,00,00,00,00,14,00,00,00,02,00,1c,00,01,00,00,00,00,00,14,00,"             \
    "01,00,00,00,01,01,00,00,00,00,00,01,00,00,00,00,01,02,00,00,00,00,00,05,20,00,00,00,20,02,00,00,"                 \
    "01,02,00,00,00,00,00,05,20,00,00,00,20,02,00,00\r\n"

static struct reg *registry_of(const char *text)
{
    char complaint[REG_COMPLAINT];
    struct reg *r;
    ck_assert_int_eq(reg_create(&r), ERR_OK);
    ck_assert_msg(reg_parse(r, "t.reg", text, strlen(text), complaint) == ERR_OK, "%s", complaint);
    return r;
}

static struct dcom_settings settings_of(const char *text)
{
    struct dcom_settings s;
    struct reg *r = registry_of(text);
    ck_assert_int_eq(dcom_settings_read(r, &s), ERR_OK);
    reg_destroy(r);
    return s;
}

static void expect_list(const struct com_list *list, enum com_list_source source, const char *sddl)
{
    char *text = sddl_format(&list->descriptor);
    ck_assert_int_eq(list->source, source);
    ck_assert_str_eq(text, sddl);
    free(text);
}

START_TEST(an_empty_registry_is_a_windows_as_installed)
{
    struct dcom_settings s = settings_of(V5);
    ck_assert(s.enabled && !s.everyone_includes_anonymous);
    ck_assert_uint_eq(s.authentication_level, 2);
    ck_assert_uint_eq(s.impersonation_level, 2);
    expect_list(&s.access_limits, COM_LIST_BUILT_IN, "O:BAG:BAD:(A;;CCDCLC;;;WD)(A;;CCDC;;;AN)");
    expect_list(&s.launch_limits, COM_LIST_BUILT_IN, "O:BAG:BAD:(A;;CCDCLCSWRP;;;BA)(A;;CCDCSW;;;WD)");
    expect_list(&s.default_launch, COM_LIST_BUILT_IN,
                "O:BAG:BAD:(A;;CCDCLCSWRP;;;BA)(A;;CCDCLCSWRP;;;SY)(A;;CCDCLCSWRP;;;IU)");
    expect_list(&s.default_access, COM_LIST_BUILT_IN, "O:BAG:BAD:(A;;CCDCLC;;;PS)(A;;CCDCLC;;;SY)");
    dcom_settings_cleanup(&s);
}
END_TEST

START_TEST(each_value_of_the_ole_key_is_read_from_its_own_name)
{
    static const char *const names[] = { "MachineAccessRestriction", "MachineLaunchRestriction",
                                         "DefaultAccessPermission", "DefaultLaunchPermission" };
    for (size_t i = 0; i < 4; i++) {
        char text[1024];
        snprintf(text, sizeof text, V5 OLE "\"%s\"=" OLD_LIST, names[i]);
        struct dcom_settings s = settings_of(text);
        const struct com_list *lists[] = { &s.access_limits, &s.launch_limits, &s.default_access, &s.default_launch };
        for (size_t j = 0; j < 4; j++) {
            ck_assert_int_eq(lists[j]->source, i == j ? COM_LIST_SET : COM_LIST_BUILT_IN);
            ck_assert_int_eq(lists[j]->kind, i == j ? COM_LIST_OLD : COM_LIST_NEW);
        }
        dcom_settings_cleanup(&s);
    }
}
END_TEST

START_TEST(levels_and_switches_are_read_and_nonsense_counts_as_absent)
{
    struct dcom_settings s =
        settings_of(V5 OLE "\"EnableDCOM\"=\"n\"\r\n\"LegacyAuthenticationLevel\"=dword:00000006\r\n"
                           "\"LegacyImpersonationLevel\"=dword:00000003\r\n\r\n"
                           "[HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Control\\Lsa]\r\n"
                           "\"EveryoneIncludesAnonymous\"=dword:00000001\r\n");
    ck_assert(!s.enabled && s.everyone_includes_anonymous);
    ck_assert_uint_eq(s.authentication_level, 6);
    ck_assert_uint_eq(s.impersonation_level, 3);
    dcom_settings_cleanup(&s);
    s = settings_of(V5 OLE "\"EnableDCOM\"=\"Y\"\r\n\"LegacyAuthenticationLevel\"=dword:00000007\r\n"
                           "\"LegacyImpersonationLevel\"=dword:00000000\r\n");
    ck_assert(s.enabled);
    ck_assert_uint_eq(s.authentication_level, 2);
    ck_assert_uint_eq(s.impersonation_level, 2);
    dcom_settings_cleanup(&s);
}
END_TEST

START_TEST(a_list_of_another_type_or_of_no_bytes_is_invalid_and_not_absent)
{
    struct dcom_settings s = settings_of(V5 OLE "\"MachineAccessRestriction\"=\"O:BAG:BAD:(A;;CC;;;WD)\"\r\n"
                                                "\"DefaultLaunchPermission\"=hex:\r\n");
    ck_assert_int_eq(s.access_limits.kind, COM_LIST_INVALID);
    ck_assert_int_eq(s.default_launch.kind, COM_LIST_INVALID);
    dcom_settings_cleanup(&s);
}
END_TEST

START_TEST(a_group_policy_wins_over_the_ole_key_until_it_is_taken_back)
{
    static const char policy[] = "[HKEY_LOCAL_MACHINE\\SOFTWARE\\Policies\\Microsoft\\Windows NT\\DCOM]\r\n"
                                 "\"MachineLaunchRestriction\"=\"O:BAG:BAD:(A;;CCDC;;;BA)\"\r\n"
                                 "\"MachineAccessRestriction\"=\"\"\r\n";
    char text[2048];
    snprintf(text, sizeof text,
             V5 OLE "\"MachineLaunchRestriction\"=" OLD_LIST "\"MachineAccessRestriction\"=" OLD_LIST "\r\n%s", policy);
    struct dcom_settings s = settings_of(text);
    expect_list(&s.launch_limits, COM_LIST_POLICY, "O:BAG:BAD:(A;;CCDC;;;BA)");
    expect_list(&s.access_limits, COM_LIST_SET, "O:BAG:BAD:(A;;CC;;;WD)");
    dcom_settings_cleanup(&s);
}
END_TEST

START_TEST(an_application_has_its_own_lists_and_level_or_none)
{
    struct reg *r = registry_of(V5 OLE "\"LegacyAuthenticationLevel\"=dword:00000004\r\n\r\n"
                                       "[HKEY_CLASSES_ROOT\\AppID\\" APPID "]\r\n"
                                       "\"AuthenticationLevel\"=dword:00000005\r\n\"LaunchPermission\"=" OLD_LIST);
    struct dcom_settings s;
    struct dcom_application a;
    ck_assert_int_eq(dcom_settings_read(r, &s), ERR_OK);
    ck_assert_int_eq(dcom_application_read(r, &s, APPID, &a), ERR_OK);
    ck_assert(a.has_launch && !a.has_access);
    expect_list(&a.launch, COM_LIST_SET, "O:BAG:BAD:(A;;CC;;;WD)");
    ck_assert_uint_eq(a.authentication_level, 5);
    dcom_application_cleanup(&a);
    ck_assert_int_eq(dcom_application_read(r, &s, "{00000000-0000-0000-0000-000000000000}", &a), ERR_OK);
    ck_assert(!a.has_launch && !a.has_access);
    ck_assert_uint_eq(a.authentication_level, 4);
    dcom_application_cleanup(&a);
    char long_name[256];
    memset(long_name, 'x', sizeof long_name - 1);
    long_name[sizeof long_name - 1] = 0;
    ck_assert_int_eq(dcom_application_read(r, &s, long_name, &a), ERR_LIMIT);
    dcom_settings_cleanup(&s);
    reg_destroy(r);
}
END_TEST

static uint16_t port_of(const char *endpoints)
{
    char text[512];
    struct dcom_settings s;
    struct dcom_application a;
    snprintf(text, sizeof text, "REGEDIT4\r\n\r\n[HKEY_CLASSES_ROOT\\AppID\\" APPID "]\r\n\"Endpoints\"=%s\r\n",
             endpoints);
    struct reg *r = registry_of(text);
    ck_assert_int_eq(dcom_settings_read(r, &s), ERR_OK);
    ck_assert_int_eq(dcom_application_read(r, &s, APPID, &a), ERR_OK);
    uint16_t port = a.static_port;
    dcom_application_cleanup(&a);
    dcom_settings_cleanup(&s);
    reg_destroy(r);
    return port;
}

#define TCP_0 "6e,63,61,63,6e,5f,69,70,5f,74,63,70,2c,30,2c," /* ncacn_ip_tcp,0, */

START_TEST(an_application_may_have_a_port_of_its_own)
{
    ck_assert_uint_eq(port_of("hex(7):" TCP_0 "34,30,30,30,30,00,00"), 40000);
    ck_assert_uint_eq(port_of("hex(7):" TCP_0 "31,30,32,34,00,00"), 1024);
    ck_assert_uint_eq(port_of("hex(7):78,00," TCP_0 "31,30,32,34,00,00"), 1024);
    ck_assert_uint_eq(port_of("hex(7):" TCP_0 "31,30,32,33,00,00"), 0);
    ck_assert_uint_eq(port_of("hex(7):" TCP_0 "36,35,35,33,36,00,00"), 0);
    ck_assert_uint_eq(port_of("hex(7):" TCP_0 "00,00"), 0);
    ck_assert_uint_eq(port_of("hex(7):00"), 0);
    ck_assert_uint_eq(port_of("hex(7):"), 0);
    ck_assert_uint_eq(port_of("\"ncacn_ip_tcp,0,40000\""), 0);
}
END_TEST

START_TEST(a_program_finds_its_application_by_its_name)
{
    struct reg *r = registry_of(V5 "[HKEY_CLASSES_ROOT\\AppID\\Historian.EXE]\r\n\"AppID\"=\"" APPID "\"\r\n\r\n"
                                   "[HKEY_CLASSES_ROOT\\AppID\\other]\r\n\"AppID\"=dword:00000001\r\n");
    ck_assert_str_eq(dcom_application_of_program(r, "historian.exe"), APPID);
    ck_assert_str_eq(dcom_application_of_program(r, "historian"), APPID);
    ck_assert_ptr_null(dcom_application_of_program(r, "other"));
    ck_assert_ptr_null(dcom_application_of_program(r, "nobody"));
    reg_destroy(r);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("dcom_settings");
    TCase *tests = tcase_create("dcom_settings");
    tcase_add_test(tests, an_empty_registry_is_a_windows_as_installed);
    tcase_add_test(tests, each_value_of_the_ole_key_is_read_from_its_own_name);
    tcase_add_test(tests, levels_and_switches_are_read_and_nonsense_counts_as_absent);
    tcase_add_test(tests, a_list_of_another_type_or_of_no_bytes_is_invalid_and_not_absent);
    tcase_add_test(tests, a_group_policy_wins_over_the_ole_key_until_it_is_taken_back);
    tcase_add_test(tests, an_application_has_its_own_lists_and_level_or_none);
    tcase_add_test(tests, an_application_may_have_a_port_of_its_own);
    tcase_add_test(tests, a_program_finds_its_application_by_its_name);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
