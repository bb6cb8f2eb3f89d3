#include "embed.h"

#include <lauxlib.h>
#include <lua.h>
#include <stdio.h>
#include <string.h>

#include "bind.h"

const struct embedded_script *embed_find(const char *name)
{
    size_t low = 0, high = embedded_script_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = strcmp(name, embedded_scripts[middle].name);
        if (order == 0)
            return &embedded_scripts[middle];
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return NULL;
}

int embed_load(lua_State *L, const char *scripts_dir, const char *name)
{
    if (scripts_dir) {
        const char *path = lua_pushfstring(L, "%s/%s", scripts_dir, name);
        FILE *there = fopen(path, "rb");
        if (there) {
            fclose(there);
            int status = luaL_loadfilex(L, path, "t");
            lua_remove(L, -2);
            return status;
        }
        lua_pop(L, 1);
    }
    const struct embedded_script *script = embed_find(name);
    if (!script)
        return -1;
    const char *chunk = lua_pushfstring(L, "@scripts/%s", script->name);
    int status = luaL_loadbufferx(L, script->bytes, script->size, chunk, "t");
    lua_remove(L, -2);
    return status;
}

/* "plumb.json" is plumb/json.lua or plumb/json/init.lua. */
static int search(lua_State *L)
{
    const char *module = luaL_checkstring(L, 1);
    lua_getfield(L, LUA_REGISTRYINDEX, EMBED_SCRIPTS_DIR);
    const char *scripts_dir = lua_tostring(L, -1);
    const char *base = luaL_gsub(L, module, ".", "/");
    static const char *const forms[] = { "%s.lua", "%s/init.lua" };
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        const char *name = lua_pushfstring(L, forms[i], base);
        int status = embed_load(L, scripts_dir, name);
        if (status == LUA_OK) {
            lua_pushvalue(L, -2);
            return 2;
        }
        if (status != -1)
            return luaL_error(L, "%s", lua_tostring(L, -1));
    }
    lua_pushfstring(L, "no embedded script '%s'", module);
    return 1;
}

void embed_install(lua_State *L, const char *scripts_dir)
{
    if (scripts_dir) {
        lua_pushstring(L, scripts_dir);
        lua_setfield(L, LUA_REGISTRYINDEX, EMBED_SCRIPTS_DIR);
    }
    lua_getglobal(L, "package");
    lua_getfield(L, -1, "searchers");
    /* After package.preload (1) and before the file system: our names are never shadowed. */
    for (lua_Integer i = luaL_len(L, -1); i >= 2; i--) {
        lua_rawgeti(L, -1, i);
        lua_rawseti(L, -2, i + 1);
    }
    lua_pushcfunction(L, search);
    lua_rawseti(L, -2, 2);
    lua_pop(L, 2);
}
