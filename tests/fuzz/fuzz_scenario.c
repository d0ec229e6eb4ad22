/* Scenario files: whatever is in one, it is read or refused with a complaint. */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "matrix/cell.h"
#include "matrix/host_folder.h"
#include "matrix/lab_internal.h"

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

/* What a run makes of a scenario that was accepted. */
static void use(const struct scenario *s)
{
    struct scenario copy = *s;
    struct scenario_set set = { &copy, 1 };
    struct cell_list cells;
    char complaint[JSON_COMPLAINT];
    if (cells_expand(&set, &(struct cell_filter){ .no_faults = "no router" }, &cells, complaint) == ERR_OK)
        cells_cleanup(&cells);
    free(host_folder_registry("/opt/opcprobe", scenario_host(s, "beta"), LEVEL_PACKET));
    free(lab_fault_rules(cJSON_GetObjectItemCaseSensitive(s->document.root, "faults")));
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
