#include "opcda/explain.h"

#include <stdbool.h>

#include "opcda/codes.h"
#include "opcda/explain_tables.h"

#define ACCESS_DENIED UINT32_C(0x80070005)

static const struct explanation_table *const tables[] = {
    &explain_network, &explain_protocol, &explain_logon, &explain_activate, &explain_access,
    &explain_calls,   &explain_callback, &explain_opc,   &explain_measured,
};

#define TABLES (sizeof(tables) / sizeof(tables[0]))

static unsigned bits(uint32_t set)
{
    unsigned count = 0;
    for (; set; set &= set - 1)
        count++;
    return count;
}

static bool applies(const struct explanation *e, uint32_t code, enum stage stage, enum direction direction)
{
    return e->code == code && (e->stages & STAGE_BIT(stage)) &&
           (!e->directions || (e->directions & DIRECTION_BIT(direction)));
}

/* Fewer stages, then fewer directions, means written more closely for this case. */
static unsigned breadth(const struct explanation *e)
{
    return bits(e->stages) * DIRECTION_COUNT + bits(e->directions ? e->directions : DIRECTIONS_ALL);
}

static const struct explanation *find_spelling(uint32_t code, enum stage stage, enum direction direction)
{
    const struct explanation *best = NULL;
    for (size_t t = 0; t < TABLES; t++)
        for (size_t i = 0; i < tables[t]->count; i++) {
            const struct explanation *e = &tables[t]->entries[i];
            if (!e->facts && applies(e, code, stage, direction) && (!best || breadth(e) < breadth(best)))
                best = e;
        }
    return best;
}

const struct explanation *explain_find(uint32_t code, enum stage stage, enum direction direction)
{
    if ((unsigned)stage >= STAGE_COUNT || (unsigned)direction >= DIRECTION_COUNT)
        return NULL;
    const struct explanation *e = find_spelling(code, stage, direction);
    const struct code_info *info = code_find(code);
    if (!e && info && info->code != code)
        e = find_spelling(info->code, stage, direction);
    if (!e && info && info->same_as)
        e = find_spelling(info->same_as, stage, direction);
    return e;
}

/* The table begins with what decides most. */
static const struct explanation *find_measured(uint32_t code, enum stage stage, enum direction direction,
                                               uint32_t facts)
{
    for (size_t i = 0; i < explain_measured.count; i++) {
        const struct explanation *e = &explain_measured.entries[i];
        if ((e->facts & ~facts) == 0 && applies(e, code, stage, direction))
            return e;
    }
    return NULL;
}

const struct explanation *explain_find_measured(uint32_t code, enum stage stage, enum direction direction,
                                                uint32_t facts)
{
    const struct explanation *e = NULL;
    /* Servers spell a refused first callback as they like: 0x80070005, or 0x80040202 of Advise. */
    if (facts & FACT_BIT(FACT_REFUSED_HERE))
        code = ACCESS_DENIED;
    if ((unsigned)stage < STAGE_COUNT && (unsigned)direction < DIRECTION_COUNT)
        e = find_measured(code, stage, direction, facts);
    return e ? e : explain_find(code, stage, direction);
}

const struct explanation *explain_at(size_t index)
{
    for (size_t t = 0; t < TABLES; t++) {
        if (index < tables[t]->count)
            return &tables[t]->entries[index];
        index -= tables[t]->count;
    }
    return NULL;
}

enum machine explain_machine(const struct explanation *e, enum direction direction)
{
    if (e->machine != MACHINE_CALLED)
        return e->machine;
    return direction == DIRECTION_SERVER_TO_CLIENT ? MACHINE_CLIENT : MACHINE_SERVER;
}

const char *machine_name(enum machine machine)
{
    static const char *const names[MACHINE_COUNT] = { "client", "server", "client and server", "called machine" };
    return (unsigned)machine < MACHINE_COUNT ? names[machine] : "unknown";
}
