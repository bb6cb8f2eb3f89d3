/*
 * SIGHUP as an event of the loop: what asks a daemon to read its configuration again. Whoever does
 * not listen for it is ended by it, as any program that loses its terminal.
 */
#ifndef PLUMB_HANGUP_H
#define PLUMB_HANGUP_H

#include "plumb/err.h"
#include "plumb/loop.h"

struct plumb_hangup;

/* Listens from now on and calls on_hangup(arg) from the loop for each signal; several that come
 * together may count as one. One listener for a process. NULL with err HangupFailed. The loop and
 * arg are borrowed until it is freed. */
struct plumb_hangup *plumb_hangup_new(struct plumb_loop *loop, void (*on_hangup)(void *arg),
                                      void *arg, struct plumb_err *err);

/* Listens no more: the next signal does what it did before. */
void plumb_hangup_free(struct plumb_hangup *hangup);

#endif
