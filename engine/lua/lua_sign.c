/*
 * engine.sign: SigV4 for Lua, and the gate of a read-only run. Door: scripts/plumb/aws/signer.lua.
 *
 *   request  { method=, host=, path=, query=, headers={name -> string | secret | list of these},
 *              body= }
 *   options  { access_key_id=, secret=, session_token=, region=, service=, time=,
 *              presign_expires=, keep_path=, token_unsigned=, sign_payload_hash=, payload_hash= }
 *
 * Slices point into the strings of these two tables, which the caller's stack keeps alive.
 */
#include <string.h>
#include <strings.h>

#include "../engine.h"
#include "bind.h"
#include "plumb/gate.h"
#include "plumb/sigv4.h"
#include "secret.h"

#define STAGES "engine.sign.stages"

enum { REQUEST = 1, OPTIONS = 2 };

/* Everything of one call; Lua owns it, so a raise anywhere loses nothing. */
struct signing {
    bool in_use;
    struct plumb_sigv4 stages;
    struct plumb_sigv4_input in;
    struct plumb_sigv4_header headers[PLUMB_SIGV4_MAX_HEADERS];
};

static int signing_close(lua_State *L) /* __gc and __close; safe to run twice */
{
    struct signing *s = luaL_checkudata(L, 1, STAGES);
    plumb_sigv4_clear(&s->stages);
    s->in_use = false;
    return 0;
}

static struct signing *make_signing(lua_State *L)
{
    struct signing *s = lua_newuserdatauv(L, sizeof *s, 0);
    s->in_use = false;
    plumb_sigv4_init(&s->stages);
    luaL_setmetatable(L, STAGES);
    return s;
}

/* One is kept for all calls, in the upvalue. It is taken when a field of a request is computed by
 * code that signs something itself; that call gets one of its own. */
static struct signing *open_signing(lua_State *L)
{
    struct signing *s;
    lua_pushvalue(L, lua_upvalueindex(1));
    s = lua_touserdata(L, -1);
    if (s->in_use) {
        lua_pop(L, 1);
        s = make_signing(L);
    }
    plumb_sigv4_init(&s->stages);
    s->in_use = true;
    s->in =
        (struct plumb_sigv4_input){ .headers = s->headers, .keys = bind_engine(L)->signing_keys };
    lua_toclose(L, -1);
    return s;
}

/* --- the tables --- */

static void add_header(lua_State *L, struct signing *s, struct plumb_slice name, int value)
{
    if (s->in.header_count == PLUMB_SIGV4_MAX_HEADERS)
        luaL_error(L, "more than %d headers", (int)PLUMB_SIGV4_MAX_HEADERS);
    s->headers[s->in.header_count++] =
        (struct plumb_sigv4_header){ name, bind_check_bytes(L, value) };
}

/* The header whose name and value are at the top of the stack; a list is a header that is sent
 * several times. */
static void read_header(lua_State *L, struct signing *s)
{
    int value = lua_gettop(L);
    struct plumb_slice name = bind_check_slice(L, value - 1);

    if (!lua_istable(L, value)) {
        add_header(L, s, name, value);
        return;
    }
    lua_Integer n = luaL_len(L, value);
    for (lua_Integer i = 1; i <= n; i++) {
        lua_rawgeti(L, value, i);
        add_header(L, s, name, value + 1);
        lua_pop(L, 1);
    }
}

static bool is_named(const struct plumb_sigv4_header *header, const char *name)
{
    return header->name.n == strlen(name) && strncasecmp(header->name.p, name, header->name.n) == 0;
}

static void read_headers(lua_State *L, struct signing *s)
{
    bool host = false;

    if (lua_getfield(L, REQUEST, "headers") != LUA_TNIL) {
        luaL_checktype(L, -1, LUA_TTABLE);
        for (lua_pushnil(L); lua_next(L, -2); lua_pop(L, 1))
            read_header(L, s);
    }
    lua_pop(L, 1);
    for (size_t i = 0; i < s->in.header_count; i++)
        host = host || is_named(&s->headers[i], "host");
    if (!host) {
        lua_getfield(L, REQUEST, "host");
        add_header(L, s, plumb_slice_of("host"), lua_gettop(L));
        lua_pop(L, 1);
    }
}

static void read_request(lua_State *L, struct signing *s)
{
    luaL_checktype(L, REQUEST, LUA_TTABLE);
    s->in.method = bind_field_bytes(L, REQUEST, "method");
    s->in.path = bind_field_bytes(L, REQUEST, "path");
    s->in.query = bind_field_bytes(L, REQUEST, "query");
    s->in.body = bind_field_bytes(L, REQUEST, "body");
    read_headers(L, s);
}

/* A time that no int64 can hold becomes one that the signer refuses. */
static int64_t whole_seconds(lua_Number time)
{
    return time >= 0 && time < 1e15 ? (int64_t)time : -1;
}

static void read_options(lua_State *L, struct signing *s)
{
    luaL_checktype(L, OPTIONS, LUA_TTABLE);
    s->in.access_key_id = bind_field_bytes(L, OPTIONS, "access_key_id");
    s->in.secret = bind_field_bytes(L, OPTIONS, "secret");
    s->in.session_token = bind_field_bytes(L, OPTIONS, "session_token");
    s->in.region = bind_field_bytes(L, OPTIONS, "region");
    s->in.service = bind_field_bytes(L, OPTIONS, "service");
    s->in.time = whole_seconds(bind_field_number(L, OPTIONS, "time", -1));
    s->in.presign_expires = bind_field_integer(L, OPTIONS, "presign_expires", 0);
    s->in.keep_path = bind_field_boolean(L, OPTIONS, "keep_path");
    s->in.token_unsigned = bind_field_boolean(L, OPTIONS, "token_unsigned");
    s->in.sign_payload_hash = bind_field_boolean(L, OPTIONS, "sign_payload_hash");
    s->in.payload_hash = bind_field_bytes(L, OPTIONS, "payload_hash");
}

static struct signing *check_signing(lua_State *L)
{
    struct signing *s = open_signing(L);
    read_request(L, s);
    read_options(L, s);
    return s;
}

/* --- the gate --- */

/* The only header of that name; sets *twice when there are several, because then nobody knows
 * which one the service will believe. */
static struct plumb_slice only_header(const struct signing *s, const char *name, bool *twice)
{
    struct plumb_slice found = { NULL, 0 };
    bool seen = false;

    for (size_t i = 0; i < s->in.header_count; i++) {
        if (!is_named(&s->headers[i], name))
            continue;
        *twice = *twice || seen;
        seen = true;
        found = s->headers[i].value;
    }
    return found;
}

static bool request_reads(const struct signing *s)
{
    bool twice = false;
    struct plumb_gate_request request = {
        .method = s->in.method,
        .service = s->in.service,
        .path = s->in.path,
        .query = s->in.query,
        .body = s->in.body,
        .target = only_header(s, "x-amz-target", &twice),
        .content_type = only_header(s, "content-type", &twice),
    };
    /* A hash from elsewhere need not be that of this body. */
    bool other_body = s->in.payload_hash.n > 0 && s->in.body.n > 0;
    return !twice && !other_body && plumb_gate_passes(&request);
}

static int fail_read_only(lua_State *L, const struct signing *s)
{
    struct plumb_err err = { 0 };
    bool twice = false;
    struct plumb_slice target = only_header(s, "x-amz-target", &twice);
    struct plumb_slice what = target.n ? target : s->in.path;

    plumb_err_set(&err, "ReadOnly", 0,
                  "this run is read-only, and %.*s %.*s of %.*s is not known to only read",
                  (int)(s->in.method.n < 16 ? s->in.method.n : 16), s->in.method.p,
                  (int)(what.n < 200 ? what.n : 200), what.n ? what.p : "",
                  (int)(s->in.service.n < 64 ? s->in.service.n : 64),
                  s->in.service.n ? s->in.service.p : "");
    return bind_fail(L, &err);
}

static int sign_read_only(lua_State *L) /* read_only(): from now on, and for good */
{
    bind_engine(L)->gate = PLUMB_GATE_SHUT;
    return 0;
}

/* hold(): read-only until the person at the terminal types ".write on"; Lua cannot undo it, only
 * lua_term.c, where that line is read */
static int sign_hold(lua_State *L)
{
    struct plumb *engine = bind_engine(L);
    if (engine->gate == PLUMB_GATE_OPEN)
        engine->gate = PLUMB_GATE_HELD;
    return 0;
}

static int sign_is_read_only(lua_State *L) /* is_read_only() -> boolean */
{
    lua_pushboolean(L, bind_engine(L)->gate != PLUMB_GATE_OPEN);
    return 1;
}

/* reads(request, {service=}) -> whether the gate would let it pass */
static int sign_reads(lua_State *L)
{
    lua_settop(L, 2);
    struct signing *s = check_signing(L);
    lua_pushboolean(L, request_reads(s));
    return 1;
}

/* --- the stages --- */

static int push_buf(lua_State *L, const struct plumb_buf *b)
{
    lua_pushlstring(L, b->p ? b->p : "", b->n);
    return 1;
}

/* canonical_request(request, options) -> text | nil, err */
static int sign_canonical_request(lua_State *L)
{
    struct plumb_err err = { 0 };
    lua_settop(L, 2);
    struct signing *s = check_signing(L);
    if (!plumb_sigv4_canonical_request(&s->stages, &s->in, &err))
        return bind_fail(L, &err);
    return push_buf(L, &s->stages.canonical);
}

/* string_to_sign(request, options) -> text | nil, err */
static int sign_string_to_sign(lua_State *L)
{
    struct plumb_err err = { 0 };
    lua_settop(L, 2);
    struct signing *s = check_signing(L);
    if (!plumb_sigv4_canonical_request(&s->stages, &s->in, &err) ||
        !plumb_sigv4_string_to_sign(&s->stages, &s->in, &err))
        return bind_fail(L, &err);
    return push_buf(L, &s->stages.string_to_sign);
}

/* All stages; raises nothing, so the caller says what went wrong. */
static bool run_stages(struct signing *s, struct plumb_err *err)
{
    return plumb_sigv4_sign(&s->stages, &s->in, err);
}

/* signature(request, options) -> 64 hex digits | nil, err */
static int sign_signature(lua_State *L)
{
    struct plumb_err err = { 0 };
    lua_settop(L, 2);
    struct signing *s = check_signing(L);
    if (bind_engine(L)->gate != PLUMB_GATE_OPEN && !request_reads(s))
        return fail_read_only(L, s);
    if (!run_stages(s, &err))
        return bind_fail(L, &err);
    lua_pushstring(L, s->stages.signature);
    return 1;
}

/* sign(request, options) -> headers to add | nil, err. The token among them is the value that came
 * in, so a secret stays one. */
static int sign_sign(lua_State *L)
{
    struct plumb_err err = { 0 };
    lua_settop(L, 2);
    struct signing *s = check_signing(L);
    s->in.presign_expires = 0;
    if (bind_engine(L)->gate != PLUMB_GATE_OPEN && !request_reads(s))
        return fail_read_only(L, s);
    if (!run_stages(s, &err))
        return bind_fail(L, &err);

    lua_createtable(L, 0, 4);
    push_buf(L, &s->stages.result);
    lua_setfield(L, -2, "authorization");
    lua_pushstring(L, s->stages.date);
    lua_setfield(L, -2, "x-amz-date");
    if (s->in.session_token.n > 0) {
        lua_getfield(L, OPTIONS, "session_token");
        lua_setfield(L, -2, "x-amz-security-token");
    }
    if (s->in.sign_payload_hash) {
        lua_pushstring(L, s->stages.payload_hash);
        lua_setfield(L, -2, "x-amz-content-sha256");
    }
    return 1;
}

/* presign(request, options with presign_expires) -> the query to send instead | nil, err. Whoever
 * has it may make the call until it expires, so it is handled like a secret. */
static int sign_presign(lua_State *L)
{
    struct plumb_err err = { 0 };
    lua_settop(L, 2);
    struct signing *s = check_signing(L);
    luaL_argcheck(L, s->in.presign_expires > 0, 2, "presign_expires must be positive");
    if (bind_engine(L)->gate != PLUMB_GATE_OPEN && !request_reads(s))
        return fail_read_only(L, s);
    if (!run_stages(s, &err))
        return bind_fail(L, &err);
    return push_buf(L, &s->stages.result);
}

static const luaL_Reg signing_methods[] = {
    { "__gc", signing_close },
    { "__close", signing_close },
    { NULL, NULL },
};

static const luaL_Reg functions[] = {
    { "canonical_request", sign_canonical_request },
    { "string_to_sign", sign_string_to_sign },
    { "signature", sign_signature },
    { "sign", sign_sign },
    { "presign", sign_presign },
    { "reads", sign_reads },
    { "read_only", sign_read_only },
    { "hold", sign_hold },
    { "is_read_only", sign_is_read_only },
    { NULL, NULL },
};

int luaopen_engine_sign(lua_State *L)
{
    struct plumb *engine = bind_engine(L);
    if (!engine->signing_keys)
        engine->signing_keys = plumb_signing_keys_new();
    luaL_newmetatable(L, STAGES);
    luaL_setfuncs(L, signing_methods, 0);
    lua_pop(L, 1);
    luaL_newlibtable(L, functions);
    make_signing(L);
    luaL_setfuncs(L, functions, 1);
    return 1;
}
