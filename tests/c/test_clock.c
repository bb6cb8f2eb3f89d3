#include <time.h>

#include "check.h"
#include "plumb/clock.h"

static void now_is_the_system_time(void **state)
{
    (void)state;
    double before = (double)time(NULL) - 1, now = plumb_clock_now();
    assert_true(now >= before);
    assert_true(now <= (double)time(NULL) + 1);
}

static void monotonic_never_goes_back(void **state)
{
    (void)state;
    double last = plumb_clock_monotonic();
    for (int i = 0; i < 1000; i++) {
        double next = plumb_clock_monotonic();
        assert_true(next >= last);
        last = next;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(now_is_the_system_time),
        cmocka_unit_test(monotonic_never_goes_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
