#include <fcntl.h>
#include <math.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"
#include "plumb/store.h"

/* --- a folder of its own for each test --- */

static char folder[64], file[128];

static int set_up(void **state)
{
    (void)state;
    (void)snprintf(folder, sizeof folder, "/tmp/plumb-test-XXXXXX");
    if (!mkdtemp(folder))
        return -1;
    (void)snprintf(file, sizeof file, "%s/state.db", folder);
    return 0;
}

static int tear_down(void **state)
{
    char command[128];
    (void)state;
    (void)snprintf(command, sizeof command, "rm -rf '%s'", folder);
    return system(command);
}

/* Runs a line of shell in the folder. */
static bool shell(const char *line)
{
    char command[400];
    (void)snprintf(command, sizeof command, "cd '%s' && %s", folder, line);
    return system(command) == 0;
}

/* --- shorthands --- */

static const char *const first[] = { "CREATE TABLE t (a INTEGER, b TEXT) STRICT" };
static const char *const second[] = { "CREATE TABLE t (a INTEGER, b TEXT) STRICT",
                                      "ALTER TABLE t ADD COLUMN c TEXT; UPDATE t SET c = 'new'" };

static struct plumb_store *open_store(bool read_only)
{
    struct plumb_err err = { 0 };
    struct plumb_store_options options = { .read_only = read_only };
    struct plumb_store *store = plumb_store_open(file, &options, &err);
    if (!store)
        fail_msg("%s: %s", err.code, err.message);
    return store;
}

static void assert_refused(bool read_only, const char *code, const char *word)
{
    struct plumb_err err = { 0 };
    struct plumb_store_options options = { .read_only = read_only };
    struct plumb_store *store = plumb_store_open(file, &options, &err);
    assert_null(store);
    assert_string_equal(err.code, code);
    if (!strstr(err.message, word))
        fail_msg("'%s' does not say '%s'", err.message, word);
}

static void run(struct plumb_store *store, const char *sql)
{
    struct plumb_err err = { 0 };
    if (!plumb_store_exec(store, sql, &err))
        fail_msg("%s: %s", sql, err.message);
}

static int64_t integer(struct plumb_store *store, const char *sql)
{
    bool row = false;
    struct plumb_statement *s = plumb_store_prepare(store, plumb_slice_of(sql), NULL);
    assert_non_null(s);
    assert_true(plumb_store_step(s, &row, NULL));
    assert_true(row);
    int64_t value = plumb_store_column(s, 0).integer;
    plumb_store_release(s);
    return value;
}

static void make_state(const char *const *sql, size_t n)
{
    struct plumb_store *store = open_store(false);
    assert_true(plumb_store_migrate(store, sql, n, NULL));
    run(store, "INSERT INTO t (a, b) VALUES (1, 'one')");
    plumb_store_close(store);
}

static mode_t mode_of(const char *path)
{
    struct stat st;
    assert_int_equal(stat(path, &st), 0);
    return st.st_mode & 07777;
}

/* --- opening --- */

static void store_makes_folder_and_file_for_its_owner_alone(void **state)
{
    char parent[128];
    (void)state;
    (void)snprintf(file, sizeof file, "%s/a/b/state.db", folder);
    (void)snprintf(parent, sizeof parent, "%s/a", folder);
    make_state(first, 1);
    assert_int_equal(mode_of(parent), 0700);
    assert_int_equal(mode_of(file), 0600);
    struct plumb_store *store = open_store(false);
    assert_int_equal(integer(store, "SELECT a FROM t"), 1);
    assert_int_equal(integer(store, "PRAGMA application_id"), PLUMB_STORE_APPLICATION_ID);
    plumb_store_close(store);
}

static void store_is_set_up_for_safety(void **state)
{
    (void)state;
    struct plumb_store *store = open_store(false);
    assert_int_equal(integer(store, "PRAGMA synchronous"), 2);
    assert_int_equal(integer(store, "PRAGMA foreign_keys"), 1);
    assert_int_equal(integer(store, "PRAGMA trusted_schema"), 0);
    assert_int_equal(integer(store, "PRAGMA cell_size_check"), 1);
    assert_int_equal(
        integer(store, "SELECT count(*) FROM pragma_journal_mode WHERE journal_mode='wal'"), 1);
    assert_false(plumb_store_exec(store, "ATTACH ':memory:' AS x", NULL));
    assert_false(plumb_store_exec(store, "SELECT load_extension('x')", NULL));
    assert_false(plumb_store_exec(
                     store, "PRAGMA writable_schema=ON; UPDATE sqlite_schema SET sql=''", NULL) &&
                 integer(store, "SELECT count(*) FROM sqlite_schema WHERE sql=''") > 0);
    plumb_store_close(store);
}

static void store_takes_open_permissions_away(void **state)
{
    (void)state;
    make_state(first, 1);
    assert_int_equal(chmod(file, 0666), 0);
    plumb_store_close(open_store(false));
    assert_int_equal(mode_of(file), 0600);
}

static void store_refuses_a_link(void **state)
{
    (void)state;
    make_state(first, 1);
    assert_true(shell("mv state.db real.db && ln -s real.db state.db"));
    assert_refused(false, "StateUnsafe", "symbolic link");
    assert_refused(true, "StateUnsafe", "symbolic link");
}

static void store_refuses_what_is_no_file(void **state)
{
    (void)state;
    assert_int_equal(mkdir(file, 0700), 0);
    assert_refused(false, "StateUnsafe", "not a file");
    assert_refused(true, "StateUnsafe", "not a file");
}

static void store_refuses_files_of_others(void **state)
{
    sqlite3 *db = NULL;
    (void)state;
    assert_true(shell("printf 'a diary, and not a short one at all' > state.db"));
    assert_refused(false, "NotPlumbState", file);
    assert_refused(true, "NotPlumbState", file);
    assert_true(shell("grep -q 'a diary, and' state.db"));
    assert_int_equal(unlink(file), 0);
    assert_int_equal(sqlite3_open(file, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, "CREATE TABLE t (a)", NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
    assert_refused(false, "NotPlumbState", "not one of plumb");
    assert_refused(true, "NotPlumbState", "not one of plumb");
}

/* Whether opening path is refused with code and names the folder; in a child, since nothing is
 * read-only for root, who has to become somebody else for it. */
static bool is_read_only(const char *path)
{
    enum { NOBODY = 65534 };
    int status = 1;
    pid_t child = fork();

    if (child == 0) {
        struct plumb_err err = { 0 };
        if (geteuid() == 0 && (chown(folder, NOBODY, NOBODY) != 0 || setgid(NOBODY) != 0 ||
                               setuid(NOBODY) != 0 || chmod(folder, 0500) != 0))
            _exit(2);
        struct plumb_store *store = plumb_store_open(path, NULL, &err);
        _exit(!store && strcmp(err.code, "StateReadOnly") == 0 && strstr(err.message, folder) ? 0
                                                                                              : 1);
    }
    return waitpid(child, &status, 0) == child && status == 0;
}

static void store_says_which_folder_cannot_be_written(void **state)
{
    char deeper[160];
    (void)state;
    (void)snprintf(deeper, sizeof deeper, "%s/a/state.db", folder);
    assert_int_equal(chmod(folder, 0500), 0);
    assert_true(is_read_only(file));
    assert_true(is_read_only(deeper));
    assert_int_equal(chmod(folder, 0700), 0);
}

static void store_refuses_a_path_through_a_file(void **state)
{
    (void)state;
    make_state(first, 1);
    (void)snprintf(file, sizeof file, "%s/state.db/deeper.db", folder);
    assert_refused(false, "StateError", "state.db");
}

/* --- damage --- */

static void flip(long offset)
{
    FILE *f = fopen(file, "r+b");
    assert_non_null(f);
    assert_int_equal(fseek(f, offset, SEEK_SET), 0);
    int c = fgetc(f);
    assert_int_equal(fseek(f, offset, SEEK_SET), 0);
    assert_int_equal(fputc(c ^ 0xff, f), c ^ 0xff);
    assert_int_equal(fclose(f), 0);
}

static void store_refuses_a_damaged_page(void **state)
{
    (void)state;
    make_state(first, 1);
    flip(4096); /* the page type of the root of t */
    assert_refused(false, "StateDamaged", file);
    assert_refused(true, "StateDamaged", file);
}

static void store_refuses_a_file_cut_off(void **state)
{
    struct plumb_err err = { 0 };
    struct stat st;
    (void)state;
    make_state(first, 1);
    assert_int_equal(stat(file, &st), 0);
    for (off_t size = st.st_size - 512; size > 0; size -= 512) {
        assert_int_equal(truncate(file, size), 0);
        struct plumb_store *store = plumb_store_open(file, NULL, &err);
        if (store)
            fail_msg("opens with %ld bytes", (long)size);
        assert_true(strcmp(err.code, "StateDamaged") == 0 ||
                    strcmp(err.code, "NotPlumbState") == 0);
    }
}

static void store_refuses_an_empty_file_with_a_log(void **state)
{
    (void)state;
    assert_true(shell(": > state.db && echo x > state.db-wal"));
    assert_refused(false, "StateDamaged", file);
    assert_refused(true, "StateDamaged", file);
}

static void store_starts_in_an_empty_file(void **state)
{
    (void)state;
    assert_true(shell(": > state.db"));
    make_state(first, 1);
}

/* A crash leaves the log, and the log holds what was committed. */
static void store_finds_what_was_committed_before_a_crash(void **state)
{
    (void)state;
    pid_t child = fork();
    if (child == 0) {
        struct plumb_store *store = plumb_store_open(file, NULL, NULL);
        bool done = store && plumb_store_migrate(store, first, 1, NULL) &&
                    plumb_store_exec(store, "INSERT INTO t VALUES (7, '')", NULL) &&
                    plumb_store_begin(store, NULL) &&
                    plumb_store_exec(store, "INSERT INTO t VALUES (8, '')", NULL);
        if (done)
            kill(getpid(), SIGKILL);
        _exit(1);
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status));
    struct plumb_store *store = open_store(true);
    assert_int_equal(integer(store, "SELECT sum(a) FROM t"), 7);
    plumb_store_close(store);
    store = open_store(false);
    assert_int_equal(integer(store, "SELECT sum(a) FROM t"), 7);
    plumb_store_close(store);
}

/* --- the lock --- */

static void store_lets_only_one_in_and_says_who(void **state)
{
    char pid[32];
    (void)state;
    struct plumb_store *store = open_store(false);
    (void)snprintf(pid, sizeof pid, "process %ld since 20", (long)getpid());
    assert_refused(false, "StateLocked", pid);
    plumb_store_close(store);
    plumb_store_close(open_store(false));
}

static void store_lock_ends_with_its_process(void **state)
{
    int ready[2];
    char byte;
    (void)state;
    assert_int_equal(pipe(ready), 0);
    pid_t child = fork();
    if (child == 0) {
        struct plumb_store *store = plumb_store_open(file, NULL, NULL);
        _exit(store && write(ready[1], "x", 1) == 1 && pause() ? 0 : 1);
    }
    assert_int_equal(read(ready[0], &byte, 1), 1);
    assert_refused(false, "StateLocked", "process");
    kill(child, SIGKILL);
    assert_int_equal(waitpid(child, NULL, 0), child);
    plumb_store_close(open_store(false));
    close(ready[0]);
    close(ready[1]);
}

/* --- read-only --- */

static void read_only_store_makes_nothing(void **state)
{
    (void)state;
    (void)snprintf(file, sizeof file, "%s/none/state.db", folder);
    struct plumb_store *store = open_store(true);
    assert_true(plumb_store_migrate(store, first, 1, NULL));
    assert_int_equal(integer(store, "SELECT count(*) FROM t"), 0);
    plumb_store_close(store);
    assert_true(shell("test -z \"$(ls -A)\""));
}

static void read_only_store_changes_nothing(void **state)
{
    (void)state;
    make_state(first, 1);
    assert_true(shell("md5sum state.db > .sum && ls > .names"));
    struct plumb_store *store = open_store(true);
    assert_true(plumb_store_migrate(store, second, 2, NULL));
    run(store, "INSERT INTO t VALUES (2, 'two', 'x')");
    assert_int_equal(integer(store, "SELECT count(*) FROM t"), 2);
    plumb_store_close(store);
    assert_true(shell("md5sum --quiet -c .sum && test \"$(ls)\" = \"$(cat .names)\""));
    store = open_store(false);
    assert_int_equal(integer(store, "SELECT count(*) FROM t"), 1);
    plumb_store_close(store);
}

static void read_only_store_reads_beside_a_writer(void **state)
{
    (void)state;
    make_state(first, 1);
    struct plumb_store *writer = open_store(false);
    run(writer, "INSERT INTO t VALUES (2, 'two')");
    assert_true(plumb_store_begin(writer, NULL));
    run(writer, "INSERT INTO t VALUES (3, 'three')");
    struct plumb_store *reader = open_store(true);
    assert_int_equal(integer(reader, "SELECT count(*) FROM t"), 2);
    plumb_store_close(reader);
    assert_true(plumb_store_commit(writer, NULL));
    assert_int_equal(integer(writer, "SELECT count(*) FROM t"), 3);
    plumb_store_close(writer);
}

/* --- migrations --- */

static void migrate_counts_and_runs_each_script_once(void **state)
{
    (void)state;
    make_state(first, 1);
    struct plumb_store *store = open_store(false);
    assert_true(plumb_store_migrate(store, first, 1, NULL));
    assert_int_equal(integer(store, "PRAGMA user_version"), 1);
    assert_true(plumb_store_migrate(store, second, 2, NULL));
    assert_int_equal(integer(store, "PRAGMA user_version"), 2);
    assert_int_equal(integer(store, "SELECT count(*) FROM t WHERE c = 'new'"), 1);
    plumb_store_close(store);
}

static void migrate_keeps_a_backup_of_what_was(void **state)
{
    char backup[160];
    (void)state;
    make_state(first, 1);
    struct plumb_store *store = open_store(false);
    assert_true(plumb_store_migrate(store, second, 2, NULL));
    plumb_store_close(store);
    (void)snprintf(backup, sizeof backup, "%s.v1.bak", file);
    assert_int_equal(mode_of(backup), 0600);
    assert_int_equal(rename(backup, file), 0);
    store = open_store(false);
    assert_int_equal(integer(store, "PRAGMA user_version"), 1);
    assert_int_equal(integer(store, "SELECT a FROM t"), 1);
    assert_true(plumb_store_migrate(store, second, 2, NULL));
    plumb_store_close(store);
}

static void migrate_makes_no_backup_of_nothing(void **state)
{
    (void)state;
    make_state(second, 2);
    assert_true(shell("test \"$(echo *.bak)\" = '*.bak'"));
}

static void backup_is_a_whole_state_of_its_own(void **state)
{
    struct plumb_err err = { 0 };
    char copy[160];
    (void)state;
    (void)snprintf(copy, sizeof copy, "%s/copy.db", folder);
    struct plumb_store *store = open_store(false);
    assert_true(plumb_store_migrate(store, first, 1, NULL));
    run(store, "INSERT INTO t VALUES (7, 'x')");
    if (!plumb_store_backup(store, copy, &err))
        fail_msg("%s", err.message);
    run(store, "INSERT INTO t VALUES (8, 'y')");
    plumb_store_close(store);
    assert_int_equal(mode_of(copy), 0600);
    assert_true(shell("test ! -e copy.db.part"));
    assert_int_equal(rename(copy, file), 0);
    store = open_store(false);
    assert_int_equal(integer(store, "SELECT sum(a) FROM t"), 7);
    assert_int_equal(integer(store, "PRAGMA user_version"), 1);
    plumb_store_close(store);
}

static void backup_of_a_copy_in_memory_needs_no_lock(void **state)
{
    char copy[160];
    (void)state;
    (void)snprintf(copy, sizeof copy, "%s/copy.db", folder);
    struct plumb_store *writer = open_store(false);
    run(writer, "CREATE TABLE t (a INTEGER)");
    run(writer, "INSERT INTO t VALUES (7)");
    struct plumb_store *reader = open_store(true);
    assert_true(plumb_store_backup(reader, copy, NULL));
    plumb_store_close(reader);
    plumb_store_close(writer);
    assert_int_equal(rename(copy, file), 0);
    reader = open_store(true);
    assert_int_equal(integer(reader, "SELECT a FROM t"), 7);
    plumb_store_close(reader);
}

static void backup_replaces_nothing_and_leaves_no_half(void **state)
{
    struct plumb_err err = { 0 };
    char copy[160];
    (void)state;
    (void)snprintf(copy, sizeof copy, "%s/copy.db", folder);
    assert_true(shell("echo mine > copy.db; ln -s nowhere link.db"));
    struct plumb_store *store = open_store(false);
    run(store, "CREATE TABLE t (a INTEGER)");
    assert_false(plumb_store_backup(store, copy, &err));
    assert_string_equal(err.code, "FileExists");
    assert_true(shell("test \"$(cat copy.db)\" = mine"));
    (void)snprintf(copy, sizeof copy, "%s/link.db", folder);
    assert_false(plumb_store_backup(store, copy, &err));
    assert_string_equal(err.code, "FileExists");
    (void)snprintf(copy, sizeof copy, "%s/missing/copy.db", folder);
    assert_false(plumb_store_backup(store, copy, &err));
    assert_string_equal(err.code, "BackupFailed");
    (void)snprintf(copy, sizeof copy, "%s/later.db", folder);
    assert_true(plumb_store_begin(store, NULL));
    assert_false(plumb_store_backup(store, copy, &err)); /* SQLite refuses it in a transaction */
    assert_string_equal(err.code, "BackupFailed");
    plumb_store_rollback(store);
    assert_true(shell("test ! -e later.db && test ! -e later.db.part"));
    assert_int_equal(integer(store, "SELECT count(*) FROM t"), 0); /* still of use */
    plumb_store_close(store);
}

static void migrate_leaves_the_old_state_when_a_script_fails(void **state)
{
    const char *const bad[] = { first[0],
                                "ALTER TABLE t ADD COLUMN c TEXT; UPDATE t SET nothing = 1" };
    const char *const ends[] = { first[0], "ALTER TABLE t ADD COLUMN c TEXT; COMMIT" };
    struct plumb_err err = { 0 };
    (void)state;
    make_state(first, 1);
    struct plumb_store *store = open_store(false);
    assert_false(plumb_store_migrate(store, bad, 2, &err));
    assert_string_equal(err.code, "StateError");
    assert_int_equal(integer(store, "PRAGMA user_version"), 1);
    assert_int_equal(integer(store, "SELECT count(*) FROM pragma_table_info('t')"), 2);
    assert_false(plumb_store_migrate(store, ends, 2, &err));
    assert_int_equal(integer(store, "PRAGMA user_version"), 1);
    plumb_store_close(store);
}

static void migrate_refuses_a_newer_state(void **state)
{
    struct plumb_err err = { 0 };
    (void)state;
    make_state(second, 2);
    for (int read_only = 0; read_only < 2; read_only++) {
        struct plumb_store *store = open_store(read_only);
        assert_false(plumb_store_migrate(store, first, 1, &err));
        assert_string_equal(err.code, "StateTooNew");
        assert_non_null(strstr(err.message, file));
        plumb_store_close(store);
    }
}

/* --- statements --- */

static void statement_carries_every_kind_of_value(void **state)
{
    const struct plumb_store_value values[] = {
        { .kind = PLUMB_NULL },
        { .kind = PLUMB_INTEGER, .integer = INT64_MIN },
        { .kind = PLUMB_FLOAT, .real = 0.1 },
        { .kind = PLUMB_TEXT, .bytes = LITERAL("\xc3\xa9\0x") },
        { .kind = PLUMB_BLOB, .bytes = LITERAL("\xff\0") },
        { .kind = PLUMB_TEXT, .bytes = { NULL, 0 } },
    };
    const int n = sizeof values / sizeof *values;
    bool row = false;
    (void)state;
    struct plumb_store *store = plumb_store_open(":memory:", NULL, NULL);
    struct plumb_statement *s =
        plumb_store_prepare(store, LITERAL("SELECT ?,?,?,?,?,? AS last;"), NULL);
    assert_int_equal(plumb_store_parameters(s), n);
    for (int i = 0; i < n; i++)
        assert_true(plumb_store_bind(s, i + 1, &values[i], NULL));
    assert_true(plumb_store_step(s, &row, NULL));
    assert_true(row);
    assert_int_equal(plumb_store_columns(s), n);
    assert_string_equal(plumb_store_column_name(s, n - 1), "last");
    for (int i = 0; i < n; i++) {
        struct plumb_store_value got = plumb_store_column(s, i);
        assert_int_equal(got.kind, values[i].kind);
        assert_true(got.integer == values[i].integer);
        assert_true(got.real >= values[i].real && got.real <= values[i].real);
        assert_true(plumb_slice_equal(got.bytes, values[i].bytes));
    }
    assert_true(plumb_store_step(s, &row, NULL));
    assert_false(row);
    plumb_store_release(s);
    plumb_store_close(store);
}

static void statement_refuses_nan_several_and_none(void **state)
{
    const struct plumb_store_value nan_value = { .kind = PLUMB_FLOAT, .real = (double)NAN };
    (void)state;
    struct plumb_store *store = plumb_store_open(":memory:", NULL, NULL);
    struct plumb_statement *s = plumb_store_prepare(store, LITERAL("SELECT ?"), NULL);
    assert_false(plumb_store_bind(s, 1, &nan_value, NULL));
    plumb_store_release(s);
    assert_null(plumb_store_prepare(store, LITERAL("SELECT 1; SELECT 2"), NULL));
    assert_null(plumb_store_prepare(store, LITERAL(""), NULL));
    assert_null(plumb_store_prepare(store, LITERAL(" ; "), NULL));
    assert_null(plumb_store_prepare(store, LITERAL("SELECT 1\0"), NULL));
    assert_null(plumb_store_prepare(store, LITERAL("SELEC 1"), NULL));
    plumb_store_close(store);
}

static void statements_are_kept_and_may_overlap(void **state)
{
    struct plumb_statement *all[70];
    char sql[70][32];
    bool row;
    (void)state;
    struct plumb_store *store = plumb_store_open(":memory:", NULL, NULL);
    struct plumb_statement *s = plumb_store_prepare(store, LITERAL("SELECT 1"), NULL);
    struct plumb_statement *t = plumb_store_prepare(store, LITERAL("SELECT 1"), NULL);
    assert_ptr_not_equal(s, t);
    plumb_store_release(s);
    plumb_store_release(t);
    for (int i = 0; i < 70; i++) {
        (void)snprintf(sql[i], sizeof sql[i], "SELECT %d", i);
        all[i] = plumb_store_prepare(store, plumb_slice_of(sql[i]), NULL);
        assert_true(plumb_store_step(all[i], &row, NULL));
    }
    for (int i = 0; i < 70; i++) {
        assert_int_equal(plumb_store_column(all[i], 0).integer, i);
        plumb_store_release(all[i]);
    }
    for (int i = 0; i < 70; i++)
        assert_int_equal(integer(store, sql[i]), i);
    plumb_store_close(store);
}

static void statement_names_a_broken_rule(void **state)
{
    struct plumb_err err = { 0 };
    (void)state;
    struct plumb_store *store = plumb_store_open(":memory:", NULL, NULL);
    run(store, "CREATE TABLE t (a INTEGER PRIMARY KEY) STRICT; INSERT INTO t VALUES (1)");
    assert_false(plumb_store_exec(store, "INSERT INTO t VALUES (1)", &err));
    assert_string_equal(err.code, "Constraint");
    assert_false(plumb_store_exec(store, "INSERT INTO t VALUES ('x')", &err));
    assert_string_equal(err.code, "Constraint");
    plumb_store_close(store);
}

static void transaction_is_all_or_nothing(void **state)
{
    (void)state;
    struct plumb_store *store = plumb_store_open(":memory:", NULL, NULL);
    run(store, "CREATE TABLE t (a)");
    assert_true(plumb_store_begin(store, NULL));
    assert_true(plumb_store_in_transaction(store));
    run(store, "INSERT INTO t VALUES (1)");
    plumb_store_rollback(store);
    plumb_store_rollback(store);
    assert_int_equal(integer(store, "SELECT count(*) FROM t"), 0);
    assert_true(plumb_store_begin(store, NULL));
    run(store, "INSERT INTO t VALUES (1), (2)");
    assert_int_equal(plumb_store_changes(store), 2);
    assert_true(plumb_store_commit(store, NULL));
    assert_int_equal(integer(store, "SELECT count(*) FROM t"), 2);
    plumb_store_close(store);
}

static void store_close_takes_null(void **state)
{
    (void)state;
    plumb_store_close(NULL);
    plumb_store_release(NULL);
}

#define in_folder(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        in_folder(store_makes_folder_and_file_for_its_owner_alone),
        in_folder(store_is_set_up_for_safety),
        in_folder(store_takes_open_permissions_away),
        in_folder(store_refuses_a_link),
        in_folder(store_refuses_what_is_no_file),
        in_folder(store_refuses_files_of_others),
        in_folder(store_says_which_folder_cannot_be_written),
        in_folder(store_refuses_a_path_through_a_file),
        in_folder(store_refuses_a_damaged_page),
        in_folder(store_refuses_a_file_cut_off),
        in_folder(store_refuses_an_empty_file_with_a_log),
        in_folder(store_starts_in_an_empty_file),
        in_folder(store_finds_what_was_committed_before_a_crash),
        in_folder(store_lets_only_one_in_and_says_who),
        in_folder(store_lock_ends_with_its_process),
        in_folder(read_only_store_makes_nothing),
        in_folder(read_only_store_changes_nothing),
        in_folder(read_only_store_reads_beside_a_writer),
        in_folder(migrate_counts_and_runs_each_script_once),
        in_folder(migrate_keeps_a_backup_of_what_was),
        in_folder(migrate_makes_no_backup_of_nothing),
        in_folder(backup_is_a_whole_state_of_its_own),
        in_folder(backup_of_a_copy_in_memory_needs_no_lock),
        in_folder(backup_replaces_nothing_and_leaves_no_half),
        in_folder(migrate_leaves_the_old_state_when_a_script_fails),
        in_folder(migrate_refuses_a_newer_state),
        cmocka_unit_test(statement_carries_every_kind_of_value),
        cmocka_unit_test(statement_refuses_nan_several_and_none),
        cmocka_unit_test(statements_are_kept_and_may_overlap),
        cmocka_unit_test(statement_names_a_broken_rule),
        cmocka_unit_test(transaction_is_all_or_nothing),
        cmocka_unit_test(store_close_takes_null),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
