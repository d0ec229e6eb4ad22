/* SPNEGO's tokens and the DER below them: golden bytes both ways, and everything that must not be read. */
#include <string.h>

#include "dcom/auth/spnego_token.h"
#include "tests/auth/auth_suite.h"

#define NTLM_OID "\x06\x0A\x2B\x06\x01\x04\x01\x82\x37\x02\x02\x0A"

/* 1.3.6.1.5.5.2, then negTokenInit with NTLM alone and the token "token". */
static const uint8_t golden_init[] =
    "\x60\x25\x06\x06\x2B\x06\x01\x05\x05\x02\xA0\x1B\x30\x19\xA0\x0E\x30\x0C" NTLM_OID "\xA2\x07\x04\x05token";
/* What Windows offers: MS-KRB5, KRB5, NEGOEX, NTLM; here with a made-up token and negTokenInit2's hints. */
static const uint8_t windows_init[] =
    "\x60\x68\x06\x06\x2B\x06\x01\x05\x05\x02\xA0\x5E\x30\x5C\xA0\x30\x30\x2E"
    "\x06\x09\x2A\x86\x48\x82\xF7\x12\x01\x02\x02\x06\x09\x2A\x86\x48\x86\xF7\x12\x01\x02\x02"
    "\x06\x0A\x2B\x06\x01\x04\x01\x82\x37\x02\x02\x1E" NTLM_OID "\xA2\x07\x04\x05\x60\x03\x06\x01\x2A"
    "\xA3\x13\x30\x11\xA0\x0F\x1B\x0Dplease_ignore\xA4\x0A\x04\x08signed??";
static const uint8_t golden_response[] =
    "\xA1\x2B\x30\x29\xA0\x03\x0A\x01\x01\xA1\x0C" NTLM_OID "\xA2\x06\x04\x04word\xA3\x0C\x04\x0Asignature!";

#define SIZE(bytes) (sizeof(bytes) - 1)

static struct der_bytes text(const char *s)
{
    return (struct der_bytes){ (const uint8_t *)s, strlen(s) };
}

static void assert_written(struct writer *w, const uint8_t *golden, size_t size)
{
    ck_assert(!w->failed);
    ck_assert_uint_eq(w->size, size);
    ck_assert_mem_eq(w->data, golden, size);
    writer_cleanup(w);
}

START_TEST(an_init_token_is_written_and_read_as_it_should_be)
{
    struct writer list, w;
    struct spnego_init m;

    writer_init(&list, SPNEGO_LIST_MAXIMUM);
    writer_init(&w, SPNEGO_TOKEN_MAXIMUM);
    spnego_list_encode(&list);
    m = (struct spnego_init){ { list.data, list.size }, text("token") };
    spnego_init_encode(&w, &m);
    assert_written(&w, golden_init, SIZE(golden_init));
    ck_assert_int_eq(spnego_init_decode(golden_init, SIZE(golden_init), &m), ERR_OK);
    ck_assert(der_equal(m.mech_types, (struct der_bytes){ list.data, list.size }));
    ck_assert(der_equal(m.mech_token, text("token")));
    ck_assert_int_eq(spnego_find_ntlm(m.mech_types), 0);
    writer_cleanup(&list);
}
END_TEST

START_TEST(windows_list_with_hints_is_read_and_ntlm_found_last)
{
    struct spnego_init m;

    ck_assert_int_eq(spnego_init_decode(windows_init, SIZE(windows_init), &m), ERR_OK);
    ck_assert_uint_eq(m.mech_types.size, 48);
    ck_assert_uint_eq(m.mech_token.size, 5);
    ck_assert_int_eq(spnego_find_ntlm(m.mech_types), 3);
}
END_TEST

START_TEST(a_response_is_written_and_read_as_it_should_be)
{
    struct spnego_response m = { SPNEGO_ACCEPT_INCOMPLETE, spnego_oid_ntlm, text("word"), text("signature!") };
    struct writer w;

    writer_init(&w, SPNEGO_TOKEN_MAXIMUM);
    spnego_response_encode(&w, &m);
    assert_written(&w, golden_response, SIZE(golden_response));
    ck_assert_int_eq(spnego_response_decode(golden_response, SIZE(golden_response), &m), ERR_OK);
    ck_assert_int_eq(m.state, SPNEGO_ACCEPT_INCOMPLETE);
    ck_assert(der_equal(m.supported_mech, spnego_oid_ntlm));
    ck_assert(der_equal(m.token, text("word")));
    ck_assert(der_equal(m.mic, text("signature!")));
}
END_TEST

START_TEST(what_is_left_out_of_a_response_is_empty)
{
    static const uint8_t bare[] = "\xA1\x02\x30\x00", reject[] = "\xA1\x07\x30\x05\xA0\x03\x0A\x01\x02";
    struct spnego_response m;

    ck_assert_int_eq(spnego_response_decode(bare, SIZE(bare), &m), ERR_OK);
    ck_assert_int_eq(m.state, SPNEGO_ACCEPT_INCOMPLETE);
    ck_assert_uint_eq(m.supported_mech.size + m.token.size + m.mic.size, 0);
    ck_assert_int_eq(spnego_response_decode(reject, SIZE(reject), &m), ERR_OK);
    ck_assert_int_eq(m.state, SPNEGO_REJECT);
}
END_TEST

/* The tail of a truncated token lies outside of the buffer that is given, where the sanitizer sees a reader. */
static bool decodes(const uint8_t *golden, size_t size, bool init)
{
    struct writer exact;
    struct spnego_init i;
    struct spnego_response r;
    enum err e;

    writer_init(&exact, size);
    writer_bytes(&exact, golden, size);
    e = init ? spnego_init_decode(exact.data, size, &i) : spnego_response_decode(exact.data, size, &r);
    writer_cleanup(&exact);
    ck_assert(e == ERR_OK || e == ERR_PROTOCOL);
    return e == ERR_OK;
}

START_TEST(every_truncated_prefix_is_a_protocol_error)
{
    for (size_t size = 0; size < SIZE(golden_init); size++)
        ck_assert(!decodes(golden_init, size, true));
    for (size_t size = 0; size < SIZE(windows_init); size++)
        ck_assert(!decodes(windows_init, size, true));
    for (size_t size = 0; size < SIZE(golden_response); size++)
        ck_assert(!decodes(golden_response, size, false));
}
END_TEST

static const struct {
    const char *why;
    bool init;
    size_t size;
    const char *bytes;
} malformed[] = {
#define BAD(why, init, bytes)                                                                                          \
    {                                                                                                                  \
        why, init, sizeof(bytes) - 1, bytes                                                                            \
    }
    BAD("bytes after the token", false, "\xA1\x02\x30\x00\x00"),
    BAD("bytes after the sequence", false, "\xA1\x03\x30\x00\x00"),
    BAD("not a response", false, "\xA2\x02\x30\x00"),
    BAD("not a sequence", false, "\xA1\x02\x31\x00"),
    BAD("an indefinite length", false, "\xA1\x80\x30\x00\x00\x00"),
    BAD("a length of five octets", false, "\xA1\x85\x00\x00\x00\x00\x02\x30\x00"),
    BAD("a length beyond the end", false, "\xA1\x84\xFF\xFF\xFF\xFF\x30\x00"),
    BAD("a tag of several octets", false, "\xA1\x04\x30\x02\xBF\x00"),
    BAD("a state of two octets", false, "\xA1\x08\x30\x06\xA0\x04\x0A\x02\x00\x01"),
    BAD("an unknown state", false, "\xA1\x07\x30\x05\xA0\x03\x0A\x01\x04"),
    BAD("a state that is an integer", false, "\xA1\x07\x30\x05\xA0\x03\x02\x01\x00"),
    BAD("the state twice", false, "\xA1\x0C\x30\x0A\xA0\x03\x0A\x01\x01\xA0\x03\x0A\x01\x01"),
    BAD("fields out of order", false, "\xA1\x0B\x30\x09\xA2\x02\x04\x00\xA0\x03\x0A\x01\x01"),
    BAD("two tokens in one field", false, "\xA1\x08\x30\x06\xA2\x04\x04\x00\x04\x00"),
    BAD("another object identifier", true, "\x60\x0C\x06\x06\x2B\x06\x01\x05\x05\x03\xA0\x02\x30\x00"),
    BAD("a response in the frame", true, "\x60\x0C\x06\x06\x2B\x06\x01\x05\x05\x02\xA1\x02\x30\x00"),
    BAD("a list that is none", true, "\x60\x10\x06\x06\x2B\x06\x01\x05\x05\x02\xA0\x06\x30\x04\xA0\x02\x04\x00"),
#undef BAD
};

START_TEST(malformed_tokens_are_protocol_errors)
{
    ck_assert_msg(!decodes((const uint8_t *)malformed[_i].bytes, malformed[_i].size, malformed[_i].init), "%s",
                  malformed[_i].why);
}
END_TEST

START_TEST(a_list_without_ntlm_or_with_foreign_elements_has_none)
{
    static const char *const lists[] = { "\x30\x00\x00", "\x30\x03\x06\x01\x2A", "\x30\x0E\x04\x00" NTLM_OID,
                                         "\x30\x0F" NTLM_OID "\x06\x05\x2A" };
    static const size_t sizes[] = { 2, 5, 16, 17 };

    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++)
        ck_assert_int_eq(spnego_find_ntlm((struct der_bytes){ (const uint8_t *)lists[i], sizes[i] }), -1);
    ck_assert_int_eq(spnego_find_ntlm((struct der_bytes){ NULL, 0 }), -1);
}
END_TEST

START_TEST(lengths_of_every_form_come_back)
{
    static const size_t sizes[] = { 0, 1, 127, 128, 255, 256, 65535 };
    static const size_t headers[] = { 2, 2, 2, 3, 3, 4, 4 };
    struct der_bytes contents;
    struct reader r;
    struct writer w;

    writer_init(&w, 100000);
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        size_t begun;

        writer_reset(&w);
        begun = der_begin(&w, DER_OCTETS);
        for (size_t k = 0; k < sizes[i]; k++)
            writer_u8(&w, (uint8_t)k);
        der_end(&w, begun);
        ck_assert_uint_eq(w.size, headers[i] + sizes[i]);
        reader_init(&r, w.data, w.size);
        contents = der_take_last(&r, DER_OCTETS);
        ck_assert(!r.failed);
        ck_assert_uint_eq(contents.size, sizes[i]);
        for (size_t k = 0; k < sizes[i]; k++)
            ck_assert_uint_eq(contents.data[k], (uint8_t)k);
    }
    writer_reset(&w);
    {
        size_t begun = der_begin(&w, DER_OCTETS);

        writer_zeros(&w, DER_LENGTH_MAXIMUM + 1);
        der_end(&w, begun);
    }
    ck_assert(w.failed);
    writer_cleanup(&w);
}
END_TEST

START_TEST(a_length_may_spend_more_octets_than_it_needs)
{
    static const uint8_t wasteful[] = "\xA1\x82\x00\x0A\x30\x81\x07\xA0\x84\x00\x00\x00\x03\x0A\x01\x00";
    struct spnego_response m;

    /* The lengths are those of what really follows. */
    ck_assert_int_eq(spnego_response_decode(wasteful, SIZE(wasteful), &m), ERR_PROTOCOL);
    ck_assert_int_eq(spnego_response_decode((const uint8_t *)"\xA1\x82\x00\x0C\x30\x81\x09\xA0\x84\x00\x00\x00\x03\x0A"
                                                             "\x01\x00",
                                            16, &m),
                     ERR_OK);
    ck_assert_int_eq(m.state, SPNEGO_ACCEPT_COMPLETED);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("spnego tokens");
    TCase *forms = tcase_create("forms");
    TCase *bad = tcase_create("bad");

    tcase_add_test(forms, an_init_token_is_written_and_read_as_it_should_be);
    tcase_add_test(forms, windows_list_with_hints_is_read_and_ntlm_found_last);
    tcase_add_test(forms, a_response_is_written_and_read_as_it_should_be);
    tcase_add_test(forms, what_is_left_out_of_a_response_is_empty);
    tcase_add_test(forms, lengths_of_every_form_come_back);
    tcase_add_test(forms, a_length_may_spend_more_octets_than_it_needs);
    tcase_add_test(bad, every_truncated_prefix_is_a_protocol_error);
    tcase_add_loop_test(bad, malformed_tokens_are_protocol_errors, 0, sizeof malformed / sizeof malformed[0]);
    tcase_add_test(bad, a_list_without_ntlm_or_with_foreign_elements_has_none);
    suite_add_tcase(suite, forms);
    suite_add_tcase(suite, bad);
    return auth_suite_run(suite);
}
