#include "dcom/scm/command_line.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

/* Where one argument goes. */
struct argument_sink {
    struct command_line *line;
    size_t used;
    bool full;
};

static void put(struct argument_sink *s, char c)
{
    if (s->used == COMMAND_LINE_BYTES)
        s->full = true;
    else
        s->line->text[s->used++] = c;
}

static void begin_argument(struct argument_sink *s)
{
    if (s->line->count == COMMAND_LINE_ARGUMENTS || s->used == COMMAND_LINE_BYTES)
        s->full = true;
    else
        s->line->arguments[s->line->count++] = s->line->text + s->used;
}

/* One argument by the rules of CommandLineToArgvW: 2n backslashes before a quote are n and the quote opens or closes;
 * 2n+1 are n and a literal quote; backslashes elsewhere are themselves. */
static const char *take_argument(const char *p, struct argument_sink *s)
{
    bool quoted = false;
    begin_argument(s);
    while (*p && (quoted || !is_blank(*p))) {
        size_t backslashes = strspn(p, "\\");
        p += backslashes;
        bool before_quote = *p == '"';
        for (size_t i = 0; i < (before_quote ? backslashes / 2 : backslashes); i++)
            put(s, '\\');
        bool switches = before_quote && backslashes % 2 == 0;
        if (switches)
            quoted = !quoted;
        else if (*p && (before_quote || quoted || !is_blank(*p)))
            put(s, *p);
        else
            continue;
        p++;
    }
    put(s, 0);
    return p;
}

/* The program's own rule: a quoted one ends at the next quote and knows no escapes; an unquoted one may hold blanks. */
static const char *take_program(const char *p, bool (*exists)(const char *path), struct argument_sink *s)
{
    begin_argument(s);
    if (*p == '"') {
        for (p++; *p && *p != '"'; p++)
            put(s, *p);
        put(s, 0);
        return *p ? p + 1 : p;
    }
    size_t first_word = strcspn(p, " \t"), length = first_word;
    char candidate[COMMAND_LINE_BYTES];
    while (p[length] && (size_t)snprintf(candidate, sizeof candidate, "%.*s", (int)length, p) < sizeof candidate &&
           !exists(candidate))
        length += 1 + strcspn(p + length + 1, " \t");
    if (!p[length] && !exists(p))
        length = first_word;
    for (size_t i = 0; i < length; i++)
        put(s, p[i]);
    put(s, 0);
    return p + length;
}

enum err command_line_split(const char *text, const char *last, bool (*exists)(const char *path),
                            struct command_line *out)
{
    struct argument_sink sink = { .line = out };
    memset(out, 0, sizeof *out);
    text += strspn(text, " \t");
    if (!*text)
        return ERR_PROTOCOL;
    text = take_program(text, exists, &sink);
    while (!sink.full && *(text += strspn(text, " \t")))
        text = take_argument(text, &sink);
    if (last && !sink.full) {
        begin_argument(&sink);
        for (; *last; last++)
            put(&sink, *last);
        put(&sink, 0);
    }
    out->arguments[out->count] = NULL;
    return sink.full ? ERR_LIMIT : out->arguments[0][0] ? ERR_OK : ERR_PROTOCOL;
}

enum err command_line_expand(const char *text, char *out, size_t size)
{
    size_t used = 0;
    while (*text) {
        const char *end = *text == '%' ? strchr(text + 1, '%') : NULL;
        char name[128];
        const char *value = NULL;
        if (end && (size_t)(end - text) < sizeof name) {
            snprintf(name, sizeof name, "%.*s", (int)(end - text - 1), text + 1);
            value = getenv(name);
        }
        size_t length = value ? strlen(value) : 1;
        if (length >= size - used)
            return ERR_LIMIT;
        memcpy(out + used, value ? value : text, length);
        used += length;
        text = value ? end + 1 : text + 1;
    }
    out[used] = 0;
    return ERR_OK;
}
