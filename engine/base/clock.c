#include "plumb/clock.h"

#include <time.h>

static double seconds(clockid_t clock)
{
    struct timespec t = { 0 };
    (void)clock_gettime(clock, &t); /* cannot fail for these two clocks and a valid pointer */
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

double plumb_clock_now(void)
{
    return seconds(CLOCK_REALTIME);
}

double plumb_clock_monotonic(void)
{
    return seconds(CLOCK_MONOTONIC);
}
