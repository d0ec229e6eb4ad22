#include "probe-client/activity.h"

#include <cjson/cJSON.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/process.h"
#include "base/text.h"

enum err activity_open(struct activity *a, const char *folder)
{
    memset(a, 0, sizeof(*a));
    snprintf(a->run, sizeof(a->run), "%lld-%lld", (long long)process_id(), (long long)clock_now_ns());
    if (!folder)
        return ERR_OK;
    char *path = text_format("%s/activity.jsonl", folder);
    if (!path)
        return ERR_MEMORY;
    a->file = fopen(path, "a");
    free(path);
    return a->file ? ERR_OK : ERR_IO;
}

/* A line with the fields that all lines share; NULL when nothing is written or memory is short. */
static cJSON *line_create(const struct activity *a, const char *event)
{
    if (!a->file)
        return NULL;
    char wall[25];
    clock_wall_text(wall);
    cJSON *line = cJSON_CreateObject();
    cJSON_AddStringToObject(line, "wall", wall);
    cJSON_AddStringToObject(line, "run", a->run);
    cJSON_AddStringToObject(line, "event", event);
    return line;
}

static void line_write(struct activity *a, cJSON *line)
{
    char *text = line ? cJSON_PrintUnformatted(line) : NULL;
    cJSON_Delete(line);
    if (!text)
        return;
    fprintf(a->file, "%s\n", text);
    fflush(a->file);
    cJSON_free(text);
}

void activity_begin(struct activity *a, const char *command, const char *account, const char *from, const char *to,
                    const char *clsid)
{
    cJSON *line = line_create(a, "begin");
    cJSON_AddStringToObject(line, "program", "probe-client " OPCPROBE_VERSION);
    cJSON_AddStringToObject(line, "command", command);
    cJSON_AddStringToObject(line, "account", account);
    cJSON_AddStringToObject(line, "from", from);
    cJSON_AddStringToObject(line, "to", to);
    cJSON_AddStringToObject(line, "clsid", clsid);
    line_write(a, line);
}

void activity_calls(struct activity *a, const char *name, uint64_t count)
{
    size_t i = 0;
    while (i < a->kinds && strcmp(a->calls[i].name, name) != 0)
        i++;
    if (i == ACTIVITY_KINDS)
        return; /* there are fewer kinds of calls in this program than places */
    if (i == a->kinds) {
        a->calls[i].name = name;
        a->kinds++;
    }
    a->calls[i].count += count;
}

void activity_call(struct activity *a, const char *name)
{
    activity_calls(a, name, 1);
}

void activity_items(struct activity *a, const char *const *items, size_t count)
{
    cJSON *line = line_create(a, "items");
    cJSON *array = cJSON_AddArrayToObject(line, "items");
    for (size_t i = 0; array && i < count; i++)
        cJSON_AddItemToArray(array, cJSON_CreateString(items[i]));
    line_write(a, line);
}

void activity_end(struct activity *a, int exit_code)
{
    cJSON *line = line_create(a, "end");
    cJSON *calls = cJSON_AddObjectToObject(line, "calls");
    for (size_t i = 0; calls && i < a->kinds; i++)
        cJSON_AddNumberToObject(calls, a->calls[i].name, (double)a->calls[i].count);
    cJSON_AddArrayToObject(line, "writes"); /* always empty: no command of this program writes */
    cJSON_AddNumberToObject(line, "exit", exit_code);
    line_write(a, line);
    if (a->file)
        fclose(a->file);
    a->file = NULL;
}
