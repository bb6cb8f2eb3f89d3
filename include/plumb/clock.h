/*
 * The two clocks. Time is a value that callers pass on, so nothing else in the engine reads a
 * clock; tests pass the time they want.
 */
#ifndef PLUMB_CLOCK_H
#define PLUMB_CLOCK_H

/* Seconds since 1970-01-01T00:00:00Z, with a fraction. May jump when somebody sets the clock. */
double plumb_clock_now(void);

/* Seconds since some moment in the past; never jumps, only good for differences. */
double plumb_clock_monotonic(void);

#endif
