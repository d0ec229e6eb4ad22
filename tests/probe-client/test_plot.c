/* The picture of distributions: a document that a browser takes, with everything in it that was measured. */
#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "probe-client/plot.h"

static unsigned occurrences(const char *text, const char *what)
{
    unsigned n = 0;
    for (; (text = strstr(text, what)); text += strlen(what))
        n++;
    return n;
}

/* Heap text. */
static char *draw(const struct plot_panel *panels, size_t count)
{
    struct writer w;
    writer_init(&w, (size_t)1 << 20);
    plot_svg(&w, "from <A> & back", "note", panels, count);
    writer_u8(&w, 0);
    ck_assert(!w.failed);
    char *text = strdup((const char *)w.data);
    writer_cleanup(&w);
    return text;
}

START_TEST(each_level_has_a_line_and_a_legend_with_its_calls)
{
    static struct histogram fast, slow;
    for (int i = 0; i < 1000; i++) {
        histogram_add(&fast, 9000 + i);
        histogram_add(&slow, 90000 + 1000 * i);
    }
    histogram_add(&slow, 7);
    const struct plot_panel panels[2] = {
        { "GetStatus", 2, { { "none", &fast, false }, { "bare TCP floor", &slow, true } } },
        { "Read of 100 items", 1, { { "none", &fast, false } } },
    };
    char *text = draw(panels, 2);
    ck_assert_uint_eq(occurrences(text, "<path "), 3);
    ck_assert_uint_eq(occurrences(text, ">none, 1000<"), 2);
    ck_assert_uint_eq(occurrences(text, ">bare TCP floor, 1001<"), 1);
    ck_assert_uint_eq(occurrences(text, ">Read of 100 items<"), 1);
    ck_assert_ptr_nonnull(strstr(text, "from &lt;A&gt; &amp; back"));
    ck_assert_uint_eq(occurrences(text, "<g "), occurrences(text, "</g>"));
    ck_assert_uint_eq(occurrences(text, "<text "), occurrences(text, "</text>"));
    ck_assert_str_eq(text + strlen(text) - 7, "</svg>\n");
    free(text);
}
END_TEST

START_TEST(a_line_falls_from_all_calls_to_where_samples_end)
{
    static struct histogram h;
    for (int i = 0; i < 99; i++)
        histogram_add(&h, 10000);
    histogram_add(&h, 100000);
    char *text = draw(&(struct plot_panel){ "one", 1, { { "none", &h, false } } }, 1);
    const char *path = strstr(text, "d=\"M");
    double x[3], y[3];
    ck_assert_ptr_nonnull(path);
    ck_assert_int_eq(sscanf(path, "d=\"M%lf %lfL%lf %lfL%lf %lf\"", &x[0], &y[0], &x[1], &y[1], &x[2], &y[2]), 6);
    ck_assert(fabs(x[1] - x[0]) < 3 && x[2] > x[1] + 500);   /* a decade is as wide as the panel */
    ck_assert(y[1] > y[0] + 100 && fabs(y[2] - y[1]) < 0.2); /* 1 % is half-way down */
    free(text);
}
END_TEST

START_TEST(one_single_sample_can_be_drawn)
{
    static struct histogram h;
    histogram_add(&h, 1000);
    char *text = draw(&(struct plot_panel){ "one", 1, { { "none", &h, false } } }, 1);
    ck_assert_ptr_null(strstr(text, "nan"));
    ck_assert_ptr_null(strstr(text, "inf"));
    free(text);
}
END_TEST

START_TEST(a_document_that_does_not_fit_fails_the_writer)
{
    static struct histogram h;
    struct writer w;
    histogram_add(&h, 1000);
    writer_init(&w, 2000);
    plot_svg(&w, "title", "note", &(struct plot_panel){ "one", 1, { { "none", &h, false } } }, 1);
    ck_assert(w.failed);
    writer_cleanup(&w);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("plot");
    TCase *tc = tcase_create("svg");
    tcase_add_test(tc, each_level_has_a_line_and_a_legend_with_its_calls);
    tcase_add_test(tc, a_line_falls_from_all_calls_to_where_samples_end);
    tcase_add_test(tc, one_single_sample_can_be_drawn);
    tcase_add_test(tc, a_document_that_does_not_fit_fails_the_writer);
    suite_add_tcase(suite, tc);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? 1 : 0;
}
