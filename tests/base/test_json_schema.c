#include "base/json.h"
#include "suite.h"

static char complaint[JSON_COMPLAINT];

/* Validates a text of the file "f" against the text of a schema. */
static enum err validate(const char *schema_text, const char *text)
{
    struct json_document d, schema;
    ck_assert_msg(json_parse("s", schema_text, strlen(schema_text), &schema, complaint) == ERR_OK, "%s", complaint);
    ck_assert_msg(json_parse("f", text, strlen(text), &d, complaint) == ERR_OK, "%s", complaint);
    enum err e = json_validate(&d, schema.root, complaint);
    json_cleanup(&d);
    json_cleanup(&schema);
    return e;
}

/* Each keyword both ways: a document that passes has no complaint. */
static const struct {
    const char *schema;
    const char *text;
    const char *said; /* NULL: the document is good */
} cases[] = {
    { "{}", "{\"anything\":[1,\"x\"]}", NULL },
    { "true", "1", NULL },
    { "false", "1", "f:1: the document is not allowed; remove it" },

    { "{\"type\":\"null\"}", "null", NULL },
    { "{\"type\":\"null\"}", "0", "f:1: the document is of type number; make it null" },
    { "{\"type\":\"boolean\"}", "false", NULL },
    { "{\"type\":\"boolean\"}", "\"true\"", "f:1: the document is of type string; make it boolean" },
    { "{\"type\":\"object\"}", "{}", NULL },
    { "{\"type\":\"object\"}", "[]", "f:1: the document is of type array; make it object" },
    { "{\"type\":\"array\"}", "[]", NULL },
    { "{\"type\":\"array\"}", "{}", "f:1: the document is of type object; make it array" },
    { "{\"type\":\"number\"}", "1.5", NULL },
    { "{\"type\":\"number\"}", "null", "f:1: the document is of type null; make it number" },
    { "{\"type\":\"integer\"}", "-3", NULL },
    { "{\"type\":\"integer\"}", "3.0", NULL },
    { "{\"type\":\"integer\"}", "1e300", NULL },
    { "{\"type\":\"integer\"}", "1.5", "f:1: the document is of type number with a fraction; make it integer" },
    { "{\"type\":\"integer\"}", "true", "f:1: the document is of type boolean; make it integer" },
    { "{\"type\":\"string\"}", "\"\"", NULL },
    { "{\"type\":\"string\"}", "1", "f:1: the document is of type number; make it string" },
    { "{\"type\":[\"string\",\"null\"]}", "null", NULL },
    { "{\"type\":[\"string\",\"null\"]}", "1", "f:1: the document is of type number; make it string or null" },

    { "{\"properties\":{\"a\":{\"type\":\"string\"}}}", "{\"a\":\"x\",\"b\":1}", NULL },
    { "{\"properties\":{\"a\":{\"type\":\"string\"}}}", "{\"A\":1}", NULL },
    { "{\"properties\":{\"a\":{\"type\":\"string\"}}}", "[1]", NULL },
    { "{\"properties\":{\"a\":{\"type\":\"string\"}}}", "{\"b\":0,\n\"a\":1}",
      "f:2: /a is of type number; make it string" },

    { "{\"required\":[\"a\",\"b\"]}", "{\"b\":1,\"a\":null}", NULL },
    { "{\"required\":[\"a\"]}", "\"a\"", NULL },
    { "{\"required\":[\"a\",\"b\"]}", "\n{\"a\":1,\"B\":1}", "f:2: the document lacks the key \"b\"; add it" },

    { "{\"properties\":{\"a\":true,\"bc\":true},\"additionalProperties\":false}", "{\"bc\":1}", NULL },
    { "{\"additionalProperties\":false}", "[1]", NULL },
    { "{\"properties\":{\"a\":true,\"bc\":true},\"additionalProperties\":false}", "{\"a\":1,\n\n\"cb\":1}",
      "f:3: the document has the unknown key \"cb\"; remove it or use one of a, bc" },
    { "{\"additionalProperties\":false}", "{\"x\":1}", "f:1: the document has the unknown key \"x\"; remove it" },
    { "{\"properties\":{\"a\":{\"additionalProperties\":false}}}", "{\"a\":{\"x\":1}}",
      "f:1: /a has the unknown key \"x\"; remove it" },
    { "{\"properties\":{\"a\":true},\"additionalProperties\":{\"type\":\"number\"}}", "{\"a\":\"x\",\"b\":1}", NULL },
    { "{\"properties\":{\"a\":true},\"additionalProperties\":{\"type\":\"number\"}}", "{\"a\":1,\"b\":\"x\"}",
      "f:1: /b is of type string; make it number" },

    { "{\"items\":{\"type\":\"number\"}}", "[1,2]", NULL },
    { "{\"items\":{\"type\":\"number\"}}", "\"x\"", NULL },
    { "{\"items\":{\"type\":\"number\"}}", "[1,\n2,\n\"x\"]", "f:3: /2 is of type string; make it number" },
    { "{\"items\":{\"items\":{\"required\":[\"a\"]}}}", "[[],[{\"a\":1},\n{}]]",
      "f:2: /1/1 lacks the key \"a\"; add it" },

    { "{\"enum\":[\"a\",1,null,[2]]}", "[2]", NULL },
    { "{\"enum\":[\"a\",1,null,[2]]}", "null", NULL },
    { "{\"enum\":[\"a\",1,null,[2]]}", "\"A\"", "f:1: the document is \"A\"; write one of \"a\", 1, null, [2]" },

    { "{\"const\":{\"a\":[1]}}", "{\"a\":[1]}", NULL },
    { "{\"const\":null}", "null", NULL },
    { "{\"const\":{\"a\":[1]}}", "{\"a\":[2]}", "f:1: the document is {\"a\":[2]}; write {\"a\":[1]}" },
    { "{\"const\":false}", "true", "f:1: the document is true; write false" },

    { "{\"minimum\":1.5}", "1.5", NULL },
    { "{\"minimum\":1.5}", "\"0\"", NULL },
    { "{\"minimum\":1.5}", "1.25", "f:1: the document is 1.25; make it at least 1.5" },
    { "{\"maximum\":65535}", "65535", NULL },
    { "{\"maximum\":65535}", "65536", "f:1: the document is 65536; make it at most 65535" },

    { "{\"minItems\":1}", "[0]", NULL },
    { "{\"minItems\":1}", "{}", NULL },
    { "{\"minItems\":1}", "[]", "f:1: the document has 0 elements; make it at least 1" },
    { "{\"maxItems\":1}", "[0]", NULL },
    { "{\"maxItems\":1}", "[0,0]", "f:1: the document has 2 elements; make it at most 1" },

    { "{\"minLength\":2}", "\"\xC3\xA9\xC3\xA9\"", NULL },
    { "{\"minLength\":2}", "1", NULL },
    { "{\"minLength\":2}", "\"\xF0\x9F\x98\x80\"", "f:1: the document has 1 characters; make it at least 2" },
    { "{\"maxLength\":1}", "\"\xF0\x9F\x98\x80\"", NULL },
    { "{\"maxLength\":1}", "\"ab\"", "f:1: the document has 2 characters; make it at most 1" },

    { "{\"anyOf\":[{\"type\":\"string\"},{\"minimum\":5}]}", "\"x\"", NULL },
    { "{\"anyOf\":[{\"type\":\"number\"},{\"minimum\":5}]}", "7", NULL },
    { "{\"anyOf\":[{\"type\":\"string\"},{\"minimum\":5}]}", "4", "f:1: the document is of type number" },
    /* The form that got furthest is the one that was meant. */
    { "{\"anyOf\":[{\"type\":\"string\"},{\"properties\":{\"a\":{\"type\":\"number\"}}}]}", "{\n\"a\":\"x\"}",
      "f:2: /a is of type string; make it number" },

    { "{\"oneOf\":[{\"type\":\"string\"},{\"minimum\":5}]}", "7", NULL },
    { "{\"oneOf\":[{\"type\":\"string\"},{\"minimum\":5}]}", "4", "f:1: the document is" },
    { "{\"oneOf\":[{\"type\":\"number\"},{\"minimum\":5}]}", "7",
      "f:1: the document has 2 of the allowed forms at once; keep what belongs to one of them" },

    { "{\"$ref\":\"#/$defs/port\",\"$defs\":{\"port\":{\"type\":\"integer\",\"minimum\":1}}}", "135", NULL },
    { "{\"$ref\":\"#/$defs/port\",\"$defs\":{\"port\":{\"type\":\"integer\",\"minimum\":1}}}", "0",
      "f:1: the document is 0; make it at least 1" },
    /* What stands beside a reference counts, too. */
    { "{\"$ref\":\"#/$defs/n\",\"maximum\":5,\"$defs\":{\"n\":{\"minimum\":1}}}", "6",
      "f:1: the document is 6; make it at most 5" },
    { "{\"properties\":{\"child\":{\"$ref\":\"#\"}},\"additionalProperties\":false}",
      "{\"child\":{\"child\":{\"child\":{}}}}", NULL },
    { "{\"properties\":{\"child\":{\"$ref\":\"#\"}},\"additionalProperties\":false}",
      "{\"child\":{\"child\":\n{\"chidl\":{}}}}",
      "f:2: /child/child has the unknown key \"chidl\"; remove it or use one of child" },

    { "{\"$schema\":\"x\",\"$id\":\"x\",\"$comment\":\"x\",\"title\":\"x\",\"description\":\"x\",\"default\":1,"
      "\"examples\":[1],\"$defs\":{\"unused\":{\"type\":\"null\"}}}",
      "5", NULL },

    /* Names with / and ~ are escaped in the pointer, and the line is found all the same. */
    { "{\"additionalProperties\":{\"type\":\"null\"}}", "{\n\n\"a/b~c\":1}",
      "f:3: /a~1b~0c is of type number; make it null" },
};

START_TEST(a_document_is_held_against_a_keyword)
{
    enum err e = validate(cases[_i].schema, cases[_i].text);
    if (!cases[_i].said) {
        ck_assert_msg(e == ERR_OK, "%s: %s", cases[_i].schema, complaint);
        ck_assert_str_eq(complaint, "");
        return;
    }
    ck_assert_msg(e == ERR_PROTOCOL, "%s accepts %s", cases[_i].schema, cases[_i].text);
    ck_assert_msg(strncmp(complaint, cases[_i].said, strlen(cases[_i].said)) == 0, "%s", complaint);
    ck_assert_ptr_nonnull(strstr(complaint, "; "));
}
END_TEST

/* Schemas that are wrong themselves, whatever the document is. */
static const struct {
    const char *schema;
    const char *said;
} wrong_schemas[] = {
    { "{\"pattern\":\"a*\"}", "schema: the document has the unknown key \"pattern\"" },
    { "{\"properties\":{\"a\":{\"minimun\":1}}}", "schema: /properties/a has the unknown key \"minimun\"" },
    { "{\"items\":{\"anyOf\":[true,{\"if\":true}]}}", "schema: /items/anyOf/1 has the unknown key \"if\"" },
    { "{\"$defs\":{\"a\":{\"not\":true}}}", "schema: /$defs/a has the unknown key \"not\"" },
    { "5", "schema: the document is of type number; make it object or boolean" },
    { "{\"type\":\"text\"}", "schema: /type is" },
    { "{\"type\":[]}", "schema: /type" },
    { "{\"properties\":[]}", "schema: /properties is of type array" },
    { "{\"required\":[1]}", "schema: /required/0 is of type number" },
    { "{\"required\":\"a\"}", "schema: /required is of type string" },
    { "{\"enum\":[]}", "schema: /enum has 0 elements" },
    { "{\"anyOf\":[]}", "schema: /anyOf has 0 elements" },
    { "{\"oneOf\":{}}", "schema: /oneOf is of type object" },
    { "{\"minimum\":\"1\"}", "schema: /minimum is of type string" },
    { "{\"minLength\":-1}", "schema: /minLength is -1" },
    { "{\"minItems\":1.5}", "schema: /minItems is of type number with a fraction" },
    { "{\"items\":[]}", "schema: /items is of type array" },
    { "{\"$ref\":\"#/$defs/none\"}", "schema: $ref \"#/$defs/none\" leads nowhere; define it under $defs" },
    { "{\"items\":{\"$ref\":\"other.json\"},\"$defs\":{}}", "schema: $ref \"other.json\" leads nowhere" },
    { "{\"$ref\":\"#\"}", "schema: $ref \"#\" goes round in a circle; break it" },
    { "{\"$ref\":\"#/$defs/a\",\"$defs\":{\"a\":{\"anyOf\":[{\"$ref\":\"#/$defs/b\"}]},"
      "\"b\":{\"oneOf\":[true,{\"$ref\":\"#/$defs/a\"}]}}}",
      "schema: $ref \"#/$defs/a\" goes round in a circle; break it" },
    { "{\"additionalProperties\":{\"$ref\":\"#/$defs/a\"},\"$defs\":{\"a\":{\"$ref\":\"#/$defs/a\"}}}",
      "schema: $ref \"#/$defs/a\" goes round" },
};

START_TEST(a_wrong_schema_is_told_before_the_document)
{
    ck_assert_int_eq(validate(wrong_schemas[_i].schema, "{}"), ERR_UNSUPPORTED);
    ck_assert_msg(strncmp(complaint, wrong_schemas[_i].said, strlen(wrong_schemas[_i].said)) == 0, "%s", complaint);
}
END_TEST

START_TEST(a_long_complaint_keeps_to_its_room)
{
    /* A key, a pointer and a list of keys that are each longer than what is shown of them. */
    char key[2001];
    memset(key, 'k', 2000);
    key[2000] = '\0';
    char schema[5000], text[9000];
    (void)snprintf(
        schema, sizeof(schema),
        "{\"additionalProperties\":{\"properties\":{\"%s\":true,\"x\":true},\"additionalProperties\":false}}", key);
    (void)snprintf(text, sizeof(text), "{\n\"%s\":{\"%sz\":1}}", key, key);
    ck_assert_int_eq(validate(schema, text), ERR_PROTOCOL);
    ck_assert_uint_lt(strlen(complaint), JSON_COMPLAINT);
    ck_assert_ptr_nonnull(strstr(complaint, "unknown key"));
    char list[4000] = "{\"enum\":[0";
    for (int i = 1; i < 300; i++) {
        (void)snprintf(list + strlen(list), sizeof(list) - strlen(list), ",\"choice %d\"", i);
    }
    strcat(list, "]}");
    ck_assert_int_eq(validate(list, "1"), ERR_PROTOCOL);
    ck_assert_str_eq(complaint + strlen(complaint) - 3, "...");
}
END_TEST

START_TEST(deep_documents_are_checked_to_the_bottom)
{
    char text[200] = "";
    for (int i = 0; i < 63; i++) {
        strcat(text, "[");
    }
    strcat(text, "\n5");
    for (int i = 0; i < 63; i++) {
        strcat(text, "]");
    }
    ck_assert_int_eq(
        validate("{\"anyOf\":[{\"type\":\"string\"},{\"type\":\"array\",\"items\":{\"$ref\":\"#\"}}]}", text),
        ERR_PROTOCOL);
    ck_assert_int_eq(strncmp(complaint, "f:2: /0/0/0/", 12), 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("json_schema");
    TCase *all = tcase_create("json_schema");
    tcase_add_loop_test(all, a_document_is_held_against_a_keyword, 0, (int)(sizeof(cases) / sizeof(cases[0])));
    tcase_add_loop_test(all, a_wrong_schema_is_told_before_the_document, 0,
                        (int)(sizeof(wrong_schemas) / sizeof(wrong_schemas[0])));
    tcase_add_test(all, a_long_complaint_keeps_to_its_room);
    tcase_add_test(all, deep_documents_are_checked_to_the_bottom);
    suite_add_tcase(suite, all);
    return suite_run(suite);
}
