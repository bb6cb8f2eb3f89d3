#include "task.h"

#include <lauxlib.h>

#include "../engine.h"
#include "bind.h"
#include "interrupt.h"
#include "limit.h"
#include "plumb/clock.h"

#define TASK "engine.task"

struct task {
    lua_State *co;
    struct task_wait *wait; /* parked on this; NULL when ready, running or ended */
    struct task_wait own;   /* what park() waits for and wake() ends */
    struct task *next;      /* in the ready queue */
    int arguments;          /* values to hand to the first resume */
    int status;             /* of the last resume, once ended */
    bool ready, ended;
};

/* Lua 5.4.0 to 5.4.5 call it lua_resetthread; the newer name comes with 5.4.6. */
#if LUA_VERSION_RELEASE_NUM >= 50406
#define close_thread(co, from) lua_closethread(co, from)
#else
#define close_thread(co, from) ((void)(from), lua_resetthread(co))
#endif

/* A parked coroutine yields this address: task.lua's resume knows by it that the coroutine is not
 * done with its caller but waits, and passes the wait on outwards. */
static const char parked = 'p';

/* ---- the ready queue ---- */

static void make_ready(struct plumb *engine, struct task *task)
{
    if (task->ready || task->ended)
        return;
    task->ready = true;
    task->next = NULL;
    if (engine->tasks.last)
        engine->tasks.last->next = task;
    else
        engine->tasks.first = task;
    engine->tasks.last = task;
    engine->tasks.ready++;
}

static void leave_queue(struct plumb *engine, struct task *task)
{
    struct task *before = NULL;
    for (struct task *t = engine->tasks.first; t; before = t, t = t->next) {
        if (t != task)
            continue;
        if (before)
            before->next = t->next;
        else
            engine->tasks.first = t->next;
        if (engine->tasks.last == t)
            engine->tasks.last = before;
        engine->tasks.ready--;
        break;
    }
    task->ready = false;
}

/* A live task is anchored in the registry under its own address. */
static void anchor(lua_State *L, struct task *task, int index)
{
    lua_pushvalue(L, index);
    lua_rawsetp(L, LUA_REGISTRYINDEX, task);
}

static void unanchor(lua_State *L, struct task *task)
{
    lua_pushnil(L);
    lua_rawsetp(L, LUA_REGISTRYINDEX, task);
}

/* ---- waiting ---- */

void task_check_may_wait(lua_State *L)
{
    if (!bind_engine(L)->tasks.current)
        luaL_error(L, "cannot wait outside a task");
    if (!lua_isyieldable(L))
        luaL_error(L, "cannot wait here: a call that waits was made inside a sort, a gsub, a "
                      "require, a store transaction or a hook that has to answer at once");
}

int task_park(lua_State *L, struct task_wait *wait, lua_KFunction k)
{
    struct task *task = bind_engine(L)->tasks.current;
    if (wait->woken)
        return k(L, LUA_OK, 0);
    wait->task = task;
    task->wait = wait;
    lua_pushlightuserdata(L, (void *)(uintptr_t)&parked);
    return lua_yieldk(L, 1, 0, k);
}

void task_wake(void *arg)
{
    struct task_wait *wait = arg;
    struct task *task = wait->task;
    wait->woken = true;
    wait->task = NULL;
    if (task) {
        task->wait = NULL;
        make_ready(bind_engine(task->co), task);
    }
}

void task_forget(struct task_wait *wait)
{
    if (wait->task)
        wait->task->wait = NULL;
    wait->task = NULL;
}

/* ---- running ---- */

struct task *task_spawn(lua_State *L, int nargs)
{
    struct task *task = lua_newuserdatauv(L, sizeof *task, 1);
    *task = (struct task){ .arguments = nargs };
    luaL_setmetatable(L, TASK);
    task->co = lua_newthread(L);
    lua_setiuservalue(L, -2, 1);
    lua_insert(L, -(nargs + 2));              /* the task below its function and arguments */
    if (!lua_checkstack(task->co, nargs + 1)) /* a new stack has room for twenty */
        luaL_error(L, "too many arguments for a task");
    lua_xmove(L, task->co, nargs + 1);
    anchor(L, task, lua_gettop(L));
    make_ready(bind_engine(L), task);
    return task;
}

static void end(lua_State *L, struct task *task, int status)
{
    task->ended = true;
    task->status = status;
    unanchor(L, task);
}

static void run_one(struct plumb *engine, struct task *task)
{
    lua_State *L = engine->L;
    int results, arguments = task->arguments;
    task->arguments = 0;
    engine->tasks.current = task;
    lua_rawgetp(L, LUA_REGISTRYINDEX, task); /* stays alive while it runs */
    int status = lua_resume(task->co, L, arguments, &results);
    engine->tasks.current = NULL;
    if (status == LUA_YIELD) {
        lua_pop(task->co, results);
        if (!task->wait)
            make_ready(engine, task); /* a plain yield at the top: let the others run */
    } else {
        end(L, task, status);
    }
    lua_pop(L, 1);
}

bool task_run_ready(struct plumb *engine)
{
    size_t n = engine->tasks.ready; /* those that get ready meanwhile wait for the next pass */
    bool any = n > 0;
    for (; n > 0 && engine->tasks.first; n--) {
        struct task *task = engine->tasks.first;
        leave_queue(engine, task);
        run_one(engine, task);
    }
    return any;
}

bool task_any_ready(const struct plumb *engine)
{
    return engine->tasks.first != NULL;
}

bool task_ended(const struct task *task)
{
    return task->ended;
}

bool task_is_outermost(lua_State *L)
{
    const struct task *task = bind_engine(L)->tasks.current;
    return task && task->co == L;
}

lua_State *task_thread(const struct task *task, int *status)
{
    *status = task->status;
    return task->co;
}

void task_cancel(lua_State *L, struct task *task)
{
    if (task->ended)
        return;
    if (task->wait)
        task_forget(task->wait);
    leave_queue(bind_engine(L), task);
    end(L, task, LUA_OK);
    close_thread(task->co, L);
}

/* ---- engine.task ---- */

static struct task *check_task(lua_State *L, int arg)
{
    return luaL_checkudata(L, arg, TASK);
}

static int lua_spawn(lua_State *L) /* spawn(fn, ...) -> task */
{
    luaL_checktype(L, 1, LUA_TFUNCTION);
    task_spawn(L, lua_gettop(L) - 1);
    return 1;
}

static int lua_current(lua_State *L) /* current() -> task | nil */
{
    struct task *task = bind_engine(L)->tasks.current;
    if (!task)
        return 0;
    lua_rawgetp(L, LUA_REGISTRYINDEX, task);
    return 1;
}

static int park_done(lua_State *L, int status, lua_KContext ctx)
{
    (void)status, (void)ctx;
    bind_engine(L)->tasks.current->own = (struct task_wait){ 0 };
    return 0;
}

static int lua_park(lua_State *L) /* park(): waits until somebody calls wake(task) */
{
    task_check_may_wait(L);
    return task_park(L, &bind_engine(L)->tasks.current->own, park_done);
}

static int lua_wake(lua_State *L) /* wake(task): ends its park, or the next one it begins */
{
    task_wake(&check_task(L, 1)->own);
    return 0;
}

static int lua_cancel(lua_State *L) /* cancel(task) -> whether it was still alive */
{
    struct task *task = check_task(L, 1);
    luaL_argcheck(L, task != bind_engine(L)->tasks.current, 1, "a task cannot cancel itself");
    lua_pushboolean(L, !task->ended);
    task_cancel(L, task);
    return 1;
}

static int lua_ended(lua_State *L) /* ended(task) -> boolean */
{
    lua_pushboolean(L, check_task(L, 1)->ended);
    return 1;
}

/* ---- sleep ---- */

#define SLEEP "engine.task.sleep"

struct nap {
    struct task_wait wait;
    struct plumb_timer timer;
    struct plumb_loop *loop;
};

static int nap_close(lua_State *L) /* __gc and __close; safe to run twice */
{
    struct nap *nap = luaL_checkudata(L, 1, SLEEP);
    task_forget(&nap->wait);
    if (nap->loop)
        plumb_loop_remove_timer(nap->loop, &nap->timer);
    nap->loop = NULL;
    return 0;
}

static int sleep_done(lua_State *L, int status, lua_KContext ctx)
{
    (void)L, (void)status, (void)ctx;
    return 0;
}

static int lua_sleep(lua_State *L) /* sleep(seconds); waits */
{
    lua_Number seconds = luaL_checknumber(L, 1);
    luaL_argcheck(L, seconds >= 0 && seconds < 1e9, 1, "seconds, not negative");
    task_check_may_wait(L);
    lua_settop(L, 1);
    struct nap *nap = lua_newuserdatauv(L, sizeof *nap, 0);
    *nap = (struct nap){ 0 };
    luaL_setmetatable(L, SLEEP);
    lua_toclose(L, 2);
    nap->loop = bind_loop(L);
    nap->timer = (struct plumb_timer){ .at = plumb_clock_monotonic() + seconds,
                                       .fire = task_wake,
                                       .arg = &nap->wait };
    plumb_loop_add_timer(nap->loop, &nap->timer);
    return task_park(L, &nap->wait, sleep_done);
}

/* ---- code that must not wait, and the end of the process ---- */

static int lua_nowait(lua_State *L) /* nowait(fn, ...) -> results; fn may not wait */
{
    luaL_checktype(L, 1, LUA_TFUNCTION);
    lua_call(L, lua_gettop(L) - 1, LUA_MULTRET); /* no continuation: waiting inside raises */
    return lua_gettop(L);
}

static int lua_stop_signal(lua_State *L) /* stop_signal() -> number of the signal | nil */
{
    int number = bind_engine(L)->stop_signal;
    if (!number)
        return 0;
    lua_pushinteger(L, number);
    return 1;
}

static int wait_stop_done(lua_State *L, int status, lua_KContext ctx)
{
    (void)status, (void)ctx;
    return lua_stop_signal(L);
}

static int lua_wait_stop(lua_State *L) /* wait_stop() -> number of the signal; waits for it */
{
    struct plumb *engine = bind_engine(L);
    if (engine->stop_signal)
        return lua_stop_signal(L);
    task_check_may_wait(L);
    if (engine->tasks.stopping.task)
        return luaL_error(L, "another task waits for the end already");
    return task_park(L, &engine->tasks.stopping, wait_stop_done);
}

static const luaL_Reg nap_meta[] = {
    { "__gc", nap_close },
    { "__close", nap_close },
    { NULL, NULL },
};

static const luaL_Reg functions[] = {
    { "spawn", lua_spawn },         { "current", lua_current },
    { "park", lua_park },           { "wake", lua_wake },
    { "cancel", lua_cancel },       { "ended", lua_ended },
    { "sleep", lua_sleep },         { "limited", limit_call },
    { "nowait", lua_nowait },       { "stop_signal", lua_stop_signal },
    { "wait_stop", lua_wait_stop }, { NULL, NULL },
};

int luaopen_engine_task(lua_State *L)
{
    luaL_newmetatable(L, TASK);
    luaL_newmetatable(L, SLEEP);
    luaL_setfuncs(L, nap_meta, 0);
    luaL_newlib(L, functions);
    luaL_setfuncs(L, interrupt_functions, 0);
    lua_pushlightuserdata(L, (void *)(uintptr_t)&parked);
    lua_setfield(L, -2, "parked"); /* what a coroutine that waits yields */
    return 1;
}
