#include "security/token.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "security/accounts.h"
#include "security/host.h"

static bool has(const struct token *t, enum sid_well_known which)
{
    const struct sid sid = sid_well_known(which);
    return token_has(t, &sid);
}

static struct host a_host(void)
{
    struct host h = { .name = "BETA" };
    ck_assert(sid_parse("S-1-5-21-1-2-3", &h.machine_sid));
    return h;
}

START_TEST(an_account_is_its_machines_and_carries_the_kind_of_its_logon)
{
    const struct host host = a_host();
    struct account account = { .name = "opcuser", .rid = 1001, .group_count = 2 };
    struct token t;
    struct sid own, group;
    char text[SID_TEXT], name[2 * TOKEN_NAME];
    account.groups[0].sid = sid_well_known(SID_ADMINISTRATORS);
    account.groups[1].rid = 2001;
    token_of_account(&host, &account, TOKEN_LOGON_NETWORK, 7, &t);
    sid_text(&t.sid, text);
    ck_assert_str_eq(text, "S-1-5-21-1-2-3-1001");
    token_account_name(&t, name);
    ck_assert_str_eq(name, "BETA\\opcuser");
    ck_assert_uint_eq(t.session, 7);
    ck_assert(has(&t, SID_ADMINISTRATORS) && has(&t, SID_EVERYONE) && has(&t, SID_AUTHENTICATED_USERS));
    ck_assert(has(&t, SID_NETWORK) && !has(&t, SID_INTERACTIVE) && !has(&t, SID_ANONYMOUS_LOGON));
    ck_assert(sid_parse("S-1-5-21-1-2-3-2001", &group) && token_has(&t, &group));
    ck_assert(sid_parse("S-1-5-21-1-2-3-1001", &own) && token_has(&t, &own));
    token_of_account(&host, &account, TOKEN_LOGON_INTERACTIVE, 8, &t);
    ck_assert(!has(&t, SID_NETWORK) && has(&t, SID_INTERACTIVE));
}
END_TEST

START_TEST(a_guest_is_not_an_authenticated_user)
{
    const struct host host = a_host();
    struct account account = { .name = "Guest", .rid = 501, .group_count = 1 };
    struct token t;
    account.groups[0].sid = sid_well_known(SID_GUESTS);
    token_of_account(&host, &account, TOKEN_LOGON_NETWORK, 1, &t);
    ck_assert(t.guest);
    ck_assert(has(&t, SID_EVERYONE) && !has(&t, SID_AUTHENTICATED_USERS));
}
END_TEST

START_TEST(anonymous_is_neither_everyone_nor_authenticated)
{
    struct token t;
    token_anonymous(&t);
    ck_assert(t.anonymous);
    ck_assert(has(&t, SID_ANONYMOUS_LOGON) && has(&t, SID_NETWORK));
    ck_assert(!has(&t, SID_EVERYONE) && !has(&t, SID_AUTHENTICATED_USERS));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("token");
    TCase *tests = tcase_create("token");
    tcase_add_test(tests, an_account_is_its_machines_and_carries_the_kind_of_its_logon);
    tcase_add_test(tests, a_guest_is_not_an_authenticated_user);
    tcase_add_test(tests, anonymous_is_neither_everyone_nor_authenticated);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
