/* VariantChangeType: values of one type as another, by way of a number or of text. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "dcom/oleaut/date.h"
#include "dcom/oleaut/number.h"
#include "dcom/oleaut/type.h"

#define TEXT_MAXIMUM 128 /* of a number, date or truth value */

static BSTR bstr_from_ascii(const char *text)
{
    size_t length = strlen(text);
    BSTR string = SysAllocStringLen(NULL, (UINT)length);
    for (size_t i = 0; string && i < length; i++)
        string[i] = (OLECHAR)(unsigned char)text[i];
    return string;
}

/* Text without the blanks around it; false when it cannot be a number, date or truth value. */
static bool ascii_from_bstr(BSTR string, char out[TEXT_MAXIMUM])
{
    UINT length = SysStringLen(string), first = 0;
    while (first < length && string[first] == ' ')
        first++;
    while (length > first && string[length - 1] == ' ')
        length--;
    if (length == first || length - first >= TEXT_MAXIMUM)
        return false;
    for (UINT i = first; i < length; i++) {
        if (string[i] < ' ' || string[i] > '~')
            return false;
        out[i - first] = (char)string[i];
    }
    out[length - first] = 0;
    return true;
}

/* The digits of an integer divided by ten to the power of `scale`, without useless zeros. */
static void decimal_text(const struct number *n, char out[TEXT_MAXIMUM])
{
    char digits[TEXT_MAXIMUM];
    int at = TEXT_MAXIMUM;
    unsigned place = 0;
    bool significant = false;
    struct number rest = *n;

    digits[--at] = 0;
    do {
        char digit = (char)('0' + (int)(rest.magnitude % 10));
        rest.magnitude /= 10;
        significant |= digit != '0' || place >= n->scale;
        if (significant)
            digits[--at] = digit;
        if (++place == n->scale && significant)
            digits[--at] = '.';
    } while (rest.magnitude || place <= n->scale);
    snprintf(out, TEXT_MAXIMUM, "%s%s", n->negative && n->magnitude ? "-" : "", digits + at);
}

static HRESULT text_from_variant(const VARIANT *from, USHORT flags, VARIANT *out)
{
    char text[TEXT_MAXIMUM] = "";
    struct number n;

    if (from->vt == VT_BOOL) {
        bool is_true = from->boolVal != VARIANT_FALSE;
        const char *word = is_true ? "True" : "False", *number = is_true ? "-1" : "0";
        snprintf(text, sizeof text, "%s", flags & (VARIANT_ALPHABOOL | VARIANT_LOCALBOOL) ? word : number);
    } else if (from->vt == VT_DATE) {
        if (!date_text(from->date, text))
            return E_INVALIDARG;
    } else if (from->vt != VT_EMPTY) {
        HRESULT hr = number_from_variant(from, &n);
        if (FAILED(hr))
            return hr;
        if (n.kind == NUMBER_REAL)
            snprintf(text, sizeof text, "%.*G", from->vt == VT_R4 ? 7 : 15, n.real);
        else
            decimal_text(&n, text);
    }
    out->bstrVal = bstr_from_ascii(text);
    out->vt = VT_BSTR;
    return out->bstrVal ? S_OK : E_OUTOFMEMORY;
}

/* Digits with at most one point, which an integer of 96 bits holds exactly. */
static bool parse_exact(const char *text, struct number *out)
{
    bool point = false, digits = false;
    *out = (struct number){ .kind = NUMBER_INTEGER, .negative = *text == '-' };
    if (*text == '-' || *text == '+')
        text++;
    for (; *text; text++) {
        if (*text == '.' && !point) {
            point = true;
            continue;
        }
        if (*text < '0' || *text > '9' || out->scale == 28)
            return false;
        out->magnitude = out->magnitude * 10 + (unsigned)(*text - '0');
        if (out->magnitude >> 96)
            return false;
        out->scale += point;
        digits = true;
    }
    return digits;
}

static bool parse_number(const char *text, struct number *out)
{
    char *end;
    if (parse_exact(text, out))
        return true;
    if (strspn(text, "+-.0123456789eE") != strlen(text))
        return false;
    *out = (struct number){ .kind = NUMBER_REAL, .real = strtod(text, &end) };
    return end != text && !*end && isfinite(out->real);
}

static bool parse_truth(const char *text, bool *out)
{
    static const char *const words[][2] = { { "False", "True" }, { "#FALSE#", "#TRUE#" } };
    for (size_t i = 0; i < 2; i++) {
        for (int truth = 0; truth < 2; truth++) {
            const char *word = words[i][truth];
            size_t at = 0;
            while (word[at] && (text[at] == word[at] || (text[at] ^ 0x20) == word[at]))
                at++;
            if (!word[at] && !text[at]) {
                *out = truth;
                return true;
            }
        }
    }
    return false;
}

static HRESULT variant_from_text(BSTR string, VARTYPE type, VARIANT *out)
{
    char text[TEXT_MAXIMUM];
    struct number n;
    bool truth;
    DATE date;

    if (!ascii_from_bstr(string, text))
        return DISP_E_TYPEMISMATCH;
    if (type == VT_DATE && date_parse(text, &date)) {
        out->vt = VT_DATE;
        out->date = date;
        return S_OK;
    }
    if (type == VT_BOOL && parse_truth(text, &truth)) {
        out->vt = VT_BOOL;
        out->boolVal = truth ? VARIANT_TRUE : VARIANT_FALSE;
        return S_OK;
    }
    return parse_number(text, &n) ? number_to_variant(&n, type, out) : DISP_E_TYPEMISMATCH;
}

/* `from` is by value and not of the type asked for. */
static HRESULT convert(const VARIANT *from, USHORT flags, VARTYPE type, VARIANT *out)
{
    struct number n;

    if ((from->vt | type) & VT_ARRAY)
        return DISP_E_TYPEMISMATCH;
    if (type == VT_EMPTY || type == VT_NULL || from->vt == VT_NULL || type_is_interface(type))
        return DISP_E_TYPEMISMATCH;
    /* An error is no number, although it is kept in one: only a number becomes an error. */
    if (from->vt == VT_ERROR)
        return DISP_E_TYPEMISMATCH;
    if (type == VT_BSTR)
        return text_from_variant(from, flags, out);
    if (from->vt == VT_BSTR)
        return variant_from_text(from->bstrVal, type, out);
    HRESULT hr = number_from_variant(from, &n);
    return FAILED(hr) ? hr : number_to_variant(&n, type, out);
}

HRESULT VariantChangeTypeEx(VARIANTARG *out, const VARIANTARG *from, LCID locale, USHORT flags, VARTYPE type)
{
    VARIANT value, result;
    HRESULT hr;

    (void)locale;
    if (!type_is_variant(type) || (type & VT_BYREF))
        return DISP_E_BADVARTYPE;
    VariantInit(&value);
    VariantInit(&result);
    hr = VariantCopyInd(&value, from);
    if (FAILED(hr))
        return hr;
    if (value.vt == type) {
        result = value;
    } else {
        hr = convert(&value, flags, type, &result);
        VariantClear(&value);
    }
    /* A failure leaves `out` as it was. */
    if (SUCCEEDED(hr))
        hr = VariantClear(out);
    if (FAILED(hr)) {
        VariantClear(&result);
        return hr;
    }
    *out = result;
    return S_OK;
}

HRESULT VariantChangeType(VARIANTARG *out, const VARIANTARG *from, USHORT flags, VARTYPE type)
{
    return VariantChangeTypeEx(out, from, LOCALE_INVARIANT, flags, type);
}
