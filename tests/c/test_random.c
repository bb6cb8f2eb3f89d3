#include "check.h"
#include "plumb/random.h"

static void random_fills_exactly_what_was_asked(void **state)
{
    unsigned char bytes[1026] = { 0 };
    size_t zeros = 0;
    (void)state;
    assert_true(plumb_random_bytes(bytes + 1, 1024, NULL));
    assert_int_equal(bytes[0], 0);
    assert_int_equal(bytes[1025], 0);
    for (size_t i = 1; i <= 1024; i++)
        zeros += bytes[i] == 0;
    assert_true(zeros < 100); /* four are to be expected */
}

static void random_differs_each_time(void **state)
{
    unsigned char a[16], b[16];
    (void)state;
    assert_true(plumb_random_bytes(a, sizeof a, NULL));
    assert_true(plumb_random_bytes(b, sizeof b, NULL));
    assert_memory_not_equal(a, b, sizeof a);
}

static void random_of_nothing_is_fine(void **state)
{
    (void)state;
    assert_true(plumb_random_bytes(NULL, 0, NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_fills_exactly_what_was_asked),
        cmocka_unit_test(random_differs_each_time),
        cmocka_unit_test(random_of_nothing_is_fine),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
