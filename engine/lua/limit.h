/*
 * A budget of instructions and memory for code that must end: a policy's hooks.
 */
#ifndef PLUMB_LIMIT_H
#define PLUMB_LIMIT_H

#include <lua.h>

/* limited({ instructions, bytes }, fn, ...) -> true, results... | false, error
 * Like pcall, with a budget and without waiting. Inside another limit that one goes on counting. */
int limit_call(lua_State *L);

#endif
