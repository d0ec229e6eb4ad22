#include "base/event.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/file_internal.h"
#include "base/process.h"
#include "base/text.h"
#include "base/text_internal.h"
#include "base/thread.h"

/* The longest line; an event is a record of what happened, never the data itself. */
#define LINE_BYTES ((size_t)64 << 10)

static struct {
    struct mutex lock;
    FILE *file;    /* LOCK lock */
    char *host;    /* LOCK lock, owned */
    char *process; /* LOCK lock, owned */
} stream = { .lock = MUTEX_INIT };

/* Separators and the like in a host name must not lead out of the folder. */
static void make_file_name(char *name)
{
    for (; *name; name++) {
        if (*name == '/' || *name == '\\' || *name == ':' || (unsigned char)*name < 0x20) {
            *name = '_';
        }
    }
}

static enum err open_stream(const char *folder, const char *process, const char *host)
{
    char *name = text_format("%s-%s-%" PRId64 ".jsonl", host, process, process_id());
    if (!name) {
        return ERR_MEMORY;
    }
    make_file_name(name);
    char *path = text_format("%s/%s", folder, name);
    free(name);
    stream.host = strdup(host);
    stream.process = strdup(process);
    enum err e = ERR_MEMORY;
    if (path && stream.host && stream.process) {
        e = file_open_append(path, &stream.file);
    }
    free(path);
    return e;
}

static void close_stream(void)
{
    if (stream.file) {
        (void)fclose(stream.file);
    }
    free(stream.host);
    free(stream.process);
    stream.file = NULL;
    stream.host = NULL;
    stream.process = NULL;
}

enum err event_open(const char *process, const char *host)
{
    const char *folder = getenv("OPCPROBE_EVENTS");
    if (!folder || !*folder) {
        return ERR_OK;
    }
    enum err e = ERR_OK;
    mutex_lock(&stream.lock);
    if (!stream.file) {
        e = open_stream(folder, process, host);
        if (e) {
            close_stream();
        }
    }
    mutex_unlock(&stream.lock);
    return e;
}

void event_close(void)
{
    mutex_lock(&stream.lock);
    close_stream();
    mutex_unlock(&stream.lock);
}

static void add(struct writer *line, const char *text)
{
    writer_bytes(line, text, strlen(text));
}

/* A JSON string; bytes that are not UTF-8 become U+FFFD, so that every line can be read back. */
static void add_string(struct writer *line, const char *text)
{
    const char *end = text + strlen(text);
    writer_u8(line, '"');
    while (text < end) {
        uint32_t character = utf8_next(&text, end);
        char bytes[8];
        if (character == '"' || character == '\\') {
            (void)snprintf(bytes, sizeof(bytes), "\\%c", (char)character);
            add(line, bytes);
        } else if (character < 0x20) {
            (void)snprintf(bytes, sizeof(bytes), "\\u%04x", (unsigned)character);
            add(line, bytes);
        } else {
            writer_bytes(line, bytes, utf8_put(character == UTF_MALFORMED ? UTF_REPLACEMENT : character, bytes));
        }
    }
    writer_u8(line, '"');
}

static void add_number(struct writer *line, int64_t number)
{
    char text[24];
    (void)snprintf(text, sizeof(text), "%" PRId64, number);
    add(line, text);
}

static void add_key(struct writer *line, const char *key)
{
    writer_u8(line, line->size == 0 ? '{' : ',');
    add_string(line, key);
    writer_u8(line, ':');
}

static void add_text_field(struct writer *line, const char *key, const char *text)
{
    add_key(line, key);
    if (text) {
        add_string(line, text);
    } else {
        add(line, "null");
    }
}

static void add_field(struct writer *line, const struct event_field *field)
{
    char code[16];
    switch (field->kind) {
    case EVENT_TEXT:
        add_text_field(line, field->key, field->text);
        return;
    case EVENT_NUMBER:
        add_key(line, field->key);
        add_number(line, field->number);
        return;
    case EVENT_CODE:
        (void)snprintf(code, sizeof(code), "0x%08" PRIX32, (uint32_t)field->number);
        add_text_field(line, field->key, code);
        return;
    case EVENT_FLAG:
        add_key(line, field->key);
        add(line, field->number ? "true" : "false");
        return;
    }
}

/* The whole line; called under the lock, so that time stamps rise along the file. */
static void build_line(struct writer *line, const char *event, const struct event_field *fields, size_t count)
{
    char wall[25];
    clock_wall_text(wall);
    add_key(line, "t_ns");
    add_number(line, clock_now_ns());
    add_text_field(line, "wall", wall);
    add_text_field(line, "host", stream.host);
    add_text_field(line, "process", stream.process);
    add_key(line, "pid");
    add_number(line, process_id());
    add_text_field(line, "event", event);
    for (size_t i = 0; i < count; i++) {
        add_field(line, &fields[i]);
    }
    add(line, "}\n");
}

void event_write(const char *event, const struct event_field *fields, size_t count)
{
    mutex_lock(&stream.lock);
    if (stream.file) {
        struct writer line;
        writer_init(&line, LINE_BYTES);
        build_line(&line, event, fields, count);
        if (line.failed) {
            /* Too long or out of memory: the event itself is still worth its line. */
            writer_reset(&line);
            build_line(&line, event, NULL, 0);
        }
        if (!line.failed) {
            (void)fwrite(line.data, 1, line.size, stream.file);
            (void)fflush(stream.file);
        }
        writer_cleanup(&line);
    }
    mutex_unlock(&stream.lock);
}
