#include "matrix/secrets.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/process.h"
#include "base/secret.h"
#include "base/text.h"

static const char *find(const struct secrets *s, const char *word)
{
    for (unsigned i = 0; i < s->count; i++) {
        if (strcmp(s->items[i].word, word) == 0)
            return s->items[i].value;
    }
    return NULL;
}

enum err secrets_set(struct secrets *s, const char *word, const char *value)
{
    if (s->count == SECRETS_MAXIMUM || strlen(word) >= SECRETS_WORD || strlen(value) >= SECRETS_VALUE)
        return ERR_LIMIT;
    if (find(s, word))
        return ERR_IN_USE;
    snprintf(s->items[s->count].word, SECRETS_WORD, "%s", word);
    snprintf(s->items[s->count].value, SECRETS_VALUE, "%s", value);
    s->count++;
    return ERR_OK;
}

enum err secrets_get(struct secrets *s, const char *word, const char **out)
{
    *out = word[0] ? find(s, word) : word;
    if (*out)
        return ERR_OK;
    uint8_t bytes[16];
    char digits[2 * sizeof(bytes) + 1];
    char value[SECRETS_VALUE];
    enum err e = random_bytes(bytes, sizeof(bytes));
    if (e)
        return e;
    /* Letters beyond ASCII are part of every run: the hash is taken over UTF-16, where they go wrong first. */
    hex_format(bytes, sizeof(bytes), digits);
    snprintf(value, sizeof(value),
             "L\xc3\xa4"
             "b-%s",
             digits);
    e = secrets_set(s, word, value);
    secret_zero(bytes, sizeof(bytes));
    secret_zero(digits, sizeof(digits));
    secret_zero(value, sizeof(value));
    if (!e)
        *out = find(s, word);
    return e;
}

void secrets_cleanup(struct secrets *s)
{
    secret_zero(s, sizeof(*s));
}
