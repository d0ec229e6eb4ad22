#include "matrix/scenario_check.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "matrix/registry_settings.h"

/* Where in the document a check stands, and the first complaint it finds. */
struct check {
    const struct scenario *scenario;
    char *complaint;
};

__attribute__((format(printf, 3, 4))) static enum err complain(const struct check *c, const char *pointer,
                                                               const char *format, ...)
{
    char text[JSON_COMPLAINT - 128];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    snprintf(c->complaint, JSON_COMPLAINT, "%.100s:%d: %s", c->scenario->document.path,
             json_line(&c->scenario->document, pointer), text);
    return ERR_PROTOCOL;
}

static const cJSON *member(const cJSON *object, const char *key)
{
    return cJSON_GetObjectItemCaseSensitive(object, key);
}

static bool name_matches_file(const struct scenario *s)
{
    const char *slash = strrchr(s->document.path, '/');
    const char *file = slash ? slash + 1 : s->document.path;
    size_t length = strlen(s->name);
    return strncmp(file, s->name, length) == 0 && strcmp(file + length, ".json") == 0;
}

static enum err check_one_level(const struct check *c)
{
    const struct scenario *s = c->scenario;
    unsigned wire = 0, unsupported = 0;
    for (int i = 0; i < LEVEL_COUNT; i++) {
        wire += level_is_wire((enum level)i) && s->levels[i];
        unsupported += s->unsupported[i] != NULL;
    }
    if (wire != 1 || unsupported > 0)
        return complain(c, "/one_level", "\"one_level\" stands beside one level on the wire and no \"unsupported\"");
    return ERR_OK;
}

/* Every level on the wire is a cell or says why it is none, so that nothing is left out silently. */
static enum err check_levels(const struct check *c)
{
    const struct scenario *s = c->scenario;
    bool wire = false;
    if (s->one_level)
        return check_one_level(c);
    for (int i = 0; i < LEVEL_COUNT; i++) {
        if (s->levels[i] && s->unsupported[i])
            return complain(c, "/unsupported", "level \"%s\" is in levels and in unsupported",
                            level_name((enum level)i));
        wire |= level_is_wire((enum level)i) && s->levels[i];
    }
    for (int i = 0; wire && i < LEVEL_COUNT; i++) {
        if (level_is_wire((enum level)i) && !s->levels[i] && !s->unsupported[i])
            return complain(c, "/levels", "level \"%s\" is missing: add it, or its reason to unsupported or one_level",
                            level_name((enum level)i));
    }
    return ERR_OK;
}

/* From the start or by one of the steps. */
static bool has_account(const struct scenario *s, const char *host, const char *name)
{
    const cJSON *account, *step;
    cJSON_ArrayForEach(account, member(scenario_host(s, host), "accounts"))
    {
        if (utf8_equal_ignoring_case(json_string(account, "name", ""), name))
            return true;
    }
    cJSON_ArrayForEach(step, scenario_steps(s))
    {
        if (strcmp(json_string(step, "do", ""), "set-account") == 0 && strcmp(json_string(step, "on", ""), host) == 0 &&
            utf8_equal_ignoring_case(json_string(step, "account", ""), name))
            return true;
    }
    return false;
}

/* Besides accounts of the host an identity may be one without a password, or one with its domain. */
static enum err check_identity(const struct check *c, const char *host, const cJSON *server, const char *pointer)
{
    static const char *const keys[] = { "run_as", "service_account" };
    static const char *const others[] = { "Interactive User", "LocalSystem" };
    for (size_t i = 0; i < 2; i++) {
        const char *name = json_string(server, keys[i], NULL);
        char where[160];
        snprintf(where, sizeof(where), "%s/%s", pointer, keys[i]);
        if (name && !strchr(name, '\\') && !utf8_equal_ignoring_case(name, others[i]) &&
            !has_account(c->scenario, host, name))
            return complain(c, where, "%s has no account \"%s\"", host, name);
    }
    return ERR_OK;
}

static enum err check_registry(const struct check *c, const cJSON *registry, const char *pointer)
{
    char phrase[256], below[96], where[256];
    if (registry_settings_check(registry, phrase, sizeof(phrase), below, sizeof(below)))
        return ERR_OK;
    snprintf(where, sizeof(where), "%s/%s", pointer, below);
    return complain(c, where, "%s", phrase);
}

static enum err check_hosts(const struct check *c)
{
    static const char *const keys[] = { "alpha", "beta" };
    enum err e = ERR_OK;
    for (size_t i = 0; i < 2 && !e; i++) {
        const cJSON *host = scenario_host(c->scenario, keys[i]);
        char pointer[64];
        snprintf(pointer, sizeof(pointer), "/hosts/%s/server", keys[i]);
        e = check_identity(c, keys[i], member(host, "server"), pointer);
        snprintf(pointer, sizeof(pointer), "/hosts/%s/registry", keys[i]);
        if (!e)
            e = check_registry(c, member(host, "registry"), pointer);
    }
    return e;
}

/* Which members an action takes; a schema without conditions cannot say so. */
struct action {
    const char *name;
    const char *const required[5];
    const char *const allowed[12];
};

static const struct action actions[] = {
    { "check",
      { "on", "as", "target", "expect" },
      { "on", "as", "target", "target_form", "credentials", "anonymous", "arguments", "timeout_s", "meanwhile",
        "expect" } },
    { "bench",
      { "on", "as", "target", "expect" },
      { "on", "as", "target", "target_form", "credentials", "arguments", "plot", "timeout_s", "expect" } },
    { "set-account",
      { "on", "account", "password" },
      { "on", "account", "password", "groups", "disabled", "locked", "expired", "password_expired", "must_change" } },
    { "set-registry", { "on", "registry" }, { "on", "registry", "restart" } },
    { "register-server", { "on", "server" }, { "on", "server", "restart" } },
    { "set-console", { "on" }, { "on", "account" } },
    { "restart-host", { "on" }, { "on" } },
    { "set-faults", { "faults" }, { "faults" } },
    { "set-nat", { "nat" }, { "nat" } },
    { "set-names", { "on", "names" }, { "on", "names" } },
    { "set-rpcss", { "on", "rpcss" }, { "on", "rpcss" } },
    { "set-bindings", { "on", "bindings" }, { "on", "bindings", "restart" } },
};

static const struct action *find_action(const char *name)
{
    for (size_t i = 0; i < sizeof(actions) / sizeof(actions[0]); i++) {
        if (strcmp(actions[i].name, name) == 0)
            return &actions[i];
    }
    return NULL;
}

static bool listed(const char *const *list, const char *word)
{
    for (; *list; list++) {
        if (strcmp(*list, word) == 0)
            return true;
    }
    return false;
}

/* `every` names the members that do not belong to an action. */
static enum err check_action(const struct check *c, const cJSON *step, const char *const *every, const char *pointer)
{
    const struct action *action = find_action(json_string(step, "do", ""));
    if (!action)
        return complain(c, pointer, "unknown action");
    for (const char *const *key = action->required; *key; key++) {
        if (!member(step, *key))
            return complain(c, pointer, "a \"%s\" step needs \"%s\"", action->name, *key);
    }
    const cJSON *item;
    cJSON_ArrayForEach(item, step)
    {
        char where[160];
        snprintf(where, sizeof(where), "%s/%s", pointer, item->string);
        if (!listed(every, item->string) && !listed(action->allowed, item->string))
            return complain(c, where, "a \"%s\" step has no \"%s\"", action->name, item->string);
    }
    return ERR_OK;
}

static bool is_code(const char *text)
{
    uint8_t bytes[4];
    return text && strncmp(text, "0x", 2) == 0 && hex_parse(text + 2, bytes, sizeof(bytes));
}

static enum err check_codes(const struct check *c, const cJSON *list, const char *pointer)
{
    const cJSON *code;
    cJSON_ArrayForEach(code, list)
    {
        if (!is_code(cJSON_GetStringValue(code)))
            return complain(c, pointer, "\"%s\" is not a code such as 0x80070005", cJSON_GetStringValue(code));
    }
    return ERR_OK;
}

static enum err check_event(const struct check *c, const cJSON *event, const char *pointer)
{
    static const char *const codes[] = { "ntstatus", "hresult" };
    for (size_t i = 0; i < 2; i++) {
        const char *text = json_string(event, codes[i], NULL);
        if (text && !is_code(text))
            return complain(c, pointer, "\"%s\" is not a code such as 0xC000006A", text);
    }
    return ERR_OK;
}

static enum err check_expect(const struct check *c, const cJSON *expect, const char *step_pointer)
{
    static const char *const of_failure[] = { "stage", "direction", "look_at", "code", "wire" };
    char pointer[160];
    bool failed = strcmp(json_string(expect, "outcome", ""), "failed") == 0;
    snprintf(pointer, sizeof(pointer), "%s/expect", step_pointer);
    if (failed && !member(expect, "stage"))
        return complain(c, pointer, "an expected failure needs its \"stage\"");
    for (size_t i = 0; !failed && i < sizeof(of_failure) / sizeof(of_failure[0]); i++) {
        if (member(expect, of_failure[i]))
            return complain(c, pointer, "\"%s\" belongs to an expected failure", of_failure[i]);
    }
    snprintf(pointer, sizeof(pointer), "%s/expect/code", step_pointer);
    enum err e = check_codes(c, member(expect, "code"), pointer);
    int number = 0;
    const cJSON *event;
    cJSON_ArrayForEach(event, member(expect, "events"))
    {
        snprintf(pointer, sizeof(pointer), "%s/expect/events/%d", step_pointer, number++);
        if (!e)
            e = check_event(c, event, pointer);
    }
    return e;
}

static enum err check_step_levels(const struct check *c, const cJSON *step, const char *step_pointer)
{
    const cJSON *word;
    cJSON_ArrayForEach(word, member(step, "levels"))
    {
        char pointer[96];
        enum level level;
        snprintf(pointer, sizeof(pointer), "%s/levels", step_pointer);
        if (level_parse(cJSON_GetStringValue(word), &level) && !c->scenario->levels[level])
            return complain(c, pointer, "the scenario has no level \"%s\"", level_name(level));
    }
    return ERR_OK;
}

static enum err check_step_accounts(const struct check *c, const cJSON *step, const char *step_pointer)
{
    static const char *const keys[] = { "as", "account" };
    const char *host = json_string(step, "on", "alpha");
    for (size_t i = 0; i < 2; i++) {
        const char *name = json_string(step, keys[i], NULL);
        char pointer[96];
        snprintf(pointer, sizeof(pointer), "%s/%s", step_pointer, keys[i]);
        if (name && !has_account(c->scenario, host, name))
            return complain(c, pointer, "%s has no account \"%s\"", host, name);
    }
    return ERR_OK;
}

static enum err check_step_settings(const struct check *c, const cJSON *step, const char *step_pointer)
{
    char pointer[96];
    snprintf(pointer, sizeof(pointer), "%s/registry", step_pointer);
    enum err e = check_registry(c, member(step, "registry"), pointer);
    snprintf(pointer, sizeof(pointer), "%s/server", step_pointer);
    return e ? e : check_identity(c, json_string(step, "on", "alpha"), member(step, "server"), pointer);
}

static enum err check_meanwhile(const struct check *c, const cJSON *step, const char *step_pointer)
{
    static const char *const every[] = { "after", "do", NULL };
    const cJSON *change;
    enum err e = ERR_OK;
    int number = 0;
    cJSON_ArrayForEach(change, member(step, "meanwhile"))
    {
        char pointer[96];
        snprintf(pointer, sizeof(pointer), "%s/meanwhile/%d", step_pointer, number++);
        if (!e)
            e = check_action(c, change, every, pointer);
    }
    return e;
}

static enum err check_step(const struct check *c, const cJSON *step, const char *pointer)
{
    static const char *const every[] = { "title", "do", "levels", NULL };
    enum err e = check_action(c, step, every, pointer);
    if (!e)
        e = check_step_settings(c, step, pointer);
    if (!e)
        e = check_step_levels(c, step, pointer);
    if (!e)
        e = check_step_accounts(c, step, pointer);
    if (!e)
        e = check_meanwhile(c, step, pointer);
    if (!e && member(step, "expect"))
        e = check_expect(c, member(step, "expect"), pointer);
    return e;
}

/* A cell that checks nothing would always be as expected. */
static enum err check_something_is_checked(const struct check *c)
{
    for (int i = 0; i < LEVEL_COUNT; i++) {
        bool checked = !c->scenario->levels[i];
        const cJSON *step;
        cJSON_ArrayForEach(step, scenario_steps(c->scenario))
        {
            checked |= member(step, "expect") && scenario_step_applies(step, (enum level)i);
        }
        if (!checked)
            return complain(c, "/steps", "no step with \"expect\" at level \"%s\"", level_name((enum level)i));
    }
    return ERR_OK;
}

/* Whether the cell is left as it failed, without a change and a check that passes behind it. */
static bool ends_with_failure(const struct scenario *s, enum level level)
{
    bool failed = false;
    const cJSON *step;
    cJSON_ArrayForEach(step, scenario_steps(s))
    {
        const cJSON *expect = member(step, "expect");
        if (expect && scenario_step_applies(step, level))
            failed = strcmp(json_string(expect, "outcome", ""), "failed") == 0;
    }
    return failed;
}

/* What fails has a cure that was tried, or says why it has none. */
static enum err check_cure(const struct check *c)
{
    const struct scenario *s = c->scenario;
    int failing = LEVEL_COUNT;
    for (int i = 0; i < LEVEL_COUNT && failing == LEVEL_COUNT; i++) {
        if (s->levels[i] && ends_with_failure(s, (enum level)i))
            failing = i;
    }
    if (failing < LEVEL_COUNT && !s->no_cure)
        return complain(c, "/steps",
                        "ends with a failure at level \"%s\": add the change that mends it and a check that passes, or "
                        "\"no_cure\" with the reason",
                        level_name((enum level)failing));
    if (failing == LEVEL_COUNT && s->no_cure)
        return complain(c, "/no_cure", "nothing is left failing that \"no_cure\" could speak of");
    return ERR_OK;
}

enum err scenario_check(const struct scenario *s, char complaint[JSON_COMPLAINT])
{
    const struct check c = { s, complaint };
    if (!name_matches_file(s))
        return complain(&c, "/name", "the name \"%.60s\" is not the file's", s->name);
    enum err e = check_levels(&c);
    if (!e)
        e = check_hosts(&c);
    int number = 0;
    const cJSON *step;
    cJSON_ArrayForEach(step, scenario_steps(s))
    {
        char pointer[64];
        snprintf(pointer, sizeof(pointer), "/steps/%d", number++);
        if (!e)
            e = check_step(&c, step, pointer);
    }
    if (!e)
        e = check_something_is_checked(&c);
    return e ? e : check_cure(&c);
}
