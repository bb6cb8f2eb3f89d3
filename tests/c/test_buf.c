#include "check.h"

static void slice_of_null_is_empty(void **state)
{
    (void)state;
    assert_int_equal(plumb_slice_of(NULL).n, 0);
    assert_int_equal(plumb_slice_of("abc").n, 3);
}

static void slices_are_equal_by_bytes(void **state)
{
    (void)state;
    assert_true(plumb_slice_equal(LITERAL("a\0b"), LITERAL("a\0b")));
    assert_false(plumb_slice_equal(LITERAL("a\0b"), LITERAL("a\0c")));
    assert_false(plumb_slice_equal(LITERAL("a"), LITERAL("ab")));
    assert_true(plumb_slice_equal(plumb_slice_of(NULL), LITERAL("")));
}

static void buf_grows_and_stays_terminated(void **state)
{
    struct plumb_buf b;
    (void)state;
    plumb_buf_init(&b, 100000);
    assert_null(b.p);
    for (int i = 0; i < 10000; i++)
        assert_true(plumb_buf_add_str(&b, "0123456789"));
    assert_int_equal(b.n, 100000);
    assert_int_equal(b.p[b.n], '\0');
    for (size_t i = 0; i < b.n; i++)
        assert_int_equal(b.p[i], '0' + (char)(i % 10));
    plumb_buf_clear(&b);
}

static void buf_fills_to_its_maximum_and_no_further(void **state)
{
    struct plumb_buf b;
    (void)state;
    plumb_buf_init(&b, 4);
    assert_true(plumb_buf_add(&b, "abcd", 4));
    assert_false(plumb_buf_add_char(&b, 'e'));
    assert_true(b.failed);
    assert_slice(plumb_buf_slice(&b), "abcd");
    plumb_buf_clear(&b);
}

static void buf_fails_for_good_once_something_did_not_fit(void **state)
{
    struct plumb_buf b;
    (void)state;
    plumb_buf_init(&b, 4);
    assert_false(plumb_buf_add_str(&b, "abcde"));
    assert_false(plumb_buf_add_str(&b, "a"));
    assert_int_equal(b.n, 0);
    plumb_buf_reset(&b);
    assert_true(plumb_buf_add_str(&b, "abcd"));
    plumb_buf_clear(&b);
}

static void buf_of_any_maximum_does_not_overflow(void **state)
{
    struct plumb_buf b;
    (void)state;
    plumb_buf_init(&b, SIZE_MAX);
    assert_true(plumb_buf_add_str(&b, "a"));
    assert_false(plumb_buf_add(&b, "a", SIZE_MAX - 1));
    assert_slice(plumb_buf_slice(&b), "a");
    plumb_buf_clear(&b);
}

static void buf_of_nothing_holds_nothing(void **state)
{
    struct plumb_buf b;
    (void)state;
    plumb_buf_init(&b, 0);
    assert_true(plumb_buf_add(&b, NULL, 0));
    assert_non_null(b.p);
    assert_false(plumb_buf_add_char(&b, 'a'));
    plumb_buf_clear(&b);
}

static void secret_buf_is_wiped_when_it_is_reset(void **state)
{
    struct plumb_buf b;
    (void)state;
    plumb_buf_init(&b, 100);
    b.secret = true;
    plumb_buf_add_str(&b, "wJalrXUtnFEMI");
    plumb_buf_reset(&b);
    for (size_t i = 0; i < 13; i++)
        assert_int_equal(b.p[i], 0);
    plumb_buf_clear(&b);
}

static void secret_buf_grows_like_another(void **state)
{
    struct plumb_buf b;
    (void)state;
    plumb_buf_init(&b, 5000);
    b.secret = true;
    for (int i = 0; i < 500; i++)
        assert_true(plumb_buf_add_str(&b, "0123456789"));
    assert_memory_equal(b.p + 4990, "0123456789", 11);
    plumb_buf_clear(&b);
    plumb_buf_clear(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(slice_of_null_is_empty),
        cmocka_unit_test(slices_are_equal_by_bytes),
        cmocka_unit_test(buf_grows_and_stays_terminated),
        cmocka_unit_test(buf_fills_to_its_maximum_and_no_further),
        cmocka_unit_test(buf_fails_for_good_once_something_did_not_fit),
        cmocka_unit_test(buf_of_any_maximum_does_not_overflow),
        cmocka_unit_test(buf_of_nothing_holds_nothing),
        cmocka_unit_test(secret_buf_is_wiped_when_it_is_reset),
        cmocka_unit_test(secret_buf_grows_like_another),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
