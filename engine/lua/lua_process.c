/* engine.process: a child process run for what it prints. The door is plumb/process.lua. */
#include <stdlib.h>
#include <string.h>

#include "bind.h"
#include "plumb/process.h"
#include "task.h"

#define OP "engine.process.op"
#define MAX_WORDS 256

struct op {
    struct task_wait wait;
    struct plumb_process *process;
};

static int op_close(lua_State *L) /* __gc and __close; safe to run twice */
{
    struct op *op = luaL_checkudata(L, 1, OP);
    task_forget(&op->wait);
    plumb_process_free(op->process); /* a child that still runs is killed */
    op->process = NULL;
    return 0;
}

static int run_done(lua_State *L, int status, lua_KContext ctx)
{
    struct plumb_process_result result;
    struct plumb_err err = { 0 };
    struct op *op = luaL_checkudata(L, 2, OP);
    (void)status, (void)ctx;
    if (!plumb_process_result(op->process, &result, &err))
        return bind_fail(L, &err);
    lua_createtable(L, 0, 2);
    lua_pushinteger(L, result.code);
    lua_setfield(L, -2, "code");
    lua_pushlstring(L, result.output.n ? result.output.p : "", result.output.n);
    lua_setfield(L, -2, "output");
    return 1; /* leaving closes slot 2 */
}

/* The string on top of the stack, which the request's table keeps alive. */
static const char *check_word(lua_State *L, const char *what)
{
    size_t n;
    if (lua_type(L, -1) != LUA_TSTRING)
        luaL_error(L, "%s must be texts", what);
    const char *word = lua_tolstring(L, -1, &n);
    if (strlen(word) != n)
        luaL_error(L, "%s must not hold a NUL", what);
    return word;
}

static void read_argv(lua_State *L, const char **argv)
{
    lua_getfield(L, 1, "argv");
    luaL_checktype(L, -1, LUA_TTABLE);
    lua_Unsigned n = lua_rawlen(L, -1);
    if (n == 0 || n > MAX_WORDS)
        luaL_error(L, "a program takes 1 to %d words", MAX_WORDS);
    for (lua_Unsigned i = 0; i < n; i++) {
        lua_rawgeti(L, -1, (lua_Integer)i + 1);
        argv[i] = check_word(L, "the words of a program");
        lua_pop(L, 1);
    }
    argv[n] = NULL;
    lua_pop(L, 1);
}

/* { NAME = value } as "NAME=value"; the strings are kept alive in the table pushed here. */
static void read_env(lua_State *L, const char **env)
{
    int n = 0;
    lua_newtable(L);
    int kept = lua_gettop(L);
    if (lua_getfield(L, 1, "env") != LUA_TTABLE)
        luaL_error(L, "a program needs an environment, be it an empty one");
    for (lua_pushnil(L); lua_next(L, kept + 1);) {
        if (n == MAX_WORDS)
            luaL_error(L, "an environment has at most %d variables", MAX_WORDS);
        const char *value = check_word(L, "the values of an environment");
        lua_pushvalue(L, -2); /* a copy: converting a key would confuse lua_next */
        const char *name = check_word(L, "the names of an environment");
        if (!*name || strchr(name, '='))
            luaL_error(L, "'%s' cannot be the name of a variable", name);
        env[n] = lua_pushfstring(L, "%s=%s", name, value);
        lua_rawseti(L, kept, ++n);
        lua_pop(L, 2);
    }
    env[n] = NULL;
    lua_settop(L, kept);
}

/* run{ argv, env, timeout?, max_output? } -> { code, output } | nil, err; waits */
static int process_run(lua_State *L)
{
    const char *argv[MAX_WORDS + 1], *env[MAX_WORDS + 1];
    struct plumb_err err = { 0 };
    luaL_checktype(L, 1, LUA_TTABLE);
    task_check_may_wait(L); /* before anything starts */
    lua_settop(L, 1);
    struct op *op = lua_newuserdatauv(L, sizeof *op, 0);
    *op = (struct op){ 0 };
    luaL_setmetatable(L, OP); /* empty yet valid: Lua owns every exit from here */
    lua_toclose(L, 2);        /* return, error() and cancel all run op_close */
    read_argv(L, argv);
    read_env(L, env);
    struct plumb_process_request request = {
        .argv = argv,
        .env = env,
        .timeout = bind_field_number(L, 1, "timeout", 0),
        .max_output = (size_t)bind_field_integer(L, 1, "max_output", 0),
    };
    op->process = plumb_process_start(bind_loop(L), &request, task_wake, &op->wait, &err);
    return op->process ? task_park(L, &op->wait, run_done) : bind_fail(L, &err);
}

static const luaL_Reg op_meta[] = {
    { "__gc", op_close },
    { "__close", op_close },
    { NULL, NULL },
};

static const luaL_Reg functions[] = {
    { "run", process_run },
    { NULL, NULL },
};

int luaopen_engine_process(lua_State *L)
{
    luaL_newmetatable(L, OP);
    luaL_setfuncs(L, op_meta, 0);
    luaL_newlib(L, functions);
    return 1;
}
