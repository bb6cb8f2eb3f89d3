/*
 * The type behind engine.secret, for bindings that need the bytes. Nothing here gives them to Lua.
 */
#ifndef PLUMB_SECRET_H
#define PLUMB_SECRET_H

#include <lua.h>
#include <stdbool.h>

#include "plumb/buf.h"

/* [-0, +0, -] whether the value at arg is a secret. */
bool secret_is(lua_State *L, int arg);

/* [-0, +0, v] the bytes of the secret at arg, valid while it stays on the stack or in a table that
 * does; raises when it is none. */
struct plumb_slice secret_slice(lua_State *L, int arg);

/* [-0, +1, m] pushes a new secret with a copy of bytes, which the caller wipes where they were. */
void secret_push(lua_State *L, struct plumb_slice bytes);

#endif
