/* Statements: prepared once, bound, stepped, given back; and transactions. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"

/* --- making and keeping them --- */

static void free_statement(struct plumb_statement *s)
{
    if (!s)
        return;
    (void)sqlite3_finalize(s->stmt);
    free(s->sql);
    free(s);
}

void plumb_store_drop_statements(struct plumb_store *store)
{
    for (size_t i = 0; i < STATEMENT_CACHE; i++) {
        free_statement(store->cache[i]);
        store->cache[i] = NULL;
    }
}

static bool is_blank(const char *p, const char *end)
{
    while (p < end && strchr(" \t\r\n;", *p) && *p)
        p++;
    return p == end;
}

static bool fail_sql(struct plumb_err *err, const char *what)
{
    return plumb_err_set(err, "StateError", 0, "%s", what);
}

static bool compile(struct plumb_store *store, struct plumb_slice sql, sqlite3_stmt **stmt,
                    struct plumb_err *err)
{
    const char *tail = NULL;

    if (sql.n > 1 << 20 || memchr(sql.p, '\0', sql.n))
        return fail_sql(err, "a statement that is too long or holds a NUL");
    int rc =
        sqlite3_prepare_v3(store->db, sql.p, (int)sql.n, SQLITE_PREPARE_PERSISTENT, stmt, &tail);
    if (rc != SQLITE_OK)
        return plumb_store_fail(store, rc, err);
    if (*stmt && is_blank(tail, sql.p + sql.n))
        return true;
    (void)sqlite3_finalize(*stmt);
    *stmt = NULL;
    return fail_sql(err, "not one SQL statement but several, or none");
}

static struct plumb_statement *new_statement(struct plumb_store *store, struct plumb_slice sql,
                                             struct plumb_err *err)
{
    sqlite3_stmt *stmt = NULL;
    struct plumb_statement *s = NULL;
    char *text = NULL;

    if (!compile(store, sql, &stmt, err))
        return NULL;
    s = calloc(1, sizeof *s);
    text = malloc(sql.n + 1);
    if (!s || !text) {
        (void)sqlite3_finalize(stmt);
        free(s);
        free(text);
        plumb_store_fail(store, SQLITE_NOMEM, err);
        return NULL;
    }
    memcpy(text, sql.p, sql.n);
    text[sql.n] = '\0';
    *s = (struct plumb_statement){ .store = store, .stmt = stmt, .sql = text, .sql_n = sql.n };
    return s;
}

/* Where a new statement may stand: an empty place, else the one whose statement rests longest;
 * NULL when all are in use. */
static struct plumb_statement **find_place(struct plumb_store *store)
{
    struct plumb_statement **place = NULL;
    for (size_t i = 0; i < STATEMENT_CACHE; i++) {
        struct plumb_statement **p = &store->cache[i];
        if (!*p)
            return p;
        if (!(*p)->busy && (!place || (*p)->used < (*place)->used))
            place = p;
    }
    return place;
}

struct plumb_statement *plumb_store_prepare(struct plumb_store *store, struct plumb_slice sql,
                                            struct plumb_err *err)
{
    struct plumb_statement *s = NULL;

    if (store->broken) {
        plumb_store_fail(store, SQLITE_IOERR, err);
        return NULL;
    }
    for (size_t i = 0; i < STATEMENT_CACHE && !s; i++) {
        struct plumb_statement *known = store->cache[i];
        if (known && !known->busy && known->sql_n == sql.n && memcmp(known->sql, sql.p, sql.n) == 0)
            s = known;
    }
    if (!s) {
        s = new_statement(store, sql, err);
        struct plumb_statement **place = s ? find_place(store) : NULL;
        if (place) {
            free_statement(*place);
            *place = s;
            s->cached = true;
        }
    }
    if (s) {
        s->busy = true;
        s->used = ++store->clock;
    }
    return s;
}

void plumb_store_release(struct plumb_statement *s)
{
    if (!s)
        return;
    (void)sqlite3_reset(s->stmt);
    (void)sqlite3_clear_bindings(s->stmt); /* the bytes are the caller's and may go now */
    s->busy = false;
    if (!s->cached)
        free_statement(s);
}

/* --- using them --- */

int plumb_store_parameters(const struct plumb_statement *s)
{
    return sqlite3_bind_parameter_count(s->stmt);
}

bool plumb_store_bind(struct plumb_statement *s, int parameter,
                      const struct plumb_store_value *value, struct plumb_err *err)
{
    const char *bytes = value->bytes.p ? value->bytes.p : "";
    int rc = SQLITE_MISUSE;

    switch (value->kind) {
    case PLUMB_NULL:
        rc = sqlite3_bind_null(s->stmt, parameter);
        break;
    case PLUMB_INTEGER:
        rc = sqlite3_bind_int64(s->stmt, parameter, value->integer);
        break;
    case PLUMB_FLOAT:
        if (isnan(value->real)) /* SQLite would make it NULL without a word */
            return fail_sql(err, "NaN cannot be stored");
        rc = sqlite3_bind_double(s->stmt, parameter, value->real);
        break;
    case PLUMB_TEXT:
        rc = sqlite3_bind_text64(s->stmt, parameter, bytes, value->bytes.n, SQLITE_STATIC,
                                 SQLITE_UTF8);
        break;
    case PLUMB_BLOB:
        rc = sqlite3_bind_blob64(s->stmt, parameter, bytes, value->bytes.n, SQLITE_STATIC);
        break;
    }
    return rc == SQLITE_OK || plumb_store_fail(s->store, rc, err);
}

bool plumb_store_step(struct plumb_statement *s, bool *row, struct plumb_err *err)
{
    *row = false;
    if (s->store->broken)
        return plumb_store_fail(s->store, SQLITE_IOERR, err);
    int rc = sqlite3_step(s->stmt);
    *row = rc == SQLITE_ROW;
    return rc == SQLITE_ROW || rc == SQLITE_DONE || plumb_store_fail(s->store, rc, err);
}

int plumb_store_columns(const struct plumb_statement *s)
{
    return sqlite3_column_count(s->stmt);
}

const char *plumb_store_column_name(const struct plumb_statement *s, int column)
{
    const char *name = sqlite3_column_name(s->stmt, column);
    return name ? name : "";
}

struct plumb_store_value plumb_store_column(const struct plumb_statement *s, int column)
{
    struct plumb_store_value value = { .kind = PLUMB_NULL };

    switch (sqlite3_column_type(s->stmt, column)) {
    case SQLITE_INTEGER:
        value.kind = PLUMB_INTEGER;
        value.integer = sqlite3_column_int64(s->stmt, column);
        break;
    case SQLITE_FLOAT:
        value.kind = PLUMB_FLOAT;
        value.real = sqlite3_column_double(s->stmt, column);
        break;
    case SQLITE_TEXT:
        value.kind = PLUMB_TEXT;
        value.bytes.p = (const char *)sqlite3_column_text(s->stmt, column);
        value.bytes.n = (size_t)sqlite3_column_bytes(s->stmt, column);
        break;
    case SQLITE_BLOB:
        value.kind = PLUMB_BLOB;
        value.bytes.p = sqlite3_column_blob(s->stmt, column);
        value.bytes.n = (size_t)sqlite3_column_bytes(s->stmt, column);
        break;
    default:
        break;
    }
    return value;
}

int64_t plumb_store_changes(const struct plumb_store *store)
{
    return sqlite3_changes64(store->db);
}

/* --- transactions --- */

bool plumb_store_in_transaction(const struct plumb_store *store)
{
    return sqlite3_get_autocommit(store->db) == 0;
}

bool plumb_store_begin(struct plumb_store *store, struct plumb_err *err)
{
    return plumb_store_exec(store, "BEGIN IMMEDIATE", err);
}

void plumb_store_rollback(struct plumb_store *store)
{
    /* SQLite itself has rolled back already after some errors; and a broken disk must not keep us
     * from letting go. */
    if (plumb_store_in_transaction(store))
        (void)sqlite3_exec(store->db, "ROLLBACK", NULL, NULL, NULL);
}

bool plumb_store_commit(struct plumb_store *store, struct plumb_err *err)
{
    if (plumb_store_exec(store, "COMMIT", err))
        return true;
    plumb_store_rollback(store);
    return false;
}
