/* Scan classes as their users write them: so many items, so often, with an offset.
 *
 * PERIOD:ITEMS[:polled|advise|sync][@OFFSET][+SERVICE], as in 250ms:1000:polled@50ms. Times are a number with ms, s, m
 * or h, or plain seconds (0.25), or HH:MM:SS.mmm where nothing else follows them. Pure; no allocation. */
#ifndef PROBE_CLIENT_SCAN_CLASS_H
#define PROBE_CLIENT_SCAN_CLASS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SCAN_CLASSES_MAXIMUM   32
#define SCAN_ITEMS_MAXIMUM     UINT32_C(1000000) /* of all classes together: what the test server can hold */
#define SCAN_PERIOD_MINIMUM_MS 10                /* below it a class measures the scheduler of the system */
#define SCAN_PERIOD_MAXIMUM_MS (INT64_C(24) * 3600 * 1000)
#define SCAN_SERVICE_MAXIMUM   2047 /* ms: what the test server's items of service time add up to */
#define SCAN_ADVISE_ITEMS      800  /* items of an advise group unless told otherwise */
#define SCAN_COMPLAINT         256
#define SCAN_CLASS_TEXT        96

enum scan_mode {
    SCAN_POLLED, /* IOPCAsyncIO2::Refresh2 from cache, done when the last OnDataChange has returned */
    SCAN_ADVISE, /* OnDataChange by itself */
    SCAN_SYNC    /* IOPCSyncIO::Read from cache */
};

struct scan_class {
    int64_t period_ns;
    int64_t offset_ns; /* less than the period */
    uint32_t items;
    enum scan_mode mode;
    uint32_t service_ms; /* that the test server takes for each scan; 0 outside of a calibration */
};

/* Classes that run together. */
struct scan_classes {
    struct scan_class list[SCAN_CLASSES_MAXIMUM];
    unsigned count;
    uint32_t advise_items; /* of one advise group at most */
};

void scan_classes_init(struct scan_classes *s);
/* Adds a class from its text. False with one line that says what is wrong. */
bool scan_classes_add_text(struct scan_classes *s, const char *text, char complaint[SCAN_COMPLAINT]);
/* Adds a class after checking it; `where` stands in front of the complaint. */
bool scan_classes_add(struct scan_classes *s, const struct scan_class *c, const char *where,
                      char complaint[SCAN_COMPLAINT]);
/* As it is given to scan_classes_add_text; a text that is parsed gives the same class. */
void scan_class_text(const struct scan_class *c, char out[SCAN_CLASS_TEXT]);
const char *scan_mode_name(enum scan_mode mode);
bool scan_mode_find(const char *name, enum scan_mode *out);
/* A time of `size` characters to whole milliseconds' worth of ns: 250ms, 0.25, 1.5s, 2m, 1h, 00:00:05, 01:30.5. */
bool scan_time_parse(const char *text, size_t size, int64_t *out_ns);
/* "250 ms", "5 s", "1 min 30 s", "30 min", "2 h" for people. */
#define SCAN_TIME_TEXT 32
void scan_time_text(int64_t ns, char out[SCAN_TIME_TEXT]);
/* How often all classes meet as they did at the start: the least common multiple of the periods; INT64_MAX when that
 * is beyond a year. */
int64_t scan_classes_cycle_ns(const struct scan_classes *s);
uint32_t scan_classes_items(const struct scan_classes *s);
/* The slowest class's period; 0 without classes. */
int64_t scan_classes_slowest_ns(const struct scan_classes *s);

#endif
