#include "probe-client/scan_pi.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "probe-client/level.h"

#define ARGUMENT_MAXIMUM 1024 /* of a command line of Windows' interpreter */

void scan_pi_init(struct scan_pi *pi)
{
    memset(pi, 0, sizeof(*pi));
}

/* ---- the start-up file --------------------------------------------------------------------------------------- */

struct bat {
    struct scan_pi *pi;
    const char *name;
    unsigned line;
    char *complaint;
};

static bool complain(const struct bat *b, const char *what, const char *value)
{
    snprintf(b->complaint, SCAN_COMPLAINT, "%.80s:%u: '%.60s' %s", b->name, b->line, value, what);
    return false;
}

/* 00:00:01.50,00:00:00.25,L: the L counts the offset from midnight by the wall clock, which is the same instant within
 * a period. */
static bool take_frequency(struct bat *b, const char *value)
{
    struct scan_pi_class c = { 0 };
    size_t length = strcspn(value, ",");
    const char *offset = value[length] ? value + length + 1 : NULL;
    if (b->pi->class_count == SCAN_CLASSES_MAXIMUM)
        return complain(b, "is one scan class too many", value);
    if (!scan_time_parse(value, length, &c.period_ns) || c.period_ns == 0)
        return complain(b, "is no scan class; it reads HH:MM:SS.##[,HH:MM:SS.##]", value);
    if (offset && utf8_equal_ignoring_case(offset, "L"))
        offset = NULL;
    if (offset && !scan_time_parse(offset, strcspn(offset, ","), &c.offset_ns))
        return complain(b, "has no offset that can be read behind its comma", value);
    c.offset_ns %= c.period_ns;
    struct scan_pi_class *into = &b->pi->classes[b->pi->class_count++];
    into->period_ns = c.period_ns;
    into->offset_ns = c.offset_ns;
    return true;
}

/* host::name, or the name alone for this computer. */
static bool take_server(struct bat *b, const char *value)
{
    const char *colons = strstr(value, "::");
    size_t host = colons ? (size_t)(colons - value) : 0;
    const char *server = colons ? colons + 2 : value;
    if (host >= SCAN_PI_NAME || strlen(server) >= SCAN_PI_NAME || !*server)
        return complain(b, "names no server", value);
    memcpy(b->pi->host, value, host);
    b->pi->host[host] = '\0';
    memcpy(b->pi->server, server, strlen(server) + 1);
    return true;
}

static bool take_authentication(struct bat *b, const char *value)
{
    static const char *const names[] = { "DEFAULT", "NONE", "CONNECT", "CALL", "PKT", "PKT_INTEGRITY", "PKT_PRIVACY" };
    for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        char digit[2] = { (char)('0' + i), '\0' };
        if (utf8_equal_ignoring_case(names[i], value) || strcmp(digit, value) == 0) {
            b->pi->level = (uint8_t)i; /* DEFAULT is 0, LEVEL_UNKNOWN */
            return true;
        }
    }
    return complain(b, "is no authentication level", value);
}

static bool take_impersonation(struct bat *b, const char *value)
{
    static const char *const names[] = { "DEFAULT", "ANONYMOUS", "IDENTIFY", "IMPERSONATE", "DELEGATE" };
    for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        char digit[2] = { (char)('0' + i), '\0' };
        if (utf8_equal_ignoring_case(names[i], value) || strcmp(digit, value) == 0) {
            snprintf(b->pi->impersonation, sizeof(b->pi->impersonation), "%s", names[i]);
            return true;
        }
    }
    return complain(b, "is no impersonation level", value);
}

static bool take_source(struct bat *b, const char *value)
{
    if (strlen(value) >= SCAN_PI_NAME)
        return complain(b, "is too long for a point source", value);
    memcpy(b->pi->source, value, strlen(value) + 1);
    return true;
}

static bool take_advise_items(struct bat *b, const char *value)
{
    uint64_t items;
    if (!text_parse_u64(value, 1, SCAN_ITEMS_MAXIMUM, &items))
        return complain(b, "is no number of points in an advise group", value);
    b->pi->advise_items = (uint32_t)items;
    return true;
}

static bool take_argument(struct bat *b, const char *argument)
{
    static const struct {
        const char *name;
        bool (*take)(struct bat *b, const char *value);
    } known[] = { { "f", take_frequency },      { "server", take_server }, { "da", take_authentication },
                  { "di", take_impersonation }, { "ps", take_source },     { "am", take_advise_items } };
    char name[16];
    size_t length = strcspn(argument, "=");
    if ((argument[0] != '/' && argument[0] != '-') || argument[length] != '=' || length > sizeof(name))
        return true;
    memcpy(name, argument + 1, length - 1);
    name[length - 1] = '\0';
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
        if (utf8_equal_ignoring_case(known[i].name, name))
            return known[i].take(b, argument + length + 1);
    return true; /* the interface has many more, which say nothing about its classes */
}

static bool is_remark(const char *at, const char *end)
{
    while (at < end && (*at == ' ' || *at == '\t' || *at == '@'))
        at++;
    if (end - at >= 2 && at[0] == ':')
        return true;
    if (end - at < 3 || (at[0] | 0x20) != 'r' || (at[1] | 0x20) != 'e' || (at[2] | 0x20) != 'm')
        return false;
    return end - at == 3 || at[3] == ' ' || at[3] == '\t';
}

/* Arguments end at blanks outside of quotes; a caret at the end of a line only continues it. */
static bool take_line(struct bat *b, const char *at, const char *end)
{
    char argument[ARGUMENT_MAXIMUM];
    while (at < end) {
        size_t size = 0;
        bool quoted = false;
        while (at < end && (*at == ' ' || *at == '\t' || *at == '\r'))
            at++;
        for (; at < end && (quoted || (*at != ' ' && *at != '\t' && *at != '\r')); at++) {
            if (*at == '"')
                quoted = !quoted;
            else if (*at == '\0')
                return complain(b, "holds a zero byte; save the file as plain text", "this line");
            else if (size + 1 == sizeof(argument))
                return complain(b, "holds an argument that is too long", "this line");
            else
                argument[size++] = *at;
        }
        if (size > 0 && argument[size - 1] == '^')
            size--;
        argument[size] = '\0';
        if (!take_argument(b, argument))
            return false;
    }
    return true;
}

/* Cuts the next line off the text, without its end. */
static bool next_line(const char **at, const char *end, const char **line, const char **line_end)
{
    if (*at == end)
        return false;
    const char *feed = memchr(*at, '\n', (size_t)(end - *at));
    *line = *at;
    *line_end = feed ? feed : end;
    *at = feed ? feed + 1 : end;
    return true;
}

bool scan_pi_read_bat(struct scan_pi *pi, const char *name, const char *text, size_t size,
                      char complaint[SCAN_COMPLAINT])
{
    struct bat b = { .pi = pi, .name = name, .complaint = complaint };
    const char *at = text, *line, *line_end;
    if (pi->class_count > 0) {
        snprintf(complaint, SCAN_COMPLAINT, "%.120s: two start-up files; one interface is measured at a time", name);
        return false;
    }
    while (next_line(&at, text + size, &line, &line_end)) {
        b.line++;
        if (!is_remark(line, line_end) && !take_line(&b, line, line_end))
            return false;
    }
    if (pi->class_count == 0)
        snprintf(complaint, SCAN_COMPLAINT, "%.120s: no scan class (/f=HH:MM:SS) in it", name);
    return pi->class_count > 0;
}

/* ---- the point list ------------------------------------------------------------------------------------------ */

enum column {
    COLUMN_SOURCE,
    COLUMN_TYPE,  /* location3 */
    COLUMN_CLASS, /* location4 */
    COLUMN_TRIGGER,
    COLUMN_ITEM,
    COLUMNS
};

static const char *const column_names[COLUMNS] = { "pointsource", "location3", "location4", "exdesc", "instrumenttag" };

#define FIELD_MAXIMUM 256
#define NO_COLUMN     UINT32_MAX

struct points {
    struct scan_pi *pi;
    const char *name;
    unsigned line;
    char separator;
    char *complaint;
    uint32_t places[COLUMNS];
    char fields[COLUMNS][FIELD_MAXIMUM];
};

static bool complain_row(const struct points *p, const char *what)
{
    snprintf(p->complaint, SCAN_COMPLAINT, "%.120s:%u: %s", p->name, p->line, what);
    return false;
}

/* One field from `*at`, unquoted and cut to what fits; stops at its separator or at the end of the row. A quoted field
 * may hold both, and line ends. */
static void take_field(struct points *p, const char **at, const char *end, char field[FIELD_MAXIMUM])
{
    size_t size = 0;
    bool quoted = false;
    for (; *at < end; ++*at) {
        char c = **at;
        if (c == '"' && quoted && *at + 1 < end && (*at)[1] == '"') {
            ++*at;
        } else if (c == '"') {
            quoted = !quoted;
            continue;
        } else if (!quoted && (c == p->separator || c == '\n')) {
            break;
        }
        p->line += c == '\n';
        if (size + 1 < FIELD_MAXIMUM && c != '\r')
            field[size++] = c;
    }
    while (size > 0 && field[size - 1] == ' ')
        size--;
    field[size] = '\0';
}

/* Fields of the columns that matter; `row` is NULL for the first row, whose fields are the columns' names. */
static void take_row(struct points *p, const char **at, const char *end, bool header)
{
    char field[FIELD_MAXIMUM];
    for (unsigned i = 0; i < COLUMNS; i++)
        p->fields[i][0] = '\0';
    for (uint32_t place = 0;; place++) {
        take_field(p, at, end, field);
        for (unsigned i = 0; i < COLUMNS; i++) {
            if (header && p->places[i] == NO_COLUMN && utf8_equal_ignoring_case(column_names[i], field))
                p->places[i] = place;
            else if (!header && p->places[i] == place)
                memcpy(p->fields[i], field, sizeof(field));
        }
        if (*at == end || **at != p->separator)
            break;
        ++*at;
    }
    if (*at < end)
        ++*at; /* the end of the line */
}

/* The separator of spreadsheets follows their country: the one that the row of names has most. */
static char find_separator(const char *text, size_t size)
{
    static const char candidates[] = { ',', ';', '\t' };
    char best = ',';
    unsigned most = 0;
    for (size_t i = 0; i < sizeof(candidates); i++) {
        unsigned count = 0;
        for (size_t at = 0; at < size && text[at] != '\n'; at++)
            count += text[at] == candidates[i];
        if (count > most) {
            most = count;
            best = candidates[i];
        }
    }
    return best;
}

static bool number_of(const char *field, uint64_t maximum, uint64_t *out)
{
    return text_parse_u64(field, 0, maximum, out);
}

/* "event=TAG" or "trig=TAG" in the extended descriptor: read when that tag changes, not by the clock. */
static bool is_triggered(const char *descriptor)
{
    char word[6] = "";
    size_t length = strcspn(descriptor, "=");
    if (descriptor[length] != '=' || length >= sizeof(word))
        return false;
    memcpy(word, descriptor, length);
    word[length] = '\0';
    return utf8_equal_ignoring_case(word, "event") || utf8_equal_ignoring_case(word, "trig");
}

static bool take_point(struct points *p)
{
    struct scan_pi *pi = p->pi;
    uint64_t type, number;
    if (pi->source[0] && p->places[COLUMN_SOURCE] != NO_COLUMN &&
        !utf8_equal_ignoring_case(pi->source, p->fields[COLUMN_SOURCE])) {
        pi->not_ours++;
        return true;
    }
    if (!number_of(p->fields[COLUMN_TYPE], 4, &type))
        return complain_row(p, "location3 is a number from 0 to 4: polled, advise, output, and their watchdogs");
    if (!number_of(p->fields[COLUMN_CLASS], SCAN_CLASSES_MAXIMUM, &number))
        return complain_row(p, "location4 is the number of a scan class from 1 to 32, or 0 for points that events "
                               "trigger");
    if (type == 2 || number == 0 || is_triggered(p->fields[COLUMN_TRIGGER])) {
        pi->not_scanned++;
        return true;
    }
    struct scan_pi_class *c = &pi->classes[number - 1];
    if (c->line == 0)
        c->line = p->line;
    uint32_t *points = type == 1 || type == 4 ? &c->advise : &c->polled;
    if (*points == SCAN_ITEMS_MAXIMUM)
        return complain_row(p, "more than 1000000 points in one class");
    ++*points;
    return true;
}

static bool row_is_empty(const char *at, const char *end, char separator)
{
    for (; at < end && *at != '\n'; at++)
        if (*at != ' ' && *at != '\t' && *at != '\r' && *at != separator)
            return false;
    return true;
}

bool scan_pi_read_points(struct scan_pi *pi, const char *name, const char *text, size_t size,
                         char complaint[SCAN_COMPLAINT])
{
    static const char byte_order_mark[] = { '\xEF', '\xBB', '\xBF' };
    struct points p = { .pi = pi, .name = name, .line = 1, .complaint = complaint };
    const char *at = text, *end = text + size;
    if (memchr(text, '\0', size))
        return complain_row(&p, "it holds zero bytes; save it as CSV in UTF-8 or the system's code page");
    if (size >= sizeof(byte_order_mark) && memcmp(text, byte_order_mark, sizeof(byte_order_mark)) == 0)
        at += sizeof(byte_order_mark);
    for (unsigned i = 0; i < COLUMNS; i++)
        p.places[i] = NO_COLUMN;
    p.separator = find_separator(at, (size_t)(end - at));
    take_row(&p, &at, end, true);
    if (p.places[COLUMN_TYPE] == NO_COLUMN || p.places[COLUMN_CLASS] == NO_COLUMN)
        return complain_row(&p, "its first line names no columns location3 and location4, as an export of points does");
    for (p.line++; at < end; p.line++) {
        if (row_is_empty(at, end, p.separator)) {
            const char *feed = memchr(at, '\n', (size_t)(end - at));
            at = feed ? feed + 1 : end;
            continue;
        }
        take_row(&p, &at, end, false);
        if (!take_point(&p))
            return false;
    }
    pi->has_points = true;
    return true;
}

/* ---- both together ------------------------------------------------------------------------------------------- */

static bool add(struct scan_classes *out, const struct scan_pi_class *from, enum scan_mode mode, uint32_t items,
                unsigned number, char complaint[SCAN_COMPLAINT])
{
    struct scan_class c = { .period_ns = from->period_ns, .offset_ns = from->offset_ns, .items = items, .mode = mode };
    char where[48];
    snprintf(where, sizeof(where), "scan class %u of the interface", number);
    return items == 0 || scan_classes_add(out, &c, where, complaint);
}

bool scan_pi_classes(const struct scan_pi *pi, struct scan_classes *out, char complaint[SCAN_COMPLAINT])
{
    if (pi->class_count == 0 || !pi->has_points) {
        snprintf(complaint, SCAN_COMPLAINT,
                 "a PI interface is described by two files: its start-up .bat, with the "
                 "periods, and its point list as CSV, with the points of each class");
        return false;
    }
    if (pi->advise_items)
        out->advise_items = pi->advise_items;
    for (unsigned i = 0; i < SCAN_CLASSES_MAXIMUM; i++) {
        const struct scan_pi_class *c = &pi->classes[i];
        if (c->line && i >= pi->class_count) {
            snprintf(complaint, SCAN_COMPLAINT,
                     "line %u of the point list: location4 is %u, but the .bat has %u scan "
                     "classes",
                     c->line, i + 1, pi->class_count);
            return false;
        }
        if (i < pi->class_count && (!add(out, c, SCAN_POLLED, c->polled, i + 1, complaint) ||
                                    !add(out, c, SCAN_ADVISE, c->advise, i + 1, complaint)))
            return false;
    }
    if (out->count == 0)
        snprintf(complaint, SCAN_COMPLAINT, "no point of the list is scanned%s",
                 pi->not_ours ? "; their pointsource is not the /ps of the .bat" : "");
    return out->count > 0;
}
