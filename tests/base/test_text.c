#include "base/text.h"

#include "suite.h"

/* {01234567-89AB-CDEF-0123-456789ABCDEF} as it lies in memory ([MS-DTYP] 2.3.4.1). */
static const uint8_t guid_bytes[16] = { 0x67, 0x45, 0x23, 0x01, 0xAB, 0x89, 0xEF, 0xCD,
                                        0x01, 0x23, 0x45, 0x67, 0x89, 0xAB, 0xCD, 0xEF };

START_TEST(a_guid_becomes_text_and_bytes_again)
{
    char text[GUID_TEXT];
    guid_text(guid_bytes, text);
    ck_assert_str_eq(text, "{01234567-89AB-CDEF-0123-456789ABCDEF}");
    uint8_t back[16];
    ck_assert(guid_parse(text, back));
    ck_assert_mem_eq(back, guid_bytes, 16);
    ck_assert(guid_parse("01234567-89ab-cdEF-0123-456789abcdef", back));
    ck_assert_mem_eq(back, guid_bytes, 16);
}
END_TEST

START_TEST(what_is_not_quite_a_guid_is_refused)
{
    static const char *const wrong[] = {
        "",
        "{",
        "{}",
        "{01234567-89AB-CDEF-0123-456789ABCDEF",
        "01234567-89AB-CDEF-0123-456789ABCDEF}",
        "{01234567-89AB-CDEF-0123-456789ABCDEF} ",
        " {01234567-89AB-CDEF-0123-456789ABCDEF}",
        "{0123456789AB-CDEF-0123-456789ABCDEF}",
        "{01234567-89AB-CDEF-0123-456789ABCDEG}",
        "{01234567-89AB-CDEF-0123-456789ABCDE}",
        "{01234567-89AB-CDEF-0123-456789ABCDEFA}",
        "{01234567+89AB-CDEF-0123-456789ABCDEF}",
    };
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        uint8_t guid[16] = { 0xAA };
        ck_assert_msg(!guid_parse(wrong[i], guid), "accepted %s", wrong[i]);
        ck_assert_uint_eq(guid[0], 0xAA);
    }
}
END_TEST

START_TEST(every_truncated_guid_is_refused)
{
    const char *whole = "{01234567-89AB-CDEF-0123-456789ABCDEF}";
    for (size_t length = 0; length < strlen(whole); length++) {
        char *prefix = strndup(whole, length);
        uint8_t guid[16];
        ck_assert(!guid_parse(prefix, guid));
        free(prefix);
    }
}
END_TEST

/* UTF-8 and the UTF-16 it means. */
static const struct {
    const char *utf8;
    uint16_t utf16[8];
} pairs[] = {
    { "", { 0 } },
    { "Abc", { 'A', 'b', 'c' } },
    { "\x7F\xC2\x80\xDF\xBF", { 0x7F, 0x80, 0x7FF } },
    { "\xE0\xA0\x80\xED\x9F\xBF", { 0x800, 0xD7FF } },
    { "\xEE\x80\x80\xEF\xBF\xBF", { 0xE000, 0xFFFF } },
    { "\xF0\x90\x80\x80", { 0xD800, 0xDC00 } },
    { "\xF4\x8F\xBF\xBF", { 0xDBFF, 0xDFFF } },
    { "\xF0\x9F\x98\x80!", { 0xD83D, 0xDE00, '!' } },
};

START_TEST(text_converts_both_ways)
{
    for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
        size_t units = utf16_length(pairs[i].utf16);
        uint16_t wide[16];
        ck_assert_uint_eq(utf16_from_utf8(pairs[i].utf8, wide, 16), units);
        ck_assert_mem_eq(wide, pairs[i].utf16, (units + 1) * 2);
        char narrow[32];
        ck_assert_uint_eq(utf8_from_utf16(pairs[i].utf16, units, narrow, 32), strlen(pairs[i].utf8));
        ck_assert_str_eq(narrow, pairs[i].utf8);
        uint16_t *wide_copy = utf16_dup(pairs[i].utf8);
        ck_assert_mem_eq(wide_copy, pairs[i].utf16, (units + 1) * 2);
        char *narrow_copy = utf8_dup(wide_copy);
        ck_assert_str_eq(narrow_copy, pairs[i].utf8);
        free(wide_copy);
        free(narrow_copy);
    }
}
END_TEST

/* Each class of malformed UTF-8, and how many U+FFFD stand for it (Unicode 3.9, maximal subparts). */
static const struct {
    const char *bytes;
    size_t replacements;
} malformed[] = {
    { "\x80", 1 },                 /* a following byte alone */
    { "\xBF\xBF", 2 },             /* two of them */
    { "\xC2", 1 },                 /* a lead byte at the end */
    { "\xE2\x82", 1 },             /* three bytes announced, two there */
    { "\xF0\x9F\x98", 1 },         /* four announced, three there */
    { "\xC0\xAF", 2 },             /* overlong in two bytes */
    { "\xC1\xBF", 2 },             /* the same */
    { "\xE0\x80\xAF", 3 },         /* overlong in three */
    { "\xE0\x9F\xBF", 3 },         /* the same */
    { "\xF0\x80\x80\xAF", 4 },     /* overlong in four */
    { "\xF0\x8F\xBF\xBF", 4 },     /* the same */
    { "\xED\xA0\x80", 3 },         /* a high surrogate */
    { "\xED\xBF\xBF", 3 },         /* a low surrogate */
    { "\xF4\x90\x80\x80", 4 },     /* beyond U+10FFFF */
    { "\xF5\x80\x80\x80", 4 },     /* lead bytes that never occur */
    { "\xF8\x88\x80\x80\x80", 5 }, /* five bytes */
    { "\xFE", 1 },
    { "\xFF", 1 },
};

START_TEST(malformed_utf8_becomes_replacement_characters)
{
    for (size_t i = 0; i < sizeof(malformed) / sizeof(malformed[0]); i++) {
        char *text = text_format("a%sb", malformed[i].bytes);
        uint16_t wide[16];
        size_t units = utf16_from_utf8(text, wide, 16);
        ck_assert_msg(units == malformed[i].replacements + 2, "class %zu gives %zu units", i, units);
        ck_assert_uint_eq(wide[0], 'a');
        ck_assert_uint_eq(wide[units - 1], 'b');
        for (size_t j = 1; j + 1 < units; j++) {
            ck_assert_uint_eq(wide[j], 0xFFFD);
        }
        free(text);
    }
}
END_TEST

START_TEST(a_lead_byte_does_not_swallow_what_follows)
{
    uint16_t wide[8];
    ck_assert_uint_eq(utf16_from_utf8("\xE2\x82\x41\xC3\xA9", wide, 8), 3);
    ck_assert_uint_eq(wide[0], 0xFFFD);
    ck_assert_uint_eq(wide[1], 'A');
    ck_assert_uint_eq(wide[2], 0xE9);
}
END_TEST

START_TEST(unpaired_surrogates_become_replacement_characters)
{
    static const uint16_t lone[] = { 0xD800, 'a', 0xDC00, 0xD801, 0xD802, 0xDC02, 0xDBFF };
    char text[32];
    (void)utf8_from_utf16(lone, 7, text, sizeof(text));
    ck_assert_str_eq(text, "\xEF\xBF\xBD"
                           "a\xEF\xBF\xBD\xEF\xBF\xBD\xF0\x90\xA0\x82\xEF\xBF\xBD");
}
END_TEST

START_TEST(a_result_is_cut_at_a_whole_character)
{
    /* "a", e acute (2 bytes), an emoji (4 bytes, 2 units), "z" */
    const char *text = "a\xC3\xA9\xF0\x9F\x98\x80z";
    static const size_t units_that_fit[] = { 0, 0, 1, 2, 2, 4, 5 };
    for (size_t capacity = 0; capacity <= 6; capacity++) {
        uint16_t *wide = malloc((capacity ? capacity : 1) * 2);
        ck_assert_uint_eq(utf16_from_utf8(text, wide, capacity), 5);
        if (capacity) {
            ck_assert_uint_eq(utf16_length(wide), units_that_fit[capacity]);
        }
        free(wide);
    }
    static const uint16_t wide[] = { 'a', 0xE9, 0xD83D, 0xDE00, 'z' };
    static const size_t bytes_that_fit[] = { 0, 0, 1, 1, 3, 3, 3, 3, 7, 8 };
    for (size_t capacity = 0; capacity <= 9; capacity++) {
        char *narrow = malloc(capacity ? capacity : 1);
        ck_assert_uint_eq(utf8_from_utf16(wide, 5, narrow, capacity), 8);
        if (capacity) {
            ck_assert_uint_eq(strlen(narrow), bytes_that_fit[capacity]);
        }
        free(narrow);
    }
    ck_assert_uint_eq(utf16_from_utf8(text, NULL, 0), 5);
}
END_TEST

START_TEST(letters_become_capitals_as_on_windows)
{
    static const uint16_t pairs_of_letters[][2] = {
        { 'a', 'A' },     { 'z', 'Z' },     { 'A', 'A' },       { '{', '{' },       { '`', '`' },
        { '1', '1' },     { 0xE4, 0xC4 },   { 0xFE, 0xDE },     { 0xF7, 0xF7 },     { 0xFF, 0x178 },
        { 0xDF, 0xDF },   { 0xB5, 0xB5 },   { 0x101, 0x100 },   { 0x100, 0x100 },   { 0x131, 0x131 },
        { 0x13A, 0x139 }, { 0x142, 0x141 }, { 0x161, 0x160 },   { 0x17E, 0x17D },   { 0x17F, 0x17F },
        { 0x1C5, 0x1C5 }, { 0x1C6, 0x1C4 }, { 0x3AC, 0x386 },   { 0x3B1, 0x391 },   { 0x3C2, 0x3A3 },
        { 0x3C3, 0x3A3 }, { 0x3CE, 0x38F }, { 0x430, 0x410 },   { 0x44F, 0x42F },   { 0x451, 0x401 },
        { 0x45F, 0x40F }, { 0x491, 0x490 }, { 0x1EA1, 0x1EA0 }, { 0x4E00, 0x4E00 }, { 0xFFFF, 0xFFFF },
    };
    for (size_t i = 0; i < sizeof(pairs_of_letters) / sizeof(pairs_of_letters[0]); i++) {
        ck_assert_uint_eq(utf16_upper(pairs_of_letters[i][0]), pairs_of_letters[i][1]);
    }
    for (unsigned unit = 0; unit <= 0xFFFF; unit++) {
        uint16_t once = utf16_upper((uint16_t)unit);
        ck_assert_uint_eq(utf16_upper(once), once);
    }
}
END_TEST

START_TEST(names_are_compared_without_case)
{
    ck_assert(utf8_equal_ignoring_case("OpcUser", "OPCUSER"));
    ck_assert(utf8_equal_ignoring_case("J\xC3\xB6rg", "J\xC3\x96RG"));
    ck_assert(utf8_equal_ignoring_case("", ""));
    ck_assert(!utf8_equal_ignoring_case("a", "ab"));
    ck_assert(!utf8_equal_ignoring_case("ab", "a"));
    ck_assert(!utf8_equal_ignoring_case("a", ""));
    ck_assert(!utf8_equal_ignoring_case("[", "{"));
    /* Bytes that are no text equal nothing, themselves included. */
    ck_assert(!utf8_equal_ignoring_case("\xFF", "\xFE"));
    ck_assert(!utf8_equal_ignoring_case("\xFF", "\xFF"));
    ck_assert(!utf8_equal_ignoring_case("\xFF", "\xEF\xBF\xBD"));
}
END_TEST

START_TEST(codes_are_read_as_people_paste_them)
{
    static const struct {
        const char *text;
        uint32_t code;
    } good[] = {
        { "0x80070005", 0x80070005 },
        { "0X8007000e", 0x8007000E },
        { "-2147024891", 0x80070005 },
        { "2147942405", 0x80070005 },
        { "0", 0 },
        { "5", 5 },
        { "-1", 0xFFFFFFFF },
        { "4294967295", 0xFFFFFFFF },
        { "-2147483648", 0x80000000 },
        { " 0x1 ", 1 },
        { "\t-1\t ", 0xFFFFFFFF },
        { "0x0000000080070005", 0x80070005 },
    };
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        uint32_t code = 0;
        ck_assert_msg(text_parse_code(good[i].text, &code), "refused %s", good[i].text);
        ck_assert_uint_eq(code, good[i].code);
    }
    static const char *const wrong[] = { "",     " ",    "0x",          "-",          "--1",
                                         "-0x1", "0x1g", "0x100000000", "4294967296", "-2147483649",
                                         "1.",   "1 2",  "80070005h",   "abc",        "99999999999999999999999999",
                                         "0x 1", "+1" };
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        uint32_t code = 77;
        ck_assert_msg(!text_parse_code(wrong[i], &code), "accepted %s", wrong[i]);
        ck_assert_uint_eq(code, 77);
    }
}
END_TEST

START_TEST(numbers_are_held_against_their_limits)
{
    uint64_t value = 0;
    ck_assert(text_parse_u64("18446744073709551615", 0, UINT64_MAX, &value));
    ck_assert(value == UINT64_MAX);
    ck_assert(!text_parse_u64("18446744073709551616", 0, UINT64_MAX, &value));
    ck_assert(text_parse_u64("1", 1, 10, &value));
    ck_assert(text_parse_u64("10", 1, 10, &value));
    ck_assert_uint_eq(value, 10);
    ck_assert(!text_parse_u64("0", 1, 10, &value));
    ck_assert(!text_parse_u64("11", 1, 10, &value));
    ck_assert(!text_parse_u64("", 0, 10, &value));
    ck_assert(!text_parse_u64("-1", 0, UINT64_MAX, &value));
    ck_assert(!text_parse_u64("a", 0, UINT64_MAX, &value));
    ck_assert(!text_parse_u64(" 1", 0, UINT64_MAX, &value));
    ck_assert(!text_parse_u64("1x", 0, UINT64_MAX, &value));
    ck_assert_uint_eq(value, 10);
}
END_TEST

START_TEST(hexadecimal_has_exactly_its_digits)
{
    uint8_t bytes[3] = { 0 };
    char text[7];
    ck_assert(hex_parse("00fFa1", bytes, 3));
    hex_format(bytes, 3, text);
    ck_assert_str_eq(text, "00ffa1");
    ck_assert(!hex_parse("00fFa", bytes, 3));
    ck_assert(!hex_parse("00fFa12", bytes, 3));
    ck_assert(!hex_parse("00fFg1", bytes, 3));
    ck_assert(!hex_parse("", bytes, 3));
    ck_assert_uint_eq(bytes[2], 0xA1);
    ck_assert(hex_parse("", bytes, 0));
    hex_format(bytes, 0, text);
    ck_assert_str_eq(text, "");
}
END_TEST

START_TEST(formatted_text_is_whole)
{
    char *text = text_format("%s-%0500d", "x", 7);
    ck_assert_uint_eq(strlen(text), 502);
    ck_assert_int_eq(text[501], '7');
    free(text);
    text = text_format("%s", "");
    ck_assert_str_eq(text, "");
    free(text);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("text");
    TCase *guid = tcase_create("guid");
    tcase_add_test(guid, a_guid_becomes_text_and_bytes_again);
    tcase_add_test(guid, what_is_not_quite_a_guid_is_refused);
    tcase_add_test(guid, every_truncated_guid_is_refused);
    suite_add_tcase(suite, guid);
    TCase *utf = tcase_create("utf");
    tcase_add_test(utf, text_converts_both_ways);
    tcase_add_test(utf, malformed_utf8_becomes_replacement_characters);
    tcase_add_test(utf, a_lead_byte_does_not_swallow_what_follows);
    tcase_add_test(utf, unpaired_surrogates_become_replacement_characters);
    tcase_add_test(utf, a_result_is_cut_at_a_whole_character);
    tcase_add_test(utf, letters_become_capitals_as_on_windows);
    tcase_add_test(utf, names_are_compared_without_case);
    suite_add_tcase(suite, utf);
    TCase *numbers = tcase_create("numbers");
    tcase_add_test(numbers, codes_are_read_as_people_paste_them);
    tcase_add_test(numbers, numbers_are_held_against_their_limits);
    tcase_add_test(numbers, hexadecimal_has_exactly_its_digits);
    tcase_add_test(numbers, formatted_text_is_whole);
    suite_add_tcase(suite, numbers);
    return suite_run(suite);
}
