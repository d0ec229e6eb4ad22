#include "matrix/events.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

#define EVENT_LINE     16384
#define EVENTS_MAXIMUM 20000

static void read_stream(const char *path, int64_t since_ns, cJSON *events, int *left)
{
    FILE *file = fopen(path, "r");
    char *line = file ? malloc(EVENT_LINE) : NULL;
    while (line && *left > 0 && fgets(line, EVENT_LINE, file)) {
        cJSON *event = cJSON_Parse(line);
        if (event && json_number(event, "t_ns", -1) >= (double)since_ns) {
            cJSON_AddItemToArray(events, event);
            (*left)--;
        } else {
            cJSON_Delete(event);
        }
    }
    free(line);
    if (file)
        fclose(file);
}

static int is_stream(const struct dirent *entry)
{
    size_t length = strlen(entry->d_name);
    return length > 6 && strcmp(entry->d_name + length - 6, ".jsonl") == 0;
}

cJSON *events_read(const char *folder, int64_t since_ns)
{
    struct dirent **names = NULL;
    int left = EVENTS_MAXIMUM;
    cJSON *events = cJSON_CreateArray();
    int count = scandir(folder, &names, is_stream, alphasort);
    for (int i = 0; i < count; i++) {
        char *path = text_format("%s/%s", folder, names[i]->d_name);
        if (path && events)
            read_stream(path, since_ns, events, &left);
        free(path);
        free(names[i]);
    }
    free(names);
    return events;
}

cJSON *events_callback_caller(const cJSON *events, const char *host_name)
{
    static const char *const keys[] = { "account", "level", "mechanism" };
    const cJSON *event, *found = NULL;
    cJSON_ArrayForEach(event, events)
    {
        if (strcmp(json_string(event, "event", ""), "incoming_auth") == 0 &&
            strcmp(json_string(event, "process", ""), "probe-client") == 0 &&
            strcmp(json_string(event, "host", ""), host_name) == 0 &&
            strcmp(json_string(event, "ntstatus", ""), "0x00000000") == 0)
            found = event;
    }
    cJSON *caller = found ? cJSON_CreateObject() : NULL;
    for (size_t i = 0; caller && i < sizeof(keys) / sizeof(keys[0]); i++) {
        const char *text = json_string(found, keys[i], NULL);
        cJSON_AddItemToObject(caller, keys[i], text ? cJSON_CreateString(text) : cJSON_CreateNull());
    }
    return caller;
}

const char *events_refused_logon(const cJSON *events)
{
    const char *found = NULL;
    const cJSON *event;
    cJSON_ArrayForEach(event, events)
    {
        const char *status = json_string(event, "ntstatus", NULL);
        if (status && strcmp(json_string(event, "event", ""), "logon") == 0 && strcmp(status, "0x00000000") != 0)
            found = status;
    }
    return found;
}
