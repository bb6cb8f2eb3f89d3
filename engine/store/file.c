/* The files around the database: directories, modes, links, and the lock beside it. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>

#include "internal.h"
#include "plumb/clock.h"
#include "plumb/files.h"

enum { HOLDER_SIZE = 64 };

char *plumb_store_beside(const char *path, const char *suffix)
{
    size_t n = strlen(path) + strlen(suffix) + 1;
    char *beside = malloc(n);
    if (beside)
        (void)snprintf(beside, n, "%s%s", path, suffix);
    return beside;
}

static bool out_of_memory(struct plumb_err *err)
{
    return plumb_err_set(err, "OutOfMemory", ENOMEM, "not enough memory to open the state file");
}

/* --- directories and the file --- */

static bool is_refusal(int reason)
{
    return reason == EACCES || reason == EPERM || reason == EROFS;
}

/* The directory part of path, malloc'd: "." when it has none. */
static char *directory_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash == NULL   ? strdup(".")
           : slash == path ? strdup("/")
                           : strndup(path, (size_t)(slash - path));
}

static bool make_parent(const char *path, struct plumb_err *err)
{
    struct plumb_err reason = { 0 };
    char *directory = directory_of(path);
    bool made = directory != NULL && plumb_files_make_directory(directory, 0700, &reason);

    if (!directory)
        out_of_memory(err);
    else if (!made)
        plumb_err_set(err, is_refusal(reason.status) ? "StateReadOnly" : "StateError",
                      reason.status,
                      "the folder of the state file: %s; make it or name another file with --state",
                      reason.message);
    free(directory);
    return made;
}

static bool fail_open(const char *path, int reason, struct plumb_err *err)
{
    if (reason == ELOOP)
        return plumb_err_set(err, "StateUnsafe", reason,
                             "%s is a symbolic link; name the file it points to with --state",
                             path);
    if (!is_refusal(reason))
        return plumb_err_set(err, "StateError", reason, "the state file %s cannot be opened: %s",
                             path, strerror(reason));
    char *directory = directory_of(path);
    plumb_err_set(err, "StateReadOnly", reason,
                  "%s in the folder %s cannot be written (%s); make both writable or name another "
                  "file with --state",
                  path, directory ? directory : "above it", strerror(reason));
    free(directory);
    return false;
}

/* A regular file of ours that nobody else may read. */
static bool check_opened(int fd, const char *path, struct plumb_err *err)
{
    struct stat st;

    if (fstat(fd, &st) != 0)
        return fail_open(path, errno, err);
    if (!S_ISREG(st.st_mode))
        return plumb_err_set(err, "StateUnsafe", 0, "%s is not a file; name one with --state",
                             path);
    if ((st.st_mode & 077) != 0 && fchmod(fd, st.st_mode & 0700) != 0)
        return plumb_err_set(err, "StateUnsafe", errno,
                             "other people may read or change %s and its mode cannot be set to "
                             "0600 (%s); its owner can, with chmod 600",
                             path, strerror(errno));
    return true;
}

/* Shared memory of WAL needs all users of a file on one machine. */
static bool is_network(int fd)
{
    static const unsigned long types[] = {
        0x6969 /* NFS */,     0x517b /* SMB */,      0xff534d42 /* CIFS */, 0xfe534d42 /* SMB2 */,
        0x5346414f /* AFS */, 0x00c36400 /* Ceph */, 0x01021997 /* 9P */,   0x0bd00bd0 /* Lustre */,
    };
    struct statfs fs;

    if (fstatfs(fd, &fs) != 0)
        return false;
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        if (((unsigned long)fs.f_type & 0xffffffff) == types[i])
            return true;
    }
    return false;
}

bool plumb_store_make_file(const char *path, bool *network, struct plumb_err *err)
{
    /* O_NONBLOCK: a FIFO that somebody put there must not hang us. */
    int fd = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK, 0600);
    if (fd < 0)
        return fail_open(path, errno, err);
    bool good = check_opened(fd, path, err);
    *network = good && is_network(fd);
    close(fd); /* before SQLite opens it: closing later would drop SQLite's own locks */
    return good;
}

bool plumb_store_make_empty(const char *path, struct plumb_err *err)
{
    if (unlink(path) != 0 && errno != ENOENT)
        return fail_open(path, errno, err);
    int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0)
        return fail_open(path, errno, err);
    close(fd);
    return true;
}

enum plumb_store_file plumb_store_look(const char *path, struct plumb_err *err)
{
    struct stat st;

    if (lstat(path, &st) != 0) {
        if (errno == ENOENT)
            return PLUMB_FILE_ABSENT;
        fail_open(path, errno, err);
        return PLUMB_FILE_REFUSED;
    }
    if (S_ISLNK(st.st_mode)) {
        fail_open(path, ELOOP, err);
        return PLUMB_FILE_REFUSED;
    }
    if (!S_ISREG(st.st_mode)) {
        plumb_err_set(err, "StateUnsafe", 0, "%s is not a file; name one with --state", path);
        return PLUMB_FILE_REFUSED;
    }
    return st.st_size == 0 ? PLUMB_FILE_EMPTY : PLUMB_FILE_FULL;
}

/* --- the lock --- */

/* "4121 2026-01-02T03:04:05Z": who holds the lock, for the message of whoever comes second. */
static void write_holder(int fd)
{
    char text[HOLDER_SIZE], since[32];
    time_t now = (time_t)plumb_clock_now();
    struct tm utc;

    if (!gmtime_r(&now, &utc) || !strftime(since, sizeof since, "%Y-%m-%dT%H:%M:%SZ", &utc))
        since[0] = '\0';
    int n = snprintf(text, sizeof text, "%ld %s\n", (long)getpid(), since);
    /* Only a courtesy: on a full disk the lock holds all the same. */
    if (n > 0 && ftruncate(fd, 0) == 0 && pwrite(fd, text, (size_t)n, 0) < 0)
        (void)!ftruncate(fd, 0);
}

static bool fail_locked(int fd, const char *path, struct plumb_err *err)
{
    char text[HOLDER_SIZE + 1], since[HOLDER_SIZE + 1] = "";
    long pid = 0;
    ssize_t n = pread(fd, text, HOLDER_SIZE, 0);

    text[n > 0 ? n : 0] = '\0';
    if (sscanf(text, "%ld %40[0-9TZ:-]", &pid, since) < 1 || pid <= 0)
        return plumb_err_set(err, "StateLocked", EWOULDBLOCK,
                             "another plumb is using the state file %s; wait until it has ended or "
                             "name another file with --state",
                             path);
    return plumb_err_set(err, "StateLocked", EWOULDBLOCK,
                         "the state file %s is used by process %ld%s%s; wait until it has ended, "
                         "stop it, or name another file with --state",
                         path, pid, since[0] ? " since " : "", since);
}

int plumb_store_lock(const char *path, struct plumb_err *err)
{
    char *beside = NULL;
    int fd = -1, result = -1;

    if (!make_parent(path, err))
        return -1;
    beside = plumb_store_beside(path, ".lock");
    if (!beside) {
        out_of_memory(err);
        return -1;
    }
    fd = open(beside, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK, 0600);
    if (fd < 0)
        fail_open(beside, errno, err);
    else if (!check_opened(fd, beside, err))
        ;
    else if (flock(fd, LOCK_EX | LOCK_NB) == 0)
        result = fd;
    else if (errno == EWOULDBLOCK)
        fail_locked(fd, path, err);
    else
        plumb_err_set(err, "StateError", errno, "%s cannot be locked: %s", beside, strerror(errno));
    if (result >= 0)
        write_holder(result);
    else if (fd >= 0)
        close(fd);
    free(beside);
    return result;
}

void plumb_store_unlock(int lock)
{
    if (lock < 0)
        return;
    /* The file stays: taking it away would let a third process lock a new one while a second still
     * waits on this one. */
    (void)!ftruncate(lock, 0);
    close(lock);
}
