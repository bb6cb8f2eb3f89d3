/* engine.x509: checks certificates and what their keys signed. Door: scripts/plumb/x509.lua. */
#include <string.h>

#include "bind.h"
#include "plumb/x509.h"

#define CERTIFICATE "engine.x509.certificate"
#define TEXT "engine.x509.text"

enum { MAX_URL = 2048 };

struct certificate {
    struct plumb_x509 *x509; /* owned; NULL while it is being made */
};

static int certificate_close(lua_State *L) /* __gc; safe to run twice */
{
    struct certificate *self = luaL_checkudata(L, 1, CERTIFICATE);
    plumb_x509_free(self->x509);
    self->x509 = NULL;
    return 0;
}

static const char *check_name(lua_State *L)
{
    size_t n = 0;
    const char *name = lua_getfield(L, 1, "name") == LUA_TSTRING ? lua_tolstring(L, -1, &n) : NULL;
    luaL_argcheck(L, name && n > 0 && strlen(name) == n, 1, "name is a text without NUL");
    return name; /* stays valid: the table holds it */
}

/* open{ certificates=, extra=?, roots=?, time=, name= } -> certificate | nil, err; see
 * plumb/x509.h. Certificates are byte strings, time is in epoch seconds. */
static int x509_open(lua_State *L)
{
    struct plumb_err err = { 0 };
    luaL_checktype(L, 1, LUA_TTABLE);
    struct plumb_x509_options options = {
        .certificates = bind_field_bytes(L, 1, "certificates"),
        .extra = bind_field_bytes(L, 1, "extra"),
        .roots = bind_field_bytes(L, 1, "roots"),
        .time = bind_field_integer(L, 1, "time", 0),
        .name = check_name(L),
    };
    struct certificate *self = lua_newuserdatauv(L, sizeof *self, 0);
    self->x509 = NULL;
    luaL_setmetatable(L, CERTIFICATE); /* Lua owns it from here */
    self->x509 = plumb_x509_open(&options, &err);
    return self->x509 ? 1 : bind_fail(L, &err);
}

static int certificate_validity(lua_State *L) /* certificate:validity() -> from, until */
{
    int64_t from, until;
    struct certificate *self = luaL_checkudata(L, 1, CERTIFICATE);
    luaL_argcheck(L, self->x509, 1, "closed");
    plumb_x509_validity(self->x509, &from, &until);
    lua_pushinteger(L, from);
    lua_pushinteger(L, until);
    return 2;
}

/* certificate:signed("sha1"|"sha256", text, signature) -> true | nil, err */
static int certificate_signed(lua_State *L)
{
    static const char *const names[] = { "sha1", "sha256", NULL };
    static const enum plumb_x509_digest digests[] = { PLUMB_X509_SHA1, PLUMB_X509_SHA256 };
    struct plumb_err err = { 0 };
    struct certificate *self = luaL_checkudata(L, 1, CERTIFICATE);
    luaL_argcheck(L, self->x509, 1, "closed");
    enum plumb_x509_digest digest = digests[luaL_checkoption(L, 2, NULL, names)];
    struct plumb_slice text = bind_check_slice(L, 3), signature = bind_check_slice(L, 4);
    if (!plumb_x509_signed(self->x509, digest, text, signature, &err))
        return bind_fail(L, &err);
    lua_pushboolean(L, 1);
    return 1;
}

static int text_close(lua_State *L) /* __gc and __close; safe to run twice */
{
    plumb_buf_clear(luaL_checkudata(L, 1, TEXT));
    return 0;
}

static int x509_issuer_url(lua_State *L) /* issuer_url(certificates) -> text | nil */
{
    struct plumb_slice certificates = bind_check_slice(L, 1);
    struct plumb_buf *url = lua_newuserdatauv(L, sizeof *url, 0);
    plumb_buf_init(url, MAX_URL);
    luaL_setmetatable(L, TEXT);
    lua_toclose(L, -1);
    if (plumb_x509_issuer_url(certificates, url))
        lua_pushlstring(L, url->p ? url->p : "", url->n);
    else
        luaL_pushfail(L);
    return 1;
}

static const luaL_Reg certificate_methods[] = {
    { "signed", certificate_signed },
    { "validity", certificate_validity },
    { "__gc", certificate_close },
    { NULL, NULL },
};

static const luaL_Reg text_methods[] = {
    { "__gc", text_close },
    { "__close", text_close },
    { NULL, NULL },
};

static const luaL_Reg functions[] = {
    { "open", x509_open },
    { "issuer_url", x509_issuer_url },
    { NULL, NULL },
};

int luaopen_engine_x509(lua_State *L)
{
    luaL_newmetatable(L, TEXT);
    luaL_setfuncs(L, text_methods, 0);
    luaL_newmetatable(L, CERTIFICATE);
    luaL_setfuncs(L, certificate_methods, 0);
    lua_pushvalue(L, -1);
    lua_setfield(L, -2, "__index");
    lua_pop(L, 2);
    luaL_newlib(L, functions);
    return 1;
}
