/* Bringing a state file up to date: forward only, each step whole or not at all. */
#include <stdio.h>
#include <stdlib.h>

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

static bool make_backup(struct plumb_store *store, int64_t version, struct plumb_err *err)
{
    char suffix[40];

    (void)snprintf(suffix, sizeof suffix, ".v%lld.bak", (long long)version);
    char *name = plumb_store_beside(store->path, suffix);
    bool made =
        name ? plumb_store_copy(store, name, err) : plumb_store_fail(store, SQLITE_NOMEM, err);
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
