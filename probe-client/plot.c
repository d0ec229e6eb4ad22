#include "probe-client/plot.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>

#include "base/text.h"

/* Lengths are pixels. */
#define WIDTH        920.0
#define HEAD         78.0
#define PANEL        330.0
#define PLOT_LEFT    74.0
#define PLOT_TOP     34.0
#define PLOT_WIDTH   640.0
#define PLOT_HEIGHT  236.0
#define LEGEND_LEFT  (PLOT_LEFT + PLOT_WIDTH + 18)
#define LEGEND_STEP  19.0
#define DECADES_DOWN 4   /* 100 % .. 0.01 % */
#define POINT        0.4 /* steps smaller than this are not drawn apart */

/* Told apart by people who see colours differently, and by dashes where there is no colour at all. */
static const struct {
    const char *colour, *dashes;
} styles[PLOT_LINES_MAXIMUM] = {
    { "#000000", "" }, { "#0072b2", "" }, { "#56b4e9", "7 3" }, { "#009e73", "2 3" },
    { "#d55e00", "" }, { "#cc79a7", "" }, { "#e69f00", "7 3" }, { "#f0e442", "2 3" },
};
static const char reference_colour[] = "#8a8a8a";

/* The times that a panel shows: whole decades around all that is in it. */
struct scale {
    double low, high; /* powers of ten of nanoseconds */
};

static void put(struct writer *w, const char *format, ...) PRINTF_LIKE(2, 3);

static void put(struct writer *w, const char *format, ...)
{
    char text[512];
    va_list arguments;
    va_start(arguments, format);
    int size = vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    if (size > 0 && (size_t)size < sizeof(text))
        writer_bytes(w, text, (size_t)size);
    else
        w->failed = true; /* no element of ours is so long */
}

static void put_text(struct writer *w, const char *text)
{
    for (; *text; text++) {
        switch (*text) {
        case '<':
            put(w, "&lt;");
            break;
        case '>':
            put(w, "&gt;");
            break;
        case '&':
            put(w, "&amp;");
            break;
        default:
            writer_u8(w, (uint8_t)*text);
        }
    }
}

/* `anchor` is start, middle or end. */
static void label(struct writer *w, double x, double y, const char *anchor, int size, const char *text)
{
    put(w, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\" font-size=\"%d\">", x, y, anchor, size);
    put_text(w, text);
    put(w, "</text>\n");
}

static struct scale scale_of(const struct plot_panel *p)
{
    struct scale s = { 12, 0 };
    for (size_t i = 0; i < p->line_count; i++) {
        const struct histogram *h = p->lines[i].latency;
        s.low = fmin(s.low, floor(log10((double)h->minimum_ns)));
        s.high = fmax(s.high, ceil(log10((double)h->maximum_ns)));
    }
    if (s.high <= s.low)
        s.high = s.low + 1;
    return s;
}

static double x_of(const struct scale *s, double ns)
{
    return PLOT_LEFT + (log10(ns) - s->low) / (s->high - s->low) * PLOT_WIDTH;
}

static double y_of(double share)
{
    double down = -log10(share) / DECADES_DOWN;
    return PLOT_TOP + fmin(down, 1) * PLOT_HEIGHT;
}

static void time_text(int power, char out[16])
{
    static const char *const units[] = { "ns", "us", "ms", "s" };
    int unit = power / 3 < 3 ? power / 3 : 3;
    snprintf(out, 16, "%.0f %s", pow(10, power - 3 * unit), units[unit]);
}

static void draw_grid(struct writer *w, const struct scale *s)
{
    char text[16];
    for (int decade = (int)s->low; decade <= (int)s->high; decade++) {
        for (int step = 1; step < 10 && (step == 1 || decade < (int)s->high); step++) {
            double x = x_of(s, step * pow(10, decade));
            put(w, "<line x1=\"%.1f\" x2=\"%.1f\" y1=\"%.1f\" y2=\"%.1f\" stroke=\"%s\"/>\n", x, x, PLOT_TOP,
                PLOT_TOP + PLOT_HEIGHT, step == 1 ? "#c8c8c8" : "#eeeeee");
        }
        time_text(decade, text);
        label(w, x_of(s, pow(10, decade)), PLOT_TOP + PLOT_HEIGHT + 17, "middle", 12, text);
    }
    static const char *const shares[DECADES_DOWN + 1] = { "100 %", "10 %", "1 %", "0.1 %", "0.01 %" };
    for (int i = 0; i <= DECADES_DOWN; i++) {
        double y = y_of(pow(10, -i));
        put(w, "<line x1=\"%.1f\" x2=\"%.1f\" y1=\"%.1f\" y2=\"%.1f\" stroke=\"#c8c8c8\"/>\n", PLOT_LEFT,
            PLOT_LEFT + PLOT_WIDTH, y, y);
        label(w, PLOT_LEFT - 8, y + 4, "end", 12, shares[i]);
    }
}

/* Down a step behind each time that calls took. Where no sample is left the line ends: nothing is known further down.
 */
static void draw_line(struct writer *w, const struct scale *s, const struct plot_line *line, size_t style)
{
    const struct histogram *h = line->latency;
    double x = x_of(s, (double)h->minimum_ns), y = y_of(1);
    uint64_t left = h->count, count;
    int64_t upper_ns;
    put(w, "<path fill=\"none\" stroke=\"%s\" stroke-width=\"%s\" stroke-dasharray=\"%s\" d=\"M%.1f %.1f",
        line->reference ? reference_colour : styles[style].colour, line->reference ? "3" : "1.8",
        line->reference ? "" : styles[style].dashes, x, y);
    for (size_t at = 0; histogram_next(h, &at, &upper_ns, &count);) {
        left -= count;
        double next_x = x_of(s, (double)upper_ns);
        double next_y = left ? y_of((double)left / (double)h->count) : y;
        if (left && next_x - x < POINT && next_y - y < POINT)
            continue;
        x = next_x;
        y = next_y;
        put(w, "L%.1f %.1f", x, y);
        if (y >= PLOT_TOP + PLOT_HEIGHT)
            break;
    }
    put(w, "\"/>\n");
}

static void draw_legend(struct writer *w, const struct plot_panel *p)
{
    for (size_t i = 0; i < p->line_count; i++) {
        const struct plot_line *line = &p->lines[i];
        double y = PLOT_TOP + 10 + (double)i * LEGEND_STEP;
        char text[96];
        put(w,
            "<line x1=\"%.1f\" x2=\"%.1f\" y1=\"%.1f\" y2=\"%.1f\" stroke=\"%s\" stroke-width=\"%s\" "
            "stroke-dasharray=\"%s\"/>\n",
            LEGEND_LEFT, LEGEND_LEFT + 26, y, y, line->reference ? reference_colour : styles[i].colour,
            line->reference ? "3" : "1.8", line->reference ? "" : styles[i].dashes);
        snprintf(text, sizeof(text), "%.48s, %" PRIu64, line->name, line->latency->count);
        label(w, LEGEND_LEFT + 32, y + 4, "start", 12, text);
    }
}

static void draw_panel(struct writer *w, const struct plot_panel *p, double top)
{
    struct scale s = scale_of(p);
    put(w, "<g transform=\"translate(0 %.1f)\">\n", top);
    label(w, PLOT_LEFT, PLOT_TOP - 12, "start", 14, p->title);
    draw_grid(w, &s);
    for (size_t i = 0; i < p->line_count; i++)
        if (p->lines[i].reference)
            draw_line(w, &s, &p->lines[i], i);
    for (size_t i = 0; i < p->line_count; i++)
        if (!p->lines[i].reference)
            draw_line(w, &s, &p->lines[i], i);
    draw_legend(w, p);
    label(w, PLOT_LEFT + PLOT_WIDTH / 2, PLOT_TOP + PLOT_HEIGHT + 36, "middle", 12,
          "time from call to answer; down: share of the calls that took longer");
    put(w, "</g>\n");
}

void plot_svg(struct writer *w, const char *title, const char *note, const struct plot_panel *panels,
              size_t panel_count)
{
    double height = HEAD + (double)panel_count * PANEL;
    put(w,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%.0f\" height=\"%.0f\" viewBox=\"0 0 %.0f %.0f\" "
        "font-family=\"sans-serif\" fill=\"#222222\">\n<rect width=\"100%%\" height=\"100%%\" fill=\"#ffffff\"/>\n",
        WIDTH, height, WIDTH, height);
    label(w, 16, 26, "start", 17, title);
    label(w, 16, 45, "start", 12, note);
    label(w, 16, 62, "start", 12, "Behind each level: the number of its calls.");
    for (size_t i = 0; i < panel_count; i++)
        draw_panel(w, &panels[i], HEAD + (double)i * PANEL);
    put(w, "</svg>\n");
}
