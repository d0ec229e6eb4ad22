/* Credentials: where they come from, what each proxy gets, and that they do not show. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"
#include "probe-client/login.h"
#include "tests/probe-client/fake_com.h"

#define PASSWORD "Sw0rdfish-\xC3\xA9"

static char path[] = "/tmp/opcprobe-login-XXXXXX";
static char complaint[COMPLAINT];

static void setup(void)
{
    strcpy(path + strlen(path) - 6, "XXXXXX");
    int fd = mkstemp(path);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(write(fd, PASSWORD "\nnot this line\n", strlen(PASSWORD) + 15), (ssize_t)strlen(PASSWORD) + 15);
    close(fd);
    unsetenv("OPCPROBE_PASSWORD");
}

static void clean(void)
{
    unlink(path);
}

static void assert_wide(const USHORT *wide, ULONG length, const char *expected)
{
    char text[LOGIN_TEXT];
    utf8_from_utf16((const uint16_t *)wide, length, text, sizeof(text));
    ck_assert_str_eq(text, expected);
}

START_TEST(domain_and_user_are_split_and_the_password_comes_from_the_file)
{
    struct login_options options = { .account = "BETA\\opcuser", .password_file = path, .mechanism = MECHANISM_NTLM };
    struct login l;
    ck_assert_int_eq(login_init(&l, &options, complaint), ERR_OK);
    ck_assert(l.has_identity);
    assert_wide(l.identity.User, l.identity.UserLength, "opcuser");
    assert_wide(l.identity.Domain, l.identity.DomainLength, "BETA");
    assert_wide(l.identity.Password, l.identity.PasswordLength, PASSWORD);
    ck_assert_str_eq(l.display, "BETA\\opcuser");
    login_cleanup(&l);
}
END_TEST

START_TEST(a_principal_name_stays_whole)
{
    struct login_options options = { .account = "opcuser@plant.test", .password_file = path };
    struct login l;
    ck_assert_int_eq(login_init(&l, &options, complaint), ERR_OK);
    assert_wide(l.identity.User, l.identity.UserLength, "opcuser@plant.test");
    ck_assert_uint_eq(l.identity.DomainLength, 0);
    login_cleanup(&l);
}
END_TEST

START_TEST(the_environment_is_read_once_and_emptied)
{
    setenv("OPCPROBE_PASSWORD", "from-environment", 1);
    struct login_options options = { .account = "opcuser" };
    struct login l;
    ck_assert_int_eq(login_init(&l, &options, complaint), ERR_OK);
    assert_wide(l.identity.Password, l.identity.PasswordLength, "from-environment");
    ck_assert_ptr_null(getenv("OPCPROBE_PASSWORD"));
    login_cleanup(&l);
}
END_TEST

START_TEST(a_file_that_others_can_read_is_refused)
{
    ck_assert_int_eq(chmod(path, 0644), 0);
    struct login_options options = { .account = "opcuser", .password_file = path };
    struct login l;
    ck_assert_int_ne(login_init(&l, &options, complaint), ERR_OK);
    ck_assert_ptr_nonnull(strstr(complaint, "chmod 600"));
}
END_TEST

START_TEST(a_missing_file_is_named)
{
    struct login_options options = { .account = "opcuser", .password_file = "/nonexistent/secret" };
    struct login l;
    ck_assert_int_ne(login_init(&l, &options, complaint), ERR_OK);
    ck_assert_ptr_nonnull(strstr(complaint, "/nonexistent/secret"));
}
END_TEST

START_TEST(an_account_without_a_user_is_refused)
{
    struct login_options options = { .account = "BETA\\", .password_file = path };
    struct login l;
    ck_assert_int_ne(login_init(&l, &options, complaint), ERR_OK);
    ck_assert_ptr_nonnull(strstr(complaint, "DOMAIN\\user"));
}
END_TEST

START_TEST(anonymous_is_an_empty_identity_and_default_is_none)
{
    struct login l;
    struct login_options anonymous = { .anonymous = true, .mechanism = MECHANISM_NTLM };
    ck_assert_int_eq(login_init(&l, &anonymous, complaint), ERR_OK);
    COAUTHINFO info = login_authinfo(&l, LEVEL_PACKET_INTEGRITY);
    ck_assert_ptr_nonnull(info.pAuthIdentityData);
    ck_assert_uint_eq(info.pAuthIdentityData->UserLength, 0);
    ck_assert_uint_eq(info.pAuthIdentityData->PasswordLength, 0);
    struct login_options own = { .mechanism = MECHANISM_NTLM };
    ck_assert_int_eq(login_init(&l, &own, complaint), ERR_OK);
    ck_assert_ptr_null(login_authinfo(&l, LEVEL_PACKET_INTEGRITY).pAuthIdentityData);
}
END_TEST

/* An object of one interface, which is its identity too. */
static HRESULT STDMETHODCALLTYPE object_QueryInterface(IUnknown *self, REFIID iid, void **out)
{
    ck_assert(IsEqualIID(iid, &IID_IUnknown));
    *out = self;
    return S_OK;
}

static ULONG STDMETHODCALLTYPE object_count(IUnknown *self)
{
    (void)self;
    return 1;
}

static const IUnknownVtbl object_vtbl = { .QueryInterface = object_QueryInterface,
                                          .AddRef = object_count,
                                          .Release = object_count };
static IUnknown object = { &object_vtbl };

START_TEST(a_blanket_carries_level_mechanism_and_identity_and_identifies_only)
{
    struct login_options options = { .account = "opcuser", .password_file = path, .mechanism = MECHANISM_NTLM };
    struct login l;
    ck_assert_int_eq(login_init(&l, &options, complaint), ERR_OK);
    ck_assert_int_eq(login_blanket(&l, &object, LEVEL_PACKET_PRIVACY), S_OK);
    ck_assert_uint_eq(fake_blanket.calls, 2); /* the interface, and the identity for QueryInterface and Release */
    ck_assert_uint_eq(fake_blanket.service, RPC_C_AUTHN_WINNT);
    ck_assert_uint_eq(fake_blanket.level, RPC_C_AUTHN_LEVEL_PKT_PRIVACY);
    ck_assert_uint_eq(fake_blanket.impersonation, RPC_C_IMP_LEVEL_IDENTIFY);
    ck_assert_ptr_eq(fake_blanket.identity, &l.identity);
    login_cleanup(&l);
}
END_TEST

START_TEST(at_level_none_nothing_of_the_credentials_is_used)
{
    struct login_options options = { .account = "opcuser", .password_file = path, .mechanism = MECHANISM_NTLM };
    struct login l;
    ck_assert_int_eq(login_init(&l, &options, complaint), ERR_OK);
    ck_assert_int_eq(login_blanket(&l, &object, LEVEL_NONE), S_OK);
    ck_assert_uint_eq(fake_blanket.service, RPC_C_AUTHN_NONE);
    ck_assert_ptr_null(fake_blanket.identity);
    COAUTHINFO info = login_authinfo(&l, LEVEL_NONE);
    ck_assert_uint_eq(info.dwAuthnSvc, RPC_C_AUTHN_NONE);
    ck_assert_ptr_null(info.pAuthIdentityData);
    login_cleanup(&l);
}
END_TEST

START_TEST(a_copy_points_into_itself_and_cleanup_leaves_zeros)
{
    struct login_options options = { .account = "opcuser", .password_file = path };
    struct login l, copy;
    ck_assert_int_eq(login_init(&l, &options, complaint), ERR_OK);
    login_copy(&copy, &l);
    login_cleanup(&l);
    ck_assert_ptr_eq(copy.identity.Password, (USHORT *)copy.password);
    assert_wide(copy.identity.Password, copy.identity.PasswordLength, PASSWORD);
    login_cleanup(&copy);
    static const struct login zeros;
    ck_assert_mem_eq(&l, &zeros, sizeof(l));
    ck_assert_mem_eq(&copy, &zeros, sizeof(copy));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("probe-client login");
    TCase *tcase = tcase_create("login");
    tcase_add_checked_fixture(tcase, setup, clean);
    tcase_add_test(tcase, domain_and_user_are_split_and_the_password_comes_from_the_file);
    tcase_add_test(tcase, a_principal_name_stays_whole);
    tcase_add_test(tcase, the_environment_is_read_once_and_emptied);
    tcase_add_test(tcase, a_file_that_others_can_read_is_refused);
    tcase_add_test(tcase, a_missing_file_is_named);
    tcase_add_test(tcase, an_account_without_a_user_is_refused);
    tcase_add_test(tcase, anonymous_is_an_empty_identity_and_default_is_none);
    tcase_add_test(tcase, a_blanket_carries_level_mechanism_and_identity_and_identifies_only);
    tcase_add_test(tcase, at_level_none_nothing_of_the_credentials_is_used);
    tcase_add_test(tcase, a_copy_points_into_itself_and_cleanup_leaves_zeros);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
