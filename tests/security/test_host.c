#include "security/host.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"

static char complaint[JSON_COMPLAINT];

static const char file[] =
    "{ \"name\": \"ALPHA\", \"dns_name\": \"alpha.lab.test\", \"workgroup\": \"LAB\", \"machine_sid\": "
    "\"S-1-5-21-1-2-3\",\n"
    "  \"addresses\": [\"10.1.0.2\"], \"resolver_port\": 1135, \"bindings\": \"names\", \"dynamic_ports\": [50000, "
    "50010],\n"
    "  \"names\": { \"beta\": { \"address\": \"10.2.0.2\", \"port\": 135 }, \"gamma\": { \"address\": \"10.3.0.2\" } } "
    "}\n";

static struct host *parsed(const char *text)
{
    struct host *h;
    enum err e = host_parse("/tmp/h", "host.json", text, strlen(text), &h, complaint);
    ck_assert_msg(e == ERR_OK, "%s", complaint);
    return h;
}

static void expect_complaint(const char *text, const char *what)
{
    struct host *h;
    ck_assert_int_eq(host_parse("/tmp/h", "host.json", text, strlen(text), &h, complaint), ERR_PROTOCOL);
    ck_assert_msg(strstr(complaint, "host.json:") == complaint && strstr(complaint, what), "%s", complaint);
    ck_assert_ptr_null(h);
}

START_TEST(every_key_arrives)
{
    struct host *h = parsed(file);
    ck_assert_str_eq(h->name, "ALPHA");
    ck_assert_str_eq(h->workgroup, "LAB");
    ck_assert_uint_eq(h->resolver_port, 1135);
    ck_assert(h->names_only);
    ck_assert_uint_eq(h->first_port, 50000);
    ck_assert_uint_eq(h->last_port, 50010);
    ck_assert_int_eq(h->ping_period_ns, 120 * NS_PER_S);
    ck_assert_str_eq(host_find_name(h, "BETA")->address, "10.2.0.2");
    ck_assert_uint_eq(host_find_name(h, "gamma")->port, 135);
    ck_assert_ptr_null(host_find_name(h, "delta"));
    host_destroy(h);
}
END_TEST

START_TEST(defaults_are_those_of_windows)
{
    struct host *h = parsed("{ \"name\": \"A\", \"machine_sid\": \"S-1-5-21-1-2-3\" }");
    ck_assert_str_eq(h->workgroup, "WORKGROUP");
    ck_assert_str_eq(h->dns_name, "A");
    ck_assert_uint_eq(h->resolver_port, 135);
    ck_assert_uint_eq(h->first_port, 49152);
    ck_assert_uint_eq(h->address_count, 0);
    host_destroy(h);
}
END_TEST

START_TEST(this_host_is_known_by_every_name_it_has)
{
    static const char *const mine[] = { "",          ".",         "localhost",      "LocalHost",
                                        "alpha",     "\\\\Alpha", "ALPHA.lab.test", "10.1.0.2",
                                        "127.0.0.1", "::1" };
    static const char *const others[] = { "beta", "10.2.0.2", "alpha.lab", "10.1.0.20" };
    struct host *h = parsed(file);
    for (size_t i = 0; i < sizeof mine / sizeof mine[0]; i++)
        ck_assert_msg(host_is_me(h, mine[i]), "%s", mine[i]);
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        ck_assert_msg(!host_is_me(h, others[i]), "%s", others[i]);
    host_destroy(h);
}
END_TEST

START_TEST(with_a_loopback_address_of_its_own_other_loopback_addresses_are_other_hosts)
{
    struct host *h = parsed("{ \"name\": \"A\", \"machine_sid\": \"S-1-5-21-1-2-3\", \"addresses\": [\"127.0.1.2\"] }");
    ck_assert(host_is_me(h, "127.0.1.2"));
    ck_assert(!host_is_me(h, "127.0.2.2"));
    ck_assert(!host_is_me(h, "127.0.0.1"));
    ck_assert(host_is_me(h, "localhost"));
    host_destroy(h);
}
END_TEST

START_TEST(only_real_loopback_addresses_count_as_such)
{
    ck_assert(host_address_is_loopback("127.255.0.1"));
    ck_assert(!host_address_is_loopback("127.0.0.1.nip.io"));
    ck_assert(!host_address_is_loopback("127.0.0"));
    ck_assert(!host_address_is_loopback("12.0.0.1"));
    ck_assert(!host_address_is_loopback("127.0.0.300"));
}
END_TEST

START_TEST(the_folder_of_a_loaded_host_is_absolute)
{
    char folder[] = "/tmp/opcprobe-host-XXXXXX";
    struct host *h;
    ck_assert_ptr_nonnull(mkdtemp(folder));
    ck_assert_int_eq(chdir(folder), 0);
    ck_assert_int_eq(file_replace("host.json", file, sizeof file - 1, false), ERR_OK);
    ck_assert_int_eq(host_load(".", &h, complaint), ERR_OK);
    ck_assert_str_eq(h->folder, folder);
    host_destroy(h);
    unlink("host.json");
    rmdir(folder);
}
END_TEST

START_TEST(mistakes_are_reported_with_file_and_line)
{
    expect_complaint("{ \"name\": \"A\" }", "machine_sid");
    expect_complaint("{ \"name\": \"A\", \"machine_sid\": \"S-1\" }", "not a machine SID");
    expect_complaint("{ \"name\": \"A\", \"machine_sid\": \"S-1-5-21-1-2-3\", \"port\": 1 }", "port");
    expect_complaint("{ \"name\": \"A\", \"machine_sid\": \"S-1-5-21-1-2-3\", \"dynamic_ports\": [5, 4] }",
                     "first <= last");
    expect_complaint("{ \"name\": \"A\", \"machine_sid\": \"S-1-5-21-1-2-3\", \"names\": { \"b\": {} } }", "address");
    expect_complaint("{ \"name\": 7, \"machine_sid\": \"S-1-5-21-1-2-3\" }", "name");
    struct host *h;
    ck_assert_int_eq(host_load("/nonexistent", &h, complaint), ERR_NOT_FOUND);
    ck_assert_msg(strstr(complaint, "/nonexistent/host.json") != NULL, "%s", complaint);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("host");
    TCase *tests = tcase_create("host");
    tcase_add_test(tests, every_key_arrives);
    tcase_add_test(tests, defaults_are_those_of_windows);
    tcase_add_test(tests, this_host_is_known_by_every_name_it_has);
    tcase_add_test(tests, with_a_loopback_address_of_its_own_other_loopback_addresses_are_other_hosts);
    tcase_add_test(tests, only_real_loopback_addresses_count_as_such);
    tcase_add_test(tests, the_folder_of_a_loaded_host_is_absolute);
    tcase_add_test(tests, mistakes_are_reported_with_file_and_line);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
