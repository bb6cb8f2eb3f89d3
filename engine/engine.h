/* The engine's own parts, for engine.c and the bindings. */
#ifndef PLUMB_ENGINE_H
#define PLUMB_ENGINE_H

#include <lua.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>

#include "lua/task.h"
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
    long instructions_left; /* of what runs under limited() */
    struct plumb_signing_keys *signing_keys; /* lua_sign.c */
    struct plumb_mask *mask;                 /* what must never be shown; lua_secret.c */
    bool read_only;         /* once true, never false again: nothing that changes AWS is signed */
    volatile sig_atomic_t stop_signal; /* 0 while nobody asked to stop */
};

#endif
