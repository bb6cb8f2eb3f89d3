/* engine.listen: an HTTP server whose handler is a Lua function in a task of its own. The door is
 * plumb/server.lua. */
#include <string.h>

#include "../engine.h"
#include "bind.h"
#include "plumb/listen.h"
#include "task.h"

#define SERVER "engine.listen.server"
#define EXCHANGE "engine.listen.exchange"
#define MAX_HEADERS 64

struct server {
    struct plumb_server *server;
    lua_State *L; /* the main state: handlers start from the loop, not from a task */
};

struct exchange {
    struct plumb_exchange *exchange; /* NULL once answered or gone */
};

/* ---- the request, from the loop ---- */

struct arrival { /* what the protected part of on_request works on */
    struct server *server;
    struct plumb_exchange *exchange;
    const struct plumb_server_request *request;
};

static void set_slice(lua_State *L, const char *key, struct plumb_slice s)
{
    lua_pushlstring(L, s.n ? s.p : "", s.n);
    lua_setfield(L, -2, key);
}

static void push_request(lua_State *L, const struct plumb_server_request *r)
{
    const char *mark = r->target.n ? memchr(r->target.p, '?', r->target.n) : NULL;
    size_t path_size = mark ? (size_t)(mark - r->target.p) : r->target.n;
    struct plumb_slice path = { r->target.p, path_size };
    struct plumb_slice query = { mark ? mark + 1 : "", mark ? r->target.n - path_size - 1 : 0 };
    lua_createtable(L, 0, 6);
    set_slice(L, "method", r->method);
    set_slice(L, "path", path);
    set_slice(L, "query", query);
    set_slice(L, "body", r->body);
    set_slice(L, "peer", r->peer);
    lua_createtable(L, 0, (int)r->header_count);
    for (size_t i = 0; i < r->header_count; i++) {
        const struct plumb_http_header *h = &r->headers[i];
        lua_pushlstring(L, h->name.p, h->name.n);
        lua_pushlstring(L, h->value.n ? h->value.p : "", h->value.n);
        lua_rawset(L, -3);
    }
    lua_setfield(L, -2, "headers");
}

static void on_gone(void *arg)
{
    ((struct exchange *)arg)->exchange = NULL;
}

/* Spawns handler(exchange, request); the handler is the server's first user value. */
static int start_handler(lua_State *L)
{
    struct arrival *arrival = lua_touserdata(L, 1);
    lua_rawgetp(L, LUA_REGISTRYINDEX, arrival->server);
    lua_getiuservalue(L, -1, 1);
    struct exchange *x = lua_newuserdatauv(L, sizeof *x, 1);
    x->exchange = NULL;
    luaL_setmetatable(L, EXCHANGE);
    lua_pushvalue(L, -3); /* an exchange keeps its server alive */
    lua_setiuservalue(L, -2, 1);
    push_request(L, arrival->request);
    task_spawn(L, 2);
    x->exchange = arrival->exchange;
    plumb_exchange_on_gone(arrival->exchange, on_gone, x);
    return 0;
}

static void on_request(void *arg, struct plumb_exchange *exchange,
                       const struct plumb_server_request *request)
{
    struct server *server = arg;
    struct arrival arrival = { server, exchange, request };
    lua_pushcfunction(server->L, start_handler);
    lua_pushlightuserdata(server->L, &arrival);
    if (lua_pcall(server->L, 1, 0, 0) == LUA_OK)
        return;
    lua_pop(server->L, 1); /* out of memory: say so and live on */
    struct plumb_server_response sorry = { .status = 503 };
    plumb_exchange_answer(exchange, &sorry);
}

/* ---- the response, from the handler's task ---- */

static enum plumb_server_fault read_fault(lua_State *L)
{
    static const char *const names[] = { "none", "reset", "short", NULL };
    lua_getfield(L, 2, "fault");
    int fault = luaL_checkoption(L, lua_gettop(L), "none", names);
    lua_pop(L, 1);
    return (enum plumb_server_fault)fault;
}

static size_t read_headers(lua_State *L, struct plumb_http_header *headers)
{
    size_t n = 0;
    if (lua_getfield(L, 2, "headers") == LUA_TTABLE) {
        for (lua_pushnil(L); lua_next(L, -2); lua_pop(L, 1)) {
            if (n == MAX_HEADERS)
                luaL_error(L, "a response has at most %d headers", MAX_HEADERS);
            headers[n].name = bind_check_slice(L, lua_gettop(L) - 1);
            headers[n++].value = bind_check_slice(L, lua_gettop(L));
        }
    }
    lua_pop(L, 1);
    return n;
}

static int exchange_answer(lua_State *L) /* exchange:answer{ status, headers?, body?, fault? } */
{
    struct exchange *x = luaL_checkudata(L, 1, EXCHANGE);
    struct plumb_http_header headers[MAX_HEADERS];
    luaL_checktype(L, 2, LUA_TTABLE);
    struct plumb_server_response response = {
        .status = (int)bind_field_integer(L, 2, "status", 200),
        .headers = headers,
        .header_count = read_headers(L, headers),
        .body = bind_field_bytes(L, 2, "body"),
        .fault = read_fault(L),
    };
    bool silent = response.fault == PLUMB_SERVER_RESET; /* nothing is sent, so there is no status */
    luaL_argcheck(L, silent || (response.status >= 100 && response.status <= 599), 2,
                  "status is 100 to 599");
    if (x->exchange)
        plumb_exchange_answer(x->exchange, &response);
    x->exchange = NULL;
    return 0;
}

/* A handler that was cancelled or forgot to answer: the client is not left waiting. */
static int exchange_close(lua_State *L)
{
    struct exchange *x = luaL_checkudata(L, 1, EXCHANGE);
    struct plumb_server_response sorry = { .status = 500 };
    if (x->exchange)
        plumb_exchange_answer(x->exchange, &sorry);
    x->exchange = NULL;
    return 0;
}

/* ---- the server ---- */

static int server_close(lua_State *L) /* server:close(); safe to run twice */
{
    struct server *server = luaL_checkudata(L, 1, SERVER);
    plumb_server_stop(server->server);
    server->server = NULL;
    lua_pushnil(L);
    lua_rawsetp(L, LUA_REGISTRYINDEX, server);
    return 0;
}

static int server_port(lua_State *L) /* server:port() -> number */
{
    struct server *server = luaL_checkudata(L, 1, SERVER);
    luaL_argcheck(L, server->server, 1, "the server is closed");
    lua_pushinteger(L, plumb_server_port(server->server));
    return 1;
}

/* serve{ address?, port?, max_body?, max_connections?, timeout?, head_timeout?, body_timeout?,
 * handler = function(exchange, request) } -> server | nil, err */
static int listen_serve(lua_State *L)
{
    struct plumb_err err = { 0 };
    luaL_checktype(L, 1, LUA_TTABLE);
    lua_settop(L, 1);
    lua_getfield(L, 1, "address"); /* 2: stays on the stack while its text is used */
    lua_Integer port = bind_field_integer(L, 1, "port", 0);
    luaL_argcheck(L, port >= 0 && port <= 65535, 1, "port is 0 to 65535");
    struct plumb_server_options options = {
        .address = lua_tostring(L, 2),
        .port = (uint16_t)port,
        .max_body = (size_t)bind_field_integer(L, 1, "max_body", 0),
        .max_connections = (unsigned)bind_field_integer(L, 1, "max_connections", 0),
        .timeout = (unsigned)bind_field_integer(L, 1, "timeout", 0),
        .head_timeout = bind_field_number(L, 1, "head_timeout", 0),
        .body_timeout = bind_field_number(L, 1, "body_timeout", 0),
    };
    struct server *server = lua_newuserdatauv(L, sizeof *server, 1);
    *server = (struct server){ .L = bind_engine(L)->L };
    luaL_setmetatable(L, SERVER);
    luaL_argcheck(L, lua_getfield(L, 1, "handler") == LUA_TFUNCTION, 1, "handler is a function");
    lua_setiuservalue(L, -2, 1);
    server->server = plumb_server_start(bind_loop(L), &options, on_request, server, &err);
    if (!server->server)
        return bind_fail(L, &err);
    lua_pushvalue(L, -1); /* an open server stays alive by itself */
    lua_rawsetp(L, LUA_REGISTRYINDEX, server);
    return 1;
}

static const luaL_Reg exchange_meta[] = {
    { "answer", exchange_answer },
    { "__gc", exchange_close },
    { NULL, NULL },
};

static const luaL_Reg server_meta[] = {
    { "close", server_close },   { "port", server_port }, { "__gc", server_close },
    { "__close", server_close }, { NULL, NULL },
};

static const luaL_Reg functions[] = {
    { "serve", listen_serve },
    { NULL, NULL },
};

static void new_class(lua_State *L, const char *name, const luaL_Reg *methods)
{
    luaL_newmetatable(L, name);
    luaL_setfuncs(L, methods, 0);
    lua_pushvalue(L, -1);
    lua_setfield(L, -2, "__index");
    lua_pop(L, 1);
}

int luaopen_engine_listen(lua_State *L)
{
    new_class(L, SERVER, server_meta);
    new_class(L, EXCHANGE, exchange_meta);
    luaL_newlib(L, functions);
    return 1;
}
