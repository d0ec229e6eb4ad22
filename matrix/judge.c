#include "matrix/judge.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

static const cJSON *member(const cJSON *object, const char *key)
{
    return cJSON_GetObjectItemCaseSensitive(object, key);
}

static void differ(cJSON *differences, const char *what, const char *expected, const char *actual)
{
    cJSON *entry = cJSON_CreateObject();
    cJSON_AddStringToObject(entry, "what", what);
    cJSON_AddStringToObject(entry, "expected", expected ? expected : "nothing");
    cJSON_AddStringToObject(entry, "actual", actual ? actual : "nothing");
    cJSON_AddItemToArray(differences, entry);
}

static bool same(const char *a, const char *b)
{
    return a && b && utf8_equal_ignoring_case(a, b);
}

static void expect_text(cJSON *differences, const char *what, const char *expected, const char *actual)
{
    if (expected && !same(expected, actual))
        differ(differences, what, expected, actual);
}

/* `expected` is an array of texts, any of which will do; NULL expects nothing. */
static void expect_any(cJSON *differences, const char *what, const cJSON *expected, const char *actual)
{
    char list[256] = "";
    const cJSON *one;
    if (!expected)
        return;
    cJSON_ArrayForEach(one, expected)
    {
        const char *text = cJSON_GetStringValue(one);
        if (same(text, actual))
            return;
        size_t used = strlen(list);
        snprintf(list + used, sizeof(list) - used, "%s%s", used ? " or " : "", text);
    }
    differ(differences, what, list, actual);
}

static const cJSON *find_stage(const cJSON *output, const char *name)
{
    const cJSON *stage;
    cJSON_ArrayForEach(stage, member(output, "stages"))
    {
        if (name && strcmp(json_string(stage, "stage", ""), name) == 0)
            return stage;
    }
    return NULL;
}

void judge_outcome(const cJSON *output, struct outcome *out)
{
    const cJSON *verdict = member(output, "verdict");
    *out = (struct outcome){ .word = json_string(verdict, "outcome", "none") };
    out->stage = json_string(verdict, "stage", NULL);
    out->direction = json_string(verdict, "direction", NULL);
    const cJSON *stage = find_stage(output, out->stage);
    out->code = json_string(stage, "code", NULL);
    out->code_name = json_string(stage, "code_name", NULL);
    out->ntstatus = json_string(stage, "ntstatus", NULL);
    const char *activated_with = json_string(find_stage(output, "activate"), "mechanism", NULL);
    out->mechanism = json_string(member(output, "seen_by_server"), "mechanism", activated_with);
}

static const char *host_name(const struct observation *seen, const char *key)
{
    return seen->host_names[strcmp(key, "beta") == 0];
}

/* "sent" stands for what the peer sees at the cell's level. */
static const char *expected_level(const char *word, enum level level)
{
    return word && strcmp(word, "sent") == 0 ? level_name(level_sent(level)) : word;
}

/* "failed at advise with 0x80070005": all there is to say when not even the outcome is the expected one. */
static void describe_outcome(const struct outcome *outcome, char *out, size_t size)
{
    snprintf(out, size, "%s%s%s%s%s", outcome->word, outcome->stage ? " at " : "", outcome->stage ? outcome->stage : "",
             outcome->code ? " with " : "", outcome->code ? outcome->code : "");
}

/* False when the rest need not be compared, because the connection came to something else altogether. */
static bool judge_verdict(const cJSON *expect, const struct observation *seen, cJSON *differences)
{
    struct outcome outcome;
    judge_outcome(seen->output, &outcome);
    const char *word = json_string(expect, "outcome", ""), *at = json_string(expect, "stage", NULL);
    if (!same(word, outcome.word) || (at && !same(at, outcome.stage))) {
        char wanted[64], actual[128];
        describe_outcome(&(struct outcome){ .word = word, .stage = at }, wanted, sizeof(wanted));
        describe_outcome(&outcome, actual, sizeof(actual));
        differ(differences, "outcome", wanted, actual);
        return false;
    }
    const cJSON *stage = find_stage(seen->output, outcome.stage);
    const char *look_at = json_string(expect, "look_at", NULL);
    expect_text(differences, "direction", json_string(expect, "direction", NULL), outcome.direction);
    expect_any(differences, "code", member(expect, "code"), outcome.code);
    expect_any(differences, "shape of the refusal", member(expect, "wire"),
               json_string(member(stage, "wire"), "shape", NULL));
    if (look_at)
        expect_text(differences, "machine to look at", host_name(seen, look_at),
                    json_string(member(seen->output, "verdict"), "host", NULL));
    return true;
}

static void judge_stages(const cJSON *expect, const struct observation *seen, cJSON *differences)
{
    const cJSON *expected;
    cJSON_ArrayForEach(expected, member(expect, "stages"))
    {
        char what[48];
        snprintf(what, sizeof(what), "stage %s", expected->string);
        expect_text(differences, what, cJSON_GetStringValue(expected),
                    json_string(find_stage(seen->output, expected->string), "status", NULL));
    }
}

/* "at_least" is the other side's minimum: the higher of the two levels travels. */
static const char *expected_caller_level(const cJSON *expected, enum level level)
{
    enum level minimum;
    const char *word = expected_level(json_string(expected, "level", NULL), level);
    if (level_parse(json_string(expected, "level_at_least", ""), &minimum))
        word = level_name(minimum > level_sent(level) ? minimum : level_sent(level));
    return word;
}

/* What a stage must have said, in any order. */
static void judge_stage_says(const cJSON *expect, const struct observation *seen, cJSON *differences)
{
    const cJSON *stage, *text;
    cJSON_ArrayForEach(stage, member(expect, "stage_says"))
    {
        const char *detail = json_string(find_stage(seen->output, stage->string), "detail", "");
        cJSON_ArrayForEach(text, stage)
        {
            char what[48];
            snprintf(what, sizeof(what), "what stage %s says", stage->string);
            if (!strstr(detail, cJSON_GetStringValue(text)))
                differ(differences, what, cJSON_GetStringValue(text), detail);
        }
    }
}

static void judge_seen_by_server(const cJSON *expect, enum level level, const struct observation *seen,
                                 cJSON *differences)
{
    const cJSON *expected = member(expect, "seen_by_server");
    const cJSON *actual = member(seen->output, "seen_by_server");
    expect_text(differences, "account the server saw", json_string(expected, "account", NULL),
                json_string(actual, "account", NULL));
    expect_text(differences, "level the server saw", expected_caller_level(expected, level),
                json_string(actual, "level", NULL));
    expect_text(differences, "mechanism the server saw", json_string(expected, "mechanism", NULL),
                json_string(actual, "mechanism", NULL));
}

static void judge_connections(const cJSON *expect, const struct observation *seen, cJSON *differences)
{
    const cJSON *expected = member(expect, "tcp_connections");
    if (!expected)
        return;
    char wanted[24], counted[24];
    double by_client = json_number(member(seen->output, "counts"), "tcp_connections", -1);
    snprintf(wanted, sizeof(wanted), "%d", expected->valueint);
    snprintf(counted, sizeof(counted), "%.0f", by_client);
    if ((int)by_client != expected->valueint)
        differ(differences, "TCP connections the client counted", wanted, by_client < 0 ? NULL : counted);
    snprintf(counted, sizeof(counted), "%lld", (long long)seen->tcp_opened);
    if (seen->tcp_opened >= 0 && seen->tcp_opened != expected->valueint)
        differ(differences, "TCP connections the kernel counted", wanted, counted);
}

/* Compares the members that the expectation has; "host" stands for the name the host goes by. */
static bool event_matches(const cJSON *expected, enum level level, const struct observation *seen, const cJSON *event)
{
    const cJSON *item;
    cJSON_ArrayForEach(item, expected)
    {
        const char *wanted = cJSON_GetStringValue(item);
        if (cJSON_IsNumber(item)) {
            if (json_number(event, item->string, item->valuedouble + 1) != item->valuedouble)
                return false;
            continue;
        }
        if (strcmp(item->string, "host") == 0)
            wanted = host_name(seen, wanted);
        else if (strcmp(item->string, "level") == 0)
            wanted = expected_level(wanted, level);
        if (!same(wanted, json_string(event, item->string, NULL)))
            return false;
    }
    return true;
}

static const cJSON *find_event(const cJSON *expected, enum level level, const struct observation *seen)
{
    const cJSON *event;
    cJSON_ArrayForEach(event, seen->events)
    {
        if (event_matches(expected, level, seen, event))
            return event;
    }
    return NULL;
}

bool judge_has_event(const cJSON *expected, enum level level, const struct observation *seen)
{
    return find_event(expected, level, seen) != NULL;
}

/* Of the events of that kind, what the first differing member held: the usual question afterwards. */
static void describe_events(const cJSON *expected, const struct observation *seen, char *out, size_t size)
{
    const cJSON *event;
    size_t used = 0;
    out[0] = '\0';
    cJSON_ArrayForEach(event, seen->events)
    {
        if (!same(json_string(expected, "event", NULL), json_string(event, "event", NULL)) ||
            !same(host_name(seen, json_string(expected, "host", "")), json_string(event, "host", NULL)))
            continue;
        char *text = cJSON_PrintUnformatted(event);
        if (text && used < size)
            used += (size_t)snprintf(out + used, size - used, "%s%s", used ? " " : "", text);
        free(text);
    }
}

static void judge_events(const cJSON *expect, enum level level, const struct observation *seen, cJSON *differences)
{
    const cJSON *expected;
    cJSON_ArrayForEach(expected, member(expect, "events"))
    {
        if (find_event(expected, level, seen))
            continue;
        char actual[1024];
        char *wanted = cJSON_PrintUnformatted(expected);
        describe_events(expected, seen, actual, sizeof(actual));
        differ(differences, "event", wanted, actual[0] ? actual : NULL);
        free(wanted);
    }
    cJSON_ArrayForEach(expected, member(expect, "no_events"))
    {
        const cJSON *event = find_event(expected, level, seen);
        char *text = event ? cJSON_PrintUnformatted(event) : NULL;
        if (event)
            differ(differences, "an event that must not be", NULL, text);
        free(text);
    }
}

/* Whether a text anywhere below the node holds the phrase. */
static bool holds_phrase(const cJSON *node, const char *phrase)
{
    if (cJSON_IsString(node))
        return strstr(cJSON_GetStringValue(node), phrase) != NULL;
    const cJSON *child;
    cJSON_ArrayForEach(child, node)
    {
        if (holds_phrase(child, phrase))
            return true;
    }
    return false;
}

/* The advice is prose; the names of settings and the numbers of events in it are not. */
static void judge_advice(const cJSON *expect, const struct observation *seen, cJSON *differences)
{
    const cJSON *phrase;
    cJSON_ArrayForEach(phrase, member(expect, "says"))
    {
        if (!holds_phrase(member(seen->output, "verdict"), cJSON_GetStringValue(phrase)))
            differ(differences, "words of the verdict", cJSON_GetStringValue(phrase), NULL);
    }
}

/* `bench` prints no verdict: its figures are the proof that it connected. */
static void judge_bench(const cJSON *expect, const struct observation *seen, cJSON *differences)
{
    int figures = cJSON_GetArraySize(member(seen->output, "latency"));
    const cJSON *level;
    cJSON_ArrayForEach(level, member(seen->output, "scan_levels"))
    {
        figures += cJSON_GetArraySize(member(level, "classes"));
    }
    expect_text(differences, "outcome", json_string(expect, "outcome", NULL), figures > 0 ? "connected" : "failed");
}

bool judge_step(const cJSON *expect, enum level level, const struct observation *seen, cJSON *differences,
                bool *harness)
{
    int before = cJSON_GetArraySize(differences);
    bool bench = strcmp(json_string(seen->output, "command", ""), "bench") == 0;
    char exit_text[24];
    snprintf(exit_text, sizeof(exit_text), "%d", seen->exit_code);
    *harness = seen->timed_out || !seen->output || (seen->exit_code != 0 && seen->exit_code != 1);
    if (seen->timed_out) {
        differ(differences, "end of the program", "before its deadline", "still running, ended by force");
    } else if (*harness) {
        differ(differences, "the program's answer", "a result and exit status 0 or 1",
               seen->output ? exit_text : "no result");
    } else if (bench) {
        judge_bench(expect, seen, differences);
    } else if (judge_verdict(expect, seen, differences)) {
        bool connected = strcmp(json_string(expect, "outcome", ""), "connected") == 0;
        expect_text(differences, "exit status", connected ? "0" : "1", exit_text);
        judge_stages(expect, seen, differences);
        judge_stage_says(expect, seen, differences);
        judge_seen_by_server(expect, level, seen, differences);
        judge_connections(expect, seen, differences);
        judge_advice(expect, seen, differences);
        judge_events(expect, level, seen, differences);
    }
    return cJSON_GetArraySize(differences) == before;
}
