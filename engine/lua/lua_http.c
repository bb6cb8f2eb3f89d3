/* engine.http: one HTTP exchange from straight-line Lua. The door is plumb/transport.lua. */
#include <string.h>
#include <strings.h>

#include "../engine.h"
#include "bind.h"
#include "plumb/gate.h"
#include "plumb/http.h"
#include "task.h"

#define OP "engine.http.op"
#define MAX_HEADERS 64

struct op {
    struct task_wait wait;
    struct plumb_http *http;
};

static int op_close(lua_State *L) /* __gc and __close; safe to run twice */
{
    struct op *op = luaL_checkudata(L, 1, OP);
    task_forget(&op->wait);
    plumb_http_free(op->http); /* a request in flight is called off */
    op->http = NULL;
    return 0;
}

static int fail(lua_State *L, const struct op *op, const struct plumb_err *err)
{
    bind_fail(L, err);
    if (op->http) {
        lua_pushstring(L, plumb_http_sent(op->http) == PLUMB_HTTP_MAYBE ? "maybe" : "no");
        lua_setfield(L, -2, "executed");
    }
    return 2;
}

/* Lower-case name -> value; repeated ones joined by ", " (RFC 9110 section 5.3). */
static void push_headers(lua_State *L, const struct plumb_http_reply *reply)
{
    lua_createtable(L, 0, (int)reply->header_count);
    for (size_t i = 0; i < reply->header_count; i++) {
        const struct plumb_http_header *h = &reply->headers[i];
        int pieces = 1;
        lua_pushlstring(L, h->name.p, h->name.n);
        lua_pushvalue(L, -1);
        if (lua_rawget(L, -3) == LUA_TSTRING) { /* seen before: its value, and a comma */
            lua_pushliteral(L, ", ");
            pieces = 3;
        } else {
            lua_pop(L, 1);
        }
        lua_pushlstring(L, h->value.n ? h->value.p : "", h->value.n);
        lua_concat(L, pieces);
        lua_rawset(L, -3);
    }
}

static int request_done(lua_State *L, int status, lua_KContext ctx)
{
    struct plumb_http_reply reply;
    struct plumb_err err = { 0 };
    struct op *op = luaL_checkudata(L, 2, OP);
    (void)status, (void)ctx;
    if (!plumb_http_reply(op->http, &reply, &err))
        return fail(L, op, &err); /* the world said no: nil, err */
    lua_createtable(L, 0, 4);
    lua_pushinteger(L, reply.status);
    lua_setfield(L, -2, "status");
    push_headers(L, &reply);
    lua_setfield(L, -2, "headers");
    lua_pushlstring(L, reply.body.n ? reply.body.p : "", reply.body.n);
    lua_setfield(L, -2, "body");
    lua_pushnumber(L, reply.seconds * 1000.0);
    lua_setfield(L, -2, "ms");
    return 1; /* leaving closes slot 2 */
}

/* The headers of the request table as an array; the values stay anchored in their table. */
static size_t read_headers(lua_State *L, struct plumb_http_header *headers)
{
    size_t n = 0;
    if (lua_getfield(L, 1, "headers") == LUA_TNIL) {
        lua_pop(L, 1);
        return 0;
    }
    luaL_checktype(L, -1, LUA_TTABLE);
    for (lua_pushnil(L); lua_next(L, -2); lua_pop(L, 1)) {
        if (n == MAX_HEADERS)
            luaL_error(L, "a request has at most %d headers", MAX_HEADERS);
        headers[n].name = bind_check_slice(L, lua_gettop(L) - 1);
        headers[n++].value = bind_check_bytes(L, lua_gettop(L));
    }
    lua_pop(L, 1);
    return n;
}

/* Puts a header's value into *value, empty when there is none; false when it is there twice, since
 * nobody knows which one the server will believe. Names are compared as servers do, without case.
 */
static bool header(const struct plumb_http_request *request, const char *name,
                   struct plumb_slice *value)
{
    size_t found = 0;
    *value = plumb_slice_of("");
    for (size_t i = 0; i < request->header_count; i++) {
        const struct plumb_http_header *h = &request->headers[i];
        if (h->name.n == strlen(name) && strncasecmp(h->name.p, name, h->name.n) == 0) {
            *value = h->value;
            found++;
        }
    }
    return found <= 1;
}

/* The parts of a URL that the gate wants: the path, "/" when there is none, and the query. */
static void split_url(struct plumb_slice url, struct plumb_gate_request *to)
{
    const char *end = url.p + url.n, *p = memmem(url.p, url.n, "://", 3);
    p = p ? memchr(p + 3, '/', (size_t)(end - p - 3)) : NULL;
    const char *query = p ? memchr(p, '?', (size_t)(end - p)) : NULL;
    to->path =
        p ? (struct plumb_slice){ p, (size_t)((query ? query : end) - p) } : plumb_slice_of("/");
    to->query =
        query ? (struct plumb_slice){ query + 1, (size_t)(end - query - 1) } : plumb_slice_of("");
}

/* In a dry run nothing that could change anything leaves this process, whoever asks and however it
 * was signed: requests to AWS were judged when they were signed, and are judged again as sent. */
static bool may_send(lua_State *L, const struct plumb_http_request *request, struct plumb_err *err)
{
    if (bind_engine(L)->gate == PLUMB_GATE_OPEN)
        return true;
    struct plumb_gate_request as_sent = { .method = request->method, .body = request->body };
    struct plumb_slice authorization;
    split_url(request->url, &as_sent);
    bool clear = header(request, "authorization", &authorization) &&
                 header(request, "x-amz-target", &as_sent.target) &&
                 header(request, "content-type", &as_sent.content_type);
    as_sent.service = plumb_gate_signed_service(authorization);
    if (clear && plumb_gate_passes(&as_sent))
        return true;
    return plumb_err_set(err, "ReadOnly", 0, "this run is read-only: a %.*s request was not sent",
                         (int)request->method.n, request->method.p);
}

/* The text in a field, NULL when there is none; valid while the table is unchanged. */
static const char *text_field(lua_State *L, const char *name)
{
    const char *text = lua_getfield(L, 1, name) == LUA_TSTRING ? lua_tostring(L, -1) : NULL;
    lua_pop(L, 1);
    return text;
}

/* request{ method, url, headers?, body?, fresh?, no_proxy?, only_local?, not_local?, timeout?,
 * connect_timeout?, read_timeout?, max_body?, ca_bundle?, proxy?, proxy_not? }
 * -> { status, headers, body, ms } | nil, err; waits */
static int http_request(lua_State *L)
{
    struct plumb_http_header headers[MAX_HEADERS];
    struct plumb_err err = { 0 };
    luaL_checktype(L, 1, LUA_TTABLE);
    task_check_may_wait(L); /* before anything starts */
    lua_settop(L, 1);
    struct op *op = lua_newuserdatauv(L, sizeof *op, 1);
    *op = (struct op){ 0 };
    luaL_setmetatable(L, OP); /* empty yet valid: Lua owns every exit from here */
    lua_toclose(L, 2);        /* return, error() and cancel all run op_close */
    struct plumb_http_request request = {
        .method = bind_field_bytes(L, 1, "method"),
        .url = bind_field_bytes(L, 1, "url"),
        .headers = headers,
        .header_count = read_headers(L, headers),
        .body = bind_field_bytes(L, 1, "body"),
        .fresh = bind_field_boolean(L, 1, "fresh"),
        .no_proxy = bind_field_boolean(L, 1, "no_proxy"),
        .only_local = bind_field_boolean(L, 1, "only_local"),
        .not_local = bind_field_boolean(L, 1, "not_local"),
        .connect_timeout = bind_field_number(L, 1, "connect_timeout", 0),
        .timeout = bind_field_number(L, 1, "timeout", 0),
        .max_body = (size_t)bind_field_integer(L, 1, "max_body", 0),
        .read_timeout = bind_field_number(L, 1, "read_timeout", 0),
        .ca_bundle = text_field(L, "ca_bundle"),
        .proxy = text_field(L, "proxy"),
        .proxy_not = text_field(L, "proxy_not"),
    };
    lua_getfield(L, 1, "body"); /* libcurl sends it from where it is: keep it even if the script */
    lua_setiuservalue(L, 2, 1); /* changes its table meanwhile */
    if (!may_send(L, &request, &err))
        return bind_fail(L, &err);
    op->http = plumb_http_start(bind_loop(L), &request, task_wake, &op->wait, &err);
    return op->http ? task_park(L, &op->wait, request_done) : bind_fail(L, &err);
}

static const luaL_Reg op_meta[] = {
    { "__gc", op_close },
    { "__close", op_close },
    { NULL, NULL },
};

static const luaL_Reg functions[] = {
    { "request", http_request },
    { NULL, NULL },
};

int luaopen_engine_http(lua_State *L)
{
    luaL_newmetatable(L, OP);
    luaL_setfuncs(L, op_meta, 0);
    luaL_newlib(L, functions);
    return 1;
}
