#include "base/clock.h"

#include "base/win32/windows_internal.h"

int64_t clock_now_ns(void)
{
    LARGE_INTEGER count, per_second;
    /* Neither can fail since Windows XP, and the frequency is a read of shared memory. */
    (void)QueryPerformanceFrequency(&per_second);
    (void)QueryPerformanceCounter(&count);
    /* Whole seconds first: the product of count and 10^9 would overflow after some minutes. */
    return count.QuadPart / per_second.QuadPart * NS_PER_S +
           count.QuadPart % per_second.QuadPart * NS_PER_S / per_second.QuadPart;
}

void clock_sleep_until_ns(int64_t deadline_ns)
{
    while (clock_left_ns(deadline_ns) > 0) {
        int left_ms = clock_left_ms(deadline_ns);
        Sleep(left_ms < 0 ? INFINITE : (DWORD)left_ms);
    }
}

static uint64_t filetime_value(FILETIME t)
{
    return (uint64_t)t.dwHighDateTime << 32 | t.dwLowDateTime;
}

int64_t clock_process_cpu_ns(void)
{
    FILETIME created, ended, kernel, user;
    if (!GetProcessTimes(GetCurrentProcess(), &created, &ended, &kernel, &user)) {
        return 0;
    }
    return (int64_t)((filetime_value(kernel) + filetime_value(user)) * 100);
}

uint64_t clock_wall_filetime(void)
{
    FILETIME now;
    GetSystemTimePreciseAsFileTime(&now);
    return filetime_value(now);
}
