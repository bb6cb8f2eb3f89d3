/* Timers and watches of the event loop. */
#include "check.h"

#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "plumb/clock.h"
#include "plumb/loop.h"

static struct plumb_err err;

static char order[8];
static size_t fired;

static void note_a(void *arg)
{
    (void)arg, order[fired++] = 'a';
}
static void note_b(void *arg)
{
    (void)arg, order[fired++] = 'b';
}
static void note_c(void *arg)
{
    (void)arg, order[fired++] = 'c';
}

static void loop_fires_timers_in_the_order_of_their_times(void **state)
{
    struct plumb_loop *loop = *state;
    double now = plumb_clock_monotonic();
    struct plumb_timer c = { .at = now + 0.003, .fire = note_c };
    struct plumb_timer a = { .at = now - 1, .fire = note_a };
    struct plumb_timer b = { .at = now + 0.001, .fire = note_b };
    struct plumb_timer never = { .at = now + 3600, .fire = note_a };
    fired = 0;
    plumb_loop_add_timer(loop, &c);
    plumb_loop_add_timer(loop, &never);
    plumb_loop_add_timer(loop, &a);
    plumb_loop_add_timer(loop, &b);
    while (fired < 3)
        assert_true(plumb_loop_turn(loop, 5, &err));
    assert_memory_equal(order, "abc", 3);
    plumb_loop_remove_timer(loop, &never);
    assert_false(plumb_loop_busy(loop));
}

static void loop_forgets_a_timer_that_was_taken_out(void **state)
{
    struct plumb_loop *loop = *state;
    struct plumb_timer t = { .at = plumb_clock_monotonic() - 1, .fire = note_a };
    fired = 0;
    plumb_loop_add_timer(loop, &t);
    plumb_loop_remove_timer(loop, &t);
    plumb_loop_remove_timer(loop, &t); /* twice is fine */
    assert_true(plumb_loop_turn(loop, 0, &err));
    assert_int_equal(fired, 0);
}

struct watched {
    struct plumb_loop *loop;
    struct plumb_watch watch;
    int runs;
};

static double no_hurry(void *arg)
{
    (void)arg;
    return -1;
}

static void run_once(void *arg)
{
    struct watched *w = arg;
    w->runs++;
    plumb_loop_remove_watch(w->loop, &w->watch); /* from inside its own run */
}

static void loop_wakes_for_a_descriptor(void **state)
{
    struct plumb_loop *loop = *state;
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    struct watched w = { .loop = loop };
    w.watch =
        (struct plumb_watch){ .fd = ends[0], .timeout = no_hurry, .run = run_once, .arg = &w };
    plumb_loop_add_watch(loop, &w.watch);
    assert_true(plumb_loop_busy(loop));
    assert_int_equal(write(ends[1], "x", 1), 1);
    assert_true(plumb_loop_turn(loop, 60, &err)); /* returns at once, or the test would time out */
    assert_int_equal(w.runs, 1);
    assert_false(plumb_loop_busy(loop));
    close(ends[0]);
    close(ends[1]);
}

static void loop_wakes_when_told(void **state)
{
    struct plumb_loop *loop = *state;
    plumb_loop_wakeup(loop);
    assert_true(plumb_loop_turn(loop, 60, &err));
}

static int setup(void **state)
{
    *state = plumb_loop_new(&err);
    return *state ? 0 : -1;
}

static int teardown(void **state)
{
    plumb_loop_free(*state);
    plumb_loop_free(NULL);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(loop_fires_timers_in_the_order_of_their_times),
        cmocka_unit_test(loop_forgets_a_timer_that_was_taken_out),
        cmocka_unit_test(loop_wakes_for_a_descriptor),
        cmocka_unit_test(loop_wakes_when_told),
    };
    struct CMUnitTest each[4];
    for (size_t i = 0; i < 4; i++) {
        each[i] = tests[i];
        each[i].setup_func = setup;
        each[i].teardown_func = teardown;
    }
    return cmocka_run_group_tests(each, NULL, NULL);
}
