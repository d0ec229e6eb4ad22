#include "base/event.h"

#include <inttypes.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/process.h"
#include "base/text.h"
#include "base/thread.h"
#include "suite.h"

#define THREADS 8
#define EVENTS  200

/* The stream of this process: its folder is the suite's. */
static char *stream_path(const char *host, const char *process)
{
    return text_format("%s/%s-%s-%" PRId64 ".jsonl", suite_folder, host, process, process_id());
}

static void open_stream(const char *process, const char *host)
{
    ck_assert_int_eq(setenv("OPCPROBE_EVENTS", suite_folder, 1), 0);
    ck_ok(event_open(process, host));
}

/* Calls `look` with every line, parsed strictly; returns how many there are. */
static int each_line(const char *host, const char *process, void (*look)(const cJSON *line))
{
    char *path = stream_path(host, process);
    FILE *file = fopen(path, "re");
    ck_assert_ptr_nonnull(file);
    int count = 0;
    char *line = NULL;
    size_t capacity = 0;
    ssize_t length;
    while ((length = getline(&line, &capacity, file)) > 0) {
        struct json_document d;
        char complaint[JSON_COMPLAINT];
        ck_assert_int_eq(line[length - 1], '\n');
        ck_assert_msg(json_parse("line", line, (size_t)length, &d, complaint) == ERR_OK, "%s: %s", complaint, line);
        look(d.root);
        json_cleanup(&d);
        count++;
    }
    free(line);
    ck_assert_int_eq(fclose(file), 0);
    free(path);
    return count;
}

static void look_at_fields(const cJSON *line)
{
    static const char *const keys[] = { "t_ns", "wall",  "host", "process",  "pid",  "event", "account",
                                        "none", "level", "big",  "ntstatus", "good", "bad" };
    const cJSON *field = line->child;
    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
        ck_assert_ptr_nonnull(field);
        ck_assert_str_eq(field->string, keys[i]);
        field = field->next;
    }
    ck_assert_ptr_null(field);
    ck_assert_str_eq(json_string(line, "host", ""), "BETA");
    ck_assert_str_eq(json_string(line, "process", ""), "probe-scm");
    ck_assert_double_eq(json_number(line, "pid", 0), (double)process_id());
    ck_assert_str_eq(json_string(line, "event", ""), "logon");
    ck_assert_str_eq(json_string(line, "account", ""), "BETA\\opc\"user\n\x01\xC3\xA9\xEF\xBF\xBD");
    ck_assert(cJSON_IsNull(cJSON_GetObjectItemCaseSensitive(line, "none")));
    ck_assert_double_eq(json_number(line, "level", 0), -6);
    ck_assert_str_eq(json_string(line, "ntstatus", ""), "0xC000006A");
    ck_assert_int_eq(json_bool(line, "good", 0), 1);
    ck_assert_int_eq(json_bool(line, "bad", 1), 0);
    ck_assert_uint_eq(strlen(json_string(line, "wall", "")), 24);
    double now = (double)clock_now_ns();
    ck_assert_double_le(json_number(line, "t_ns", 0), now);
    ck_assert_double_ge(json_number(line, "t_ns", 0), now - 60e9);
}

START_TEST(an_event_is_one_line_of_json)
{
    open_stream("probe-scm", "BETA");
    event("logon", EV_TEXT("account", "BETA\\opc\"user\n\x01\xC3\xA9\xFF"), EV_TEXT("none", NULL),
          EV_NUMBER("level", -6), EV_NUMBER("big", INT64_MIN), EV_CODE("ntstatus", 0xC000006A), EV_FLAG("good", 7),
          EV_FLAG("bad", 0));
    event_close();
    ck_assert_int_eq(each_line("BETA", "probe-scm", look_at_fields), 1);
}
END_TEST

static int64_t last_ns;
static int seen[THREADS];

static void look_at_order(const cJSON *line)
{
    /* The time stamps rise along the file, and so do the events of each thread. */
    int64_t t = (int64_t)json_number(line, "t_ns", 0);
    ck_assert_int_ge(t, last_ns);
    last_ns = t;
    int thread = (int)json_number(line, "thread", -1);
    ck_assert_int_eq((int)json_number(line, "i", -1), seen[thread]++);
    ck_assert_uint_eq(strlen(json_string(line, "filler", "")), 300);
}

static void write_events(void *argument)
{
    char filler[301];
    memset(filler, 'x', 300);
    filler[300] = '\0';
    for (int i = 0; i < EVENTS; i++) {
        event("tick", EV_NUMBER("thread", *(int *)argument), EV_NUMBER("i", i), EV_TEXT("filler", filler));
    }
}

START_TEST(lines_of_many_threads_stay_whole)
{
    open_stream("threads", "H");
    struct thread threads[THREADS];
    int numbers[THREADS];
    for (int i = 0; i < THREADS; i++) {
        numbers[i] = i;
        ck_ok(thread_start(&threads[i], write_events, &numbers[i]));
    }
    for (int i = 0; i < THREADS; i++) {
        thread_join(&threads[i]);
    }
    ck_assert_int_eq(each_line("H", "threads", look_at_order), THREADS * EVENTS);
    event_close();
}
END_TEST

static void look_at_nothing(const cJSON *line)
{
    ck_assert_str_ne(json_string(line, "event", ""), "");
}

START_TEST(a_line_stands_in_the_file_at_once)
{
    open_stream("at-once", "H");
    event("one", EV_NUMBER("n", 1));
    ck_assert_int_eq(each_line("H", "at-once", look_at_nothing), 1);
    event_write("two", NULL, 0);
    ck_assert_int_eq(each_line("H", "at-once", look_at_nothing), 2);
    event_close();
}
END_TEST

START_TEST(a_second_opening_is_ignored)
{
    open_stream("first", "H");
    open_stream("second", "H");
    event("one", EV_NUMBER("n", 1));
    event_close();
    ck_assert_int_eq(each_line("H", "first", look_at_nothing), 1);
    char *path = stream_path("H", "second");
    ck_assert_int_eq(access(path, F_OK), -1);
    free(path);
}
END_TEST

START_TEST(without_the_variable_nothing_is_written)
{
    ck_assert_int_eq(unsetenv("OPCPROBE_EVENTS"), 0);
    ck_ok(event_open("silent", "H"));
    event("one", EV_NUMBER("n", 1));
    event_close();
    event("two", EV_NUMBER("n", 1));
    char *path = stream_path("H", "silent");
    ck_assert_int_eq(access(path, F_OK), -1);
    free(path);
}
END_TEST

START_TEST(a_folder_that_is_missing_is_told)
{
    ck_assert_int_eq(setenv("OPCPROBE_EVENTS", suite_path("missing"), 1), 0);
    ck_assert_int_eq(event_open("p", "H"), ERR_NOT_FOUND);
    event("one", EV_NUMBER("n", 1));
    /* The failure leaves nothing half open. */
    open_stream("retry", "H");
    event("one", EV_NUMBER("n", 1));
    event_close();
    ck_assert_int_eq(each_line("H", "retry", look_at_nothing), 1);
}
END_TEST

START_TEST(a_host_name_cannot_lead_out_of_the_folder)
{
    open_stream("p", "../../evil\\x:y");
    event("one", EV_NUMBER("n", 1));
    event_close();
    ck_assert_int_eq(each_line(".._.._evil_x_y", "p", look_at_nothing), 1);
}
END_TEST

static void look_at_name_alone(const cJSON *line)
{
    ck_assert_str_eq(json_string(line, "event", ""), "huge");
    ck_assert_ptr_null(json_string(line, "text", NULL));
}

START_TEST(an_event_that_is_too_long_keeps_its_name)
{
    open_stream("huge", "H");
    char *text = malloc(100001);
    memset(text, 'x', 100000);
    text[100000] = '\0';
    event("huge", EV_TEXT("text", text));
    free(text);
    event_close();
    ck_assert_int_eq(each_line("H", "huge", look_at_name_alone), 1);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("event");
    TCase *all = tcase_create("event");
    tcase_set_timeout(all, 60);
    tcase_add_test(all, an_event_is_one_line_of_json);
    tcase_add_test(all, lines_of_many_threads_stay_whole);
    tcase_add_test(all, a_line_stands_in_the_file_at_once);
    tcase_add_test(all, a_second_opening_is_ignored);
    tcase_add_test(all, without_the_variable_nothing_is_written);
    tcase_add_test(all, a_folder_that_is_missing_is_told);
    tcase_add_test(all, a_host_name_cannot_lead_out_of_the_folder);
    tcase_add_test(all, an_event_that_is_too_long_keeps_its_name);
    suite_add_tcase(suite, all);
    return suite_run(suite);
}
