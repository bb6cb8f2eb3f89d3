/* engine.digest: digests and the text forms of bytes. Door: scripts/plumb/digest.lua. */
#include "bind.h"
#include "plumb/digest.h"

#define TEXT "engine.digest.text"

/* A buffer that Lua owns, so that a raise on the way out loses nothing. */
static struct plumb_buf *new_text(lua_State *L, size_t max)
{
    struct plumb_buf *text = lua_newuserdatauv(L, sizeof *text, 0);
    plumb_buf_init(text, max);
    luaL_setmetatable(L, TEXT);
    lua_toclose(L, -1);
    return text;
}

static int text_close(lua_State *L) /* __gc and __close; safe to run twice */
{
    plumb_buf_clear(luaL_checkudata(L, 1, TEXT));
    return 0;
}

static int push_text(lua_State *L, const struct plumb_buf *text)
{
    lua_pushlstring(L, text->p ? text->p : "", text->n);
    return 1;
}

static int push_digest(lua_State *L, bool made, const unsigned char *raw, size_t n,
                       const struct plumb_err *err)
{
    if (!made)
        return luaL_error(L, "%s", err->message);
    lua_pushlstring(L, (const char *)raw, n);
    return 1;
}

static int digest_sha256(lua_State *L) /* sha256(bytes) -> 32 bytes */
{
    unsigned char raw[PLUMB_SHA256_SIZE] = { 0 };
    struct plumb_err err = { 0 };
    bool made = plumb_digest_sha256(bind_check_bytes(L, 1), raw, &err);
    return push_digest(L, made, raw, sizeof raw, &err);
}

static int digest_hmac_sha256(lua_State *L) /* hmac_sha256(key, bytes) -> 32 bytes */
{
    unsigned char raw[PLUMB_SHA256_SIZE] = { 0 };
    struct plumb_err err = { 0 };
    struct plumb_slice key = bind_check_bytes(L, 1);
    bool made = plumb_digest_hmac_sha256(key, bind_check_bytes(L, 2), raw, &err);
    return push_digest(L, made, raw, sizeof raw, &err);
}

static int digest_md5(lua_State *L) /* md5(bytes) -> 16 bytes */
{
    unsigned char raw[PLUMB_MD5_SIZE] = { 0 };
    struct plumb_err err = { 0 };
    bool made = plumb_digest_md5(bind_check_bytes(L, 1), raw, &err);
    return push_digest(L, made, raw, sizeof raw, &err);
}

static int digest_sha1(lua_State *L) /* sha1(bytes) -> 20 bytes */
{
    unsigned char raw[PLUMB_SHA1_SIZE] = { 0 };
    struct plumb_err err = { 0 };
    bool made = plumb_digest_sha1(bind_check_bytes(L, 1), raw, &err);
    return push_digest(L, made, raw, sizeof raw, &err);
}

static int digest_crc32(lua_State *L) /* crc32(bytes) -> integer from 0 to 2^32-1 */
{
    lua_pushinteger(L, (lua_Integer)plumb_digest_crc32(bind_check_slice(L, 1)));
    return 1;
}

/* Secrets are refused by the text forms: they would be a way to read one. */
static int digest_hex(lua_State *L) /* hex(bytes) -> lower-case digits */
{
    struct plumb_slice s = bind_check_slice(L, 1);
    struct plumb_buf *text = new_text(L, s.n * 2);
    if (!plumb_digest_hex(s, text))
        return luaL_error(L, "not enough memory");
    return push_text(L, text);
}

static int digest_base64(lua_State *L) /* base64(bytes) -> text with padding */
{
    struct plumb_slice s = bind_check_slice(L, 1);
    struct plumb_buf *text = new_text(L, (s.n / 3 + 1) * 4);
    if (!plumb_digest_base64(s, text))
        return luaL_error(L, "not enough memory");
    return push_text(L, text);
}

static int digest_unbase64(lua_State *L) /* unbase64(text) -> bytes | nil when it is no base64 */
{
    struct plumb_slice s = bind_check_slice(L, 1);
    struct plumb_buf *bytes = new_text(L, s.n);
    bool made = plumb_digest_unbase64(s, bytes);
    if (bytes->failed)
        return luaL_error(L, "not enough memory");
    if (made)
        return push_text(L, bytes);
    luaL_pushfail(L);
    return 1;
}

static const luaL_Reg text_methods[] = {
    { "__gc", text_close },
    { "__close", text_close },
    { NULL, NULL },
};

static const luaL_Reg functions[] = {
    { "sha256", digest_sha256 },
    { "hmac_sha256", digest_hmac_sha256 },
    { "md5", digest_md5 },
    { "sha1", digest_sha1 },
    { "crc32", digest_crc32 },
    { "hex", digest_hex },
    { "base64", digest_base64 },
    { "unbase64", digest_unbase64 },
    { NULL, NULL },
};

int luaopen_engine_digest(lua_State *L)
{
    luaL_newmetatable(L, TEXT);
    luaL_setfuncs(L, text_methods, 0);
    lua_pop(L, 1);
    luaL_newlib(L, functions);
    return 1;
}
