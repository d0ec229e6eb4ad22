#include "probe-client/scan_class.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"

#define CYCLE_MAXIMUM_NS (INT64_C(366) * 24 * 3600 * NS_PER_S)

static const char *const mode_names[] = { [SCAN_POLLED] = "polled", [SCAN_ADVISE] = "advise", [SCAN_SYNC] = "sync" };

#define MODES (sizeof(mode_names) / sizeof(mode_names[0]))

const char *scan_mode_name(enum scan_mode mode)
{
    return mode_names[mode];
}

bool scan_mode_find(const char *name, enum scan_mode *out)
{
    for (size_t i = 0; i < MODES; i++)
        if (strcmp(mode_names[i], name) == 0) {
            *out = (enum scan_mode)i;
            return true;
        }
    return false;
}

void scan_classes_init(struct scan_classes *s)
{
    memset(s, 0, sizeof(*s));
    s->advise_items = SCAN_ADVISE_ITEMS;
}

/* ---- times --------------------------------------------------------------------------------------------------- */

/* A decimal number of at most 9 digits before the point and 3 after it, as thousandths. */
static bool parse_thousandths(const char *text, size_t size, int64_t *out)
{
    int64_t whole = 0, part = 0, scale = 1000;
    size_t at = 0, digits = 0;
    for (; at < size && text[at] >= '0' && text[at] <= '9'; at++, digits++)
        whole = digits < 9 ? whole * 10 + (text[at] - '0') : -1;
    if (digits > 9)
        return false;
    if (at < size && text[at] == '.') {
        for (at++; at < size && text[at] >= '0' && text[at] <= '9' && scale > 1; at++, digits++) {
            scale /= 10;
            part += (text[at] - '0') * scale;
        }
    }
    *out = whole * 1000 + part;
    return at == size && digits > 0;
}

/* HH:MM:SS or MM:SS, the seconds with a fraction. */
static bool parse_clock(const char *text, size_t size, int64_t *out_ms)
{
    int64_t ms = 0;
    for (int parts = 0;; parts++) {
        const char *colon = memchr(text, ':', size);
        size_t length = colon ? (size_t)(colon - text) : size;
        int64_t part;
        if (parts == 3 || !parse_thousandths(text, length, &part) || part > SCAN_PERIOD_MAXIMUM_MS)
            return false;
        if (colon && part % 1000 != 0)
            return false;
        ms = ms * 60 + part;
        if (!colon)
            break;
        text = colon + 1;
        size -= length + 1;
    }
    *out_ms = ms;
    return true;
}

bool scan_time_parse(const char *text, size_t size, int64_t *out_ns)
{
    static const struct {
        const char *name;
        int64_t ms;
    } units[] = { { "ms", 1 }, { "s", 1000 }, { "m", 60000 }, { "h", 3600000 } };
    int64_t ms;
    if (size == 0 || size > 32)
        return false;
    for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
        size_t length = strlen(units[i].name);
        if (size <= length || memcmp(text + size - length, units[i].name, length) != 0)
            continue;
        int64_t thousandths;
        if (!parse_thousandths(text, size - length, &thousandths) || thousandths > SCAN_PERIOD_MAXIMUM_MS * 1000)
            return false;
        *out_ns = thousandths * units[i].ms / 1000 * NS_PER_MS;
        return thousandths * units[i].ms % 1000 == 0 && *out_ns / NS_PER_MS <= SCAN_PERIOD_MAXIMUM_MS;
    }
    if (!parse_clock(text, size, &ms) || ms > SCAN_PERIOD_MAXIMUM_MS)
        return false;
    *out_ns = ms * NS_PER_MS;
    return true;
}

void scan_time_text(int64_t ns, char out[SCAN_TIME_TEXT])
{
    long long ms = ns / NS_PER_MS, s = ms / 1000;
    if (ms < 1000 || ms % 1000 != 0)
        snprintf(out, SCAN_TIME_TEXT, "%lld ms", ms);
    else if (s < 120)
        snprintf(out, SCAN_TIME_TEXT, "%lld s", s);
    else if (s < 7200)
        snprintf(out, SCAN_TIME_TEXT, s % 60 ? "%lld min %lld s" : "%lld min", s / 60, s % 60);
    else
        snprintf(out, SCAN_TIME_TEXT, s % 3600 ? "%lld h %lld min" : "%lld h", s / 3600, s % 3600 / 60);
}

/* ---- classes ------------------------------------------------------------------------------------------------- */

uint32_t scan_classes_items(const struct scan_classes *s)
{
    uint32_t items = 0;
    for (unsigned i = 0; i < s->count; i++)
        items += s->list[i].items; /* scan_classes_add keeps the sum small */
    return items;
}

bool scan_classes_add(struct scan_classes *s, const struct scan_class *c, const char *where,
                      char complaint[SCAN_COMPLAINT])
{
    char period[SCAN_TIME_TEXT];
    scan_time_text(c->period_ns, period);
    if (c->period_ns < SCAN_PERIOD_MINIMUM_MS * NS_PER_MS || c->period_ns > SCAN_PERIOD_MAXIMUM_MS * NS_PER_MS)
        snprintf(complaint, SCAN_COMPLAINT, "%.120s: a period is from %d ms to 24 h, not %s", where,
                 SCAN_PERIOD_MINIMUM_MS, period);
    else if (c->offset_ns < 0 || c->offset_ns >= c->period_ns)
        snprintf(complaint, SCAN_COMPLAINT, "%.120s: the offset must be less than the period, %s", where, period);
    else if (c->items < 1 || c->items > SCAN_ITEMS_MAXIMUM)
        snprintf(complaint, SCAN_COMPLAINT, "%.120s: a class has from 1 to %u items", where,
                 (unsigned)SCAN_ITEMS_MAXIMUM);
    else if (c->service_ms > SCAN_SERVICE_MAXIMUM)
        snprintf(complaint, SCAN_COMPLAINT, "%.120s: the test server serves at most %d ms long", where,
                 SCAN_SERVICE_MAXIMUM);
    else if (s->count == SCAN_CLASSES_MAXIMUM)
        snprintf(complaint, SCAN_COMPLAINT, "%.120s: more than %d scan classes", where, SCAN_CLASSES_MAXIMUM);
    else if (scan_classes_items(s) + c->items > SCAN_ITEMS_MAXIMUM)
        snprintf(complaint, SCAN_COMPLAINT, "%.120s: more than %u items in all classes together", where,
                 (unsigned)SCAN_ITEMS_MAXIMUM);
    else {
        s->list[s->count++] = *c;
        return true;
    }
    return false;
}

/* The part of the text that ends at `end`, which is cut off it. */
struct cut {
    const char *at;
    size_t size;
};

static struct cut cut_behind(struct cut *text, char mark)
{
    const char *found = memchr(text->at, mark, text->size);
    struct cut behind = { NULL, 0 };
    if (found) {
        behind = (struct cut){ found + 1, text->size - (size_t)(found + 1 - text->at) };
        text->size = (size_t)(found - text->at);
    }
    return behind;
}

static bool parse_items(struct cut text, uint32_t *out)
{
    char number[12];
    uint64_t items;
    if (text.size == 0 || text.size >= sizeof(number))
        return false;
    memcpy(number, text.at, text.size);
    number[text.size] = '\0';
    if (!text_parse_u64(number, 0, UINT32_MAX, &items))
        return false;
    *out = (uint32_t)items;
    return true;
}

static bool parse_mode(struct cut text, enum scan_mode *out)
{
    char name[12];
    if (text.size >= sizeof(name))
        return false;
    memcpy(name, text.at, text.size);
    name[text.size] = '\0';
    return scan_mode_find(name, out);
}

static bool parse_class(const char *text, struct scan_class *out)
{
    struct cut period = { text, strlen(text) };
    int64_t service_ns = 0;
    *out = (struct scan_class){ .mode = SCAN_POLLED };
    struct cut service = cut_behind(&period, '+');
    struct cut offset = cut_behind(&period, '@');
    struct cut items = cut_behind(&period, ':');
    struct cut mode = { NULL, 0 };
    if (items.at)
        mode = cut_behind(&items, ':');
    if (!scan_time_parse(period.at, period.size, &out->period_ns) || !items.at || !parse_items(items, &out->items))
        return false;
    if (mode.at && !parse_mode(mode, &out->mode))
        return false;
    if (offset.at && !scan_time_parse(offset.at, offset.size, &out->offset_ns))
        return false;
    if (service.at && !scan_time_parse(service.at, service.size, &service_ns))
        return false;
    out->service_ms = (uint32_t)(service_ns / NS_PER_MS);
    return true;
}

bool scan_classes_add_text(struct scan_classes *s, const char *text, char complaint[SCAN_COMPLAINT])
{
    struct scan_class c;
    if (!parse_class(text, &c)) {
        snprintf(complaint, SCAN_COMPLAINT,
                 "'%.60s' is no scan class; write PERIOD:ITEMS[:polled|advise|sync][@OFFSET], as in 250ms:1000@50ms",
                 text);
        return false;
    }
    char where[80];
    snprintf(where, sizeof(where), "scan class '%.60s'", text);
    return scan_classes_add(s, &c, where, complaint);
}

void scan_class_text(const struct scan_class *c, char out[SCAN_CLASS_TEXT])
{
    char service[24] = "";
    if (c->service_ms)
        snprintf(service, sizeof(service), "+%ums", (unsigned)c->service_ms);
    snprintf(out, SCAN_CLASS_TEXT, "%lldms:%u:%s@%lldms%s", (long long)(c->period_ns / NS_PER_MS), (unsigned)c->items,
             scan_mode_name(c->mode), (long long)(c->offset_ns / NS_PER_MS), service);
}

static int64_t greatest_divisor(int64_t a, int64_t b)
{
    while (b) {
        int64_t rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

int64_t scan_classes_cycle_ns(const struct scan_classes *s)
{
    int64_t cycle_ns = NS_PER_MS;
    for (unsigned i = 0; i < s->count; i++) {
        int64_t period_ns = s->list[i].period_ns;
        int64_t times = period_ns / greatest_divisor(cycle_ns, period_ns);
        if (cycle_ns > CYCLE_MAXIMUM_NS / times)
            return INT64_MAX;
        cycle_ns *= times;
    }
    return cycle_ns;
}

int64_t scan_classes_slowest_ns(const struct scan_classes *s)
{
    int64_t slowest_ns = 0;
    for (unsigned i = 0; i < s->count; i++)
        if (s->list[i].period_ns > slowest_ns)
            slowest_ns = s->list[i].period_ns;
    return slowest_ns;
}
