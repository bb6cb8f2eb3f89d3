/*
 * A budget of instructions, memory and time for code that must end: a policy's hooks.
 */
#ifndef PLUMB_LIMIT_H
#define PLUMB_LIMIT_H

#include <lua.h>

/* limited({ instructions, bytes, seconds }, fn, ...) -> true, results... | false, error
 * Like pcall, with a budget and without waiting. Inside another limit that one goes on counting.
 * Coroutines that fn makes have the same budget; one that is resumed under a later limit counts on
 * that. */
int limit_call(lua_State *L);

#endif
