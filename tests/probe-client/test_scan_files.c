/* Scan classes from files: our JSON, and the start-up file and point list of a PI interface. */
#include <check.h>
#include <string.h>

#include "base/clock.h"
#include "probe-client/level.h"
#include "probe-client/scan_file.h"

static const char bat[] = "@echo off\r\n"
                          "REM /f=00:00:09 is not a class\r\n"
                          ".\\OPCInt.exe /PS=OPC1 /id=1 ^\r\n"
                          "  /SERVER=\"plant07::Vendor OPC.1\" /host=pisrv:5450 ^\r\n"
                          "  /f=00:00:01 -F=00:00:05,00:00:02 /f=0.25,0,L ^\r\n"
                          "  /am=200 /DA=PKT_INTEGRITY /di=IDENTIFY /TF=\"ccyy/mn/dd hh:mm:ss\"\r\n";

static const char points[] =
    "Tag,InstrumentTag,PointSource,Location1,Location2,Location3,Location4,Location5,ExDesc\r\n"
    "T1,Unit.T1,OPC1,1,0,1,1,0,\r\n"
    "T2,\"Unit,T2\",opc1,1,0,0,2,0,\r\n"
    "T3,\"Unit \"\"3\"\"\",OPC1,1,0,3,2,0,\r\n"
    "T4,Unit.T4,OPC1,1,0,4,3,0,\r\n"
    "T5,Unit.T5,OPC1,1,0,0,3,0,\r\n"
    "T6,Unit.T6,OPC1,1,0,2,1,0,\r\n"
    "T7,Unit.T7,OPC1,1,0,0,0,0,event=T1\r\n"
    "T8,Unit.T8,OPC1,1,0,0,2,0,\"event='T1'\"\r\n"
    "T9,Unit.T9,OTHER,1,0,0,2,0,\r\n"
    ",,,,,,,,\r\n";

static bool read_both(const char *bat_text, const char *points_text, struct scan_pi *pi, struct scan_classes *classes,
                      char complaint[SCAN_COMPLAINT])
{
    scan_pi_init(pi);
    scan_classes_init(classes);
    complaint[0] = '\0';
    return scan_pi_read_bat(pi, "opcint.bat", bat_text, strlen(bat_text), complaint) &&
           scan_pi_read_points(pi, "points.csv", points_text, strlen(points_text), complaint) &&
           scan_pi_classes(pi, classes, complaint);
}

START_TEST(a_start_up_file_gives_classes_server_and_levels)
{
    struct scan_pi pi;
    struct scan_classes s;
    char complaint[SCAN_COMPLAINT];
    ck_assert_msg(read_both(bat, points, &pi, &s, complaint), "%s", complaint);
    ck_assert_str_eq(pi.host, "plant07");
    ck_assert_str_eq(pi.server, "Vendor OPC.1");
    ck_assert_uint_eq(pi.level, LEVEL_PACKET_INTEGRITY);
    ck_assert_str_eq(pi.impersonation, "IDENTIFY");
    ck_assert_uint_eq(pi.class_count, 3);
    ck_assert_int_eq(pi.classes[1].period_ns, 5 * NS_PER_S);
    ck_assert_int_eq(pi.classes[1].offset_ns, 2 * NS_PER_S);
    ck_assert_int_eq(pi.classes[2].period_ns, 250 * NS_PER_MS);
}
END_TEST

START_TEST(points_are_counted_by_their_class_and_kind)
{
    static const struct scan_class expected[] = {
        { .period_ns = NS_PER_S, .items = 1, .mode = SCAN_ADVISE },
        { .period_ns = 5 * NS_PER_S, .offset_ns = 2 * NS_PER_S, .items = 2, .mode = SCAN_POLLED },
        { .period_ns = 250 * NS_PER_MS, .items = 1, .mode = SCAN_POLLED },
        { .period_ns = 250 * NS_PER_MS, .items = 1, .mode = SCAN_ADVISE },
    };
    struct scan_pi pi;
    struct scan_classes s;
    char complaint[SCAN_COMPLAINT];
    ck_assert_msg(read_both(bat, points, &pi, &s, complaint), "%s", complaint);
    ck_assert_uint_eq(s.count, 4);
    for (unsigned i = 0; i < s.count; i++) {
        ck_assert_int_eq(s.list[i].period_ns, expected[i].period_ns);
        ck_assert_int_eq(s.list[i].offset_ns, expected[i].offset_ns);
        ck_assert_uint_eq(s.list[i].items, expected[i].items);
        ck_assert_uint_eq(s.list[i].mode, expected[i].mode);
    }
    ck_assert_uint_eq(s.advise_items, 200);
    ck_assert_uint_eq(pi.not_scanned, 3);
    ck_assert_uint_eq(pi.not_ours, 1);
}
END_TEST

START_TEST(lists_of_other_countries_are_separated_by_semicolons_or_tabs)
{
    static const char *const lists[] = {
        "\xEF\xBB\xBF"
        "instrumenttag;location3;location4\n\"a;b\";1;1\n",
        "location4\tlocation3\tinstrumenttag\n1\t1\ta\n",
    };
    for (size_t i = 0; i < 2; i++) {
        struct scan_pi pi;
        struct scan_classes s;
        char complaint[SCAN_COMPLAINT];
        ck_assert_msg(read_both("opcint /f=1\n", lists[i], &pi, &s, complaint), "%s", complaint);
        ck_assert_uint_eq(s.count, 1);
        ck_assert_uint_eq(s.list[0].mode, SCAN_ADVISE);
    }
}
END_TEST

START_TEST(a_mistake_is_told_with_file_and_line)
{
    static const struct {
        const char *bat, *points, *says;
    } rows[] = {
        { "opcint /f=1 ^\n /f=x", "", "opcint.bat:2: 'x' is no scan class" },
        { "opcint /f=0", "", "opcint.bat:1: '0' is no scan class" },
        { "opcint /ps=O", "", "no scan class (/f=HH:MM:SS)" },
        { "opcint /f=1 /da=HIGH", "", "'HIGH' is no authentication level" },
        { "opcint /f=1", "tag,location4\n", "no columns location3 and location4" },
        { "opcint /f=1", "location3,location4\n0,1\n5,1\n", "points.csv:3: location3" },
        { "opcint /f=1", "location3,location4\n\"0\n\",1\n0,x\n", "points.csv:3: location3" },
        { "opcint /f=1", "location3,location4\n0,33\n", "points.csv:2: location4" },
        { "opcint /f=1", "location3,location4\n0,2\n", "location4 is 2, but the .bat has 1 scan" },
        { "opcint /f=1", "location3,location4\n2,1\n", "no point of the list is scanned" },
        { "opcint /f=1 /ps=A", "location3,location4,pointsource\n0,1,B\n", "their pointsource is not the /ps" },
        { "opcint /f=0.005", "location3,location4\n0,1\n", "a period is from 10 ms" },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct scan_pi pi;
        struct scan_classes s;
        char complaint[SCAN_COMPLAINT];
        ck_assert(!read_both(rows[i].bat, rows[i].points, &pi, &s, complaint));
        ck_assert_msg(strstr(complaint, rows[i].says) != NULL, "%s\n%s", rows[i].says, complaint);
    }
}
END_TEST

START_TEST(one_file_alone_is_not_enough)
{
    struct scan_pi pi;
    struct scan_classes s;
    char complaint[SCAN_COMPLAINT];
    scan_pi_init(&pi);
    scan_classes_init(&s);
    ck_assert(scan_pi_read_bat(&pi, "a.bat", bat, strlen(bat), complaint));
    ck_assert(!scan_pi_classes(&pi, &s, complaint));
    ck_assert_ptr_nonnull(strstr(complaint, "described by two files"));
    ck_assert(!scan_pi_read_bat(&pi, "b.bat", bat, strlen(bat), complaint));
    ck_assert_ptr_nonnull(strstr(complaint, "one interface is measured at a time"));
}
END_TEST

START_TEST(zero_bytes_are_named)
{
    struct scan_pi pi;
    char complaint[SCAN_COMPLAINT];
    scan_pi_init(&pi);
    ck_assert(!scan_pi_read_points(&pi, "p.csv", "l\0o", 3, complaint));
    ck_assert_ptr_nonnull(strstr(complaint, "zero bytes"));
    ck_assert(!scan_pi_read_bat(&pi, "o.bat", "/f=1\0 /f=2", 10, complaint));
    ck_assert_ptr_nonnull(strstr(complaint, "zero byte"));
}
END_TEST

START_TEST(every_cut_of_the_files_is_read_to_its_end)
{
    struct scan_pi pi;
    char complaint[SCAN_COMPLAINT];
    for (size_t size = 0; size < sizeof(bat); size++) {
        scan_pi_init(&pi);
        complaint[0] = '\0';
        if (!scan_pi_read_bat(&pi, "o.bat", bat, size, complaint))
            ck_assert_uint_gt(strlen(complaint), 0);
    }
    for (size_t size = 0; size < sizeof(points) - 1; size++) {
        scan_pi_init(&pi);
        complaint[0] = '\0';
        if (!scan_pi_read_points(&pi, "p.csv", points, size, complaint))
            ck_assert_uint_gt(strlen(complaint), 0);
    }
}
END_TEST

START_TEST(our_json_gives_the_same_classes)
{
    static const char text[] = "{ \"advise_items\": 100, \"classes\": [ { \"name\": \"fast\", \"period\": \"250ms\", "
                               "\"items\": 10, \"mode\": \"advise\", \"offset\": \"50ms\" },\n"
                               "{ \"period\": \"00:00:05\", \"items\": 7 } ] }";
    struct scan_classes s;
    char complaint[SCAN_COMPLAINT];
    scan_classes_init(&s);
    ck_assert_msg(scan_file_parse_json("c.json", text, strlen(text), &s, complaint), "%s", complaint);
    ck_assert_uint_eq(s.count, 2);
    ck_assert_uint_eq(s.advise_items, 100);
    ck_assert_uint_eq(s.list[0].mode, SCAN_ADVISE);
    ck_assert_int_eq(s.list[0].offset_ns, 50 * NS_PER_MS);
    ck_assert_int_eq(s.list[1].period_ns, 5 * NS_PER_S);
}
END_TEST

START_TEST(a_mistake_in_json_is_told_with_its_line)
{
    static const struct {
        const char *text, *says;
    } rows[] = {
        { "{ \"classes\": [] }", "c.json:1:" },
        { "{ \"classes\": [\n{ \"period\": \"1s\", \"items\": 10000000 } ] }", "c.json:2:" },
        { "{ \"classes\": [\n{ \"period\": \"soon\", \"items\": 1 } ] }", "c.json:2: a time reads" },
        { "{ \"classes\": [\n{ \"period\": \"1s\", \"items\": 1, \"offset\": \"2s\" } ] }", "c.json:2: the offset" },
        { "{ \"classes\": [ { \"period\": \"1s\", \"items\": 1, \"color\": 1 } ] }", "color" },
        { "{", "c.json:1:" },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct scan_classes s;
        char complaint[SCAN_COMPLAINT] = "";
        scan_classes_init(&s);
        ck_assert(!scan_file_parse_json("c.json", rows[i].text, strlen(rows[i].text), &s, complaint));
        ck_assert_msg(strstr(complaint, rows[i].says) != NULL, "%s\n%s", rows[i].says, complaint);
    }
}
END_TEST

START_TEST(a_file_that_is_not_there_is_named)
{
    static const char *const paths[] = { "/nowhere/points.csv" };
    struct scan_pi pi;
    struct scan_classes s;
    char complaint[SCAN_COMPLAINT];
    scan_classes_init(&s);
    ck_assert(!scan_file_load(paths, 1, &s, &pi, complaint));
    ck_assert_ptr_nonnull(strstr(complaint, "/nowhere/points.csv"));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("scan files");
    TCase *pi = tcase_create("pi");
    tcase_add_test(pi, a_start_up_file_gives_classes_server_and_levels);
    tcase_add_test(pi, points_are_counted_by_their_class_and_kind);
    tcase_add_test(pi, lists_of_other_countries_are_separated_by_semicolons_or_tabs);
    tcase_add_test(pi, a_mistake_is_told_with_file_and_line);
    tcase_add_test(pi, one_file_alone_is_not_enough);
    tcase_add_test(pi, zero_bytes_are_named);
    tcase_add_test(pi, every_cut_of_the_files_is_read_to_its_end);
    suite_add_tcase(suite, pi);
    TCase *json = tcase_create("json");
    tcase_add_test(json, our_json_gives_the_same_classes);
    tcase_add_test(json, a_mistake_in_json_is_told_with_its_line);
    tcase_add_test(json, a_file_that_is_not_there_is_named);
    suite_add_tcase(suite, json);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
