#include "base/interrupt.h"

#include <stdatomic.h>
#include <windows.h>

#include "base/clock.h"

static HANDLE wake; /* manual reset, so that it stays set for every waiter */
static atomic_bool requested;

void interrupt_request(void)
{
    if (!atomic_exchange(&requested, true) && wake)
        SetEvent(wake);
}

static BOOL WINAPI on_control(DWORD type)
{
    if (type == CTRL_C_EVENT && atomic_load(&requested))
        return FALSE; /* the default handler ends the process */
    interrupt_request();
    return TRUE;
}

enum err interrupt_catch(void)
{
    if (!wake)
        wake = CreateEventW(NULL, TRUE, FALSE, NULL);
    if (!wake)
        return ERR_MEMORY;
    return SetConsoleCtrlHandler(on_control, TRUE) ? ERR_OK : ERR_IO;
}

bool interrupt_requested(void)
{
    return atomic_load(&requested);
}

bool interrupt_wait(int64_t deadline_ns)
{
    while (!interrupt_requested()) {
        if (clock_left_ns(deadline_ns) == 0)
            return false;
        int left_ms = clock_left_ms(deadline_ns);
        WaitForSingleObject(wake, left_ms < 0 ? INFINITE : (DWORD)left_ms);
    }
    return true;
}
