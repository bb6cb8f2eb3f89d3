#include "engine.h"

#include <curl/curl.h>
#include <expat.h>
#include <lauxlib.h>
#include <lualib.h>
#include <microhttpd.h>
#include <openssl/crypto.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "lua/bind.h"
#include "lua/embed.h"
#include "lua/task.h"
#include "plumb/clock.h"

#define EXIT_USAGE 2
#define EXIT_BUG 70       /* sysexits' EX_SOFTWARE: plumb itself is wrong */
#define STOP_SECONDS 5    /* what work in hand gets to end after a signal */
#define LONGEST_WAIT 60.0 /* seconds between two looks at nothing */

int luaopen_cjson(lua_State *L); /* lua-cjson has no header */
int luaopen_engine_xml(lua_State *L);

/* Counts what the Lua state uses, and refuses more to code that runs under a limit. */
static void *allocate(void *arg, void *old, size_t old_size, size_t size)
{
    struct plumb *engine = arg;
    size_t had = old ? old_size : 0; /* for a new object old_size is its type */
    if (size == 0) {
        free(old);
        engine->memory.used -= had;
        return NULL;
    }
    if (engine->memory.limit && size > had &&
        engine->memory.used + size - had > engine->memory.limit)
        return NULL;
    void *now = realloc(old, size);
    if (now)
        engine->memory.used += size - had;
    return now;
}

static int open_build(lua_State *L) /* engine.build: versions of plumb and what it is built on */
{
    lua_newtable(L);
    lua_pushliteral(L, PLUMB_VERSION);
    lua_setfield(L, -2, "version");
    lua_pushliteral(L, LUA_RELEASE);
    lua_setfield(L, -2, "lua");
    lua_pushstring(L, curl_version_info(CURLVERSION_NOW)->version);
    lua_setfield(L, -2, "curl");
    lua_pushstring(L, sqlite3_libversion());
    lua_setfield(L, -2, "sqlite");
    lua_pushstring(L, OpenSSL_version(OPENSSL_VERSION_STRING));
    lua_setfield(L, -2, "openssl");
    lua_pushstring(L, MHD_get_version());
    lua_setfield(L, -2, "microhttpd");
    lua_pushfstring(L, "%d.%d.%d", XML_ExpatVersionInfo().major, XML_ExpatVersionInfo().minor,
                    XML_ExpatVersionInfo().micro);
    lua_setfield(L, -2, "expat");
    lua_pushboolean(L, HAVE_LIBEDIT);
    lua_setfield(L, -2, "libedit");
    return 1;
}

static const luaL_Reg modules[] = {
    { "cjson", luaopen_cjson },
    { "engine.build", open_build },
    { "engine.clock", luaopen_engine_clock },
    { "engine.digest", luaopen_engine_digest },
    { "engine.files", luaopen_engine_files },
    { "engine.gzip", luaopen_engine_gzip },
    { "engine.http", luaopen_engine_http },
    { "engine.json", luaopen_engine_json },
    { "engine.listen", luaopen_engine_listen },
    { "engine.process", luaopen_engine_process },
    { "engine.random", luaopen_engine_random },
    { "engine.scripts", luaopen_engine_scripts },
    { "engine.secret", luaopen_engine_secret },
    { "engine.service", luaopen_engine_service },
    { "engine.sign", luaopen_engine_sign },
    { "engine.store", luaopen_engine_store },
    { "engine.task", luaopen_engine_task },
    { "engine.term", luaopen_engine_term },
    { "engine.x509", luaopen_engine_x509 },
    { "engine.xml", luaopen_engine_xml },
    { NULL, NULL },
};

static int open_state(lua_State *L)
{
    const struct plumb_options *options = lua_touserdata(L, 1);
    /* LUA_PATH and LUA_INIT of whoever started us say nothing about what plumb loads. */
    lua_pushboolean(L, 1);
    lua_setfield(L, LUA_REGISTRYINDEX, "LUA_NOENV");
    luaL_openlibs(L);
    luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_PRELOAD_TABLE);
    luaL_setfuncs(L, modules, 0);
    luaL_requiref(L, "engine.task", luaopen_engine_task, 0); /* before the first task is made */
    embed_install(L, options ? options->scripts_dir : NULL);
    return 0;
}

struct plumb *plumb_new(const struct plumb_options *options, struct plumb_err *err)
{
    struct plumb *engine = calloc(1, sizeof *engine);
    if (engine && (engine->loop = plumb_loop_new(err)))
        engine->L = lua_newstate(allocate, engine);
    if (!engine || !engine->L) {
        plumb_err_set(err, "OutOfMemory", 0, "the Lua state could not be made");
        plumb_free(engine);
        return NULL;
    }
    *(struct plumb **)lua_getextraspace(engine->L) = engine;
    lua_pushcfunction(engine->L, open_state);
    lua_pushlightuserdata(engine->L, (void *)(uintptr_t)options);
    if (lua_pcall(engine->L, 1, 0, 0) != LUA_OK) {
        plumb_err_set(err, "OutOfMemory", 0, "%s", lua_tostring(engine->L, -1));
        plumb_free(engine);
        return NULL;
    }
    return engine;
}

void plumb_free(struct plumb *engine)
{
    if (!engine)
        return;
    if (engine->L)
        lua_close(engine->L); /* first: what Lua still holds is registered with the loop */
    plumb_loop_free(engine->loop);
    plumb_signing_keys_free(engine->signing_keys);
    plumb_mask_free(engine->mask);
    free(engine);
}

bool plumb_stop(struct plumb *engine, int signal_number)
{
    bool caught = signal_number == SIGINT && engine->interrupt.caught;
    volatile sig_atomic_t *asked = caught ? &engine->interrupt.came : &engine->stop_signal;
    bool first = !*asked;
    if (first && !caught)
        alarm(STOP_SECONDS + 2);
    *asked = signal_number;
    plumb_loop_wakeup(engine->loop);
    return first;
}

/* Whether a task waits for a person, who may always do something. */
static bool anybody_listens(const struct plumb *engine)
{
    return engine->tasks.stopping.task || engine->interrupt.waiting.task;
}

/* Lets tasks run and the loop turn until the task has ended. False with err when nothing is left
 * that could ever wake it. */
static bool run_until_ended(struct plumb *engine, struct task *task, struct plumb_err *err)
{
    double deadline = 0; /* once somebody asked us to stop */
    while (!task_ended(task)) {
        if (engine->stop_signal && !deadline) {
            deadline = plumb_clock_monotonic() + STOP_SECONDS;
            task_wake(&engine->tasks.stopping);
        }
        if (engine->interrupt.came)
            task_wake(&engine->interrupt.waiting);
        task_run_ready(engine);
        if (task_ended(task))
            break;
        if (!task_any_ready(engine) && !plumb_loop_busy(engine->loop) && !anybody_listens(engine))
            return plumb_err_set(err, "Deadlock", 0, "every task waits for another one");
        double wait = task_any_ready(engine) ? 0 : LONGEST_WAIT;
        if (deadline) {
            double left = deadline - plumb_clock_monotonic();
            if (left <= 0) {
                task_cancel(engine->L, task);
                break;
            }
            wait = wait < left ? wait : left;
        }
        if (!plumb_loop_turn(engine->loop, wait, err))
            return false;
    }
    return true;
}

static int exit_code(struct plumb *engine, const struct task *task)
{
    int status, ok = 1;
    lua_State *co = task_thread(task, &status);
    if (engine->stop_signal)
        return 128 + engine->stop_signal;
    if (status != LUA_OK) { /* main.lua reports everything itself, so this is about main.lua */
        fprintf(stderr, "plumb: %s\n",
                lua_tostring(co, -1) ? lua_tostring(co, -1) : "an error that is not a text");
        return EXIT_BUG;
    }
    lua_Integer code = lua_gettop(co) ? lua_tointegerx(co, 1, &ok) : 0;
    return ok && code >= 0 && code <= 255 ? (int)code : EXIT_BUG;
}

int plumb_run(struct plumb *engine, int argc, char **argv)
{
    lua_State *L = engine->L;
    struct plumb_err err = { 0 };
    lua_getfield(L, LUA_REGISTRYINDEX, EMBED_SCRIPTS_DIR);
    int status = embed_load(L, lua_tostring(L, -1), "main.lua");
    if (status != LUA_OK) {
        fprintf(stderr, "plumb: %s\n", status == -1 ? "main.lua is missing" : lua_tostring(L, -1));
        lua_settop(L, 0);
        return EXIT_BUG;
    }
    if (!lua_checkstack(L, argc + 8)) {
        fprintf(stderr, "plumb: %d arguments are too many\n", argc);
        lua_settop(L, 0);
        return EXIT_USAGE;
    }
    for (int i = 0; i < argc; i++)
        lua_pushstring(L, argv[i]);
    struct task *task = task_spawn(L, argc);
    int code = EXIT_BUG;
    if (run_until_ended(engine, task, &err))
        code = exit_code(engine, task);
    else
        fprintf(stderr, "plumb: %s: %s\n", err.code, err.message);
    lua_settop(L, 0);
    return code;
}
