#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check.h"
#include "plumb/files.h"

/* --- a folder of its own for each test --- */

static char folder[64];

static int set_up(void **state)
{
    (void)state;
    (void)snprintf(folder, sizeof folder, "/tmp/plumb-test-XXXXXX");
    return mkdtemp(folder) ? 0 : -1;
}

static int tear_down(void **state)
{
    char command[128];
    (void)state;
    (void)snprintf(command, sizeof command, "rm -rf '%s'", folder);
    return system(command);
}

static const char *in_folder(char *path, const char *name)
{
    (void)snprintf(path, 256, "%s/%s", folder, name);
    return path;
}

static void assert_content(const char *path, struct plumb_slice expected)
{
    struct plumb_buf out;
    plumb_buf_init(&out, 1 << 20);
    assert_true(plumb_files_read(path, &out, NULL));
    assert_true(plumb_slice_equal(plumb_buf_slice(&out), expected));
    plumb_buf_clear(&out);
}

/* --- what holds --- */

static void files_writes_and_reads_bytes(void **state)
{
    char path[256];
    struct stat st;
    (void)state;
    in_folder(path, "a");
    assert_true(plumb_files_write(path, LITERAL("x\0y\n"), 0600, NULL));
    assert_content(path, LITERAL("x\0y\n"));
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0600);
}

static void files_replaces_and_sets_the_mode(void **state)
{
    char path[256];
    struct stat st;
    (void)state;
    in_folder(path, "a");
    assert_true(plumb_files_write(path, LITERAL("a long old text"), 0600, NULL));
    assert_true(plumb_files_write(path, LITERAL("new"), 0644, NULL));
    assert_content(path, LITERAL("new"));
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0644);
}

static void files_leaves_nothing_behind_when_it_fails(void **state)
{
    char path[256], command[300];
    struct plumb_err err = { 0 };
    (void)state;
    in_folder(path, "taken");
    assert_int_equal(mkdir(path, 0700), 0);
    assert_false(plumb_files_write(path, LITERAL("x"), 0600, &err));
    assert_string_equal(err.code, "FileError");
    (void)snprintf(command, sizeof command, "test \"$(ls %s)\" = taken", folder);
    assert_int_equal(system(command), 0);
}

static void files_stops_at_the_limit(void **state)
{
    char path[256];
    struct plumb_buf out;
    struct plumb_err err = { 0 };
    (void)state;
    in_folder(path, "a");
    assert_true(plumb_files_write(path, LITERAL("12345"), 0600, NULL));
    plumb_buf_init(&out, 5);
    assert_true(plumb_files_read(path, &out, NULL));
    plumb_buf_clear(&out);
    plumb_buf_init(&out, 4);
    assert_false(plumb_files_read(path, &out, &err));
    assert_string_equal(err.code, "FileTooLarge");
    assert_non_null(strstr(err.message, path));
    plumb_buf_clear(&out);
}

static void files_says_what_is_missing(void **state)
{
    char path[256];
    struct plumb_buf out;
    struct plumb_err err = { 0 };
    (void)state;
    plumb_buf_init(&out, 100);
    assert_false(plumb_files_read(in_folder(path, "none"), &out, &err));
    assert_string_equal(err.code, "FileNotFound");
    assert_false(plumb_files_read(folder, &out, &err));
    assert_string_equal(err.code, "FileError");
    assert_false(plumb_files_write(in_folder(path, "none/a"), LITERAL("x"), 0600, &err));
    assert_string_equal(err.code, "FileNotFound");
    plumb_buf_clear(&out);
}

static void files_makes_directories(void **state)
{
    char path[256];
    struct stat st;
    struct plumb_err err = { 0 };
    (void)state;
    assert_true(plumb_files_make_directory(in_folder(path, "a//b/c/"), 0700, NULL));
    assert_true(plumb_files_make_directory(path, 0700, NULL));
    assert_int_equal(stat(in_folder(path, "a/b/c"), &st), 0);
    assert_true(S_ISDIR(st.st_mode));
    assert_int_equal(st.st_mode & 07777, 0700);
    assert_true(plumb_files_write(in_folder(path, "a/file"), LITERAL(""), 0600, NULL));
    assert_false(plumb_files_make_directory(in_folder(path, "a/file/x"), 0700, &err));
    assert_true(plumb_files_make_directory("/", 0700, NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(files_writes_and_reads_bytes, set_up, tear_down),
        cmocka_unit_test_setup_teardown(files_replaces_and_sets_the_mode, set_up, tear_down),
        cmocka_unit_test_setup_teardown(files_leaves_nothing_behind_when_it_fails, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(files_stops_at_the_limit, set_up, tear_down),
        cmocka_unit_test_setup_teardown(files_says_what_is_missing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(files_makes_directories, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
