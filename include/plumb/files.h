/*
 * Whole files: read with a limit, written so that there is always the old one or the new one.
 *
 * Error codes: FileNotFound, FileRefused (permissions, read-only file system), FileTooLarge,
 * FileError for the rest; status is the errno, the message names the path.
 */
#ifndef PLUMB_FILES_H
#define PLUMB_FILES_H

#include <stdbool.h>
#include <sys/types.h>

#include "plumb/buf.h"
#include "plumb/err.h"

/* Appends what is in the file (a pipe is fine, a directory is not) until out is full, which is the
 * limit: one byte more is FileTooLarge. */
bool plumb_files_read(const char *path, struct plumb_buf *out, struct plumb_err *err);

/* Puts the directory of a file on the disk, for a name in it that is new: that is on the disk only
 * when its directory is. Some file systems cannot flush one; the name is there then all the same.
 */
void plumb_files_flush_directory(const char *path);

/* Replaces path by a file with these bytes and this mode: written beside it, flushed to the disk,
 * renamed. The directory must exist. After a failure path is what it was. */
bool plumb_files_write(const char *path, struct plumb_slice bytes, mode_t mode,
                       struct plumb_err *err);

/* Makes path and the directories above it that are missing, with this mode less the umask. */
bool plumb_files_make_directory(const char *path, mode_t mode, struct plumb_err *err);

#endif
