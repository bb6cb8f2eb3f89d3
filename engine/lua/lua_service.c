/* engine.service: what a daemon and its service manager say to each other. The door is
 * plumb/service.lua. */
#include <string.h>
#include <unistd.h>

#include "bind.h"
#include "plumb/hangup.h"
#include "plumb/notify.h"
#include "task.h"

#define HANGUP "engine.service.hangup"

static int service_notify(lua_State *L) /* notify(address, text) -> true | nil, err */
{
    struct plumb_err err = { 0 };
    struct plumb_slice address = bind_check_slice(L, 1);
    struct plumb_slice text = bind_check_slice(L, 2);
    luaL_argcheck(L, strlen(address.p) == address.n, 1, "an address has no NUL");
    if (!plumb_notify(address.p, text, &err))
        return bind_fail(L, &err);
    lua_pushboolean(L, 1);
    return 1;
}

static int service_pid(lua_State *L) /* pid() -> number of this process */
{
    lua_pushinteger(L, getpid());
    return 1;
}

/* ---- SIGHUP ---- */

struct listener {
    struct task_wait wait; /* woken by a signal that nobody has waited for yet, too */
    struct plumb_hangup *hangup;
};

static struct listener *check_listener(lua_State *L)
{
    return luaL_checkudata(L, 1, HANGUP);
}

static int hangup_close(lua_State *L) /* __gc and __close; safe to run twice */
{
    struct listener *listener = check_listener(L);
    task_forget(&listener->wait);
    plumb_hangup_free(listener->hangup);
    listener->hangup = NULL;
    return 0;
}

static int wait_done(lua_State *L, int status, lua_KContext ctx)
{
    (void)status, (void)ctx;
    check_listener(L)->wait = (struct task_wait){ 0 };
    return 0;
}

static int hangup_wait(lua_State *L) /* listener:wait(): until the next signal; waits */
{
    struct listener *listener = check_listener(L);
    luaL_argcheck(L, listener->hangup, 1, "it listens no more");
    luaL_argcheck(L, !listener->wait.task, 1, "another task waits for it");
    task_check_may_wait(L);
    lua_settop(L, 1);
    return task_park(L, &listener->wait, wait_done);
}

static int service_listen(lua_State *L) /* listen_hangup() -> listener | nil, err */
{
    struct plumb_err err = { 0 };
    struct listener *listener = lua_newuserdatauv(L, sizeof *listener, 0);
    *listener = (struct listener){ 0 };
    luaL_setmetatable(L, HANGUP); /* empty yet valid: Lua owns every exit from here */
    listener->hangup = plumb_hangup_new(bind_loop(L), task_wake, &listener->wait, &err);
    return listener->hangup ? 1 : bind_fail(L, &err);
}

static const luaL_Reg hangup_meta[] = {
    { "__gc", hangup_close },
    { "__close", hangup_close },
    { NULL, NULL },
};

static const luaL_Reg hangup_methods[] = {
    { "wait", hangup_wait },
    { "close", hangup_close },
    { NULL, NULL },
};

static const luaL_Reg functions[] = {
    { "notify", service_notify },
    { "pid", service_pid },
    { "listen_hangup", service_listen },
    { NULL, NULL },
};

int luaopen_engine_service(lua_State *L)
{
    luaL_newmetatable(L, HANGUP);
    luaL_setfuncs(L, hangup_meta, 0);
    luaL_newlib(L, hangup_methods);
    lua_setfield(L, -2, "__index");
    luaL_newlib(L, functions);
    return 1;
}
