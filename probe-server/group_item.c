#include "probe-server/group_item.h"

#include <math.h>

#include "opcda/opc_error.h"
#include "opcda/quality.h"
#include "probe-server/reserved_items.h"
#include "probe-server/value.h"

static HRESULT sample(const struct group_item *item, const struct sampling *s, VARIANT *out)
{
    if (item->source->reserved)
        return reserved_item_value(item->source->reserved, s->service, s->caller, s->nonce, out);
    return address_space_sample(s->service->space, item->source, s->now_ns, out);
}

/* A deadband is a share of the range of an analog item (OPC DA 2.05A, 4.5.1.6); other items have none. */
static bool within_deadband(const struct group_item *item, const VARIANT *fresh, const struct sampling *s)
{
    double before, now;
    if (s->deadband_percent <= 0 || item->source->eu_type != OPC_ANALOG)
        return false;
    if (!value_number(&item->value, &before) || !value_number(fresh, &now))
        return false;
    return fabs(before - now) <= s->deadband_percent / 100 * (item->source->eu_high - item->source->eu_low);
}

void group_item_refresh(struct group_item *item, const struct sampling *s)
{
    VARIANT fresh;
    HRESULT hr = sample(item, s, &fresh);
    WORD quality = SUCCEEDED(hr) ? item->source->quality : OPC_QUALITY_DEVICE_FAILURE;
    /* Re-validated is re-stamped, also when the value stays (4.2.7). */
    item->timestamp = s->wall;
    bool same = item->sampled && quality == item->quality &&
                (value_equal(&item->value, &fresh) || within_deadband(item, &fresh, s));
    if (same) {
        VariantClear(&fresh);
        return;
    }
    if (item->changed && item->sampled && item->active && s->awaited)
        atomic_fetch_add(&s->service->updates_overwritten, 1);
    VariantClear(&item->value);
    item->value = fresh;
    item->quality = quality;
    item->sampled = true;
    item->changed = true;
}

static void deliver(const struct group_item *item, const VARIANT *value, WORD quality, const struct sampling *s,
                    struct reading *out)
{
    out->quality = quality;
    if (V_VT(value) == VT_EMPTY)
        return; /* never sampled: there is nothing to convert, and 0 would be an invention */
    out->error = value_convert(value, item->requested, s->locale, &out->value);
    if (FAILED(out->error))
        out->quality = OPC_QUALITY_BAD; /* 4.2.13: what cannot be converted is not good */
}

static void read_reserved(const struct group_item *item, const struct sampling *s, struct reading *out)
{
    VARIANT value;
    out->timestamp = s->wall;
    out->error = sample(item, s, &value);
    if (FAILED(out->error)) {
        out->quality = OPC_QUALITY_BAD;
        return;
    }
    deliver(item, &value, OPC_QUALITY_GOOD, s, out);
    VariantClear(&value);
}

void group_item_read(struct group_item *item, OPCDATASOURCE source, const struct sampling *s, struct reading *out)
{
    *out = (struct reading){ .quality = OPC_QUALITY_BAD, .error = S_OK };
    VariantInit(&out->value);
    if (!group_item_is_readable(item)) {
        out->error = OPC_E_BADRIGHTS;
        return;
    }
    if (item->source->reserved) {
        read_reserved(item, s, out);
        return;
    }
    bool active = s->group_active && item->active;
    /* What is simulated is always at hand: an active item is never "waiting for initial data". */
    if (source == OPC_DS_DEVICE || (active && !item->sampled))
        group_item_refresh(item, s);
    out->timestamp = item->timestamp;
    deliver(item, &item->value, source == OPC_DS_CACHE && !active ? OPC_QUALITY_OUT_OF_SERVICE : item->quality, s, out);
}

HRESULT group_item_write(struct group_item *item, const VARIANT *value, const struct sampling *s)
{
    const struct space_item *source = item->source;
    if (!(source->access & OPC_WRITEABLE))
        return OPC_E_BADRIGHTS;
    VARIANT canonical;
    if (V_VT(value) == VT_EMPTY || !value_type_possible(source->type, V_VT(value)))
        return OPC_E_BADTYPE;
    HRESULT hr = value_convert(value, source->type, s->locale, &canonical);
    if (hr == DISP_E_OVERFLOW)
        return OPC_E_RANGE;
    if (FAILED(hr))
        return hr == E_OUTOFMEMORY ? hr : OPC_E_BADTYPE;
    hr = address_space_store(s->service->space, source, &canonical);
    VariantClear(&canonical);
    return hr;
}
