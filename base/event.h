/* The event stream: what a process did, as JSON Lines with monotonic time stamps.
 *
 * Every process of the product writes its events to one file in the folder named
 * by the environment variable OPCPROBE_EVENTS, "<host>-<process>-<pid>.jsonl"; without the
 * variable nothing is written. One line is one event:
 *   {"t_ns":123,"wall":"2026-11-20T18:48:03.123Z","host":"BETA","process":"probe-scm","pid":7,"event":"logon",...}
 * Reports are rendered from these streams; stable names matter more than prose.
 * Lines are written whole, from any thread. */
#ifndef BASE_EVENT_H
#define BASE_EVENT_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct event_field {
    const char *key;
    enum {
        EVENT_TEXT,
        EVENT_NUMBER,
        EVENT_CODE,
        EVENT_FLAG
    } kind;
    const char *text;
    int64_t number;
};

#define EV_TEXT(k, v)   ((struct event_field){ (k), EVENT_TEXT, (v), 0 }) /* NULL is written as null */
#define EV_NUMBER(k, v) ((struct event_field){ (k), EVENT_NUMBER, NULL, (int64_t)(v) })
#define EV_CODE(k, v)   ((struct event_field){ (k), EVENT_CODE, NULL, (int64_t)(uint32_t)(v) }) /* "0x80070005" */
#define EV_FLAG(k, v)   ((struct event_field){ (k), EVENT_FLAG, NULL, !!(v) })

/* Opens the stream of this process; a second call is ignored. `host` is copied. */
MUST_USE enum err event_open(const char *process, const char *host);
void event_close(void);
void event_write(const char *event, const struct event_field *fields, size_t count);
#define event(name, ...)                                                                                               \
    event_write((name), (const struct event_field[]){ __VA_ARGS__ },                                                   \
                sizeof((const struct event_field[]){ __VA_ARGS__ }) / sizeof(struct event_field))

#endif
