/*
 * What every binding shares: the engine behind a lua_State, nil+err, and argument checks.
 * Stack notation as in the Lua manual: [-popped, +pushed, errors].
 */
#ifndef PLUMB_BIND_H
#define PLUMB_BIND_H

#include <lauxlib.h>
#include <lua.h>

#include "plumb/buf.h"
#include "plumb/err.h"

struct plumb;      /* the engine, plumb.h */
struct plumb_loop; /* the event loop, loop.h */

/* The engine that runs this state; never NULL inside a binding. */
struct plumb *bind_engine(lua_State *L);
struct plumb_loop *bind_loop(lua_State *L);

/* [-0, +2, m] pushes nil and { code, message, status? }; returns 2. */
int bind_fail(lua_State *L, const struct plumb_err *err);

/* The string at arg as a slice, valid while the value stays on the stack; raises when it is none.
 * Numbers are refused: bytes are strings. */
struct plumb_slice bind_check_slice(lua_State *L, int arg);

/* Like bind_check_slice, and also takes a secret (engine.secret): the only way to its bytes. */
struct plumb_slice bind_check_bytes(lua_State *L, int arg);

/* The string (or secret) field `key` of the table at arg; the empty slice when it is nil. The value
 * is left anchored by the table, so the slice is valid while the table is unchanged. */
struct plumb_slice bind_field_bytes(lua_State *L, int arg, const char *key);
lua_Integer bind_field_integer(lua_State *L, int arg, const char *key, lua_Integer absent);
lua_Number bind_field_number(lua_State *L, int arg, const char *key, lua_Number absent);
int bind_field_boolean(lua_State *L, int arg, const char *key);

/* One opener per engine.<name>; engine.c preloads them all. */
int luaopen_engine_task(lua_State *L);
int luaopen_engine_http(lua_State *L);
int luaopen_engine_listen(lua_State *L);
int luaopen_engine_sign(lua_State *L);
int luaopen_engine_digest(lua_State *L);
int luaopen_engine_secret(lua_State *L);
int luaopen_engine_json(lua_State *L);
int luaopen_engine_store(lua_State *L);
int luaopen_engine_clock(lua_State *L);
int luaopen_engine_gzip(lua_State *L);
int luaopen_engine_process(lua_State *L);
int luaopen_engine_random(lua_State *L);
int luaopen_engine_files(lua_State *L);
int luaopen_engine_term(lua_State *L);
int luaopen_engine_x509(lua_State *L);
int luaopen_engine_scripts(lua_State *L);
int luaopen_engine_service(lua_State *L);

#endif
