/* engine.scripts: what is embedded, for `plumb init` and for looking things up. */
#include "bind.h"
#include "embed.h"

static int scripts_list(lua_State *L) /* list() -> names, sorted */
{
    lua_createtable(L, (int)embedded_script_count, 0);
    for (size_t i = 0; i < embedded_script_count; i++) {
        lua_pushstring(L, embedded_scripts[i].name);
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
    return 1;
}

static int scripts_source(lua_State *L) /* source(name) -> text | nil */
{
    const struct embedded_script *script = embed_find(luaL_checkstring(L, 1));
    if (!script)
        return 0;
    lua_pushlstring(L, script->bytes, script->size);
    return 1;
}

static const luaL_Reg functions[] = {
    { "list", scripts_list },
    { "source", scripts_source },
    { NULL, NULL },
};

int luaopen_engine_scripts(lua_State *L)
{
    luaL_newlib(L, functions);
    return 1;
}
