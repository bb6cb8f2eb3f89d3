/*
 * One engine: a Lua state, an event loop, and the scripts. Everything a program needs to embed
 * plumb; main.c uses nothing else.
 *
 * An engine is not thread-safe; one thread uses it, except for plumb_stop.
 */
#ifndef PLUMB_H
#define PLUMB_H

#include <stdbool.h>

#include "plumb/err.h"

struct plumb;

struct plumb_options {
    const char *scripts_dir; /* look here for scripts before the binary; NULL for the binary only */
};

/* NULL with err when memory or the HTTP client cannot be had. */
struct plumb *plumb_new(const struct plumb_options *options, struct plumb_err *err);

/* Runs scripts/main.lua with the arguments after the program's name and returns its exit code
 * (70 when a script failed in a way that is plumb's own fault; the reason is on stderr). */
int plumb_run(struct plumb *engine, int argc, char **argv);

/* Asks a running engine to stop because of that signal: work in hand gets 5 seconds to end. In a
 * session that catches interrupts SIGINT ends what runs instead. Lua that computes and never comes
 * back to the loop does not hear it, so a SIGALRM follows 2 seconds later. False when it was asked
 * before and has not got to it yet: then nothing but the end of the process helps.
 * Async-signal-safe. */
bool plumb_stop(struct plumb *engine, int signal_number);

/* Closes everything. NULL is fine. */
void plumb_free(struct plumb *engine);

#endif
