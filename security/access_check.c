#include "security/access_check.h"

/* OWNER RIGHTS ([MS-DTYP] 2.4.2.4, S-1-3-4): entries for it say what the owner may do, in place of what the owner may
 * do otherwise. */
static const struct sid owner_rights = { 1, 1, { 0, 0, 0, 0, 0, 3 }, { 4 } };

static bool speaks_of_owner(const struct descriptor *d)
{
    for (size_t i = 0; i < d->ace_count; i++)
        if (!(d->aces[i].flags & ACE_INHERIT_ONLY) && sid_equal(&d->aces[i].sid, &owner_rights))
            return true;
    return false;
}

static bool concerns(const struct ace *ace, const struct token *caller, const struct sid *self, bool is_owner)
{
    const struct sid self_sid = sid_well_known(SID_SELF);
    if (ace->flags & ACE_INHERIT_ONLY)
        return false;
    if (sid_equal(&ace->sid, &self_sid))
        return self && token_has(caller, self);
    if (sid_equal(&ace->sid, &owner_rights))
        return is_owner;
    return token_has(caller, &ace->sid);
}

bool access_check(const struct descriptor *d, const struct token *caller, const struct sid *self, uint32_t wanted)
{
    if (!d->has_dacl)
        return true;
    bool is_owner = d->has_owner && token_has(caller, &d->owner);
    if (is_owner && !speaks_of_owner(d))
        wanted &= ~(ACCESS_READ_CONTROL | ACCESS_WRITE_DAC);
    for (size_t i = 0; i < d->ace_count && wanted; i++) {
        const struct ace *ace = &d->aces[i];
        if (!concerns(ace, caller, self, is_owner))
            continue;
        if (ace->type == ACE_DENIED && (ace->mask & wanted))
            return false;
        if (ace->type == ACE_ALLOWED)
            wanted &= ~ace->mask;
    }
    return wanted == 0;
}
