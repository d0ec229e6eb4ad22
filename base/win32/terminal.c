#include "base/terminal.h"

#include <windows.h>

#define WIDTH_WITHOUT_TERMINAL 120

bool terminal_is(enum terminal_stream stream)
{
    static const DWORD handles[] = { STD_INPUT_HANDLE, STD_OUTPUT_HANDLE, STD_ERROR_HANDLE };
    DWORD mode;
    return GetConsoleMode(GetStdHandle(handles[stream]), &mode) != 0;
}

unsigned terminal_width(void)
{
    CONSOLE_SCREEN_BUFFER_INFO info;
    if (!GetConsoleScreenBufferInfo(GetStdHandle(STD_OUTPUT_HANDLE), &info))
        return WIDTH_WITHOUT_TERMINAL;
    return (unsigned)(info.srWindow.Right - info.srWindow.Left + 1);
}

bool terminal_utf8(void)
{
    return GetConsoleOutputCP() == CP_UTF8;
}
