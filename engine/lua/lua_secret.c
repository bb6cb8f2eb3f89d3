/*
 * engine.secret: bytes that Lua can hold and pass on, and never see. Door:
 * scripts/plumb/secret.lua.
 *
 * The bytes live in the userdata itself and are wiped by __gc, so a secret costs one allocation and
 * cannot leak. There is no length, no index and no way back to a string: printing, concatenating
 * and formatting give "***".
 */
#include "secret.h"

#include <openssl/crypto.h>
#include <stdint.h>
#include <string.h>

#include "../engine.h"
#include "bind.h"
#include "plumb/digest.h"
#include "plumb/mask.h"

#define SECRET "engine.secret"
#define TEXT "engine.secret.text"

struct secret {
    size_t n;
    char bytes[];
};

bool secret_is(lua_State *L, int arg)
{
    return luaL_testudata(L, arg, SECRET) != NULL;
}

struct plumb_slice secret_slice(lua_State *L, int arg)
{
    const struct secret *s = luaL_checkudata(L, arg, SECRET);
    return (struct plumb_slice){ s->bytes, s->n };
}

static int secret_gc(lua_State *L) /* safe to run twice */
{
    struct secret *s = luaL_checkudata(L, 1, SECRET);
    OPENSSL_cleanse(s->bytes, s->n);
    s->n = 0;
    return 0;
}

static int secret_tostring(lua_State *L)
{
    lua_pushliteral(L, "***");
    return 1;
}

static int secret_concat(lua_State *L) /* a .. b: each secret of the two is "***" */
{
    luaL_tolstring(L, 1, NULL);
    luaL_tolstring(L, 2, NULL);
    lua_concat(L, 2);
    return 1;
}

static int secret_eq(lua_State *L) /* in a time that does not tell how much of them is equal */
{
    bool same = false;
    if (secret_is(L, 1) && secret_is(L, 2)) {
        struct plumb_slice a = secret_slice(L, 1), b = secret_slice(L, 2);
        same = a.n == b.n && CRYPTO_memcmp(a.p, b.p, a.n) == 0;
    }
    lua_pushboolean(L, same);
    return 1;
}

static int secret_len(lua_State *L)
{
    return luaL_error(L, "a secret does not tell its length");
}

static const luaL_Reg methods[] = {
    { "__gc", secret_gc }, { "__tostring", secret_tostring }, { "__concat", secret_concat },
    { "__eq", secret_eq }, { "__len", secret_len },           { NULL, NULL },
};

static void push_metatable(lua_State *L)
{
    if (!luaL_newmetatable(L, SECRET))
        return;
    luaL_setfuncs(L, methods, 0);
    lua_pushliteral(L, "secret");
    lua_setfield(L, -2, "__metatable"); /* or getmetatable(s).__gc(s) could empty it */
}

static struct plumb_mask *mask_of(lua_State *L)
{
    struct plumb *engine = bind_engine(L);
    if (!engine->mask)
        engine->mask = plumb_mask_new();
    return engine->mask;
}

/* From the moment it exists nothing may show it, whoever made it. */
static void hide(lua_State *L, struct plumb_slice bytes, const char *shown)
{
    struct plumb_mask *mask = mask_of(L);
    if (!mask || !plumb_mask_add(mask, bytes, plumb_slice_of(shown)))
        luaL_error(L, "not enough memory");
}

void secret_push(lua_State *L, struct plumb_slice bytes)
{
    hide(L, bytes, "***");
    push_metatable(L);
    struct secret *s = lua_newuserdatauv(L, sizeof *s + bytes.n + 1, 0);
    s->n = 0;
    lua_rotate(L, -2, 1);
    lua_setmetatable(L, -2); /* from here on __gc wipes it */
    if (bytes.n > 0)
        memcpy(s->bytes, bytes.p, bytes.n);
    s->bytes[bytes.n] = '\0';
    s->n = bytes.n;
}

/* new(string|secret) -> secret. The string itself stays in Lua's memory until it is collected, so
 * readers of credentials drop it at once. */
static int secret_new(lua_State *L)
{
    secret_push(L, bind_check_bytes(L, 1));
    return 1;
}

/* is(value) -> boolean */
static int secret_is_secret(lua_State *L)
{
    luaL_checkany(L, 1);
    lua_pushboolean(L, secret_is(L, 1));
    return 1;
}

/* last4(secret) -> its last four bytes, or "" when it is so short that four would give it away. */
static int secret_last4(lua_State *L)
{
    struct plumb_slice s = bind_check_bytes(L, 1);
    if (s.n < 16)
        lua_pushliteral(L, "");
    else
        lua_pushlstring(L, s.p + s.n - 4, 4);
    return 1;
}

/* redacted(value) -> "[redacted 356 bytes sha256:1c9f]": enough to see whether two are the same,
 * and nothing to guess from. */
static int secret_redacted(lua_State *L)
{
    struct plumb_slice s = bind_check_bytes(L, 1);
    char hex[PLUMB_SHA256_HEX];
    struct plumb_err err = { 0 };
    if (!plumb_digest_sha256_hex(s, hex, &err))
        return luaL_error(L, "%s", err.message);
    hex[4] = '\0';
    lua_pushfstring(L, "[redacted %d bytes sha256:%s]", (int)s.n, hex);
    return 1;
}

/* hide(text, shown): whatever mask() sees of text from now on becomes `shown`. For what is no
 * secret but not for everybody either, such as an access key id. */
static int secret_hide(lua_State *L)
{
    hide(L, bind_check_bytes(L, 1), luaL_checkstring(L, 2));
    return 0;
}

static int text_close(lua_State *L) /* __gc and __close; safe to run twice */
{
    plumb_buf_clear(luaL_checkudata(L, 1, TEXT));
    return 0;
}

/* mask(text) -> the text without any secret of this process, in whatever form it is in there */
static int secret_mask(lua_State *L)
{
    struct plumb_slice text = bind_check_slice(L, 1);
    const struct plumb_mask *mask = bind_engine(L)->mask;
    lua_settop(L, 1);
    if (!mask)
        return 1;
    struct plumb_buf *out = lua_newuserdatauv(L, sizeof *out, 0);
    plumb_buf_init(out, SIZE_MAX);
    luaL_setmetatable(L, TEXT);
    lua_toclose(L, -1); /* a raise on the way out loses nothing */
    if (!plumb_mask_apply(mask, text, out)) {
        lua_pushvalue(L, 1);
        return 1;
    }
    if (out->failed)
        return luaL_error(L, "not enough memory");
    lua_pushlstring(L, out->p, out->n);
    return 1;
}

static const luaL_Reg text_methods[] = {
    { "__gc", text_close },
    { "__close", text_close },
    { NULL, NULL },
};

static const luaL_Reg functions[] = {
    { "new", secret_new },
    { "is", secret_is_secret },
    { "last4", secret_last4 },
    { "redacted", secret_redacted },
    { "hide", secret_hide },
    { "mask", secret_mask },
    { NULL, NULL },
};

int luaopen_engine_secret(lua_State *L)
{
    luaL_newmetatable(L, TEXT);
    luaL_setfuncs(L, text_methods, 0);
    lua_pop(L, 1);
    luaL_newlib(L, functions);
    return 1;
}
