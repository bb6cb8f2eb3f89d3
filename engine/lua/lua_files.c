/*
 * engine.files: whole files and directories. Door: scripts/plumb/files.lua.
 * What fails gives nil, a message that names the path, and the code of plumb/files.h.
 */
#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bind.h"
#include "plumb/files.h"

#define TEXT "engine.files.text"
#define LISTING "engine.files.listing"

static int fail(lua_State *L, const struct plumb_err *err)
{
    luaL_pushfail(L);
    lua_pushstring(L, err->message);
    lua_pushstring(L, err->code);
    return 3;
}

static int fail_errno(lua_State *L, const char *path, const char *what, int reason)
{
    luaL_pushfail(L);
    lua_pushfstring(L, "%s cannot be %s: %s", path, what, strerror(reason));
    lua_pushstring(L, reason == ENOENT ? "FileNotFound" : "FileError");
    return 3;
}

static const char *check_path(lua_State *L, int arg)
{
    struct plumb_slice path = bind_check_slice(L, arg);
    luaL_argcheck(L, path.n > 0 && strlen(path.p) == path.n, arg, "not a path");
    return path.p;
}

static mode_t check_mode(lua_State *L, int arg, lua_Integer absent)
{
    lua_Integer mode = luaL_optinteger(L, arg, absent);
    luaL_argcheck(L, mode >= 0 && mode <= 0777, arg, "not a file mode");
    return (mode_t)mode;
}

static int text_close(lua_State *L) /* __gc and __close; safe to run twice */
{
    plumb_buf_clear(luaL_checkudata(L, 1, TEXT));
    return 0;
}

static int files_read(lua_State *L) /* read(path, max_bytes) -> string | nil, message, code */
{
    struct plumb_err err = { 0 };
    const char *path = check_path(L, 1);
    lua_Integer max = luaL_checkinteger(L, 2);
    luaL_argcheck(L, max >= 0, 2, "negative");

    struct plumb_buf *text = lua_newuserdatauv(L, sizeof *text, 0);
    plumb_buf_init(text, (size_t)max);
    text->secret = true; /* it may be a file of credentials */
    luaL_setmetatable(L, TEXT);
    lua_toclose(L, -1);
    if (!plumb_files_read(path, text, &err))
        return fail(L, &err);
    lua_pushlstring(L, text->p ? text->p : "", text->n);
    return 1;
}

/* write_atomic(path, bytes, mode=0600) -> true | nil, message, code */
static int files_write_atomic(lua_State *L)
{
    struct plumb_err err = { 0 };
    const char *path = check_path(L, 1);
    struct plumb_slice bytes = bind_check_slice(L, 2);
    if (!plumb_files_write(path, bytes, check_mode(L, 3, 0600), &err))
        return fail(L, &err);
    lua_pushboolean(L, 1);
    return 1;
}

/* mkdir_all(path, mode=0700) -> true | nil, message, code */
static int files_mkdir_all(lua_State *L)
{
    struct plumb_err err = { 0 };
    const char *path = check_path(L, 1);
    if (!plumb_files_make_directory(path, check_mode(L, 2, 0700), &err))
        return fail(L, &err);
    lua_pushboolean(L, 1);
    return 1;
}

static const char *type_name(mode_t mode)
{
    return S_ISREG(mode) ? "file" : S_ISDIR(mode) ? "directory" : S_ISLNK(mode) ? "link" : "other";
}

/* stat(path, { links = true }?) -> { type=, mode=, size=, uid=, mtime= } | nil, message, code.
 * Follows links unless asked about the link itself. */
static int files_stat(lua_State *L)
{
    struct stat st;
    const char *path = check_path(L, 1);
    bool link = lua_istable(L, 2) && bind_field_boolean(L, 2, "links");
    if ((link ? lstat(path, &st) : stat(path, &st)) != 0)
        return fail_errno(L, path, "looked at", errno);
    lua_createtable(L, 0, 5);
    lua_pushstring(L, type_name(st.st_mode));
    lua_setfield(L, -2, "type");
    lua_pushinteger(L, st.st_mode & 07777);
    lua_setfield(L, -2, "mode");
    lua_pushinteger(L, st.st_size);
    lua_setfield(L, -2, "size");
    lua_pushinteger(L, st.st_uid);
    lua_setfield(L, -2, "uid");
    lua_pushnumber(L, (double)st.st_mtim.tv_sec + (double)st.st_mtim.tv_nsec / 1e9);
    lua_setfield(L, -2, "mtime");
    return 1;
}

static int listing_close(lua_State *L) /* __gc and __close; safe to run twice */
{
    DIR **listing = luaL_checkudata(L, 1, LISTING);
    if (*listing)
        closedir(*listing);
    *listing = NULL;
    return 0;
}

/* list(path) -> names without "." and "..", in no order | nil, message, code */
static int files_list(lua_State *L)
{
    const char *path = check_path(L, 1);
    DIR **listing = lua_newuserdatauv(L, sizeof *listing, 0);
    *listing = NULL;
    luaL_setmetatable(L, LISTING);
    lua_toclose(L, -1);
    *listing = opendir(path);
    if (!*listing)
        return fail_errno(L, path, "listed", errno);

    lua_newtable(L);
    for (lua_Integer n = 1;;) {
        errno = 0;
        const struct dirent *entry = readdir(*listing);
        if (!entry && errno != 0)
            return fail_errno(L, path, "listed", errno);
        if (!entry)
            return 1;
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        lua_pushstring(L, entry->d_name);
        lua_rawseti(L, -2, n++);
    }
}

static int files_unlink(lua_State *L) /* unlink(path) -> true | nil, message, code */
{
    const char *path = check_path(L, 1);
    if (unlink(path) != 0)
        return fail_errno(L, path, "removed", errno);
    lua_pushboolean(L, 1);
    return 1;
}

static const luaL_Reg text_methods[] = {
    { "__gc", text_close },
    { "__close", text_close },
    { NULL, NULL },
};

static const luaL_Reg listing_methods[] = {
    { "__gc", listing_close },
    { "__close", listing_close },
    { NULL, NULL },
};

static const luaL_Reg functions[] = {
    { "read", files_read },
    { "write_atomic", files_write_atomic },
    { "mkdir_all", files_mkdir_all },
    { "stat", files_stat },
    { "list", files_list },
    { "unlink", files_unlink },
    { NULL, NULL },
};

int luaopen_engine_files(lua_State *L)
{
    luaL_newmetatable(L, TEXT);
    luaL_setfuncs(L, text_methods, 0);
    luaL_newmetatable(L, LISTING);
    luaL_setfuncs(L, listing_methods, 0);
    lua_pop(L, 2);
    luaL_newlib(L, functions);
    return 1;
}
