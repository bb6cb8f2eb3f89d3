/* engine.json: the strict check of JSON text. Door: scripts/plumb/json.lua. */
#include <stdint.h>

#include "bind.h"
#include "plumb/json.h"

#define TEXT "engine.json.text"

static int text_close(lua_State *L) /* __gc and __close; safe to run twice */
{
    plumb_buf_clear(luaL_checkudata(L, 1, TEXT));
    return 0;
}

/* check(text, max_depth) -> safe text, keys | nil, message, position. The safe form is described
 * in plumb/json.h, and so is the number of keys; position is a byte, from 1. */
static int json_check(lua_State *L)
{
    struct plumb_err err = { 0 };
    size_t position = 0, keys = 0;
    struct plumb_slice text = bind_check_slice(L, 1);
    lua_Integer max_depth = luaL_checkinteger(L, 2);
    luaL_argcheck(L, max_depth > 0 && max_depth <= PLUMB_JSON_MAX_DEPTH, 2, "depth out of range");
    luaL_argcheck(L, text.n <= SIZE_MAX / 8, 1, "too long");

    struct plumb_buf *safe = lua_newuserdatauv(L, sizeof *safe, 0);
    plumb_buf_init(safe, text.n * 4 + 16);
    luaL_setmetatable(L, TEXT); /* Lua owns the buffer from here, whatever raises */
    lua_toclose(L, -1);
    if (plumb_json_check(text, (int)max_depth, safe, &err, &position, &keys)) {
        lua_pushlstring(L, safe->p, safe->n);
        lua_pushinteger(L, (lua_Integer)keys);
        return 2;
    }
    luaL_pushfail(L);
    lua_pushstring(L, err.message);
    lua_pushinteger(L, (lua_Integer)position);
    return 3;
}

static const luaL_Reg text_methods[] = {
    { "__gc", text_close },
    { "__close", text_close },
    { NULL, NULL },
};

static const luaL_Reg functions[] = {
    { "check", json_check },
    { NULL, NULL },
};

int luaopen_engine_json(lua_State *L)
{
    luaL_newmetatable(L, TEXT);
    luaL_setfuncs(L, text_methods, 0);
    lua_pop(L, 1);
    luaL_newlib(L, functions);
    return 1;
}
