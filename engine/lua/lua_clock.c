/* engine.clock: the two clocks. Door: scripts/plumb/time.lua. */
#include "bind.h"
#include "plumb/clock.h"

static int clock_now(lua_State *L) /* now() -> seconds since 1970 */
{
    lua_pushnumber(L, plumb_clock_now());
    return 1;
}

static int clock_monotonic(lua_State *L) /* monotonic() -> seconds */
{
    lua_pushnumber(L, plumb_clock_monotonic());
    return 1;
}

static const luaL_Reg functions[] = {
    { "now", clock_now },
    { "monotonic", clock_monotonic },
    { NULL, NULL },
};

int luaopen_engine_clock(lua_State *L)
{
    luaL_newlib(L, functions);
    return 1;
}
