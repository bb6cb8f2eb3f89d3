/* SIGHUP comes through the loop while somebody listens, and only then. */
#include "check.h"

#include <signal.h>
#include <unistd.h>

#include "plumb/hangup.h"

static struct plumb_err err;

static void count(void *arg)
{
    ++*(int *)arg;
}

static int make_loop(void **state)
{
    *state = plumb_loop_new(&err);
    return *state ? 0 : -1;
}

static int free_loop(void **state)
{
    plumb_loop_free(*state);
    return 0;
}

static bool is_blocked(void)
{
    sigset_t now;
    pthread_sigmask(SIG_SETMASK, NULL, &now);
    return sigismember(&now, SIGHUP) == 1;
}

static void hangup_is_told_once_it_came(void **state)
{
    int told = 0;
    struct plumb_hangup *hangup = plumb_hangup_new(*state, count, &told, &err);
    assert_non_null(hangup);
    assert_true(plumb_loop_busy(*state));
    assert_true(plumb_loop_turn(*state, 0, &err));
    assert_int_equal(told, 0);
    kill(getpid(), SIGHUP);
    while (told == 0)
        assert_true(plumb_loop_turn(*state, 5, &err));
    assert_true(plumb_loop_turn(*state, 0, &err));
    assert_int_equal(told, 1);
    kill(getpid(), SIGHUP);
    while (told == 1)
        assert_true(plumb_loop_turn(*state, 5, &err));
    assert_int_equal(told, 2);
    plumb_hangup_free(hangup);
}

static void hangup_gives_the_signal_back(void **state)
{
    int told = 0;
    assert_false(is_blocked());
    struct plumb_hangup *hangup = plumb_hangup_new(*state, count, &told, &err);
    assert_true(is_blocked());
    kill(getpid(), SIGHUP); /* nobody turns the loop any more: it must not end us later */
    plumb_hangup_free(hangup);
    assert_false(is_blocked());
    assert_false(plumb_loop_busy(*state));
    assert_int_equal(told, 0);
    plumb_hangup_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(hangup_is_told_once_it_came, make_loop, free_loop),
        cmocka_unit_test_setup_teardown(hangup_gives_the_signal_back, make_loop, free_loop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
