/* Opening a state file, with every doubt resolved before the first write. */
#include "plumb/store.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "internal.h"
#include "plumb/uri.h"

enum {
    COPY_ATTEMPTS = 10,
    PATH_LIMIT = 4096,
};

/* --- errors --- */

/* What to say for a kind of failure. The path goes where %s is; SQLite's words come behind. */
static const struct cause {
    int rc;
    const char *code, *advice;
} causes[] = {
    { SQLITE_BUSY, "StateLocked", "the state file %s is used by another program; wait for it" },
    { SQLITE_LOCKED, "StateLocked", "the state file %s is used by another program; wait for it" },
    { SQLITE_CORRUPT, "StateDamaged",
      "the state file %s is damaged; put a backup in its place, or move it away and let plumb find "
      "its items again" },
    { SQLITE_NOTADB, "NotPlumbState",
      "%s is not a state file of plumb; name another file with --state" },
    { SQLITE_READONLY, "StateReadOnly",
      "the state file %s cannot be written; make it and its folder writable" },
    { SQLITE_CANTOPEN, "StateReadOnly",
      "the state file %s or a file beside it cannot be opened; make its folder writable" },
    { SQLITE_PERM, "StateReadOnly", "the state file %s may not be used" },
    { SQLITE_FULL, "StateFull", "no room for the state file %s; make some and run again" },
    { SQLITE_IOERR, "StateIo", "the disk refused the state file %s; check the disk and run again" },
    { SQLITE_CONSTRAINT, "Constraint", "the state file %s refuses a record" },
    { SQLITE_MISMATCH, "Constraint", "the state file %s refuses a record" },
    { SQLITE_NOMEM, "OutOfMemory", "not enough memory for the state file %s" },
};

static bool fail_with(const char *path, sqlite3 *db, int rc, struct plumb_err *err)
{
    static const struct cause other = { 0, "StateError", "the state file %s refuses a statement" };
    const struct cause *cause = &other;
    char text[PLUMB_ERR_MESSAGE_MAX];

    for (size_t i = 0; i < sizeof causes / sizeof *causes; i++) {
        if (causes[i].rc == (rc & 0xff))
            cause = &causes[i];
    }
    const char *hole = strstr(cause->advice, "%s");
    (void)snprintf(text, sizeof text, "%.*s%s%s", (int)(hole - cause->advice), cause->advice, path,
                   hole + 2);
    return plumb_err_set(err, cause->code, rc, "%s (SQLite: %s)", text,
                         db ? sqlite3_errmsg(db) : sqlite3_errstr(rc));
}

bool plumb_store_fail(struct plumb_store *store, int rc, struct plumb_err *err)
{
    /* After a failed write or fsync nobody knows what is on the disk. Asking again may succeed and
     * still have lost something, so this connection is done with. */
    if ((rc & 0xff) == SQLITE_IOERR || (rc & 0xff) == SQLITE_CORRUPT)
        store->broken = true;
    return fail_with(store->path, store->db, rc, err);
}

/* --- small SQL --- */

int64_t plumb_store_pragma(sqlite3 *db, const char *sql, int *rc)
{
    sqlite3_stmt *stmt = NULL;
    int64_t value = 0;
    int code = sqlite3_prepare_v2(db, sql, -1, &stmt, NULL);

    if (code == SQLITE_OK) {
        code = sqlite3_step(stmt);
        if (code == SQLITE_ROW)
            value = sqlite3_column_int64(stmt, 0);
        if (code == SQLITE_ROW || code == SQLITE_DONE)
            code = SQLITE_OK;
    }
    (void)sqlite3_finalize(stmt);
    if (rc)
        *rc = code;
    return value;
}

bool plumb_store_exec(struct plumb_store *store, const char *sql, struct plumb_err *err)
{
    if (store->broken)
        return fail_with(store->path, NULL, SQLITE_IOERR, err);
    int rc = sqlite3_exec(store->db, sql, NULL, NULL, NULL);
    return rc == SQLITE_OK || plumb_store_fail(store, rc, err);
}

/* --- a connection that cannot be talked into anything --- */

static void harden(sqlite3 *db)
{
    static const struct {
        int id, value;
    } limits[] = {
        { SQLITE_LIMIT_LENGTH, 16 << 20 },
        { SQLITE_LIMIT_SQL_LENGTH, 100000 },
        { SQLITE_LIMIT_COLUMN, 100 },
        { SQLITE_LIMIT_EXPR_DEPTH, 50 },
        { SQLITE_LIMIT_COMPOUND_SELECT, 10 },
        { SQLITE_LIMIT_VDBE_OP, 25000 },
        { SQLITE_LIMIT_FUNCTION_ARG, 16 },
        { SQLITE_LIMIT_ATTACHED, 0 },
        { SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 50 },
        { SQLITE_LIMIT_VARIABLE_NUMBER, 100 },
        { SQLITE_LIMIT_TRIGGER_DEPTH, 10 },
        { SQLITE_LIMIT_WORKER_THREADS, 0 },
    };
    for (size_t i = 0; i < sizeof limits / sizeof *limits; i++)
        (void)sqlite3_limit(db, limits[i].id, limits[i].value);
    (void)sqlite3_busy_timeout(db, 0);
    (void)sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1, (int *)NULL);
    (void)sqlite3_db_config(db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, (int *)NULL);
    (void)sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_VIEW, 0, (int *)NULL);
    (void)sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0, (int *)NULL);
    (void)sqlite3_db_config(db, SQLITE_DBCONFIG_DQS_DDL, 0, (int *)NULL);
    (void)sqlite3_db_config(db, SQLITE_DBCONFIG_DQS_DML, 0, (int *)NULL);
}

static bool connect(const char *path, const char *name, int flags, sqlite3 **db,
                    struct plumb_err *err)
{
    int rc = sqlite3_open_v2(name, db, flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, NULL);
    if (rc != SQLITE_OK) {
        fail_with(path, *db, rc, err);
        (void)sqlite3_close(*db);
        *db = NULL;
        return false;
    }
    harden(*db);
    return true;
}

/* --- is it ours, is it whole --- */

static bool fail_foreign(const char *path, struct plumb_err *err)
{
    return plumb_err_set(err, "NotPlumbState", 0,
                         "%s is a database, but not one of plumb; it was not touched; name another "
                         "file with --state",
                         path);
}

/* Reads only. *fresh says that nothing has ever been put into it. */
static bool check_identity(const char *path, sqlite3 *db, bool *fresh, struct plumb_err *err)
{
    int rc = SQLITE_OK, rc2 = SQLITE_OK, rc3 = SQLITE_OK;
    int64_t id = plumb_store_pragma(db, "PRAGMA application_id", &rc);
    int64_t version = plumb_store_pragma(db, "PRAGMA user_version", &rc2);
    int64_t objects = plumb_store_pragma(db, "SELECT count(*) FROM sqlite_schema", &rc3);

    if (rc != SQLITE_OK || rc2 != SQLITE_OK || rc3 != SQLITE_OK)
        return fail_with(path, db, rc ? rc : rc2 ? rc2 : rc3, err);
    *fresh = id == 0 && version == 0 && objects == 0;
    if (id != PLUMB_STORE_APPLICATION_ID && !*fresh)
        return fail_foreign(path, err);
    return true;
}

static bool check_whole(const char *path, sqlite3 *db, struct plumb_err *err)
{
    sqlite3_stmt *stmt = NULL;
    bool whole = false;
    int rc = sqlite3_prepare_v2(db, "PRAGMA quick_check(1)", -1, &stmt, NULL);

    if (rc == SQLITE_OK)
        rc = sqlite3_step(stmt);
    if (rc == SQLITE_ROW) {
        const char *word = (const char *)sqlite3_column_text(stmt, 0);
        whole = word && strcmp(word, "ok") == 0;
        rc = whole ? SQLITE_OK : SQLITE_CORRUPT;
    }
    (void)sqlite3_finalize(stmt);
    return whole || fail_with(path, rc == SQLITE_CORRUPT ? NULL : db, rc, err);
}

static bool set_up(struct plumb_store *store, bool fresh, bool network, struct plumb_err *err)
{
    char identify[64];

    if (!plumb_store_exec(store,
                          "PRAGMA foreign_keys=ON; PRAGMA cell_size_check=ON; PRAGMA mmap_size=0; "
                          "PRAGMA temp_store=MEMORY",
                          err))
        return false;
    (void)snprintf(identify, sizeof identify, "PRAGMA application_id=%d",
                   PLUMB_STORE_APPLICATION_ID);
    if (fresh && !plumb_store_exec(store, identify, err))
        return false;
    if (!store->in_file)
        return true;
    return plumb_store_exec(
               store, network ? "PRAGMA journal_mode=DELETE" : "PRAGMA journal_mode=WAL", err) &&
           plumb_store_exec(store, "PRAGMA synchronous=FULL", err);
}

/* --- to write --- */

/* SQLite throws away the log of an empty database. Ours is never empty once it has a log, so the
 * pair means that the database was cut off, and what is in the log is all that is left. */
static bool check_log(const char *path, struct plumb_err *err)
{
    char *log = plumb_store_beside(path, "-wal");
    struct stat st;
    bool orphan = log && plumb_store_look(path, NULL) == PLUMB_FILE_EMPTY && stat(log, &st) == 0 &&
                  st.st_size > 0;
    free(log);
    return !orphan || fail_with(path, NULL, SQLITE_CORRUPT, err);
}

static bool open_file(struct plumb_store *store, struct plumb_err *err)
{
    bool network = false, fresh = false;

    if (plumb_store_look(store->path, err) == PLUMB_FILE_REFUSED)
        return false;
    store->lock = plumb_store_lock(store->path, err);
    if (store->lock < 0 || !check_log(store->path, err) ||
        !plumb_store_make_file(store->path, &network, err))
        return false;
    store->in_file = true;
    return connect(store->path, store->path, SQLITE_OPEN_READWRITE, &store->db, err) &&
           check_identity(store->path, store->db, &fresh, err) &&
           check_whole(store->path, store->db, err) && set_up(store, fresh, network, err);
}

static bool open_memory(struct plumb_store *store, struct plumb_err *err)
{
    return connect(store->path, ":memory:", SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, &store->db,
                   err) &&
           set_up(store, true, false, err);
}

/* --- to read only --- */

/* The name under which SQLite reads path without making anything beside it. A log with something
 * in it has to be read, and then its index is there already. */
static bool add_read_name(const char *path, struct plumb_buf *name)
{
    char *log = plumb_store_beside(path, "-wal");
    struct stat st;
    bool logged = log && stat(log, &st) == 0 && st.st_size > 0;

    free(log);
    return plumb_buf_add_str(name, "file:") && plumb_uri_encode(plumb_slice_of(path), true, name) &&
           plumb_buf_add_str(name, logged ? "?mode=ro" : "?mode=ro&immutable=1");
}

static bool copy_once(struct plumb_store *store, struct plumb_err *err)
{
    struct plumb_buf name;
    sqlite3 *file = NULL;
    sqlite3_backup *backup = NULL;
    bool fresh = false, copied = false;
    int rc = SQLITE_NOMEM;

    plumb_buf_init(&name, PATH_LIMIT * 4);
    if (!add_read_name(store->path, &name)) {
        fail_with(store->path, NULL, rc, err);
        goto out;
    }
    if (!connect(store->path, name.p, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, &file, err) ||
        !check_identity(store->path, file, &fresh, err))
        goto out;
    backup = sqlite3_backup_init(store->db, "main", file, "main");
    if (backup) {
        (void)sqlite3_backup_step(backup, -1);
        rc = sqlite3_backup_finish(backup);
    }
    copied = rc == SQLITE_OK || fail_with(store->path, store->db, rc, err);
out:
    (void)sqlite3_close(file);
    plumb_buf_clear(&name);
    return copied;
}

static bool is_same_file(const struct stat *a, const struct stat *b)
{
    return a->st_ino == b->st_ino && a->st_size == b->st_size &&
           a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

/* Copies what the file holds. A process that writes it meanwhile is neither kept waiting nor
 * noticed by SQLite, so a copy made while the file changed is made again. */
static bool copy_file(struct plumb_store *store, struct plumb_err *err)
{
    struct stat before, after;
    bool steady = false, copied = false;

    for (int i = 0; i < COPY_ATTEMPTS && !steady; i++) {
        if (stat(store->path, &before) != 0)
            return fail_with(store->path, NULL, SQLITE_CANTOPEN, err);
        copied = copy_once(store, err);
        steady = stat(store->path, &after) == 0 && is_same_file(&before, &after);
    }
    if (!steady)
        return fail_with(store->path, NULL, SQLITE_BUSY, err);
    return copied && check_whole(store->path, store->db, err);
}

static bool open_copy(struct plumb_store *store, struct plumb_err *err)
{
    enum plumb_store_file file = plumb_store_look(store->path, err);

    if (file == PLUMB_FILE_REFUSED)
        return false;
    if (file == PLUMB_FILE_FULL &&
        (!connect(store->path, ":memory:", SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, &store->db,
                  err) ||
         !copy_file(store, err)))
        return false;
    if (file == PLUMB_FILE_FULL)
        return set_up(store, false, false, err);
    return check_log(store->path, err) && open_memory(store, err);
}

/* --- open and close --- */

struct plumb_store *plumb_store_open(const char *path, const struct plumb_store_options *options,
                                     struct plumb_err *err)
{
    struct plumb_store *store = NULL;
    bool opened = false;

    if (path[0] == '\0' || strlen(path) >= PATH_LIMIT) {
        plumb_err_set(err, "StateError", 0, "the path of the state file is empty or too long");
        return NULL;
    }
    store = calloc(1, sizeof *store);
    if (store)
        *store = (struct plumb_store){ .path = strdup(path), .lock = -1 };
    if (!store || !store->path)
        plumb_err_set(err, "OutOfMemory", ENOMEM, "not enough memory to open the state file");
    else if (strcmp(path, ":memory:") == 0)
        opened = open_memory(store, err);
    else if (options && options->read_only)
        opened = open_copy(store, err);
    else
        opened = open_file(store, err);
    if (!opened) {
        plumb_store_close(store);
        return NULL;
    }
    return store;
}

void plumb_store_close(struct plumb_store *store)
{
    if (!store)
        return;
    plumb_store_drop_statements(store);
    (void)sqlite3_close(store->db); /* rolls back what is open */
    plumb_store_unlock(store->lock);
    free(store->path);
    free(store);
}

const char *plumb_store_path(const struct plumb_store *store)
{
    return store->path;
}
