/* Whole copies of a database that is in use. SQLite makes them, since such a file must not be
 * copied as bytes. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "internal.h"
#include "plumb/files.h"

static bool fail_backup(const char *path, int reason, const char *why, struct plumb_err *err)
{
    return plumb_err_set(err, "BackupFailed", reason,
                         "the copy %s of the state could not be made: %s; make room for it or name "
                         "another file",
                         path, why);
}

static bool fail_errno(const char *path, struct plumb_err *err)
{
    int reason = errno;
    return fail_backup(path, reason, strerror(reason), err);
}

/* "SQLite does not invoke fsync() ... on the generated database", says the manual of VACUUM INTO.
 */
static bool flush(const char *path, struct plumb_err *err)
{
    int fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    bool flushed = fd >= 0 && fsync(fd) == 0;

    if (!flushed)
        fail_errno(path, err);
    if (fd >= 0)
        close(fd);
    return flushed;
}

static bool vacuum_into(struct plumb_store *store, const char *path, struct plumb_err *err)
{
    char *sql = sqlite3_mprintf("VACUUM INTO %Q", path);
    if (!sql)
        return plumb_store_fail(store, SQLITE_NOMEM, err);
    /* The copy is an attached database while it is made; otherwise there are none. */
    int attached = sqlite3_limit(store->db, SQLITE_LIMIT_ATTACHED, 1);
    int rc = sqlite3_exec(store->db, sql, NULL, NULL, NULL);
    (void)sqlite3_limit(store->db, SQLITE_LIMIT_ATTACHED, attached);
    sqlite3_free(sql);
    return rc == SQLITE_OK || fail_backup(path, rc, sqlite3_errmsg(store->db), err);
}

bool plumb_store_copy(struct plumb_store *store, const char *path, struct plumb_err *err)
{
    char *part = plumb_store_beside(path, ".part");
    bool copied = false;

    if (!part)
        return plumb_store_fail(store, SQLITE_NOMEM, err);
    if (plumb_store_make_empty(part, err)) {
        copied = vacuum_into(store, part, err) && flush(part, err) &&
                 (rename(part, path) == 0 || fail_errno(path, err));
        if (!copied)
            (void)unlink(part);
    }
    if (copied)
        plumb_files_flush_directory(path);
    free(part);
    return copied;
}

/* Takes the name by an empty file that was not there before. */
static bool claim(const char *path, struct plumb_err *err)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd >= 0) {
        close(fd);
        return true;
    }
    if (errno != EEXIST)
        return fail_errno(path, err);
    return plumb_err_set(err, "FileExists", EEXIST,
                         "%s is there already and was not touched; name a new file", path);
}

bool plumb_store_backup(struct plumb_store *store, const char *path, struct plumb_err *err)
{
    if (!claim(path, err))
        return false;
    if (plumb_store_copy(store, path, err))
        return true;
    (void)unlink(path);
    return false;
}
