/*
 * One SQLite file that holds plumb's state: opened with care, changed in transactions, never shared
 * between two processes. The store knows files, locks, versions and statements; which tables there
 * are is up to the scripts that are given to plumb_store_migrate.
 *
 * A store owns its connection and its lock and is used by one thread. Statements belong to it.
 *
 * Error codes: NotPlumbState, StateDamaged, StateTooNew, StateReadOnly, StateLocked, StateUnsafe
 * (a symbolic link, not a file, somebody else's), StateFull, StateIo, Constraint, and StateError
 * for the rest. Messages name the file and what to do; status is SQLite's extended code or errno.
 */
#ifndef PLUMB_STORE_H
#define PLUMB_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "plumb/buf.h"
#include "plumb/err.h"

#define PLUMB_STORE_APPLICATION_ID 0x504c4d42 /* "PLMB" */

struct plumb_store;
struct plumb_statement;

struct plumb_store_options {
    /* Nothing on disk is created or changed, no lock is held: the store is a copy in memory of what
     * the file holds now (empty when there is none), and changes to it end with it. */
    bool read_only;
};

/* Opens path, ":memory:" for a store without a file. Makes missing directories with mode 0700 and
 * the file with 0600, and takes a lock that ends with the process. NULL on failure. */
struct plumb_store *plumb_store_open(const char *path, const struct plumb_store_options *options,
                                     struct plumb_err *err);

/* Ends what is open, an open transaction is rolled back. NULL is fine. */
void plumb_store_close(struct plumb_store *store);

/* The path as it was given. */
const char *plumb_store_path(const struct plumb_store *store);

/* Runs sql[version] .. sql[n - 1], each in a transaction of its own, and counts them in
 * user_version. Before the first, a file that holds something is copied to "<path>.v<version>.bak".
 * Errors besides those of SQLite: "StateTooNew" when more scripts have run than n. */
bool plumb_store_migrate(struct plumb_store *store, const char *const *sql, size_t n,
                         struct plumb_err *err);

/* Copies what the store holds into a new file at path, mode 0600, while it stays in use. What is
 * there already is never replaced, and a copy that fails leaves nothing. Not inside a transaction.
 * Errors: "FileExists", "BackupFailed". */
bool plumb_store_backup(struct plumb_store *store, const char *path, struct plumb_err *err);

/* Runs SQL without parameters and results, one statement or several. */
bool plumb_store_exec(struct plumb_store *store, const char *sql, struct plumb_err *err);

/* BEGIN IMMEDIATE, COMMIT, ROLLBACK. A commit that fails has rolled back. */
bool plumb_store_begin(struct plumb_store *store, struct plumb_err *err);
bool plumb_store_commit(struct plumb_store *store, struct plumb_err *err);
void plumb_store_rollback(struct plumb_store *store);
bool plumb_store_in_transaction(const struct plumb_store *store);

enum plumb_store_kind { PLUMB_NULL, PLUMB_INTEGER, PLUMB_FLOAT, PLUMB_TEXT, PLUMB_BLOB };

struct plumb_store_value {
    enum plumb_store_kind kind;
    int64_t integer;
    double real;
    struct plumb_slice bytes; /* of TEXT and BLOB; borrowed */
};

/* One statement, ready to be bound; kept for the next time it is asked for. Give it back with
 * plumb_store_release, which also ends its reading. */
struct plumb_statement *plumb_store_prepare(struct plumb_store *store, struct plumb_slice sql,
                                            struct plumb_err *err);
void plumb_store_release(struct plumb_statement *statement);

/* Parameters count from 1. Their bytes must stay where they are until the statement is released. */
int plumb_store_parameters(const struct plumb_statement *statement);
bool plumb_store_bind(struct plumb_statement *statement, int parameter,
                      const struct plumb_store_value *value, struct plumb_err *err);

/* Goes to the next row; *row is false behind the last. */
bool plumb_store_step(struct plumb_statement *statement, bool *row, struct plumb_err *err);

/* The columns of the current row count from 0; names and bytes are valid until the next step. */
int plumb_store_columns(const struct plumb_statement *statement);
const char *plumb_store_column_name(const struct plumb_statement *statement, int column);
struct plumb_store_value plumb_store_column(const struct plumb_statement *statement, int column);

/* Rows that the last INSERT, UPDATE or DELETE changed. */
int64_t plumb_store_changes(const struct plumb_store *store);

#endif
