#include "probe-client/page.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/terminal.h"

#define LABEL_WIDTH   14
#define WIDTH_MAXIMUM 110 /* longer lines are hard to read however wide the window is */
#define WIDTH_MINIMUM 40

void page_init(struct page *p, FILE *file)
{
    enum terminal_stream stream = file == stderr ? TERMINAL_ERROR : TERMINAL_OUTPUT;
    p->file = file;
    p->live = terminal_is(stream);
    p->utf8 = terminal_utf8();
    p->colour = p->live && !getenv("NO_COLOR");
    p->width = terminal_width();
    if (p->width > WIDTH_MAXIMUM)
        p->width = WIDTH_MAXIMUM;
    if (p->width < WIDTH_MINIMUM)
        p->width = WIDTH_MINIMUM;
}

const char *page_ink(const struct page *p, enum ink ink)
{
    static const char *const codes[] = {
        [INK_PLAIN] = "\033[0m", [INK_GOOD] = "\033[32m", [INK_BAD] = "\033[1;31m", [INK_FAINT] = "\033[2m"
    };
    return p->colour ? codes[ink] : "";
}

/* Columns that UTF-8 text takes, counting each character as one. */
static unsigned columns(const char *text, size_t size)
{
    unsigned n = 0;
    for (size_t i = 0; i < size; i++)
        n += ((unsigned char)text[i] & 0xC0) != 0x80;
    return n;
}

/* Where a paragraph stands: every line after the first begins at `indent`. */
struct paragraph {
    const struct page *page;
    unsigned indent;
    unsigned at;
    bool line_empty;
};

static void next_line(struct paragraph *g)
{
    fprintf(g->page->file, "\n%*s", (int)g->indent, "");
    g->at = g->indent;
    g->line_empty = true;
}

static void put_word(struct paragraph *g, const char *word, size_t size)
{
    unsigned needed = columns(word, size);
    if (!g->line_empty && g->at + 1 + needed > g->page->width)
        next_line(g);
    fprintf(g->page->file, "%s%.*s", g->line_empty ? "" : " ", (int)size, word);
    g->at += needed + (g->line_empty ? 0 : 1);
    g->line_empty = false;
}

static void put_text(struct paragraph *g, const char *text)
{
    while (*text) {
        size_t size = strcspn(text, " \n");
        if (size > 0)
            put_word(g, text, size);
        else if (*text == '\n')
            next_line(g); /* the explanations hold .reg text, whose lines must stay lines */
        text += size > 0 ? size : 1;
    }
    fputc('\n', g->page->file);
}

void page_listed(const struct page *p, const char *label, const char *bullet, const char *text)
{
    if (!text)
        return;
    fprintf(p->file, "%-*s%s", LABEL_WIDTH, label, bullet);
    unsigned indent = LABEL_WIDTH + (unsigned)strlen(bullet);
    struct paragraph g = { .page = p, .indent = indent, .at = indent, .line_empty = true };
    if (strlen(label) >= LABEL_WIDTH)
        next_line(&g);
    put_text(&g, text);
}

void page_continue(const struct page *p, unsigned at, unsigned indent, const char *text)
{
    struct paragraph g = { .page = p, .indent = indent, .at = at, .line_empty = true };
    put_text(&g, text);
}

void page_labelled(const struct page *p, const char *label, const char *text)
{
    page_listed(p, label, "", text);
}

const char *page_arrow(const struct page *p, enum direction direction)
{
    switch (direction) {
    case DIRECTION_CLIENT_TO_SERVER:
        return p->utf8 ? "→" : "->";
    case DIRECTION_SERVER_TO_CLIENT:
        return p->utf8 ? "←" : "<-";
    default:
        return "";
    }
}

void page_duration(int64_t ns, char out[PAGE_DURATION])
{
    if (ns < 10 * NS_PER_MS)
        snprintf(out, PAGE_DURATION, "%.2f ms", (double)ns / 1e6);
    else if (ns < NS_PER_S)
        snprintf(out, PAGE_DURATION, "%.0f ms", (double)ns / 1e6);
    else
        snprintf(out, PAGE_DURATION, "%.1f s", (double)ns / 1e9);
}
