#include "matrix/registry_settings.h"

#include "tests/matrix/matrix_test.h"

#define OLE           "HKLM\\SOFTWARE\\Microsoft\\Ole\\"
#define APPID         "HKCR\\AppID\\{6F0B7E4C-2D0F-4C5B-9C2B-0A6C1E5D7A10}\\"
#define CLASS         "HKCR\\CLSID\\{6F0B7E4C-2D0F-4C5B-9C2B-0A6C1E5D7A10}\\"
#define OPCENUM_CLASS "HKCR\\CLSID\\{13486D51-4821-11D2-A494-3CB306C10000}\\"
#define OPCENUM_APPID "HKCR\\AppID\\{13486D44-4821-11D2-A494-3CB306C10000}\\"

static bool has_word(const struct registry_settings *s, const char *word)
{
    for (size_t i = 0; i < s->count; i++) {
        if (strcmp(s->words[i], word) == 0)
            return true;
    }
    return false;
}

static void expect_words(const struct registry_settings *s, const char *const *words)
{
    ck_assert(!s->failed);
    for (; *words; words++)
        ck_assert_msg(has_word(s, *words), "%s is missing", *words);
    ck_assert_ptr_null(s->words[s->count]);
}

static struct registry_settings settings_of(const char *registry_text)
{
    struct registry_settings s = { .count = 0 };
    cJSON *registry = parse(registry_text);
    registry_settings_add(&s, registry);
    cJSON_Delete(registry);
    return s;
}

START_TEST(a_list_of_names_becomes_sddl_with_names_in_braces)
{
    static const char *const words[] = {
        OLE "MachineLaunchRestriction=sddl:O:BAG:BAD:(A;;CCDCLCSWRP;;;{Administrators})(A;;CCRP;;;{OPC Users})",
        APPID "AccessPermission=sddl:O:BAG:BAD:(A;;CCLC;;;{opcuser})", NULL
    };
    struct registry_settings s =
        settings_of("{ \"launch_limits\": { \"Administrators\": \"LL RL LA RA\", \"OPC Users\": \"RA\" },"
                    "  \"application_access\": { \"opcuser\": \"RC\" } }");
    ck_assert_uint_eq(s.count, 2);
    expect_words(&s, words);
    registry_settings_cleanup(&s);
}
END_TEST

START_TEST(an_empty_list_lets_nobody_in_and_null_takes_the_value_away)
{
    static const char *const words[] = { OLE "DefaultAccessPermission=sddl:O:BAG:BAD:", APPID "LaunchPermission=-",
                                         APPID "AuthenticationLevel=-", APPID "RunAs=-", NULL };
    struct registry_settings s = settings_of("{ \"default_access\": {}, \"application_launch\": null,"
                                             "  \"application_level\": null, \"run_as\": null }");
    expect_words(&s, words);
    registry_settings_cleanup(&s);
}
END_TEST

START_TEST(sddl_and_the_other_values_are_written_as_windows_has_them)
{
    static const char *const words[] = {
        OLE "MachineAccessRestriction=sddl:O:BAG:BAD:(D;;CCLC;;;{Everyone})",
        OLE "LegacyAuthenticationLevel=dword:1",
        APPID "AuthenticationLevel=dword:6",
        APPID "RunAs=sz:Interactive User",
        OLE "EnableDCOM=sz:N",
        "HKLM\\SYSTEM\\CurrentControlSet\\Control\\Lsa\\ForceGuest=dword:1",
        "HKLM\\SYSTEM\\CurrentControlSet\\Control\\Lsa\\EveryoneIncludesAnonymous=dword:0",
        APPID "Endpoints=multi:ncacn_ip_tcp,0,48020",
        OPCENUM_APPID "Endpoints=-",
        NULL
    };
    struct registry_settings s =
        settings_of("{ \"access_limits\": \"O:BAG:BAD:(D;;CCLC;;;{Everyone})\", \"default_level\": \"none\","
                    "  \"application_level\": \"packet-privacy\", \"run_as\": \"Interactive User\","
                    "  \"enable_dcom\": false, \"force_guest\": true, \"everyone_includes_anonymous\": false,"
                    "  \"server_port\": 48020, \"opcenum_port\": null }");
    ck_assert_uint_eq(s.count, 9);
    expect_words(&s, words);
    registry_settings_cleanup(&s);
}
END_TEST

static void expect_class(const char *server_text, enum level level, const char *const *words)
{
    struct registry_settings s = { .count = 0 };
    cJSON *server = parse(server_text);
    registry_settings_add_class(&s, "/opt/op c", server, level);
    expect_words(&s, words);
    registry_settings_cleanup(&s);
    cJSON_Delete(server);
}

START_TEST(the_class_is_registered_with_its_identity_and_level)
{
    static const char *const connect[] = { CLASS "LocalServer32\\@=sz:\"/opt/op c/probe-server\"",
                                           APPID "RunAs=sz:opcserver", APPID "AuthenticationLevel=dword:2", NULL };
    static const char *const none[] = { CLASS "LocalServer32\\@=sz:\"/opt/op c/probe-server\"", APPID "RunAs=-",
                                        APPID "AuthenticationLevel=dword:1", NULL };
    static const char *const other[] = { CLASS "LocalServer32\\@=sz:\"/opt/op c/moved\" --never-register --linger 1s",
                                         NULL };
    expect_class("{ \"registered\": true, \"run_as\": \"opcserver\" }", LEVEL_PACKET, connect);
    expect_class("{ \"registered\": true }", LEVEL_NONE, none);
    expect_class("{ \"registered\": true, \"minimum_level\": \"none\" }", LEVEL_PACKET, none);
    expect_class("{ \"registered\": true, \"minimum_level\": \"registry\", \"program\": \"moved\","
                 "  \"arguments\": [\"--never-register\", \"--linger\", \"1s\"] }",
                 LEVEL_PACKET, other);
}
END_TEST

START_TEST(a_service_and_a_module_are_registered_as_such)
{
    static const char *const service[] = {
        APPID "LocalService=sz:opcprobe-server",
        "HKLM\\SYSTEM\\CurrentControlSet\\Services\\opcprobe-server\\ObjectName=sz:LocalSystem",
        "HKLM\\SYSTEM\\CurrentControlSet\\Services\\opcprobe-server\\ImagePath=sz:\"/opt/op c/probe-server\"", NULL
    };
    static const char *const module[] = { CLASS "InprocServer32\\@=sz:/opt/op c/vendor.dll", CLASS "LocalServer32\\@=-",
                                          APPID "DllSurrogate=sz:", NULL };
    cJSON *server = parse("{ \"service_account\": \"LocalSystem\" }");
    expect_class("{ \"registered\": true, \"service_account\": \"LocalSystem\" }", LEVEL_PACKET, service);
    expect_class("{ \"registered\": true, \"module\": \"vendor.dll\" }", LEVEL_PACKET, module);
    ck_assert_str_eq(registry_settings_server(server), "opcprobe-server");
    ck_assert_str_eq(registry_settings_server(NULL), "{6F0B7E4C-2D0F-4C5B-9C2B-0A6C1E5D7A10}");
    cJSON_Delete(server);
}
END_TEST

START_TEST(a_class_that_is_not_registered_is_nowhere)
{
    struct registry_settings s = { .count = 0 };
    cJSON *server = parse("{ \"registered\": false }");
    registry_settings_add_class(&s, "/opt", server, LEVEL_PACKET);
    ck_assert_uint_eq(s.count, 0);
    cJSON_Delete(server);
}
END_TEST

static void expect_list(const cJSON *registry, const char *list, const char *expected)
{
    char *text = cJSON_PrintUnformatted(cJSON_GetObjectItemCaseSensitive(registry, list));
    ck_assert_ptr_nonnull(text);
    ck_assert_str_eq(text, expected);
    free(text);
}

START_TEST(a_host_is_a_plant_that_lets_its_opc_users_in)
{
    cJSON *registry = registry_settings_of_host(NULL, true, false, false);
    expect_list(registry, "launch_limits",
                "{\"Administrators\":\"LL RL LA RA\",\"OPC Users\":\"LL RL LA RA\",\"Everyone\":\"LL LA\"}");
    expect_list(registry, "access_limits", "{\"Everyone\":\"LC RC\",\"ANONYMOUS LOGON\":\"LC\"}");
    expect_list(registry, "application_access", "{\"SELF\":\"LC RC\",\"SYSTEM\":\"LC RC\",\"OPC Users\":\"LC RC\"}");
    cJSON_Delete(registry);
    registry = registry_settings_of_host(NULL, false, false, false);
    ck_assert_ptr_null(cJSON_GetObjectItem(registry, "application_access"));
    ck_assert_ptr_null(cJSON_GetObjectItem(registry, "application_launch"));
    cJSON_Delete(registry);
}
END_TEST

START_TEST(opcenum_lets_everyone_in_where_it_is_registered)
{
    cJSON *registry = registry_settings_of_host(NULL, true, true, false);
    expect_list(registry, "opcenum_launch", "{\"Everyone\":\"LL RL LA RA\"}");
    expect_list(registry, "opcenum_access", "{\"Everyone\":\"LC RC\"}");
    cJSON_Delete(registry);
    registry = registry_settings_of_host(NULL, true, false, false);
    ck_assert_ptr_null(cJSON_GetObjectItem(registry, "opcenum_launch"));
    ck_assert_ptr_null(cJSON_GetObjectItem(registry, "opcenum_access"));
    cJSON_Delete(registry);
}
END_TEST

START_TEST(opcenum_has_its_own_class_application_and_level)
{
    static const char *const words[] = { OPCENUM_CLASS "LocalServer32\\@=sz:\"/opt/op c/opcprobe-opcenum\"",
                                         OPCENUM_CLASS "AppID=sz:{13486D44-4821-11D2-A494-3CB306C10000}",
                                         OPCENUM_APPID "AuthenticationLevel=dword:2", NULL };
    static const char *const none[] = { OPCENUM_APPID "AuthenticationLevel=dword:1", NULL };
    static const char *const list[] = { OPCENUM_APPID "AccessPermission=sddl:O:BAG:BAD:(A;;CCLC;;;{opcuser})", NULL };
    struct registry_settings s = { .count = 0 };
    registry_settings_add_opcenum(&s, "/opt/op c", LEVEL_PACKET);
    expect_words(&s, words);
    registry_settings_cleanup(&s);
    registry_settings_add_opcenum(&s, "/opt", LEVEL_NONE);
    expect_words(&s, none);
    registry_settings_cleanup(&s);
    s = settings_of("{ \"opcenum_access\": { \"opcuser\": \"RC\" } }");
    expect_words(&s, list);
    registry_settings_cleanup(&s);
}
END_TEST

START_TEST(anonymous_callers_are_in_every_list_where_they_are_granted)
{
    static const char *const lists[] = { "launch_limits",  "access_limits",      "default_launch",
                                         "default_access", "application_launch", "application_access" };
    cJSON *registry = registry_settings_of_host(NULL, true, false, true);
    for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
        const char *rights = json_string(cJSON_GetObjectItem(registry, lists[i]), "ANONYMOUS LOGON", "");
        ck_assert_msg(strstr(rights, "R") != NULL, "%s: \"%s\"", lists[i], rights);
    }
    cJSON_Delete(registry);
}
END_TEST

START_TEST(what_the_scenario_says_replaces_the_plants_value)
{
    cJSON *wanted = parse("{ \"launch_limits\": null, \"application_access\": { \"opcuser\": \"RC\" } }");
    cJSON *registry = registry_settings_of_host(wanted, true, false, true);
    ck_assert(cJSON_IsNull(cJSON_GetObjectItem(registry, "launch_limits")));
    expect_list(registry, "application_access", "{\"opcuser\":\"RC\"}");
    cJSON_Delete(registry);
    cJSON_Delete(wanted);
}
END_TEST

static void refuse(const char *registry_text, const char *words, const char *where)
{
    char complaint[256] = "", pointer[96] = "";
    cJSON *registry = parse(registry_text);
    ck_assert(!registry_settings_check(registry, complaint, sizeof(complaint), pointer, sizeof(pointer)));
    ck_assert_msg(strstr(complaint, words) != NULL, "%s", complaint);
    ck_assert_str_eq(pointer, where);
    cJSON_Delete(registry);
}

START_TEST(rights_that_a_list_cannot_have_are_named)
{
    char complaint[256] = "", pointer[96] = "";
    refuse("{ \"access_limits\": { \"Everyone\": \"LC RA\" } }", "they are LC RC", "access_limits/Everyone");
    refuse("{ \"default_launch\": { \"Everyone\": \"LL\", \"opc\": \"RC\" } }", "they are LL RL LA RA",
           "default_launch/opc");
    refuse("{ \"default_launch\": { \"opc\": \"\" } }", "no rights", "default_launch/opc");
    refuse("{ \"default_launch\": { \"opc\": 3 } }", "no rights", "default_launch/opc");
    cJSON *right = parse("{ \"access_limits\": { \"Everyone\": \"RC\" }, \"default_access\": null,"
                         "  \"default_launch\": \"D:(A;;CC;;;WD)\" }");
    ck_assert(registry_settings_check(right, complaint, sizeof(complaint), pointer, sizeof(pointer)));
    cJSON_Delete(right);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("registry settings");
    TCase *tests = tcase_create("registry settings");
    tcase_add_test(tests, a_list_of_names_becomes_sddl_with_names_in_braces);
    tcase_add_test(tests, an_empty_list_lets_nobody_in_and_null_takes_the_value_away);
    tcase_add_test(tests, sddl_and_the_other_values_are_written_as_windows_has_them);
    tcase_add_test(tests, the_class_is_registered_with_its_identity_and_level);
    tcase_add_test(tests, a_service_and_a_module_are_registered_as_such);
    tcase_add_test(tests, a_class_that_is_not_registered_is_nowhere);
    tcase_add_test(tests, a_host_is_a_plant_that_lets_its_opc_users_in);
    tcase_add_test(tests, opcenum_lets_everyone_in_where_it_is_registered);
    tcase_add_test(tests, opcenum_has_its_own_class_application_and_level);
    tcase_add_test(tests, anonymous_callers_are_in_every_list_where_they_are_granted);
    tcase_add_test(tests, what_the_scenario_says_replaces_the_plants_value);
    tcase_add_test(tests, rights_that_a_list_cannot_have_are_named);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
