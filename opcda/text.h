/* UTF-16 text at the COM seam; inside the programs all text is UTF-8. */
#ifndef OPCDA_TEXT_H
#define OPCDA_TEXT_H

#include <stdbool.h>
#include <windows.h>

/* A literal of WCHAR, which is 16 bits everywhere. Never a BSTR. */
#define WTEXT(literal) ((const WCHAR *)u"" literal)

/* Copies for [out] parameters, from CoTaskMemAlloc; NULL when memory is short. */
WCHAR *wide_from_utf8(const char *s);
WCHAR *wide_copy(const WCHAR *s);
/* UTF-8 on the heap (free); NULL when memory is short or `s` is NULL. */
char *wide_to_utf8(const WCHAR *s);
size_t wide_length(const WCHAR *s);
bool wide_equal(const WCHAR *a, const WCHAR *b);
/* A BSTR of UTF-8 text (SysFreeString); NULL when memory is short. */
BSTR bstr_from_utf8(const char *s);

#endif
