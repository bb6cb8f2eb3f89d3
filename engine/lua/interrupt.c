#include "interrupt.h"

#include "../engine.h"
#include "bind.h"

#define STEP 1000 /* instructions between two looks */

static int catch_interrupts(lua_State *L)
{
    struct plumb *engine = bind_engine(L);
    luaL_checktype(L, 1, LUA_TBOOLEAN);
    engine->interrupt.caught = lua_toboolean(L, 1);
    engine->interrupt.came = 0;
    return 0;
}

static int take_interrupt(lua_State *L)
{
    struct plumb *engine = bind_engine(L);
    lua_pushboolean(L, engine->interrupt.came);
    engine->interrupt.came = 0;
    return 1;
}

static int wait_done(lua_State *L, int status, lua_KContext ctx)
{
    (void)status, (void)ctx;
    bind_engine(L)->interrupt.waiting = (struct task_wait){ 0 };
    bind_engine(L)->interrupt.came = 0;
    return 0;
}

static int wait_interrupt(lua_State *L)
{
    struct plumb *engine = bind_engine(L);
    task_check_may_wait(L);
    if (engine->interrupt.waiting.task)
        return luaL_error(L, "another task waits for an interrupt already");
    engine->interrupt.waiting = (struct task_wait){ .woken = engine->interrupt.came };
    return task_park(L, &engine->interrupt.waiting, wait_done);
}

/* Code that computes without waiting steps aside, so that whoever waits for the interrupt can end
 * it and its variables are closed in peace. Where it cannot step aside it gets an error, again and
 * again, so that a pcall in a loop cannot go on. */
static void step_aside(lua_State *L, lua_Debug *where)
{
    struct plumb *engine = bind_engine(L);
    (void)where;
    if (!engine->interrupt.came)
        return;
    if (task_is_outermost(L) && lua_isyieldable(L)) {
        lua_yield(L, 0);
        return;
    }
    lua_sethook(L, step_aside, LUA_MASKCOUNT, 1);
    luaL_error(L, "interrupted");
}

static int heed_interrupts(lua_State *L)
{
    lua_sethook(L, step_aside, LUA_MASKCOUNT, STEP);
    return 0;
}

const luaL_Reg interrupt_functions[] = {
    { "catch_interrupts", catch_interrupts },
    { "take_interrupt", take_interrupt },
    { "wait_interrupt", wait_interrupt },
    { "heed_interrupts", heed_interrupts },
    { NULL, NULL },
};
