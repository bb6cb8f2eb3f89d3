/* The engine's own parts, for engine.c and the bindings. */
#ifndef PLUMB_ENGINE_H
#define PLUMB_ENGINE_H

#include <lua.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>

#include "lua/task.h"
#include "plumb/gate.h"
#include "plumb/loop.h"
#include "plumb/mask.h"
#include "plumb/plumb.h"
#include "plumb/signing_key.h"

struct plumb {
    lua_State *L;
    struct plumb_loop *loop;
    struct {                       /* task.c */
        struct task *first, *last; /* the ready queue */
        struct task *current;
        size_t ready;              /* how many are in the queue */
        struct task_wait stopping; /* the task that waits to be told to stop */
    } tasks;
    struct { /* memory of the Lua state, in bytes */
        size_t used;
        size_t limit; /* 0 for none: only what runs under limited() has one */
    } memory;
    long instructions_left;                  /* of what runs under limited() */
    double limit_ends;                       /* when it must have ended, by the monotonic clock */
    struct plumb_signing_keys *signing_keys; /* lua_sign.c */
    struct plumb_mask *mask;                 /* what must never be shown; lua_secret.c */
    enum plumb_gate gate;                    /* unless open, nothing that changes AWS is signed */
    volatile sig_atomic_t stop_signal;       /* 0 while nobody asked to stop */
    struct {                          /* Ctrl-C in a session that goes on after it; interrupt.c */
        volatile sig_atomic_t caught; /* it ends what runs, not the process */
        volatile sig_atomic_t came;   /* and has come */
        struct task_wait waiting;     /* the task that waits for it */
    } interrupt;
};

#endif
