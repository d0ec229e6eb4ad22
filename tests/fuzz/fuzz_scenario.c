/* Scenario files: whatever is in one, it is read or refused with a complaint. */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "matrix/cell.h"
#include "matrix/host_folder.h"
#include "matrix/lab_internal.h"
#include "matrix/registry_settings.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const cJSON *schema(void)
{
    static struct json_document document;
    char complaint[JSON_COMPLAINT];
    if (!document.root && json_load(OPCPROBE_SCENARIOS "/schema/scenario.schema.json", &document, complaint) != ERR_OK)
        abort();
    return document.root;
}

/* A scenario's name is its file's: without this every input would end there. */
static char *path_for(const uint8_t *data, size_t size)
{
    cJSON *root = cJSON_ParseWithLength((const char *)data, size);
    char *path = text_format("fuzz/%s.json", json_string(root, "name", "none"));
    cJSON_Delete(root);
    return path;
}

static void use_host(const cJSON *host)
{
    struct registry_settings settings = { .count = 0 };
    const cJSON *wanted = cJSON_GetObjectItemCaseSensitive(host, "registry"), *account;
    const char *words[HOST_ACCOUNT_WORDS];
    cJSON *registry = registry_settings_of_host(wanted, true, true, true);
    registry_settings_add_class(&settings, "/opt/opcprobe", cJSON_GetObjectItemCaseSensitive(host, "server"),
                                LEVEL_PACKET);
    registry_settings_add(&settings, registry);
    registry_settings_cleanup(&settings);
    cJSON_Delete(registry);
    cJSON_ArrayForEach(account, cJSON_GetObjectItemCaseSensitive(host, "accounts"))
    {
        (void)host_folder_account_words(account, words);
    }
}

/* What a run makes of a scenario that was accepted. */
static void use(const struct scenario *s)
{
    struct scenario copy = *s;
    struct scenario_set set = { &copy, 1 };
    struct cell_list cells;
    char complaint[JSON_COMPLAINT];
    if (cells_expand(&set, &(struct cell_filter){ .no_faults = "no router" }, &cells, complaint) == ERR_OK)
        cells_cleanup(&cells);
    use_host(scenario_host(s, "beta"));
    free(lab_fault_rules(cJSON_GetObjectItemCaseSensitive(s->document.root, "faults")));
    const cJSON *step;
    cJSON_ArrayForEach(step, scenario_steps(s))
    {
        free(lab_nat_rules(cJSON_GetObjectItemCaseSensitive(step, "nat")));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct json_document document = { 0 };
    struct scenario scenario;
    char complaint[JSON_COMPLAINT] = "";
    char *path = path_for(data, size);
    enum err e = json_parse(path, (const char *)data, size, &document, complaint);
    if (!e)
        e = scenario_from_document(&document, schema(), &scenario, complaint);
    if (!e) {
        use(&scenario);
        scenario_cleanup(&scenario);
    }
    assert(e == ERR_OK || complaint[0] != '\0');
    json_cleanup(&document);
    free(path);
    return 0;
}
