/* The command line of probe-server. */
#include <stdlib.h>
#include <string.h>

#include "probe-server/options.h"
#include "tests/probe-server/fixture.h"

#define ARGUMENTS_MAXIMUM 10

static char complaint[OPTIONS_COMPLAINT];

static bool parse(struct server_options *out, const char *const *arguments)
{
    char *argv[ARGUMENTS_MAXIMUM + 1] = { (char *)"probe-server" };
    int argc = 1;
    for (; arguments[argc - 1]; argc++)
        argv[argc] = (char *)arguments[argc - 1];
    return options_parse("probe-server", true, argc, argv, out, complaint);
}

#define PARSE(out, ...) parse((out), (const char *const[]){ __VA_ARGS__, NULL })

START_TEST(without_arguments_the_server_is_strict_and_ends_after_eight_hours)
{
    struct server_options o;
    ck_assert(parse(&o, (const char *const[]){ NULL }));
    ck_assert_int_eq(o.command, COMMAND_RUN);
    ck_assert(!o.embedding);
    ck_assert_uint_eq(o.minimum_level, RPC_C_AUTHN_LEVEL_DEFAULT);
    ck_assert_uint_eq(o.level, RPC_C_AUTHN_LEVEL_DEFAULT);
    ck_assert_int_eq(o.until_ns, 8 * 3600 * NS_PER_S);
    ck_assert_ptr_null(o.items);
}
END_TEST

START_TEST(everything_can_be_said_at_once)
{
    struct server_options o;
    ck_assert(PARSE(&o, "--items", "plant.json", "--minimum-level", "connect", "--level", "packet-privacy", "--until",
                    "90s", "-Embedding"));
    ck_assert_str_eq(o.items, "plant.json");
    ck_assert_uint_eq(o.minimum_level, RPC_C_AUTHN_LEVEL_CONNECT);
    ck_assert_uint_eq(o.level, RPC_C_AUTHN_LEVEL_PKT_PRIVACY);
    ck_assert_int_eq(o.until_ns, 90 * NS_PER_S);
    ck_assert(o.embedding);
}
END_TEST

START_TEST(what_is_to_be_refused_is_said_in_four_options)
{
    struct server_options o;
    ck_assert(PARSE(&o, "--refuse-class", "remote", "--no-interface", "{39C13A4D-011E-11D0-9675-0020AFD8ADB3}",
                    "--unlicensed", "--never-register"));
    ck_assert(o.refusal.remote && !o.refusal.local && o.refusal.unlicensed && o.refusal.never_register);
    ck_assert(o.refusal.has_iid && IsEqualIID(&o.refusal.iid, &IID_IOPCServer));
    ck_assert(PARSE(&o, "--refuse-class", "all"));
    ck_assert(o.refusal.remote && o.refusal.local && !o.refusal.unlicensed && !o.refusal.has_iid);
    ck_assert(!PARSE(&o, "--refuse-class", "some"));
    ck_assert_ptr_nonnull(strstr(complaint, "use local, remote or all"));
    ck_assert(!PARSE(&o, "--no-interface", "IOPCServer"));
    ck_assert_ptr_nonnull(strstr(complaint, "is no IID"));
}
END_TEST

START_TEST(the_switches_of_com_are_known_in_any_case)
{
    struct server_options o;
    ck_assert(PARSE(&o, "/regserver"));
    ck_assert_int_eq(o.command, COMMAND_REGISTER);
    ck_assert(PARSE(&o, "-UNREGSERVER"));
    ck_assert_int_eq(o.command, COMMAND_UNREGISTER);
    ck_assert(PARSE(&o, "/embedding"));
    ck_assert(o.embedding);
}
END_TEST

START_TEST(every_level_has_its_name)
{
    for (uint32_t level = 1; level <= 6; level++) {
        struct server_options o;
        ck_assert(PARSE(&o, "--minimum-level", options_level_name(level)));
        ck_assert_uint_eq(o.minimum_level, level);
    }
}
END_TEST

START_TEST(mistakes_are_named_with_what_to_do)
{
    struct server_options o;
    ck_assert(!PARSE(&o, "--minimum-level", "high"));
    ck_assert_ptr_nonnull(strstr(complaint, "unknown level 'high'; use none"));
    ck_assert(!PARSE(&o, "--items"));
    ck_assert_ptr_nonnull(strstr(complaint, "--items needs a value"));
    ck_assert(!PARSE(&o, "--colour"));
    ck_assert_ptr_nonnull(strstr(complaint, "unknown argument '--colour'"));
    static const char *const durations[] = { "8",   "h",      "0s", "-1h",  "1d",
                                             "8h ", "99999h", "",   "1.5h", "123456789012345678s" };
    for (size_t i = 0; i < sizeof(durations) / sizeof(durations[0]); i++) {
        ck_assert_msg(!PARSE(&o, "--until", durations[i]), "%s", durations[i]);
        ck_assert_ptr_nonnull(strstr(complaint, "is no duration"));
    }
}
END_TEST

START_TEST(the_registered_command_line_has_the_options_and_nothing_of_registering)
{
    char *argv[] = { (char *)"probe-server",  (char *)"/RegServer",      (char *)"--items",
                     (char *)"my plant.json", (char *)"--minimum-level", (char *)"connect" };
    char *line = options_command_line("/opt/bin/probe-server", 6, argv);
    ck_assert_str_eq(line, "\"/opt/bin/probe-server\" --items \"my plant.json\" --minimum-level connect");
    free(line);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("server_options");
    TCase *tc = tcase_create("arguments");
    tcase_add_test(tc, without_arguments_the_server_is_strict_and_ends_after_eight_hours);
    tcase_add_test(tc, everything_can_be_said_at_once);
    tcase_add_test(tc, the_switches_of_com_are_known_in_any_case);
    tcase_add_test(tc, what_is_to_be_refused_is_said_in_four_options);
    tcase_add_test(tc, every_level_has_its_name);
    tcase_add_test(tc, mistakes_are_named_with_what_to_do);
    tcase_add_test(tc, the_registered_command_line_has_the_options_and_nothing_of_registering);
    suite_add_tcase(suite, tc);
    return fixture_run(suite);
}
