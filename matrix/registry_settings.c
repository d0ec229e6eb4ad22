#include "matrix/registry_settings.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

/* The test server's class as it registers itself (/RegServer of probe-server). */
#define SERVER_CLASS         "{6F0B7E4C-2D0F-4C5B-9C2B-0A6C1E5D7A10}"
#define SERVER_PROGID        "opcprobe.TestServer.1"
#define SERVER_PROGID_LATEST "opcprobe.TestServer"

/* OPCEnum as it registers itself (/RegServer of opcprobe-opcenum). */
#define OPCENUM_CLASS     "{13486D51-4821-11D2-A494-3CB306C10000}"
#define OPCENUM_APPID     "{13486D44-4821-11D2-A494-3CB306C10000}"
#define OPCENUM_PROGID    "OPC.ServerList.1"
#define OPCENUM_KEY       "HKCR\\CLSID\\" OPCENUM_CLASS
#define OPCENUM_APPID_KEY "HKCR\\AppID\\" OPCENUM_APPID

#define CLASS_KEY    "HKCR\\CLSID\\" SERVER_CLASS
#define APPID_KEY    "HKCR\\AppID\\" SERVER_CLASS
#define SERVICE_NAME "opcprobe-server"
#define SERVICE_KEY  "HKLM\\SYSTEM\\CurrentControlSet\\Services\\" SERVICE_NAME
#define OLE_KEY      "HKLM\\SOFTWARE\\Microsoft\\Ole"
#define LSA_KEY      "HKLM\\SYSTEM\\CurrentControlSet\\Control\\Lsa"

enum kind {
    LAUNCH_LIST,
    ACCESS_LIST,
    LEVEL_NUMBER,
    YES_NO,
    ONE_ZERO,
    TEXT,
    PORT,
};

static const struct member {
    const char *name;
    const char *value; /* key and name */
    enum kind kind;
} members[] = {
    { "launch_limits", OLE_KEY "\\MachineLaunchRestriction", LAUNCH_LIST },
    { "access_limits", OLE_KEY "\\MachineAccessRestriction", ACCESS_LIST },
    { "default_launch", OLE_KEY "\\DefaultLaunchPermission", LAUNCH_LIST },
    { "default_access", OLE_KEY "\\DefaultAccessPermission", ACCESS_LIST },
    { "application_launch", APPID_KEY "\\LaunchPermission", LAUNCH_LIST },
    { "application_access", APPID_KEY "\\AccessPermission", ACCESS_LIST },
    { "opcenum_launch", OPCENUM_APPID_KEY "\\LaunchPermission", LAUNCH_LIST },
    { "opcenum_access", OPCENUM_APPID_KEY "\\AccessPermission", ACCESS_LIST },
    { "default_level", OLE_KEY "\\LegacyAuthenticationLevel", LEVEL_NUMBER },
    { "application_level", APPID_KEY "\\AuthenticationLevel", LEVEL_NUMBER },
    { "server_port", APPID_KEY "\\Endpoints", PORT },
    { "opcenum_port", OPCENUM_APPID_KEY "\\Endpoints", PORT },
    { "run_as", APPID_KEY "\\RunAs", TEXT },
    { "enable_dcom", OLE_KEY "\\EnableDCOM", YES_NO },
    { "force_guest", LSA_KEY "\\ForceGuest", ONE_ZERO },
    { "everyone_includes_anonymous", LSA_KEY "\\EveryoneIncludesAnonymous", ONE_ZERO },
};

/* The rights as dcomcnfg has them: local and remote launch, activation and access (calls), each with its two letters
 * in SDDL. Execute (CC) stands beside all of them ([MS-COMA] 2.2.2.21). */
static const struct right {
    const char *name, *letters;
    enum kind list;
} rights[] = {
    { "LL", "DC", LAUNCH_LIST }, { "RL", "LC", LAUNCH_LIST }, { "LA", "SW", LAUNCH_LIST },
    { "RA", "RP", LAUNCH_LIST }, { "LC", "DC", ACCESS_LIST }, { "RC", "LC", ACCESS_LIST },
};

#define EVERY_LAUNCH "LL RL LA RA"
#define EVERY_ACCESS "LC RC"

/* What a list belongs to: it is written where that is registered. */
enum subject {
    OF_MACHINE,
    OF_SERVER,
    OF_OPCENUM,
};

/* A plant's lists. OPCEnum lets everyone in, as it registers itself (OPC Common 1.10, 5). The access limits are
 * Windows' own: everyone may call, ANONYMOUS LOGON from the same machine only.
 */
static const struct grant {
    const char *list, *who, *rights;
    enum subject subject;
    bool for_anonymous;
} plant[] = {
    { "launch_limits", "Administrators", EVERY_LAUNCH, OF_MACHINE, false },
    { "launch_limits", "OPC Users", EVERY_LAUNCH, OF_MACHINE, false },
    { "launch_limits", "Everyone", "LL LA", OF_MACHINE, false },
    { "launch_limits", "ANONYMOUS LOGON", EVERY_LAUNCH, OF_MACHINE, true },
    { "access_limits", "Everyone", EVERY_ACCESS, OF_MACHINE, false },
    { "access_limits", "ANONYMOUS LOGON", "LC", OF_MACHINE, false },
    { "access_limits", "ANONYMOUS LOGON", EVERY_ACCESS, OF_MACHINE, true },
    { "default_launch", "Administrators", EVERY_LAUNCH, OF_MACHINE, false },
    { "default_launch", "SYSTEM", EVERY_LAUNCH, OF_MACHINE, false },
    { "default_launch", "INTERACTIVE", EVERY_LAUNCH, OF_MACHINE, false },
    { "default_launch", "OPC Users", EVERY_LAUNCH, OF_MACHINE, false },
    { "default_launch", "ANONYMOUS LOGON", EVERY_LAUNCH, OF_MACHINE, true },
    { "default_access", "SELF", EVERY_ACCESS, OF_MACHINE, false },
    { "default_access", "SYSTEM", EVERY_ACCESS, OF_MACHINE, false },
    { "default_access", "OPC Users", EVERY_ACCESS, OF_MACHINE, false },
    { "default_access", "ANONYMOUS LOGON", EVERY_ACCESS, OF_MACHINE, true },
    { "application_launch", "Administrators", EVERY_LAUNCH, OF_SERVER, false },
    { "application_launch", "SYSTEM", EVERY_LAUNCH, OF_SERVER, false },
    { "application_launch", "OPC Users", EVERY_LAUNCH, OF_SERVER, false },
    { "application_launch", "ANONYMOUS LOGON", EVERY_LAUNCH, OF_SERVER, true },
    { "application_access", "SELF", EVERY_ACCESS, OF_SERVER, false },
    { "application_access", "SYSTEM", EVERY_ACCESS, OF_SERVER, false },
    { "application_access", "OPC Users", EVERY_ACCESS, OF_SERVER, false },
    { "application_access", "ANONYMOUS LOGON", EVERY_ACCESS, OF_SERVER, true },
    { "opcenum_launch", "Everyone", EVERY_LAUNCH, OF_OPCENUM, false },
    { "opcenum_launch", "ANONYMOUS LOGON", EVERY_LAUNCH, OF_OPCENUM, true },
    { "opcenum_access", "Everyone", EVERY_ACCESS, OF_OPCENUM, false },
    { "opcenum_access", "ANONYMOUS LOGON", EVERY_ACCESS, OF_OPCENUM, true },
};

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

void registry_settings_cleanup(struct registry_settings *s)
{
    for (size_t i = 0; i < s->count; i++)
        free(s->words[i]);
    *s = (struct registry_settings){ .count = 0 };
}

/* Takes the word over. */
static void add_word(struct registry_settings *s, char *word)
{
    if (!word || s->count == REGISTRY_SETTINGS) {
        free(word);
        s->failed = true;
        return;
    }
    s->words[s->count++] = word;
}

static void add_text(struct registry_settings *s, const char *value, const char *text)
{
    add_word(s, text ? text_format("%s=sz:%s", value, text) : text_format("%s=-", value));
}

/* The numbers of the levels are those of [MS-RPCE] 2.2.1.1.8, in which none is 1. */
static unsigned level_number(const char *word)
{
    enum level level = LEVEL_NONE;
    (void)level_parse(word, &level);
    return (unsigned)(level - LEVEL_NONE) + 1;
}

/* "\"/opt/probe-server\" --items plant.json ...": quoted by Windows' rules, for folders may hold blanks. */
static char *command_line(const char *programs, const cJSON *server)
{
    char *line = text_format("\"%s/%s\"", programs, json_string(server, "program", "probe-server"));
    const cJSON *argument;
    cJSON_ArrayForEach(argument, cJSON_GetObjectItemCaseSensitive(server, "arguments"))
    {
        char *longer = line ? text_format("%s %s", line, cJSON_GetStringValue(argument)) : NULL;
        free(line);
        line = longer;
    }
    return line;
}

/* A module has no program: COM's own surrogate loads it. */
static void add_module(struct registry_settings *s, const char *programs, const char *module)
{
    char *path = text_format("%s/%s", programs, module);
    s->failed |= path == NULL;
    add_text(s, CLASS_KEY "\\LocalServer32\\@", NULL);
    add_text(s, CLASS_KEY "\\InprocServer32\\@", path);
    add_text(s, APPID_KEY "\\DllSurrogate", "");
    free(path);
}

static void add_program(struct registry_settings *s, const char *line, const char *service_account)
{
    add_text(s, CLASS_KEY "\\LocalServer32\\@", line);
    add_text(s, APPID_KEY "\\LocalService", service_account ? SERVICE_NAME : NULL);
    if (!service_account)
        return;
    add_text(s, SERVICE_KEY "\\ImagePath", line);
    add_text(s, SERVICE_KEY "\\ObjectName", service_account);
}

void registry_settings_add_class(struct registry_settings *s, const char *programs, const cJSON *server,
                                 enum level level)
{
    const char *module = json_string(server, "module", NULL);
    if (!json_bool(server, "registered", false))
        return;
    char *line = command_line(programs, server);
    const char *minimum = json_string(server, "minimum_level", level == LEVEL_NONE ? "none" : "connect");
    s->failed |= line == NULL;
    add_text(s, CLASS_KEY "\\@", "opcprobe test server");
    add_text(s, CLASS_KEY "\\AppID", SERVER_CLASS);
    if (module)
        add_module(s, programs, module);
    else
        add_program(s, line, json_string(server, "service_account", NULL));
    add_text(s, CLASS_KEY "\\ProgID\\@", SERVER_PROGID);
    add_text(s, "HKCR\\" SERVER_PROGID "\\CLSID\\@", SERVER_CLASS);
    add_text(s, "HKCR\\" SERVER_PROGID_LATEST "\\CLSID\\@", SERVER_CLASS);
    add_text(s, APPID_KEY "\\@", "opcprobe test server");
    add_text(s, APPID_KEY "\\RunAs", json_string(server, "run_as", NULL));
    if (strcmp(minimum, "registry") != 0)
        add_word(s, text_format("%s=dword:%u", APPID_KEY "\\AuthenticationLevel", level_number(minimum)));
    free(line);
}

const char *registry_settings_server(const cJSON *server)
{
    return json_string(server, "service_account", NULL) ? SERVICE_NAME : SERVER_CLASS;
}

void registry_settings_add_opcenum(struct registry_settings *s, const char *programs, enum level level)
{
    char *line = text_format("\"%s/opcprobe-opcenum\"", programs);
    s->failed |= line == NULL;
    add_text(s, OPCENUM_KEY "\\@", "OPC server list (opcprobe)");
    add_text(s, OPCENUM_KEY "\\AppID", OPCENUM_APPID);
    add_text(s, OPCENUM_KEY "\\LocalServer32\\@", line);
    add_text(s, OPCENUM_KEY "\\ProgID\\@", OPCENUM_PROGID);
    add_text(s, OPCENUM_APPID_KEY "\\@", "OPC server list (opcprobe)");
    add_word(s, text_format("%s=dword:%u", OPCENUM_APPID_KEY "\\AuthenticationLevel",
                            level_number(level == LEVEL_NONE ? "none" : "connect")));
    free(line);
}

/* The right of that name in lists of that kind; NULL when there is none. `name` ends at a blank or at its end. */
static const struct right *find_right(enum kind list, const char *name, size_t length)
{
    for (size_t i = 0; i < COUNT(rights); i++) {
        if (rights[i].list == list && strlen(rights[i].name) == length && strncmp(rights[i].name, name, length) == 0)
            return &rights[i];
    }
    return NULL;
}

/* "CCDCLC" of "LC RC"; false when one of the words is no right of such a list. */
static bool rights_letters(enum kind list, const char *words, char *out, size_t size)
{
    snprintf(out, size, "CC");
    while (*words) {
        size_t length = strcspn(words, " ");
        const struct right *right = find_right(list, words, length);
        if (!right)
            return false;
        size_t used = strlen(out);
        snprintf(out + used, size - used, "%s", right->letters);
        words += length;
        words += *words == ' ';
    }
    return true;
}

/* Administrators own what dcomcnfg writes. */
static char *list_sddl(enum kind kind, const cJSON *list)
{
    char *text = text_format("O:BAG:BAD:");
    const cJSON *entry;
    cJSON_ArrayForEach(entry, list)
    {
        char letters[16];
        rights_letters(kind, cJSON_GetStringValue(entry), letters, sizeof(letters));
        char *longer = text ? text_format("%s(A;;%s;;;{%s})", text, letters, entry->string) : NULL;
        free(text);
        text = longer;
    }
    return text;
}

static void add_list(struct registry_settings *s, const struct member *m, const cJSON *list)
{
    char *made = cJSON_IsObject(list) ? list_sddl(m->kind, list) : NULL;
    const char *sddl = cJSON_IsObject(list) ? made : cJSON_GetStringValue(list);
    add_word(s, sddl ? text_format("%s=sddl:%s", m->value, sddl) : NULL);
    free(made);
}

static void add_member(struct registry_settings *s, const struct member *m, const cJSON *item)
{
    bool yes = cJSON_IsTrue(item);
    if (cJSON_IsNull(item))
        add_word(s, text_format("%s=-", m->value));
    else if (m->kind == LAUNCH_LIST || m->kind == ACCESS_LIST)
        add_list(s, m, item);
    else if (m->kind == LEVEL_NUMBER)
        add_word(s, text_format("%s=dword:%u", m->value, level_number(cJSON_GetStringValue(item))));
    else if (m->kind == YES_NO)
        add_text(s, m->value, yes ? "Y" : "N");
    else if (m->kind == ONE_ZERO)
        add_word(s, text_format("%s=dword:%d", m->value, yes ? 1 : 0));
    else if (m->kind == PORT)
        add_word(s, text_format("%s=multi:ncacn_ip_tcp,0,%d", m->value, item->valueint));
    else
        add_text(s, m->value, cJSON_GetStringValue(item));
}

void registry_settings_add(struct registry_settings *s, const cJSON *registry)
{
    for (size_t i = 0; i < COUNT(members); i++) {
        const cJSON *item = cJSON_GetObjectItemCaseSensitive(registry, members[i].name);
        if (item)
            add_member(s, &members[i], item);
    }
}

static void grant(cJSON *registry, const struct grant *g)
{
    cJSON *list = cJSON_GetObjectItemCaseSensitive(registry, g->list);
    if (!list)
        list = cJSON_AddObjectToObject(registry, g->list);
    cJSON_DeleteItemFromObjectCaseSensitive(list, g->who);
    cJSON_AddStringToObject(list, g->who, g->rights);
}

cJSON *registry_settings_of_host(const cJSON *wanted, bool has_class, bool has_opcenum, bool anonymous)
{
    const bool has[] = { [OF_MACHINE] = true, [OF_SERVER] = has_class, [OF_OPCENUM] = has_opcenum };
    cJSON *registry = cJSON_CreateObject();
    for (size_t i = 0; i < COUNT(plant); i++) {
        if (has[plant[i].subject] && (!plant[i].for_anonymous || anonymous))
            grant(registry, &plant[i]);
    }
    const cJSON *item;
    cJSON_ArrayForEach(item, wanted)
    {
        cJSON_DeleteItemFromObjectCaseSensitive(registry, item->string);
        cJSON_AddItemToObject(registry, item->string, cJSON_Duplicate(item, true));
    }
    return registry;
}

bool registry_settings_check(const cJSON *registry, char *complaint, size_t size, char *pointer, size_t pointer_size)
{
    for (size_t i = 0; i < COUNT(members); i++) {
        const cJSON *entry, *list = cJSON_GetObjectItemCaseSensitive(registry, members[i].name);
        if (!cJSON_IsObject(list))
            continue;
        cJSON_ArrayForEach(entry, list)
        {
            char letters[16];
            const char *words = cJSON_IsString(entry) ? cJSON_GetStringValue(entry) : "";
            if (words[0] && rights_letters(members[i].kind, words, letters, sizeof(letters)))
                continue;
            snprintf(complaint, size, "\"%s\" of \"%s\" are no rights of this list; they are %s", words, entry->string,
                     members[i].kind == LAUNCH_LIST ? EVERY_LAUNCH : EVERY_ACCESS);
            snprintf(pointer, pointer_size, "%s/%s", members[i].name, entry->string);
            return false;
        }
    }
    return true;
}
