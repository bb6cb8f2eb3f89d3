/* engine.gzip: compression of request bodies. Door: scripts/plumb/gzip.lua. */
#include "bind.h"
#include "plumb/gzip.h"

static int gzip_compress(lua_State *L) /* compress(bytes) -> bytes | nil, err */
{
    struct plumb_err err = { 0 };
    struct plumb_slice bytes = bind_check_slice(L, 1);
    size_t size = 0;
    luaL_Buffer buffer;
    char *out = luaL_buffinitsize(L, &buffer, plumb_gzip_bound(bytes.n));
    if (!plumb_gzip(bytes, out, &size, &err))
        return bind_fail(L, &err);
    luaL_pushresultsize(&buffer, size);
    return 1;
}

static const luaL_Reg functions[] = {
    { "compress", gzip_compress },
    { NULL, NULL },
};

int luaopen_engine_gzip(lua_State *L)
{
    luaL_newlib(L, functions);
    return 1;
}
