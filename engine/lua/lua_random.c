/* engine.random: bytes from the kernel. Door: scripts/plumb/random.lua. */
#include "bind.h"
#include "plumb/random.h"

enum { MAX_BYTES = 1 << 20 };

/* bytes(n) -> string of n random bytes. Raises when the kernel has none: there is nothing a caller
 * could do instead that would not be worse. */
static int random_bytes(lua_State *L)
{
    struct plumb_err err = { 0 };
    lua_Integer n = luaL_checkinteger(L, 1);
    luaL_argcheck(L, n >= 0 && n <= MAX_BYTES, 1, "number of bytes out of range");

    luaL_Buffer buffer;
    char *p = luaL_buffinitsize(L, &buffer, (size_t)n);
    if (!plumb_random_bytes(p, (size_t)n, &err))
        return luaL_error(L, "%s", err.message);
    luaL_pushresultsize(&buffer, (size_t)n);
    return 1;
}

static const luaL_Reg functions[] = {
    { "bytes", random_bytes },
    { NULL, NULL },
};

int luaopen_engine_random(lua_State *L)
{
    luaL_newlib(L, functions);
    return 1;
}
