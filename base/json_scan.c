#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json_internal.h"
#include "base/text_internal.h"

static bool scan_value(struct json_scan *s, const char *wanted);

void json_scan_init(struct json_scan *s, const char *text, size_t size)
{
    *s = (struct json_scan){ .text = text, .size = size };
    if (size >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0) {
        s->at = 3; /* the byte order mark of Windows editors */
    }
}

int json_scan_line(const char *text, size_t at)
{
    int line = 1;
    for (size_t i = 0; i < at; i++) {
        line += text[i] == '\n';
    }
    return line;
}

static bool mistake(struct json_scan *s, const char *what)
{
    (void)snprintf(s->mistake, sizeof(s->mistake), "%s", what);
    return false;
}

/* The next byte, or -1 at the end. */
static int peek(const struct json_scan *s)
{
    return s->at < s->size ? (unsigned char)s->text[s->at] : -1;
}

static bool is_digit(int c)
{
    return c >= '0' && c <= '9';
}

static void skip_blanks(struct json_scan *s)
{
    int c = peek(s);
    while (c == ' ' || c == '\t' || c == '\n' || c == '\r') {
        s->at++;
        c = peek(s);
    }
}

/* Four hexadecimal digits of a \u escape, or -1. */
static long scan_hex4(struct json_scan *s)
{
    long value = 0;
    for (int i = 0; i < 4; i++) {
        int c = peek(s);
        int digit = is_digit(c)            ? c - '0'
                    : c >= 'a' && c <= 'f' ? c - 'a' + 10
                    : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                           : -1;
        if (digit < 0) {
            return -1;
        }
        value = value * 16 + digit;
        s->at++;
    }
    return value;
}

/* A \u escape behind its `u`, with the second half of a surrogate pair. */
static bool scan_unicode_escape(struct json_scan *s, uint32_t *out)
{
    long unit = scan_hex4(s);
    if (unit < 0) {
        return mistake(s, "four hexadecimal digits must follow \\u; write them");
    }
    if (unit == 0) {
        return mistake(s, "a string holds the character \\u0000; leave it out");
    }
    *out = (uint32_t)unit;
    if (unit < 0xD800 || unit > 0xDFFF) {
        return true;
    }
    long low = -1;
    if (unit <= 0xDBFF && peek(s) == '\\' && s->at + 1 < s->size && s->text[s->at + 1] == 'u') {
        s->at += 2;
        low = scan_hex4(s);
    }
    if (low < 0xDC00 || low > 0xDFFF) {
        return mistake(s, "half a surrogate pair stands alone; write both halves");
    }
    *out = 0x10000 + ((uint32_t)(unit - 0xD800) << 10 | (uint32_t)(low - 0xDC00));
    return true;
}

/* An escape behind its backslash. */
static bool scan_escape(struct json_scan *s, uint32_t *out)
{
    static const char letters[] = "\"\\/bfnrt";
    static const char meanings[] = "\"\\/\b\f\n\r\t";
    int c = peek(s);
    if (c == 'u') {
        s->at++;
        return scan_unicode_escape(s, out);
    }
    const char *letter = c > 0 ? strchr(letters, c) : NULL;
    if (!letter) {
        return mistake(s, "no such escape in a string; write \\\\ for a backslash");
    }
    s->at++;
    *out = (unsigned char)meanings[letter - letters];
    return true;
}

/* One character of a string as it is meant. */
static bool scan_character(struct json_scan *s, uint32_t *out)
{
    int c = peek(s);
    if (c < 0) {
        return mistake(s, "the text ends inside a string; close it with \"");
    }
    if (c < 0x20) {
        return mistake(s, c == '\n' || c == '\r' ? "a string goes over the end of the line; close it with \""
                                                 : "a control character stands in a string; write \\t or \\u00..");
    }
    if (c == '\\') {
        s->at++;
        return scan_escape(s, out);
    }
    const char *at = s->text + s->at;
    *out = utf8_next(&at, s->text + s->size);
    if (*out == UTF_MALFORMED) {
        return mistake(s, "a byte is not UTF-8; save the file as UTF-8");
    }
    s->at = (size_t)(at - s->text);
    return true;
}

/* A string from its opening quote to behind its closing one. */
static bool scan_string(struct json_scan *s)
{
    s->at++;
    while (peek(s) != '"') {
        uint32_t ignored;
        if (!scan_character(s, &ignored)) {
            return false;
        }
    }
    s->at++;
    return true;
}

/* The meaning of a scanned string, for the caller to free; no escape is shorter than what it stands for. */
static char *decode_string(struct json_scan *s, size_t from, size_t to)
{
    char *decoded = malloc(to - from);
    if (!decoded) {
        s->out_of_memory = true;
        return NULL;
    }
    struct json_scan inside = { .text = s->text, .size = to - 1, .at = from + 1 };
    size_t length = 0;
    uint32_t character;
    while (inside.at < inside.size && scan_character(&inside, &character)) {
        length += utf8_put(character, decoded + length);
    }
    decoded[length] = '\0';
    return decoded;
}

static size_t skip_digits(struct json_scan *s)
{
    size_t start = s->at;
    while (is_digit(peek(s))) {
        s->at++;
    }
    return s->at - start;
}

static bool scan_number(struct json_scan *s)
{
    size_t start = s->at;
    s->at += peek(s) == '-';
    bool zero = peek(s) == '0';
    size_t digits = skip_digits(s);
    if (digits == 0 || (zero && digits > 1)) {
        return mistake(s, "a number is written wrongly; begin it with a digit and no needless 0");
    }
    if (peek(s) == '.') {
        s->at++;
        if (skip_digits(s) == 0) {
            return mistake(s, "digits must follow the decimal point; write them");
        }
    }
    if (peek(s) == 'e' || peek(s) == 'E') {
        s->at++;
        s->at += peek(s) == '-' || peek(s) == '+';
        if (skip_digits(s) == 0) {
            return mistake(s, "digits must follow the exponent; write them");
        }
    }
    char copy[JSON_NUMBER + 1];
    size_t length = s->at - start;
    if (length > JSON_NUMBER) {
        return mistake(s, "a number is too long; round it");
    }
    memcpy(copy, s->text + start, length);
    copy[length] = '\0';
    if (!isfinite(strtod(copy, NULL))) {
        return mistake(s, "a number is too large; make it smaller");
    }
    return true;
}

static bool scan_word(struct json_scan *s)
{
    static const char *const words[] = { "true", "false", "null" };
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        size_t length = strlen(words[i]);
        if (s->size - s->at >= length && memcmp(s->text + s->at, words[i], length) == 0) {
            s->at += length;
            return true;
        }
    }
    return mistake(s, s->at == s->size ? "the text ends where a value must stand; write it"
                                       : "no JSON value begins here; text needs quotes");
}

/* The keys of one object, to find one that stands twice. */
struct key {
    char *name; /* owned */
    size_t at;
};

struct keys {
    struct key *entries; /* owned */
    size_t count;
    size_t capacity;
};

static bool keys_add(struct json_scan *s, struct keys *keys, char *name, size_t at)
{
    if (keys->count == keys->capacity) {
        size_t capacity = keys->capacity ? keys->capacity * 2 : 8;
        struct key *grown = realloc(keys->entries, capacity * sizeof(*grown));
        if (!grown) {
            s->out_of_memory = true;
            return false;
        }
        keys->entries = grown;
        keys->capacity = capacity;
    }
    keys->entries[keys->count++] = (struct key){ name, at };
    return true;
}

static void keys_cleanup(struct keys *keys)
{
    for (size_t i = 0; i < keys->count; i++) {
        free(keys->entries[i].name);
    }
    free(keys->entries);
}

static int compare_keys(const void *left, const void *right)
{
    const struct key *a = left;
    const struct key *b = right;
    int order = strcmp(a->name, b->name);
    return order ? order : (a->at > b->at) - (a->at < b->at);
}

/* Sorting keeps an object of a hundred thousand keys from taking minutes. */
static bool keys_differ(struct json_scan *s, struct keys *keys)
{
    if (keys->count < 2) {
        return true;
    }
    qsort(keys->entries, keys->count, sizeof(keys->entries[0]), compare_keys);
    for (size_t i = 1; i < keys->count; i++) {
        if (strcmp(keys->entries[i - 1].name, keys->entries[i].name) == 0) {
            s->at = keys->entries[i].at;
            (void)snprintf(s->mistake, sizeof(s->mistake), "the key \"%.60s\" stands twice in one object; remove one",
                           keys->entries[i].name);
            return false;
        }
    }
    return true;
}

/* What of `wanted` lies below the member `name`, or NULL when the pointer does not lead through it. In a pointer ~1
 * stands for / and ~0 for ~ (RFC 6901). */
static const char *pointer_below(const char *wanted, const char *name)
{
    if (!wanted || *wanted != '/') {
        return NULL;
    }
    wanted++;
    while (*name) {
        char c = *wanted++;
        if (c == '~') {
            if (*wanted != '0' && *wanted != '1') {
                return NULL; /* no such escape, so it leads nowhere */
            }
            c = *wanted++ == '1' ? '/' : '~';
        }
        if (c != *name++) {
            return NULL; /* also where the pointer ends early: a name holds no zero */
        }
    }
    return *wanted == '\0' || *wanted == '/' ? wanted : NULL;
}

/* Whether another element follows; sets `more`. */
static bool scan_separator(struct json_scan *s, char closing, bool *more)
{
    skip_blanks(s);
    int c = peek(s);
    *more = c == ',';
    if (c != ',' && c != closing) {
        return mistake(s, closing == '}' ? "a comma or } must stand here; write it"
                                         : "a comma or ] must stand here; write it");
    }
    s->at++;
    return true;
}

static bool scan_member(struct json_scan *s, const char *wanted, struct keys *keys)
{
    skip_blanks(s);
    size_t at = s->at;
    if (peek(s) != '"') {
        return mistake(s, "a key in quotes must stand here; write it, or remove a comma too many");
    }
    if (!scan_string(s)) {
        return false;
    }
    char *name = decode_string(s, at, s->at);
    if (!name) {
        return false;
    }
    if (!keys_add(s, keys, name, at)) {
        free(name);
        return false;
    }
    skip_blanks(s);
    if (peek(s) != ':') {
        return mistake(s, "a colon must follow the key; write it");
    }
    s->at++;
    return scan_value(s, pointer_below(wanted, name));
}

static bool scan_object(struct json_scan *s, const char *wanted)
{
    s->at++;
    skip_blanks(s);
    if (peek(s) == '}') {
        s->at++;
        return true;
    }
    struct keys keys = { 0 };
    bool more = true;
    bool good = true;
    while (good && more) {
        good = scan_member(s, wanted, &keys) && scan_separator(s, '}', &more);
    }
    good = good && keys_differ(s, &keys);
    keys_cleanup(&keys);
    return good;
}

static bool scan_array(struct json_scan *s, const char *wanted)
{
    s->at++;
    skip_blanks(s);
    if (peek(s) == ']') {
        s->at++;
        return true;
    }
    bool more = true;
    for (size_t index = 0; more; index++) {
        char name[24];
        (void)snprintf(name, sizeof(name), "%zu", index);
        if (!scan_value(s, pointer_below(wanted, name)) || !scan_separator(s, ']', &more)) {
            return false;
        }
    }
    return true;
}

/* `wanted` is the rest of a pointer that leads through this value, NULL when none does. Finding it ends the walk. */
static bool scan_value(struct json_scan *s, const char *wanted)
{
    skip_blanks(s);
    if (wanted && *wanted == '\0') {
        s->found = true;
        return false;
    }
    int c = peek(s);
    if (c == '"') {
        return scan_string(s);
    }
    if (c == '-' || is_digit(c)) {
        return scan_number(s);
    }
    if (c != '{' && c != '[') {
        return scan_word(s);
    }
    if (s->depth == JSON_DEPTH) {
        return mistake(s, "objects and arrays are nested too deeply; make the document flatter");
    }
    s->depth++;
    bool good = c == '{' ? scan_object(s, wanted) : scan_array(s, wanted);
    s->depth--;
    return good;
}

bool json_scan_document(struct json_scan *s)
{
    if (!scan_value(s, NULL)) {
        return false;
    }
    skip_blanks(s);
    return s->at == s->size || mistake(s, "something follows the end of the document; remove it");
}

bool json_scan_find(struct json_scan *s, const char *pointer)
{
    (void)scan_value(s, pointer);
    return s->found;
}
