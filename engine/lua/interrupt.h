/*
 * Ctrl-C in an interactive session: it ends the call that runs and keeps the process.
 */
#ifndef PLUMB_INTERRUPT_H
#define PLUMB_INTERRUPT_H

#include <lauxlib.h>

/* Part of engine.task:
 *   catch_interrupts(boolean)     from now on SIGINT is kept for the two below
 *   take_interrupt() -> boolean   whether one came since the last look
 *   wait_interrupt()              waits for one; one task at a time
 *   heed_interrupts()             the running coroutine, and those made in it, can be interrupted
 *                                 even where they never wait */
extern const luaL_Reg interrupt_functions[];

#endif
