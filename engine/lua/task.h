/*
 * Tasks: coroutines that may wait. C starts something, parks the running task on it, and the task
 * goes on in a continuation when that very thing is done; scripts read like straight lines.
 *
 * A binding that waits is four functions: the one Lua calls, the done, the close, the open. It
 * keeps a zeroed struct task_wait beside its resource and gives `task_wake, &wait` as the callback.
 */
#ifndef PLUMB_TASK_H
#define PLUMB_TASK_H

#include <lua.h>
#include <stdbool.h>

struct plumb;
struct task;

/* What a task is parked on. It must not move while a task is parked on it. */
struct task_wait {
    struct task *task; /* who waits; NULL when nobody does, or no longer */
    bool woken;        /* it is over: parking now would not wait at all */
};

/* [-0, +0, v] Raises, with the script's own file and line, when the running code cannot wait:
 * inside table.sort, string.gsub, require, a store transaction or a pure hook. Call it before
 * anything is started. */
void task_check_may_wait(lua_State *L);

/* Waits on `wait`, then goes on in `k`. Use as `return task_park(L, &wait, k)`. */
int task_park(lua_State *L, struct task_wait *wait, lua_KFunction k);

/* The thing with that wait (a struct task_wait *) is over: whoever is parked on it gets ready. */
void task_wake(void *wait);

/* A waiting thing is about to be freed: its wait must not be used any more. */
void task_forget(struct task_wait *wait);

/* [-(1 + nargs), +1, m] A new task that calls the function below the arguments; it starts in the
 * next pass. Pushes the task, which stays alive by itself until it has ended. */
struct task *task_spawn(lua_State *L, int nargs);

/* Runs every task that is ready now, once each. Returns whether any ran. */
bool task_run_ready(struct plumb *engine);
bool task_any_ready(const struct plumb *engine);

/* Whether it has ended, by return, error or cancel. */
bool task_ended(const struct task *task);

/* Whether L is the running task itself, and not a coroutine made in it. */
bool task_is_outermost(lua_State *L);

/* The thread of an ended task: its results, or its error on top. */
lua_State *task_thread(const struct task *task, int *status);

/* Ends a task that is not running: what it waits for is called off, its variables are closed. */
void task_cancel(lua_State *L, struct task *task);

#endif
