/* Names of levels and mechanisms, and the provider table. */
#include "dcom/auth/auth.h"

#include "tests/auth/auth_suite.h"

START_TEST(level_names_go_both_ways)
{
    static const char *const names[] = { "none", "connect", "call", "packet", "packet-integrity", "packet-privacy" };
    enum auth_level level;

    for (unsigned i = 0; i < 6; i++) {
        ck_assert(auth_level_parse(names[i], &level));
        ck_assert_uint_eq(level, i + 1);
        ck_assert_str_eq(auth_level_name(i + 1), names[i]);
    }
    ck_assert(!auth_level_parse("integrity", &level));
    ck_assert(!auth_level_parse("Connect", &level));
    ck_assert(!auth_level_parse("", &level));
    ck_assert_str_eq(auth_level_name(0), "?");
    ck_assert_str_eq(auth_level_name(7), "?");
}
END_TEST

START_TEST(call_travels_as_packet_and_default_as_connect)
{
    ck_assert_int_eq(auth_level_on_wire(AUTH_LEVEL_CALL), AUTH_LEVEL_PACKET);
    ck_assert_int_eq(auth_level_on_wire(AUTH_LEVEL_DEFAULT), AUTH_LEVEL_CONNECT);
    for (int level = AUTH_LEVEL_PACKET; level <= AUTH_LEVEL_PACKET_PRIVACY; level++)
        ck_assert_int_eq(auth_level_on_wire((enum auth_level)level), level);
}
END_TEST

START_TEST(mechanisms_have_names_and_only_those_built_are_found)
{
    ck_assert_str_eq(auth_mechanism_name(AUTH_NONE), "none");
    ck_assert_str_eq(auth_mechanism_name(AUTH_SPNEGO), "spnego");
    ck_assert_str_eq(auth_mechanism_name(AUTH_NTLM), "ntlm");
    ck_assert_str_eq(auth_mechanism_name(AUTH_KERBEROS), "kerberos");
    ck_assert_str_eq(auth_mechanism_name(68), "?");
    ck_assert_ptr_nonnull(auth_find(AUTH_NTLM));
    ck_assert_int_eq(auth_find(AUTH_NTLM)->mechanism, AUTH_NTLM);
    ck_assert_ptr_nonnull(auth_find(AUTH_SPNEGO));
    ck_assert_int_eq(auth_find(AUTH_SPNEGO)->mechanism, AUTH_SPNEGO);
    ck_assert_ptr_null(auth_find(AUTH_NONE));
    ck_assert_ptr_null(auth_find((enum auth_mechanism)68));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("auth");
    TCase *names = tcase_create("names");

    tcase_add_test(names, level_names_go_both_ways);
    tcase_add_test(names, call_travels_as_packet_and_default_as_connect);
    tcase_add_test(names, mechanisms_have_names_and_only_those_built_are_found);
    suite_add_tcase(suite, names);
    return auth_suite_run(suite);
}
