#include "probe-server/generator.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "opcda/text.h"

#define TWO_PI 6.28318530717958647692

/* A fixed mixing function (the finisher of MurmurHash3 is public domain arithmetic), so that a random item shows
 * the same series in every run. */
static uint64_t mix(uint64_t x)
{
    x ^= x >> 33;
    x *= UINT64_C(0xFF51AFD7ED558CCD);
    x ^= x >> 33;
    x *= UINT64_C(0xC4CEB9FE1A85EC53);
    return x ^ x >> 33;
}

double generator_number(const struct generator *g, int64_t now_ns)
{
    uint64_t step = (uint64_t)(now_ns / g->period_ns);
    double phase = (double)(now_ns % g->period_ns) / (double)g->period_ns;
    double range = g->high - g->low;
    switch (g->kind) {
    case GENERATOR_RAMP:
        return g->low + range * phase;
    case GENERATOR_RANDOM:
        return g->low + range * ((double)(mix(step ^ (uint64_t)g->seed << 32) >> 11) / 9007199254740991.0);
    case GENERATOR_SQUARE:
        return phase < 0.5 ? g->high : g->low;
    case GENERATOR_SINE:
        return g->low + range * (0.5 + 0.5 * sin(TWO_PI * phase));
    default:
        return g->low;
    }
}

static double whole(double v)
{
    return floor(v + 0.5);
}

static double limited(double v, double low, double high)
{
    return v < low ? low : v > high ? high : v;
}

static HRESULT text_value(double number, VARIANT *out)
{
    char text[40];
    snprintf(text, sizeof(text), "%.6g", number);
    V_BSTR(out) = bstr_from_utf8(text);
    return V_BSTR(out) ? S_OK : E_OUTOFMEMORY;
}

static HRESULT set_number(const struct generator *g, VARTYPE type, double number, VARIANT *out)
{
    switch (type) {
    case VT_I1:
        V_I1(out) = (signed char)limited(whole(number), -128, 127);
        return S_OK;
    case VT_UI1:
        V_UI1(out) = (BYTE)limited(whole(number), 0, 255);
        return S_OK;
    case VT_I2:
        V_I2(out) = (SHORT)limited(whole(number), -32768, 32767);
        return S_OK;
    case VT_UI2:
        V_UI2(out) = (USHORT)limited(whole(number), 0, 65535);
        return S_OK;
    case VT_I4:
        V_I4(out) = (LONG)limited(whole(number), -2147483648.0, 2147483647.0);
        return S_OK;
    case VT_UI4:
        V_UI4(out) = (ULONG)limited(whole(number), 0, 4294967295.0);
        return S_OK;
    case VT_I8: /* doubles above 2^53 are whole anyway; stay clear of the conversion's edge */
        V_I8(out) = (LONGLONG)limited(whole(number), -9.2e18, 9.2e18);
        return S_OK;
    case VT_UI8:
        V_UI8(out) = (ULONGLONG)limited(whole(number), 0, 1.8e19);
        return S_OK;
    case VT_R4:
        V_R4(out) = (FLOAT)number;
        return S_OK;
    case VT_R8:
        V_R8(out) = number;
        return S_OK;
    case VT_DATE:
        V_DATE(out) = number;
        return S_OK;
    case VT_CY:
        V_CY(out).int64 = (LONGLONG)limited(floor(number * 10000 + 0.5), -9.2e18, 9.2e18);
        return S_OK;
    case VT_BOOL:
        V_BOOL(out) = number >= (g->low + g->high) / 2 ? VARIANT_TRUE : VARIANT_FALSE;
        return S_OK;
    case VT_BSTR:
        return text_value(number, out);
    default:
        return DISP_E_BADVARTYPE;
    }
}

HRESULT generator_value(const struct generator *g, VARTYPE type, int64_t now_ns, VARIANT *out)
{
    VariantInit(out);
    HRESULT hr = set_number(g, type, generator_number(g, now_ns), out);
    if (SUCCEEDED(hr))
        V_VT(out) = type;
    return hr;
}

bool generator_find(const char *name, enum generator_kind *out)
{
    static const char *const names[] = {
        [GENERATOR_CONSTANT] = "constant", [GENERATOR_STORE] = "store",   [GENERATOR_RAMP] = "ramp",
        [GENERATOR_RANDOM] = "random",     [GENERATOR_SQUARE] = "square", [GENERATOR_SINE] = "sine",
    };
    for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (strcmp(names[i], name) == 0) {
            *out = (enum generator_kind)i;
            return true;
        }
    return false;
}
