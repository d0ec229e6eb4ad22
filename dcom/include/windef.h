/* The base types of Windows with the sizes they have there: LONG is 32 bits and WCHAR 16, whatever the machine calls
 * long and wchar_t ([MS-DTYP] 2.2). */
#ifndef WINDEF_H
#define WINDEF_H

#include <stddef.h>
#include <stdint.h>

#include <guiddef.h>

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__ || __SIZEOF_POINTER__ != 8
#error "The portable COM runtime needs a little-endian machine with 64-bit pointers."
#endif

typedef uint8_t BYTE, UCHAR, BOOLEAN, byte, *PBYTE, *LPBYTE;
typedef uint16_t WORD, USHORT, *PUSHORT;
typedef uint32_t DWORD, ULONG, UINT, *PULONG, *LPDWORD;
typedef int16_t SHORT;
typedef int32_t LONG, INT, BOOL, *LPLONG, *LPBOOL;
typedef int64_t LONGLONG, LONG_PTR, INT_PTR, hyper, MIDL_hyper;
typedef uint64_t ULONGLONG, ULONG_PTR, UINT_PTR, DWORD_PTR, SIZE_T, MIDL_uhyper, DWORDLONG;
typedef char CHAR, *LPSTR;
typedef const char *LPCSTR;
typedef float FLOAT;
typedef double DOUBLE;
typedef uint16_t WCHAR, *PWSTR, *LPWSTR;
typedef const WCHAR *LPCWSTR, *PCWSTR;
typedef void *LPVOID, *PVOID, *HANDLE, *HLOCAL, *HINSTANCE;
typedef const void *LPCVOID;
typedef int32_t HRESULT;

#define VOID  void
#define CONST const

#ifndef TRUE
#define TRUE 1
#endif
#ifndef FALSE
#define FALSE 0
#endif
#define INFINITE 0xFFFFFFFFu

typedef struct _FILETIME {
    DWORD dwLowDateTime;
    DWORD dwHighDateTime;
} FILETIME, *LPFILETIME;

typedef union _LARGE_INTEGER {
    struct {
        DWORD LowPart;
        LONG HighPart;
    };
    LONGLONG QuadPart;
} LARGE_INTEGER;

typedef union _ULARGE_INTEGER {
    struct {
        DWORD LowPart;
        DWORD HighPart;
    };
    ULONGLONG QuadPart;
} ULARGE_INTEGER;

/* Calling conventions: 64-bit machines have one. */
#define WINAPI
#define CALLBACK
#define STDMETHODCALLTYPE
#define STDAPICALLTYPE
#define __stdcall
#define STDAPI        EXTERN_C HRESULT STDAPICALLTYPE
#define STDAPI_(type) EXTERN_C type STDAPICALLTYPE
#define FORCEINLINE   inline __attribute__((always_inline))

#define DECLSPEC_HIDDEN   __attribute__((visibility("hidden")))
#define DECLSPEC_ALIGN(n) __attribute__((aligned(n)))

#endif
