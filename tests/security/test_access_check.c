#include "security/access_check.h"

#include <check.h>
#include <stdlib.h>

#include "security/sddl.h"

/* The token of S-1-5-21-1-2-3-1001, a member of Everyone. */
static struct token user_token(void)
{
    struct token t = { .group_count = 1 };
    ck_assert(sid_parse("S-1-5-21-1-2-3-1001", &t.sid));
    t.groups[0] = sid_well_known(SID_EVERYONE);
    return t;
}

static bool granted_to_self(const char *sddl, const char *self, uint32_t wanted)
{
    const struct token t = user_token();
    struct descriptor d;
    struct sid server;
    ck_assert(!self || sid_parse(self, &server));
    ck_assert_int_eq(sddl_parse(sddl, NULL, &d), ERR_OK);
    bool granted = access_check(&d, &t, self ? &server : NULL, wanted);
    descriptor_cleanup(&d);
    return granted;
}

static bool granted(const char *sddl, uint32_t wanted)
{
    return granted_to_self(sddl, NULL, wanted);
}

START_TEST(a_null_list_grants_all_and_an_empty_one_nothing)
{
    ck_assert(granted("O:SYD:NO_ACCESS_CONTROL", 0x1f));
    ck_assert(!granted("O:SYD:", 1));
}
END_TEST

START_TEST(the_first_entry_that_speaks_of_a_right_decides_it)
{
    ck_assert(!granted("D:(D;;0x4;;;S-1-5-21-1-2-3-1001)(A;;0x1f;;;WD)", 4));
    ck_assert(granted("D:(A;;0x1f;;;WD)(D;;0x4;;;S-1-5-21-1-2-3-1001)", 4));
    ck_assert(granted("D:(D;;0x4;;;S-1-5-21-1-2-3-1001)(A;;0x1f;;;WD)", 2));
    ck_assert(!granted("D:(D;;0x4;;;S-1-5-21-1-2-3-1001)(A;;0x1f;;;WD)", 6));
}
END_TEST

START_TEST(rights_add_up_over_entries)
{
    ck_assert(granted("D:(A;;0x2;;;WD)(A;;0x4;;;S-1-5-21-1-2-3-1001)", 6));
    ck_assert(!granted("D:(A;;0x2;;;WD)(A;;0x4;;;BA)", 6));
}
END_TEST

START_TEST(an_entry_for_children_only_says_nothing_here)
{
    ck_assert(!granted("D:(A;CIIO;0x2;;;WD)", 2));
    ck_assert(granted("D:(D;CIIO;0x2;;;WD)(A;;0x2;;;WD)", 2));
}
END_TEST

START_TEST(self_is_the_servers_identity_and_nobody_when_that_is_unknown)
{
    ck_assert(granted_to_self("D:(A;;0x7;;;PS)", "S-1-5-21-1-2-3-1001", 4));
    ck_assert(!granted_to_self("D:(A;;0x7;;;PS)", "S-1-5-21-1-2-3-1002", 4));
    ck_assert(!granted("D:(A;;0x7;;;PS)", 4));
    ck_assert(!granted_to_self("D:(D;;0x7;;;PS)(A;;0x7;;;WD)", "S-1-5-21-1-2-3-1001", 4));
}
END_TEST

START_TEST(the_owner_reads_and_writes_the_list_unless_owner_rights_say_otherwise)
{
    const uint32_t implied = ACCESS_READ_CONTROL | ACCESS_WRITE_DAC;
    ck_assert(granted("O:S-1-5-21-1-2-3-1001D:", implied));
    ck_assert(!granted("O:S-1-5-21-1-2-3-1001D:", implied | 1));
    ck_assert(!granted("O:SYD:", ACCESS_READ_CONTROL));
    ck_assert(granted("O:S-1-5-21-1-2-3-1001D:(A;;RC;;;OW)", ACCESS_READ_CONTROL));
    ck_assert(!granted("O:S-1-5-21-1-2-3-1001D:(A;;RC;;;OW)", implied));
    ck_assert(!granted("O:SYD:(A;;RC;;;OW)", ACCESS_READ_CONTROL));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("access_check");
    TCase *tests = tcase_create("access_check");
    tcase_add_test(tests, a_null_list_grants_all_and_an_empty_one_nothing);
    tcase_add_test(tests, the_first_entry_that_speaks_of_a_right_decides_it);
    tcase_add_test(tests, rights_add_up_over_entries);
    tcase_add_test(tests, an_entry_for_children_only_says_nothing_here);
    tcase_add_test(tests, self_is_the_servers_identity_and_nobody_when_that_is_unknown);
    tcase_add_test(tests, the_owner_reads_and_writes_the_list_unless_owner_rights_say_otherwise);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
