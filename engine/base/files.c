#include "plumb/files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool fail(const char *path, const char *what, int reason, struct plumb_err *err)
{
    const char *code = reason == ENOENT                                         ? "FileNotFound"
                       : reason == EACCES || reason == EPERM || reason == EROFS ? "FileRefused"
                                                                                : "FileError";
    return plumb_err_set(err, code, reason, "%s cannot be %s: %s", path, what, strerror(reason));
}

/* --- reading --- */

static bool read_all(int fd, const char *path, struct plumb_buf *out, struct plumb_err *err)
{
    char block[16384];
    size_t before = out->n;

    for (;;) {
        ssize_t got = read(fd, block, sizeof block);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return fail(path, "read", errno, err);
        if (got == 0)
            return true;
        if (out->max - out->n < (size_t)got)
            return plumb_err_set(err, "FileTooLarge", EFBIG,
                                 "%s is larger than %zu bytes, the limit for it", path,
                                 out->max - before);
        if (!plumb_buf_add(out, block, (size_t)got))
            return fail(path, "read", ENOMEM, err);
    }
}

bool plumb_files_read(const char *path, struct plumb_buf *out, struct plumb_err *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (fd < 0)
        return fail(path, "read", errno, err);
    bool done = read_all(fd, path, out, err);
    close(fd);
    return done;
}

/* --- writing --- */

static bool write_all(int fd, struct plumb_slice bytes)
{
    while (bytes.n > 0) {
        ssize_t put = write(fd, bytes.p, bytes.n);
        if (put < 0 && errno == EINTR)
            continue;
        if (put < 0)
            return false;
        bytes.p += put;
        bytes.n -= (size_t)put;
    }
    return true;
}

void plumb_files_flush_directory(const char *path)
{
    const char *slash = strrchr(path, '/');
    char *directory = slash ? strndup(path, (size_t)(slash - path) + 1) : strdup(".");
    int fd = directory ? open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;

    if (fd >= 0) {
        (void)fsync(fd);
        close(fd);
    }
    free(directory);
}

/* Writes the file beside path; 0, or the errno. */
static int write_part(int fd, struct plumb_slice bytes, mode_t mode)
{
    int reason = 0;
    if (fchmod(fd, mode) != 0 || !write_all(fd, bytes) || fsync(fd) != 0)
        reason = errno;
    if (close(fd) != 0 && reason == 0)
        reason = errno;
    return reason;
}

bool plumb_files_write(const char *path, struct plumb_slice bytes, mode_t mode,
                       struct plumb_err *err)
{
    size_t n = strlen(path) + sizeof ".XXXXXX";
    char *part = malloc(n);
    int reason;

    if (!part)
        return fail(path, "written", ENOMEM, err);
    (void)snprintf(part, n, "%s.XXXXXX", path);
    int fd = mkostemp(part, O_CLOEXEC);
    if (fd < 0) {
        reason = errno;
        free(part);
        return fail(path, "written", reason, err);
    }
    reason = write_part(fd, bytes, mode);
    if (reason == 0 && rename(part, path) != 0)
        reason = errno;
    if (reason != 0)
        (void)unlink(part);
    else
        plumb_files_flush_directory(path);
    free(part);
    return reason == 0 || fail(path, "written", reason, err);
}

/* --- directories --- */

static bool make_one(const char *path, mode_t mode, struct plumb_err *err)
{
    struct stat st;

    if (mkdir(path, mode) == 0)
        return true;
    int reason = errno;
    if (reason == EEXIST && stat(path, &st) == 0)
        return S_ISDIR(st.st_mode) || fail(path, "a directory", ENOTDIR, err);
    return fail(path, "made", reason, err);
}

bool plumb_files_make_directory(const char *path, mode_t mode, struct plumb_err *err)
{
    char *copy = strdup(path);
    bool made = copy || fail(path, "made", ENOMEM, err);

    for (char *p = copy; made && *p && p[1]; p++) {
        if (*p != '/' || p == copy)
            continue;
        *p = '\0'; /* the directories above come first */
        made = make_one(copy, mode, err);
        *p = '/';
    }
    made = made && make_one(path, mode, err);
    free(copy);
    return made;
}
