/* Child processes: what they get, what comes back, and that none is left behind. */
#include "check.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "plumb/loop.h"
#include "plumb/process.h"

struct runner {
    struct plumb_loop *loop;
    struct plumb_process *process;
    int done;
};

static const char *const no_env[] = { NULL };

static void on_done(void *arg)
{
    ((struct runner *)arg)->done++;
}

static void wait_for(struct runner *runner)
{
    struct plumb_err err = { 0 };
    while (!runner->done)
        assert_true(plumb_loop_turn(runner->loop, 10, &err));
    assert_int_equal(runner->done, 1);
}

/* Runs `sh -c script`: the tests' own shell; process.c has none. */
static void start(struct runner *runner, const char *script, struct plumb_process_request request)
{
    const char *argv[] = { "/bin/sh", "-c", script, NULL };
    struct plumb_err err = { 0 };
    request.argv = argv;
    if (!request.env)
        request.env = no_env;
    runner->done = 0;
    runner->process = plumb_process_start(runner->loop, &request, on_done, runner, &err);
    assert_non_null(runner->process);
}

static struct plumb_process_result run(struct runner *runner, const char *script,
                                       struct plumb_process_request request)
{
    struct plumb_process_result result = { 0 };
    struct plumb_err err = { 0 };
    start(runner, script, request);
    wait_for(runner);
    assert_true(plumb_process_result(runner->process, &result, &err));
    return result;
}

static void expect_failure(struct runner *runner, const char *code)
{
    struct plumb_process_result result;
    struct plumb_err err = { 0 };
    assert_false(plumb_process_result(runner->process, &result, &err));
    assert_string_equal(err.code, code);
}

static int setup(void **state)
{
    struct runner *runner = calloc(1, sizeof *runner);
    runner->loop = plumb_loop_new(NULL);
    *state = runner;
    return runner->loop ? 0 : -1;
}

static int teardown(void **state)
{
    struct runner *runner = *state;
    plumb_process_free(runner->process);
    assert_false(plumb_loop_busy(runner->loop)); /* no watch, no timer left */
    plumb_loop_free(runner->loop);
    free(runner);
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1); /* no child either */
    assert_int_equal(errno, ECHILD);
    return 0;
}

/* ---- cases ---- */

static void process_gives_output_and_code(void **state)
{
    struct plumb_process_result result =
        run(*state, "printf 'a\\0b'; exit 7", (struct plumb_process_request){ 0 });
    assert_int_equal(result.code, 7);
    assert_slice(result.output, "a\0b");
}

static void process_tells_a_signal_as_shells_do(void **state)
{
    assert_int_equal(run(*state, "kill -TERM $$", (struct plumb_process_request){ 0 }).code,
                     128 + SIGTERM);
}

static void process_passes_words_as_they_are(void **state)
{
    struct runner *runner = *state;
    const char *argv[] = { "printf", "%s|", "a b", "$HOME", "`id`", "*;", NULL };
    struct plumb_process_request request = { .argv = argv, .env = no_env };
    struct plumb_process_result result;
    struct plumb_err err = { 0 };
    runner->process = plumb_process_start(runner->loop, &request, on_done, runner, &err);
    assert_non_null(runner->process);
    wait_for(runner);
    assert_true(plumb_process_result(runner->process, &result, &err));
    assert_slice(result.output, "a b|$HOME|`id`|*;|");
}

static void process_gives_the_environment_it_was_given(void **state)
{
    const char *const env[] = { "COLOUR=red", "PATH=/usr/bin:/bin", NULL };
    setenv("AWS_SECRET_ACCESS_KEY", "ours", 1);
    struct plumb_process_result result =
        run(*state, "printf %s \"$COLOUR-$AWS_SECRET_ACCESS_KEY-\"",
            (struct plumb_process_request){ .env = env });
    unsetenv("AWS_SECRET_ACCESS_KEY");
    assert_slice(result.output, "red--");
}

static void process_leaks_no_descriptor(void **state)
{
    const char *const env[] = { "PATH=/usr/bin:/bin", NULL };
    int leaky = open("/dev/null", O_RDONLY); /* without O_CLOEXEC, as a library might */
    struct plumb_process_result result =
        run(*state, "for fd in /proc/self/fd/*; do echo ${fd##*/}; done",
            (struct plumb_process_request){ .env = env });
    close(leaky);
    /* The shell has opened the folder for its own look at it, at the lowest free number. */
    assert_slice(result.output, "0\n1\n2\n3\n");
}

static void process_drops_error_output(void **state)
{
    struct plumb_process_result result =
        run(*state, "echo secret >&2; echo said", (struct plumb_process_request){ 0 });
    assert_slice(result.output, "said\n");
}

static void process_restores_signals(void **state)
{
    signal(SIGPIPE, SIG_IGN);
    struct plumb_process_result result =
        run(*state, "kill -PIPE $$; echo lived", (struct plumb_process_request){ 0 });
    signal(SIGPIPE, SIG_DFL);
    assert_int_equal(result.code, 128 + SIGPIPE);
}

/* posix_spawn learns in memory that it shares with the child why exec failed; valgrind turns that
 * child into a fork with memory of its own. */
static bool on_valgrind(void)
{
    const char *preloaded = getenv("LD_PRELOAD");
    return preloaded && strstr(preloaded, "/vgpreload_");
}

static void process_says_when_there_is_no_such_program(void **state)
{
    if (on_valgrind())
        skip();
    struct runner *runner = *state;
    const char *argv[] = { "./no-such-program", NULL };
    struct plumb_process_request request = { .argv = argv, .env = no_env };
    struct plumb_err err = { 0 };
    assert_null(plumb_process_start(runner->loop, &request, on_done, runner, &err));
    assert_string_equal(err.code, "ProgramNotFound");
    argv[0] = "/dev/null"; /* there, and not executable */
    assert_null(plumb_process_start(runner->loop, &request, on_done, runner, &err));
    assert_string_equal(err.code, "ProcessFailed");
}

static void process_is_killed_at_its_time_cap(void **state)
{
    start(*state, "sleep 1000 & wait", (struct plumb_process_request){ .timeout = 0.05 });
    wait_for(*state);
    expect_failure(*state, "Timeout");
}

/* It has closed its output and lives on: the end of output is not the end. */
static void process_is_killed_when_it_only_falls_silent(void **state)
{
    start(*state, "exec >&-; exec sleep 1000", (struct plumb_process_request){ .timeout = 0.05 });
    wait_for(*state);
    expect_failure(*state, "Timeout");
}

static void process_is_killed_when_it_prints_too_much(void **state)
{
    start(*state, "while :; do echo 0123456789012345678901234567890123456789; done",
          (struct plumb_process_request){ .max_output = 1000 });
    wait_for(*state);
    expect_failure(*state, "OutputTooLarge");
}

static void process_may_print_as_much_as_allowed(void **state)
{
    struct plumb_process_result result =
        run(*state, "printf 0123456789", (struct plumb_process_request){ .max_output = 10 });
    assert_slice(result.output, "0123456789");
}

/* Freed under way: the child and what it started hold the other end of a pipe, which ends. */
static void process_kills_what_it_started_when_freed(void **state)
{
    struct runner *runner = *state;
    char path[] = "/tmp/plumb-process-XXXXXX", script[128], byte;
    assert_non_null(mkdtemp(path));
    snprintf(script, sizeof script, "mkfifo %s/p; (sleep 1000; :) > %s/p & wait", path, path);
    const char *const env[] = { "PATH=/usr/bin:/bin", NULL };
    start(runner, script, (struct plumb_process_request){ .env = env });
    snprintf(script, sizeof script, "%s/p", path);
    int fd;
    while ((fd = open(script, O_RDONLY)) < 0) /* waits for the writer */
        assert_int_equal(errno, ENOENT);
    plumb_process_free(runner->process);
    runner->process = NULL;
    assert_int_equal(read(fd, &byte, 1), 0);
    close(fd);
    assert_int_equal(runner->done, 0);
    unlink(script);
    rmdir(path);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    alarm(60);
    const struct CMUnitTest tests[] = {
        CASE(process_gives_output_and_code),
        CASE(process_tells_a_signal_as_shells_do),
        CASE(process_passes_words_as_they_are),
        CASE(process_gives_the_environment_it_was_given),
        CASE(process_leaks_no_descriptor),
        CASE(process_drops_error_output),
        CASE(process_restores_signals),
        CASE(process_says_when_there_is_no_such_program),
        CASE(process_is_killed_at_its_time_cap),
        CASE(process_is_killed_when_it_only_falls_silent),
        CASE(process_is_killed_when_it_prints_too_much),
        CASE(process_may_print_as_much_as_allowed),
        CASE(process_kills_what_it_started_when_freed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
