#include "bind.h"

#include "../engine.h"
#include "secret.h"

struct plumb *bind_engine(lua_State *L)
{
    return *(struct plumb **)lua_getextraspace(L);
}

struct plumb_loop *bind_loop(lua_State *L)
{
    return bind_engine(L)->loop;
}

int bind_fail(lua_State *L, const struct plumb_err *err)
{
    lua_pushnil(L);
    lua_createtable(L, 0, 3);
    lua_pushstring(L, err->code);
    lua_setfield(L, -2, "code");
    lua_pushstring(L, err->message);
    lua_setfield(L, -2, "message");
    if (err->status) {
        lua_pushinteger(L, err->status);
        lua_setfield(L, -2, "number");
    }
    return 2;
}

struct plumb_slice bind_check_slice(lua_State *L, int arg)
{
    struct plumb_slice s;
    luaL_checktype(L, arg, LUA_TSTRING);
    s.p = lua_tolstring(L, arg, &s.n);
    return s;
}

struct plumb_slice bind_check_bytes(lua_State *L, int arg)
{
    return lua_type(L, arg) == LUA_TUSERDATA ? secret_slice(L, arg) : bind_check_slice(L, arg);
}

struct plumb_slice bind_field_bytes(lua_State *L, int arg, const char *key)
{
    struct plumb_slice s = { "", 0 };
    int type = lua_getfield(L, arg, key);
    if (type == LUA_TSTRING)
        s.p = lua_tolstring(L, -1, &s.n);
    else if (type == LUA_TUSERDATA)
        s = secret_slice(L, lua_gettop(L));
    else if (type != LUA_TNIL)
        luaL_error(L, "field '%s' must be a string, not a %s", key, lua_typename(L, type));
    lua_pop(L, 1);
    return s;
}

lua_Integer bind_field_integer(lua_State *L, int arg, const char *key, lua_Integer absent)
{
    int ok = 1;
    lua_Integer n = absent;
    if (lua_getfield(L, arg, key) != LUA_TNIL)
        n = lua_tointegerx(L, -1, &ok);
    if (!ok)
        luaL_error(L, "field '%s' must be a whole number", key);
    lua_pop(L, 1);
    return n;
}

lua_Number bind_field_number(lua_State *L, int arg, const char *key, lua_Number absent)
{
    int ok = 1;
    lua_Number n = absent;
    if (lua_getfield(L, arg, key) != LUA_TNIL)
        n = lua_tonumberx(L, -1, &ok);
    if (!ok)
        luaL_error(L, "field '%s' must be a number", key);
    lua_pop(L, 1);
    return n;
}

int bind_field_boolean(lua_State *L, int arg, const char *key)
{
    lua_getfield(L, arg, key);
    int b = lua_toboolean(L, -1);
    lua_pop(L, 1);
    return b;
}
