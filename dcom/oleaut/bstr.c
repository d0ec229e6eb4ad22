/* BSTR: UTF-16 text, or any bytes, behind a length ([MS-OAUT] 2.2.23).
 *
 * In front of the text are 4 bytes of padding and the number of its bytes; behind it a zero unit that does not count.
 */
#include <oleauto.h>
#include <stdlib.h>

#define HEADER  8u /* keeps the text aligned as malloc aligns */
#define MAXIMUM 0x7FFFFFF0u

static uint8_t *block_of(BSTR string)
{
    return (uint8_t *)string - HEADER;
}

BSTR SysAllocStringByteLen(LPCSTR bytes, UINT size)
{
    if (size > MAXIMUM)
        return NULL;
    /* An odd number of bytes still ends with a whole zero unit. */
    size_t text_size = size + (size & 1);
    uint8_t *block = malloc(HEADER + text_size + sizeof(OLECHAR));
    if (!block)
        return NULL;
    memset(block, 0, HEADER - sizeof size);
    memcpy(block + HEADER - sizeof size, &size, sizeof size);
    if (bytes)
        memcpy(block + HEADER, bytes, size);
    else
        memset(block + HEADER, 0, size);
    memset(block + HEADER + size, 0, text_size - size + sizeof(OLECHAR));
    return (BSTR)(block + HEADER);
}

BSTR SysAllocStringLen(const OLECHAR *text, UINT units)
{
    return units > MAXIMUM / sizeof(OLECHAR) ? NULL
                                             : SysAllocStringByteLen((LPCSTR)text, units * (UINT)sizeof(OLECHAR));
}

BSTR SysAllocString(const OLECHAR *text)
{
    if (!text)
        return NULL;
    size_t units = 0;
    while (text[units])
        units++;
    return units > MAXIMUM ? NULL : SysAllocStringLen(text, (UINT)units);
}

INT SysReAllocString(BSTR *string, const OLECHAR *text)
{
    BSTR copy = SysAllocString(text);
    if (text && !copy)
        return FALSE;
    /* The old text may be the source, so it goes last. */
    SysFreeString(*string);
    *string = copy;
    return TRUE;
}

void SysFreeString(BSTR string)
{
    if (string)
        free(block_of(string));
}

UINT SysStringByteLen(BSTR string)
{
    UINT size = 0;
    if (string)
        memcpy(&size, block_of(string) + HEADER - sizeof size, sizeof size);
    return size;
}

UINT SysStringLen(BSTR string)
{
    return SysStringByteLen(string) / (UINT)sizeof(OLECHAR);
}
