/* Prints generated questions and our answers, for another implementation to be asked the same.
 *
 * usage: access_pairs COUNT SEED
 * Each line: descriptor in hexadecimal, the same in SDDL, the token's SIDs with commas, the mask, 1 or 0. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "security/access_check.h"
#include "security/sddl.h"

#define CAST     11         /* the SIDs that play: few, so that lists and tokens meet */
#define ACCOUNTS (CAST - 1) /* the last is OWNER RIGHTS, which only an entry has */

static uint64_t state;

/* xorshift64*: the same questions on every machine. */
static uint32_t any(uint32_t below)
{
    state ^= state >> 12;
    state ^= state << 25;
    state ^= state >> 27;
    return (uint32_t)(state * UINT64_C(2685821657736338717) >> 33) % below;
}

static bool one_in(uint32_t n)
{
    return any(n) == 0;
}

static struct sid any_sid(uint32_t count)
{
    static const char *const cast[CAST] = { "S-1-1-0",
                                            "S-1-5-7",
                                            "S-1-5-11",
                                            "S-1-5-2",
                                            "S-1-5-4",
                                            "S-1-5-18",
                                            "S-1-5-32-544",
                                            "S-1-5-21-1-2-3-1001",
                                            "S-1-5-21-1-2-3-1002",
                                            "S-1-5-21-1-2-3-2001",
                                            "S-1-3-4" };
    struct sid sid;
    if (!sid_parse(cast[any(count)], &sid))
        abort();
    return sid;
}

/* Mostly COM's own five rights; the owner's implied ones and others now and then. */
static uint32_t any_mask(void)
{
    uint32_t mask = 1 + any(31);
    if (one_in(4))
        mask |= any(16) << 16;
    if (one_in(6))
        mask |= any(16) << 5;
    return mask;
}

static void make_descriptor(struct descriptor *d)
{
    *d = (struct descriptor){
        .has_owner = true, .has_group = true, .owner = any_sid(ACCOUNTS), .group = any_sid(ACCOUNTS)
    };
    d->has_dacl = !one_in(50);
    uint32_t count = d->has_dacl ? any(7) : 0;
    for (uint32_t i = 0; i < count; i++) {
        struct ace ace = { .type = one_in(3) ? ACE_DENIED : ACE_ALLOWED, .mask = any_mask(), .sid = any_sid(CAST) };
        ace.flags = one_in(8) ? ACE_INHERIT_ONLY | ACE_CONTAINER_INHERIT : one_in(8) ? ACE_INHERITED : 0;
        if (descriptor_add(d, &ace))
            abort();
    }
}

static void make_token(struct token *t)
{
    memset(t, 0, sizeof *t);
    t->sid = any_sid(ACCOUNTS);
    t->group_count = any(5);
    for (size_t i = 0; i < t->group_count; i++)
        t->groups[i] = any_sid(ACCOUNTS);
}

static void print_token(const struct token *t)
{
    char text[SID_TEXT];
    sid_text(&t->sid, text);
    printf("%s", text);
    for (size_t i = 0; i < t->group_count; i++) {
        sid_text(&t->groups[i], text);
        printf(",%s", text);
    }
}

static void print_question(void)
{
    struct descriptor d;
    struct token t;
    struct writer w;
    char hex[2 * 1024 + 1];
    make_descriptor(&d);
    make_token(&t);
    uint32_t wanted = one_in(2) ? UINT32_C(1) << any(5) : any_mask() & any_mask();
    writer_init(&w, 1024);
    descriptor_write(&w, &d);
    char *sddl = sddl_format(&d);
    if (w.failed || !sddl)
        abort();
    hex_format(w.data, w.size, hex);
    printf("%s %s ", hex, sddl);
    print_token(&t);
    printf(" %" PRIu32 " %d\n", wanted, access_check(&d, &t, NULL, wanted));
    free(sddl);
    writer_cleanup(&w);
    descriptor_cleanup(&d);
}

int main(int count, char **arguments)
{
    uint64_t questions, seed;
    if (count != 3 || !text_parse_u64(arguments[1], 1, 10000000, &questions) ||
        !text_parse_u64(arguments[2], 1, UINT32_MAX, &seed)) {
        fprintf(stderr, "usage: access_pairs COUNT SEED\n");
        return 2;
    }
    state = seed * UINT64_C(0x9e3779b97f4a7c15);
    for (uint64_t i = 0; i < questions; i++)
        print_question();
    return 0;
}
