/*
 * engine.store: SQL over the state file. Door: scripts/plumb/store/sqlite.lua.
 *
 * NULL is nil both ways, booleans are kept as 0 and 1, strings go in as TEXT (CAST(? AS BLOB) makes
 * a blob) and come out as strings from both. Nothing here waits: a transaction is a short function.
 */
#include <string.h>

#include "bind.h"
#include "plumb/store.h"

#define DB "engine.store.db"
#define RUN "engine.store.run"

struct db {
    struct plumb_store *store; /* NULL once closed */
    int running;               /* statements and transactions that need it open */
};

/* One statement in use. Its only user value is the db, which must not be collected before it. */
struct run {
    struct db *db;
    struct plumb_statement *statement;
};

static struct db *check_db(lua_State *L)
{
    struct db *db = luaL_checkudata(L, 1, DB);
    if (!db->store)
        luaL_error(L, "the state store is closed");
    return db;
}

/* --- open and close --- */

/* open(path, { read_only= }?) -> db | nil, err */
static int store_open(lua_State *L)
{
    struct plumb_store_options options = { 0 };
    struct plumb_err err = { 0 };
    struct plumb_slice path = bind_check_slice(L, 1);
    luaL_argcheck(L, strlen(path.p) == path.n, 1, "a path cannot hold a NUL");
    if (!lua_isnoneornil(L, 2)) {
        luaL_checktype(L, 2, LUA_TTABLE);
        options.read_only = bind_field_boolean(L, 2, "read_only");
    }

    struct db *db = lua_newuserdatauv(L, sizeof *db, 0);
    *db = (struct db){ 0 };
    luaL_setmetatable(L, DB);
    db->store = plumb_store_open(path.p, &options, &err);
    return db->store ? 1 : bind_fail(L, &err);
}

static int db_gc(lua_State *L) /* __gc and __close; safe to run twice */
{
    struct db *db = luaL_checkudata(L, 1, DB);
    if (db->running == 0) {
        plumb_store_close(db->store);
        db->store = NULL;
    }
    return 0;
}

/* db:close(); a second time is fine, inside a transaction is not */
static int db_close(lua_State *L)
{
    struct db *db = luaL_checkudata(L, 1, DB);
    if (db->running > 0)
        return luaL_error(L, "the state store is in use and cannot be closed");
    return db_gc(L);
}

/* db:migrate{ sql, ... } -> true | nil, err */
static int db_migrate(lua_State *L)
{
    struct plumb_err err = { 0 };
    struct db *db = check_db(L);
    luaL_checktype(L, 2, LUA_TTABLE);
    lua_Unsigned n = lua_rawlen(L, 2);
    luaL_argcheck(L, n < 10000, 2, "too many migrations");
    luaL_argcheck(L, !plumb_store_in_transaction(db->store), 1, "inside a transaction");

    const char **sql = lua_newuserdatauv(L, (size_t)(n + 1) * sizeof *sql, 0);
    for (lua_Unsigned i = 0; i < n; i++) {
        if (lua_rawgeti(L, 2, (lua_Integer)i + 1) != LUA_TSTRING)
            return luaL_error(L, "migration %d is not a string", (int)i + 1);
        sql[i] = lua_tostring(L, -1); /* the table keeps it */
        lua_pop(L, 1);
    }
    if (!plumb_store_migrate(db->store, sql, (size_t)n, &err))
        return bind_fail(L, &err);
    lua_pushboolean(L, 1);
    return 1;
}

/* db:backup(path) -> true | nil, err */
static int db_backup(lua_State *L)
{
    struct plumb_err err = { 0 };
    struct db *db = check_db(L);
    struct plumb_slice path = bind_check_slice(L, 2);
    luaL_argcheck(L, strlen(path.p) == path.n, 2, "a path cannot hold a NUL");
    luaL_argcheck(L, !plumb_store_in_transaction(db->store), 1, "inside a transaction");
    if (!plumb_store_backup(db->store, path.p, &err))
        return bind_fail(L, &err);
    lua_pushboolean(L, 1);
    return 1;
}

/* --- run --- */

static int run_close(lua_State *L) /* __gc and __close; safe to run twice */
{
    struct run *run = luaL_checkudata(L, 1, RUN);
    if (run->statement) {
        plumb_store_release(run->statement);
        run->db->running--;
    }
    run->statement = NULL;
    return 0;
}

static struct run *new_run(lua_State *L, struct db *db)
{
    struct run *run = lua_newuserdatauv(L, sizeof *run, 1);
    *run = (struct run){ .db = db };
    luaL_setmetatable(L, RUN);
    lua_pushvalue(L, 1);
    lua_setiuservalue(L, -2, 1);
    lua_toclose(L, -1);
    return run;
}

static struct plumb_store_value to_value(lua_State *L, int arg)
{
    struct plumb_store_value value = { .kind = PLUMB_NULL };

    switch (lua_type(L, arg)) {
    case LUA_TNIL:
        break;
    case LUA_TBOOLEAN:
        value.kind = PLUMB_INTEGER;
        value.integer = lua_toboolean(L, arg);
        break;
    case LUA_TNUMBER:
        value.kind = lua_isinteger(L, arg) ? PLUMB_INTEGER : PLUMB_FLOAT;
        value.integer = lua_tointeger(L, arg);
        value.real = lua_tonumber(L, arg);
        break;
    case LUA_TSTRING:
        value.kind = PLUMB_TEXT;
        value.bytes = bind_check_slice(L, arg);
        break;
    default: /* a secret above all */
        luaL_error(L, "parameter %d: a %s cannot be stored", arg - 2, luaL_typename(L, arg));
    }
    return value;
}

static void push_value(lua_State *L, const struct plumb_store_value *value)
{
    switch (value->kind) {
    case PLUMB_NULL:
        lua_pushnil(L);
        break;
    case PLUMB_INTEGER:
        lua_pushinteger(L, value->integer);
        break;
    case PLUMB_FLOAT:
        lua_pushnumber(L, value->real);
        break;
    case PLUMB_TEXT:
    case PLUMB_BLOB:
        lua_pushlstring(L, value->bytes.p ? value->bytes.p : "", value->bytes.n);
        break;
    }
}

/* Leaves the column names on the stack, so that each row finds its keys ready. */
static int push_names(lua_State *L, const struct plumb_statement *statement)
{
    int columns = plumb_store_columns(statement);
    luaL_checkstack(L, columns + 4, "too many columns");
    for (int i = 0; i < columns; i++)
        lua_pushstring(L, plumb_store_column_name(statement, i));
    return columns;
}

static void push_row(lua_State *L, const struct plumb_statement *statement, int names, int columns)
{
    lua_createtable(L, 0, columns);
    for (int i = 0; i < columns; i++) {
        struct plumb_store_value value = plumb_store_column(statement, i);
        lua_pushvalue(L, names + i);
        push_value(L, &value);
        lua_rawset(L, -3);
    }
}

/* db:run(sql, ...) -> list of { column = value } | nil, err. As many values as the SQL has marks.
 */
static int db_run(lua_State *L)
{
    struct plumb_err err = { 0 };
    struct db *db = check_db(L);
    struct plumb_slice sql = bind_check_slice(L, 2);
    int given = lua_gettop(L) - 2;
    struct run *run = new_run(L, db);

    run->statement = plumb_store_prepare(db->store, sql, &err);
    if (!run->statement)
        return bind_fail(L, &err);
    db->running++;
    if (given != plumb_store_parameters(run->statement))
        return luaL_error(L, "%d values for %d parameters", given,
                          plumb_store_parameters(run->statement));
    for (int i = 1; i <= given; i++) {
        struct plumb_store_value value = to_value(L, i + 2);
        if (!plumb_store_bind(run->statement, i, &value, &err))
            return bind_fail(L, &err);
    }

    lua_newtable(L);
    int rows = lua_gettop(L), columns = push_names(L, run->statement);
    for (lua_Integer n = 1;; n++) {
        bool row;
        if (!plumb_store_step(run->statement, &row, &err))
            return bind_fail(L, &err);
        if (!row)
            break;
        push_row(L, run->statement, rows + 1, columns);
        lua_rawseti(L, rows, n);
    }
    lua_pushvalue(L, rows);
    return 1;
}

/* db:changes() -> rows that the last INSERT, UPDATE or DELETE changed */
static int db_changes(lua_State *L)
{
    lua_pushinteger(L, plumb_store_changes(check_db(L)->store));
    return 1;
}

/* --- transaction --- */

/* { code=, message= }, raised: whoever asks for a transaction must not go on without it. */
static int raise(lua_State *L, const struct plumb_err *err)
{
    bind_fail(L, err);
    return lua_error(L);
}

/* db:transaction(fn, ...) -> what fn(...) returns. fn runs between BEGIN IMMEDIATE and COMMIT; an
 * error in it rolls back and goes on up. fn cannot wait, since it is called without a continuation:
 * a lock is never held over the network. */
static int db_transaction(lua_State *L)
{
    struct plumb_err err = { 0 };
    struct db *db = check_db(L);
    luaL_checktype(L, 2, LUA_TFUNCTION);
    if (plumb_store_in_transaction(db->store))
        return luaL_error(L, "a transaction inside a transaction");
    if (!plumb_store_begin(db->store, &err))
        return raise(L, &err);

    db->running++; /* fn cannot close the store under us */
    int status = lua_pcall(L, lua_gettop(L) - 2, LUA_MULTRET, 0);
    db->running--;
    if (status != LUA_OK) {
        plumb_store_rollback(db->store);
        return lua_error(L);
    }
    if (!plumb_store_commit(db->store, &err))
        return raise(L, &err);
    return lua_gettop(L) - 1;
}

static const luaL_Reg db_methods[] = {
    { "run", db_run },
    { "changes", db_changes },
    { "transaction", db_transaction },
    { "migrate", db_migrate },
    { "backup", db_backup },
    { "close", db_close },
    { NULL, NULL },
};

static const luaL_Reg db_metamethods[] = {
    { "__gc", db_gc },
    { "__close", db_gc },
    { NULL, NULL },
};

static const luaL_Reg run_methods[] = {
    { "__gc", run_close },
    { "__close", run_close },
    { NULL, NULL },
};

static const luaL_Reg functions[] = {
    { "open", store_open },
    { NULL, NULL },
};

int luaopen_engine_store(lua_State *L)
{
    luaL_newmetatable(L, RUN);
    luaL_setfuncs(L, run_methods, 0);
    luaL_newmetatable(L, DB);
    luaL_setfuncs(L, db_metamethods, 0);
    luaL_newlib(L, db_methods);
    lua_setfield(L, -2, "__index");
    lua_pushliteral(L, "engine.store");
    lua_setfield(L, -2, "__metatable");
    lua_pop(L, 2);
    luaL_newlib(L, functions);
    return 1;
}
