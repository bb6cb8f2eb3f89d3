/* What the files of engine/store share. */
#ifndef PLUMB_STORE_INTERNAL_H
#define PLUMB_STORE_INTERNAL_H

#include <sqlite3.h>

#include "plumb/store.h"

enum { STATEMENT_CACHE = 64 };

struct plumb_statement {
    struct plumb_store *store;
    sqlite3_stmt *stmt;
    char *sql;
    size_t sql_n;
    uint64_t used; /* when it was prepared or asked for last; counted, not timed */
    bool busy;     /* given out */
    bool cached;   /* stays after its release */
};

struct plumb_store {
    sqlite3 *db;
    char *path;
    int lock;     /* descriptor of the locked "<path>.lock"; -1 without one */
    bool in_file; /* changes reach a file, so a migration makes a backup of it first */
    bool broken;  /* the disk failed once; nothing is tried again on this connection */
    uint64_t clock;
    struct plumb_statement *cache[STATEMENT_CACHE];
};

/* Fills err from SQLite's last error on this store and returns false. */
bool plumb_store_fail(struct plumb_store *store, int rc, struct plumb_err *err);

/* An integer pragma, or `absent` when it cannot be read; rc (NULL is fine) gets SQLite's code. */
int64_t plumb_store_pragma(sqlite3 *db, const char *sql, int *rc);

/* Drops all prepared statements. */
void plumb_store_drop_statements(struct plumb_store *store);

/* A copy of what the store holds at path, mode 0600, which replaces what was there. It is made
 * under
 * "<path>.part" and flushed first, so that the name never stands for half of one. */
bool plumb_store_copy(struct plumb_store *store, const char *path, struct plumb_err *err);

/* --- file.c: the files around the database --- */

/* What stands at path. */
enum plumb_store_file { PLUMB_FILE_ABSENT, PLUMB_FILE_EMPTY, PLUMB_FILE_FULL, PLUMB_FILE_REFUSED };
enum plumb_store_file plumb_store_look(const char *path, struct plumb_err *err);

/* Makes the directories above path (0700) and the file (0600), takes open permissions away, and
 * refuses links. *network is set when it lies on a file system that cannot share memory. */
bool plumb_store_make_file(const char *path, bool *network, struct plumb_err *err);

/* An empty file of mode 0600 that was not there before. */
bool plumb_store_make_empty(const char *path, struct plumb_err *err);

/* path with something behind it, malloc'd; NULL on lack of memory. */
char *plumb_store_beside(const char *path, const char *suffix);

/* Takes the lock beside path for this process, waits for nobody. -1 on failure. */
int plumb_store_lock(const char *path, struct plumb_err *err);
void plumb_store_unlock(int lock);

#endif
