/* Bringing a state file up to date: forward only, each step whole or not at all. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"

static bool fail_newer(const struct plumb_store *store, int64_t version, size_t known,
                       struct plumb_err *err)
{
    return plumb_err_set(err, "StateTooNew", 0,
                         "the state file %s was made by a newer plumb (its version is %lld, this "
                         "one knows up to %zu); it was not touched; use the newer plumb or name "
                         "another file with --state",
                         store->path, (long long)version, known);
}

/* A whole copy under a temporary name first, so that the name of a backup never stands for half of
 * one. SQLite makes the copy, since a file in use must not be copied as bytes. */
static bool copy_into(struct plumb_store *store, const char *part, const char *name,
                      struct plumb_err *err)
{
    char *sql = sqlite3_mprintf("VACUUM INTO %Q", part);
    if (!sql)
        return plumb_store_fail(store, SQLITE_NOMEM, err);
    int attached = sqlite3_limit(store->db, SQLITE_LIMIT_ATTACHED, 1);
    bool copied = plumb_store_exec(store, sql, err);
    (void)sqlite3_limit(store->db, SQLITE_LIMIT_ATTACHED, attached);
    sqlite3_free(sql);
    if (copied && rename(part, name) != 0)
        return plumb_store_fail(store, SQLITE_CANTOPEN, err);
    return copied;
}

static bool make_backup(struct plumb_store *store, int64_t version, struct plumb_err *err)
{
    char suffix[40];
    char *name = NULL, *part = NULL;
    bool made = false;

    (void)snprintf(suffix, sizeof suffix, ".v%lld.bak", (long long)version);
    name = plumb_store_beside(store->path, suffix);
    part = name ? plumb_store_beside(name, ".part") : NULL;
    if (!part)
        plumb_store_fail(store, SQLITE_NOMEM, err);
    else
        made = plumb_store_make_empty(part, err) && copy_into(store, part, name, err);
    free(part);
    free(name);
    return made;
}

static bool apply(struct plumb_store *store, const char *sql, int64_t version,
                  struct plumb_err *err)
{
    char count[64];

    (void)snprintf(count, sizeof count, "PRAGMA user_version=%lld", (long long)version);
    if (!plumb_store_begin(store, err))
        return false;
    if (plumb_store_exec(store, sql, err)) {
        if (!plumb_store_in_transaction(store))
            return plumb_err_set(err, "StateError", 0,
                                 "migration %lld ends its own transaction; that is not allowed",
                                 (long long)version);
        if (plumb_store_exec(store, count, err))
            return plumb_store_commit(store, err);
    }
    plumb_store_rollback(store);
    return false;
}

bool plumb_store_migrate(struct plumb_store *store, const char *const *sql, size_t n,
                         struct plumb_err *err)
{
    int rc = SQLITE_OK;
    int64_t version = plumb_store_pragma(store->db, "PRAGMA user_version", &rc);

    if (rc != SQLITE_OK)
        return plumb_store_fail(store, rc, err);
    if (version < 0 || (uint64_t)version > n)
        return fail_newer(store, version, n, err);
    if (store->in_file && version > 0 && (uint64_t)version < n && !make_backup(store, version, err))
        return false;
    for (size_t i = (size_t)version; i < n; i++) {
        if (!apply(store, sql[i], (int64_t)i + 1, err))
            return false;
    }
    return true;
}
