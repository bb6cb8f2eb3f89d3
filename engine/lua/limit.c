#include "limit.h"

#include <lauxlib.h>

#include "../engine.h"
#include "bind.h"
#include "plumb/clock.h"

/* Instructions between two looks at the budget. One instruction may be a call of a C function that
 * takes some milliseconds for a text of megabytes, and no hook runs meanwhile: few instructions
 * keep the time until the next look short. */
#define STEP 100

static void count_down(lua_State *L, lua_Debug *where)
{
    struct plumb *engine = bind_engine(L);
    (void)where;
    engine->instructions_left -= STEP;
    if (engine->instructions_left > 0 && plumb_clock_monotonic() < engine->limit_ends)
        return;
    /* From here on every instruction fails, so that a pcall in a loop cannot go on. */
    lua_sethook(L, count_down, LUA_MASKCOUNT, 1);
    luaL_error(L, "it ran longer than the limit for a hook (does a loop never end?)");
}

int limit_call(lua_State *L)
{
    struct plumb *engine = bind_engine(L);
    long instructions = (long)bind_field_integer(L, 1, "instructions", 50 * 1000 * 1000);
    lua_Integer bytes = bind_field_integer(L, 1, "bytes", 64 * 1024 * 1024);
    lua_Number seconds = bind_field_number(L, 1, "seconds", 5.0);
    luaL_checktype(L, 2, LUA_TFUNCTION);
    if (engine->instructions_left) /* inside another limit, which goes on counting */
        instructions = 0;
    lua_Hook hook = lua_gethook(L); /* of an interactive session, which has one while a call runs */
    int mask = lua_gethookmask(L), count = lua_gethookcount(L);
    if (instructions) {
        engine->instructions_left = instructions;
        engine->limit_ends = plumb_clock_monotonic() + seconds;
        engine->memory.limit = engine->memory.used + (size_t)bytes;
        lua_sethook(L, count_down, LUA_MASKCOUNT, STEP);
    }
    int status = lua_pcall(L, lua_gettop(L) - 2, LUA_MULTRET, 0);
    if (instructions) {
        lua_sethook(L, hook, mask, count);
        engine->instructions_left = 0;
        engine->memory.limit = 0;
    }
    lua_pushboolean(L, status == LUA_OK);
    lua_replace(L, 1);
    return lua_gettop(L);
}
