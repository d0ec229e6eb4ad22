/* Passwords of one lab: random, made on first use, known by a word, gone with the lab. */
#ifndef MATRIX_SECRETS_H
#define MATRIX_SECRETS_H

#include "base/err.h"

#define SECRETS_MAXIMUM 16
#define SECRETS_WORD    48
#define SECRETS_VALUE   80

struct secrets {
    struct {
        char word[SECRETS_WORD];
        char value[SECRETS_VALUE];
    } items[SECRETS_MAXIMUM];
    unsigned count;
};

/* The password that `word` stands for, made now if need be (an empty word is the empty password); borrowed. ERR_LIMIT
 * after SECRETS_MAXIMUM words or for a word that is too long. */
MUST_USE enum err secrets_get(struct secrets *s, const char *word, const char **out);
/* Fixes what a word stands for, so that a capture of the run can be deciphered afterwards. */
MUST_USE enum err secrets_set(struct secrets *s, const char *word, const char *value);
void secrets_cleanup(struct secrets *s); /* zeroes them */

#endif
