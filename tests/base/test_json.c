#include "base/json.h"

#include "base/file.h"
#include "suite.h"

static struct json_document document;
static char complaint[JSON_COMPLAINT];

static enum err parse(const char *text)
{
    /* A copy without an end behind it, so that the sanitizer sees one byte too far. */
    size_t size = strlen(text);
    char *exact = malloc(size ? size : 1);
    memcpy(exact, text, size);
    enum err e = json_parse("case.json", exact, size, &document, complaint);
    free(exact);
    if (e) {
        ck_assert_ptr_null(document.root);
        ck_assert_ptr_null(document.text);
        ck_assert_ptr_null(document.path);
        ck_assert_str_ne(complaint, "");
    }
    return e;
}

START_TEST(good_documents_are_read)
{
    static const char *const good[] = {
        "{}",
        "[]",
        "null",
        "true",
        "-0",
        "0.5e-3",
        "12E+2",
        "\"\"",
        " \t\r\n[ 1 , 2 ] \n",
        "{\"a\":{\"a\":1},\"b\":[{\"a\":1},{\"a\":2}]}",
        "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u0041\\uD83D\\uDE00\"",
        "\"\xC3\xA9\xF0\x9F\x98\x80\"",
        "\xEF\xBB\xBF{\"a\":1}",
        "\xEF\xBB\xBF"
        "6",
        "{\"A\":1,\"a\":2}",
        "{\"\":1}",
    };
    ck_assert_msg(parse(good[_i]) == ERR_OK, "%s: %s", good[_i], complaint);
    ck_assert_str_eq(complaint, "");
    ck_assert_ptr_nonnull(document.root);
    ck_assert_str_eq(document.path, "case.json");
    json_cleanup(&document);
    ck_assert_ptr_null(document.root);
}
END_TEST

START_TEST(values_arrive_as_written)
{
    ck_ok(parse("{\"s\":\"a\\u00e9\\uD83D\\uDE00\\n\",\"n\":-12.5e1,\"t\":true,\"f\":false}"));
    ck_assert_str_eq(json_string(document.root, "s", "x"), "a\xC3\xA9\xF0\x9F\x98\x80\n");
    ck_assert_double_eq(json_number(document.root, "n", 0), -125.0);
    ck_assert_int_eq(json_bool(document.root, "t", 0), 1);
    ck_assert_int_eq(json_bool(document.root, "f", 1), 0);
    json_cleanup(&document);
}
END_TEST

START_TEST(lookups_give_the_default_for_anything_else)
{
    ck_ok(parse("{\"s\":\"a\",\"n\":1,\"t\":true}"));
    ck_assert_str_eq(json_string(document.root, "n", "x"), "x");
    ck_assert_str_eq(json_string(document.root, "S", "x"), "x");
    ck_assert_ptr_null(json_string(document.root, "none", NULL));
    ck_assert_str_eq(json_string(NULL, "s", "x"), "x");
    ck_assert_double_eq(json_number(document.root, "s", 7), 7);
    ck_assert_double_eq(json_number(document.root, "N", 7), 7);
    ck_assert_int_eq(json_bool(document.root, "n", 5), 5);
    ck_assert_int_eq(json_bool(document.root, "T", 5), 5);
    json_cleanup(&document);
}
END_TEST

/* Texts that are not JSON, the line of the mistake, and a part of what is said about it. */
static const struct {
    const char *text;
    const char *said;
} mistakes[] = {
    { "", "case.json:1: the text ends where a value must stand" },
    { " \n\n", "case.json:3: the text ends where a value must stand" },
    { "{", "case.json:1: a key in quotes" },
    { "[", "case.json:1: the text ends" },
    { "[1", "case.json:1: a comma or ] must stand here" },
    { "[1,]", "no JSON value begins here" },
    { "[,1]", "no JSON value begins here" },
    { "[1 2]", "a comma or ]" },
    { "[1}", "a comma or ]" },
    { "{\"a\"}", "a colon" },
    { "{\"a\":}", "no JSON value" },
    { "{\"a\":1,}", "a comma too many" },
    { "{\"a\":1 \"b\":2}", "a comma or }" },
    { "{a:1}", "a key in quotes" },
    { "{1:1}", "a key in quotes" },
    { "{'a':1}", "a key in quotes" },
    { "{\n \"a\": 1,\n \"b\" 2\n}", "case.json:3: a colon" },
    { "nul", "no JSON value begins here; text needs quotes" },
    { "True", "no JSON value" },
    { "hello", "text needs quotes" },
    { "{} {}", "something follows" },
    { "{}\n}", "case.json:2: something follows" },
    { "// comment\n{}", "no JSON value" },
    { "01", "no needless 0" },
    { "-", "begin it with a digit" },
    { "+1", "no JSON value" },
    { ".5", "no JSON value" },
    { "1.", "digits must follow the decimal point" },
    { "1e", "digits must follow the exponent" },
    { "1e+", "digits must follow the exponent" },
    { "1e999", "too large" },
    { "-1e999", "too large" },
    { "NaN", "no JSON value" },
    { "0x10", "something follows" },
    { "1.0000000000000000000000000000000000000000000000000000000000000001", "too long" },
    { "\"abc", "the text ends inside a string" },
    { "\"abc\\", "no such escape" },
    { "\"a\nb\"", "goes over the end of the line" },
    { "\"a\tb\"", "a control character" },
    { "\"\\x41\"", "no such escape" },
    { "\"\\u12\"", "four hexadecimal digits" },
    { "\"\\u00G0\"", "four hexadecimal digits" },
    { "\"\\u0000\"", "\\u0000" },
    { "\"\\uD800\"", "half a surrogate pair" },
    { "\"\\uD800\\u0041\"", "half a surrogate pair" },
    { "\"\\uDC00\"", "half a surrogate pair" },
    { "\"\\uD800\\uD800\"", "half a surrogate pair" },
    { "\"\xFF\"", "not UTF-8" },
    { "\"\xC3\"", "not UTF-8" },
    { "\"\xED\xA0\x80\"", "not UTF-8" },
    { "{\"a\":1,\n\"b\":2,\n\"a\":3}", "case.json:3: the key \"a\" stands twice" },
    { "{\"a\":1,\"\\u0061\":3}", "the key \"a\" stands twice" },
    { "[{\"x\":{\"\":1,\"\":2}}]", "the key \"\" stands twice" },
};

START_TEST(a_mistake_is_told_with_its_line)
{
    ck_assert_int_eq(parse(mistakes[_i].text), ERR_PROTOCOL);
    ck_assert_msg(strstr(complaint, mistakes[_i].said), "%s gives %s", mistakes[_i].text, complaint);
    ck_assert_ptr_nonnull(strstr(complaint, "; "));
    ck_assert_int_eq(strncmp(complaint, "case.json:", 10), 0);
}
END_TEST

START_TEST(every_truncated_prefix_fails)
{
    const char *whole = "{\"a\":[1,-2.5e3,true,null,\"x\\u00e9\\uD83D\\uDE00\"],\"b\":{\"c\":\"\xC3\xA9\"}}";
    ck_ok(parse(whole));
    json_cleanup(&document);
    for (size_t size = 0; size < strlen(whole); size++) {
        char *prefix = strndup(whole, size);
        ck_assert_int_eq(parse(prefix), ERR_PROTOCOL);
        free(prefix);
    }
}
END_TEST

START_TEST(a_zero_byte_is_not_the_end)
{
    ck_assert_int_eq(json_parse("z", "{}\0", 3, &document, complaint), ERR_PROTOCOL);
    ck_assert_int_eq(json_parse("z", "{\"a\0\":1}", 8, &document, complaint), ERR_PROTOCOL);
}
END_TEST

START_TEST(depth_has_a_limit)
{
    char text[200];
    for (int depth = 64; depth <= 65; depth++) {
        memset(text, '[', (size_t)depth);
        memset(text + depth, ']', (size_t)depth);
        text[2 * depth] = '\0';
        enum err e = parse(text);
        ck_assert_int_eq(e, depth == 64 ? ERR_OK : ERR_PROTOCOL);
        ck_assert_int_eq(strstr(complaint, "too deep") != NULL, depth == 65);
        json_cleanup(&document);
    }
    memset(text, '[', 199);
    text[199] = '\0';
    ck_assert_int_eq(parse(text), ERR_PROTOCOL);
}
END_TEST

START_TEST(size_has_a_limit)
{
    char *text = malloc(JSON_FILE_MAXIMUM + 1);
    memset(text, ' ', JSON_FILE_MAXIMUM + 1);
    text[0] = '1';
    ck_ok(json_parse("big", text, JSON_FILE_MAXIMUM, &document, complaint));
    json_cleanup(&document);
    ck_assert_int_eq(json_parse("big", text, JSON_FILE_MAXIMUM + 1, &document, complaint), ERR_LIMIT);
    ck_assert_str_eq(complaint, "big: is larger than 16777216 bytes; make it smaller");
    const char *path = suite_file("big", text, JSON_FILE_MAXIMUM + 1, 0600);
    ck_assert_int_eq(json_load(path, &document, complaint), ERR_LIMIT);
    free(text);
}
END_TEST

START_TEST(many_keys_do_not_take_long)
{
    size_t capacity = 100000 * 16, used = 1;
    char *text = malloc(capacity);
    text[0] = '{';
    for (int i = 0; i < 100000; i++) {
        used += (size_t)snprintf(text + used, capacity - used, "%s\"k%d\":1", i ? "," : "", i);
    }
    text[used++] = '}';
    ck_ok(json_parse("many", text, used, &document, complaint));
    ck_assert_int_eq(cJSON_GetArraySize(document.root), 100000);
    json_cleanup(&document);
    free(text);
}
END_TEST

START_TEST(a_pointer_leads_to_its_line)
{
    ck_ok(parse("{\n"
                " \"hosts\": [\n"
                "  { \"name\": \"ALPHA\",\n"
                "    \"a/b\": 1, \"c~d\":\n"
                "    2 },\n"
                "  [ 7, 8,\n"
                "    9 ]\n"
                " ],\n"
                " \"\": 3, \"\\u00e9\": 4\n"
                "}"));
    static const struct {
        const char *pointer;
        int line;
    } lines[] = {
        { "", 1 },
        { "/hosts", 2 },
        { "/hosts/0", 3 },
        { "/hosts/0/name", 3 },
        { "/hosts/0/a~1b", 4 },
        { "/hosts/0/c~0d", 5 },
        { "/hosts/1", 6 },
        { "/hosts/1/1", 6 },
        { "/hosts/1/2", 7 },
        { "/", 9 },
        { "/\xC3\xA9", 9 },
        { "/host", 0 },
        { "/hostss", 0 },
        { "/hosts/2", 0 },
        { "/hosts/-1", 0 },
        { "/hosts/00", 0 },
        { "/hosts/0/name/x", 0 },
        { "/hosts/0/", 0 },
        { "hosts", 0 },
        { "/hosts/0/c~", 0 },
    };
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        int line = json_line(&document, lines[i].pointer);
        ck_assert_msg(line == lines[i].line, "%s is in line %d", lines[i].pointer, line);
    }
    json_cleanup(&document);
    ck_assert_int_eq(json_line(&document, ""), 0);
}
END_TEST

START_TEST(a_file_is_loaded_or_its_trouble_told)
{
    char expected[JSON_COMPLAINT];
    const char *path = suite_file("good.json", "{\"a\":1}\n", 8, 0600);
    ck_ok(json_load(path, &document, complaint));
    ck_assert_str_eq(document.path, path);
    ck_assert_str_eq(document.text, "{\"a\":1}\n");
    json_cleanup(&document);

    path = suite_path("absent.json");
    ck_assert_int_eq(json_load(path, &document, complaint), ERR_NOT_FOUND);
    (void)snprintf(expected, sizeof(expected), "%s: there is no such file; check the name", path);
    ck_assert_str_eq(complaint, expected);

    path = suite_file("bad.json", "{\n\"a\":}\n", 8, 0600);
    ck_assert_int_eq(json_load(path, &document, complaint), ERR_PROTOCOL);
    (void)snprintf(expected, sizeof(expected), "%s:2: no JSON value begins here; text needs quotes", path);
    ck_assert_str_eq(complaint, expected);

    ck_assert_int_eq(json_load(suite_folder, &document, complaint), ERR_IO);
    ck_assert_ptr_nonnull(strstr(complaint, "cannot be read"));
}
END_TEST

START_TEST(a_file_without_the_right_to_read_is_told)
{
    const char *path = suite_file("closed.json", "{}", 2, 0000);
    if (geteuid() == 0) {
        /* Root may read everything; what others meet is tested as nobody. */
        ck_assert_int_eq(chmod(suite_folder, 0755), 0);
        ck_assert_int_eq(setuid(65534), 0);
    }
    ck_assert_int_eq(json_load(path, &document, complaint), ERR_ACCESS);
    ck_assert_ptr_nonnull(strstr(complaint, "may not be read; "));
}
END_TEST

START_TEST(what_is_saved_is_loaded_again)
{
    const char *path = suite_path("saved.json");
    ck_ok(parse("{\"list\":[1,2.5,\"\xC3\xA9\\n\"],\"object\":{\"null\":null}}"));
    (void)umask(0);
    ck_ok(json_save(path, document.root));
    struct json_document again;
    ck_ok(json_load(path, &again, complaint));
    ck_assert(cJSON_Compare(document.root, again.root, true));
    ck_assert_int_eq(again.text[strlen(again.text) - 1], '\n');
    struct stat about;
    ck_assert_int_eq(stat(path, &about), 0);
    ck_assert_int_eq(about.st_mode & 0777, 0644);
    json_cleanup(&again);
    ck_ok(json_save_private(path, document.root));
    ck_assert_int_eq(stat(path, &about), 0);
    ck_assert_int_eq(about.st_mode & 0777, 0600);
    ck_assert_int_eq(json_save(suite_path("no/folder"), document.root), ERR_NOT_FOUND);
    json_cleanup(&document);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("json");
    TCase *parsing = tcase_create("parsing");
    tcase_set_timeout(parsing, 60);
    tcase_add_loop_test(parsing, good_documents_are_read, 0, 16);
    tcase_add_test(parsing, values_arrive_as_written);
    tcase_add_test(parsing, lookups_give_the_default_for_anything_else);
    tcase_add_loop_test(parsing, a_mistake_is_told_with_its_line, 0, (int)(sizeof(mistakes) / sizeof(mistakes[0])));
    tcase_add_test(parsing, every_truncated_prefix_fails);
    tcase_add_test(parsing, a_zero_byte_is_not_the_end);
    tcase_add_test(parsing, depth_has_a_limit);
    tcase_add_test(parsing, size_has_a_limit);
    tcase_add_test(parsing, many_keys_do_not_take_long);
    tcase_add_test(parsing, a_pointer_leads_to_its_line);
    suite_add_tcase(suite, parsing);
    TCase *files = tcase_create("files");
    tcase_add_test(files, a_file_is_loaded_or_its_trouble_told);
    tcase_add_test(files, a_file_without_the_right_to_read_is_told);
    tcase_add_test(files, what_is_saved_is_loaded_again);
    suite_add_tcase(suite, files);
    return suite_run(suite);
}
