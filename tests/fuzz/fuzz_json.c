/* JSON text: whatever it is, it is read or refused with a complaint, each value has its line, and what was read can be
 * written and read again. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Every keyword of the validator, and a reference to itself. */
static const char schema_text[] =
    "{\"$defs\":{\"port\":{\"type\":\"integer\",\"minimum\":1,\"maximum\":65535},"
    "\"host\":{\"type\":\"object\",\"required\":[\"name\"],\"additionalProperties\":false,\"properties\":{"
    "\"name\":{\"type\":\"string\",\"minLength\":1,\"maxLength\":15},\"port\":{\"$ref\":\"#/$defs/port\"},"
    "\"level\":{\"enum\":[\"none\",\"connect\",2,null]},\"kind\":{\"const\":\"real\"},"
    "\"hosts\":{\"$ref\":\"#/$defs/hosts\"}}},"
    "\"hosts\":{\"type\":\"array\",\"minItems\":1,\"maxItems\":3,\"items\":{\"$ref\":\"#/$defs/host\"}}},"
    "\"anyOf\":[{\"$ref\":\"#/$defs/host\"},{\"oneOf\":[{\"$ref\":\"#/$defs/"
    "hosts\"},{\"type\":[\"null\",\"string\"]}]},"
    "{\"type\":\"object\",\"additionalProperties\":{\"$ref\":\"#/$defs/port\"}}]}";

static void require(int condition)
{
    if (!condition) {
        abort();
    }
}

static const cJSON *schema(void)
{
    static struct json_document document;
    char complaint[JSON_COMPLAINT];
    if (!document.root) {
        require(json_parse("schema", schema_text, sizeof(schema_text) - 1, &document, complaint) == ERR_OK);
    }
    return document.root;
}

/* Follows the tree of cJSON beside the scan of the text: every element must have its line. */
static void find_elements(const struct json_document *d, const cJSON *value, const char *pointer, int levels)
{
    const cJSON *element;
    int index = 0;
    if (!cJSON_IsArray(value) || levels == 0) {
        return;
    }
    cJSON_ArrayForEach(element, value)
    {
        char below[80];
        if (index == 8) {
            return;
        }
        (void)snprintf(below, sizeof(below), "%s/%d", pointer, index++);
        require(json_line(d, below) > 0);
        find_elements(d, element, below, levels - 1);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct json_document document, again;
    char complaint[JSON_COMPLAINT] = "";
    enum err e = json_parse("fuzz.json", (const char *)data, size, &document, complaint);
    if (e) {
        require(e == ERR_PROTOCOL && strncmp(complaint, "fuzz.json:", 10) == 0 && !document.root);
        return 0;
    }
    require(json_line(&document, "") > 0);
    find_elements(&document, document.root, "", 2);
    e = json_validate(&document, schema(), complaint);
    require(e == ERR_OK || (e == ERR_PROTOCOL && strncmp(complaint, "fuzz.json:", 10) == 0));
    char *text = cJSON_PrintUnformatted(document.root);
    if (text) {
        require(json_parse("again.json", text, strlen(text), &again, complaint) == ERR_OK);
        json_cleanup(&again);
        cJSON_free(text);
    }
    json_cleanup(&document);
    return 0;
}
