#include "check.h"

static void err_keeps_code_status_and_message(void **state)
{
    struct plumb_err err = { 0 };
    (void)state;
    assert_false(plumb_err_set(&err, "Timeout", 110, "no answer from %s after %d s", "host", 5));
    assert_string_equal(err.code, "Timeout");
    assert_string_equal(err.message, "no answer from host after 5 s");
    assert_int_equal(err.status, 110);
}

static void err_takes_null(void **state)
{
    (void)state;
    assert_false(plumb_err_set(NULL, "Timeout", 0, "%s", "nobody listens"));
}

static void err_cuts_what_does_not_fit(void **state)
{
    struct plumb_err err = { 0 };
    char code[2 * PLUMB_ERR_CODE_MAX], message[2 * PLUMB_ERR_MESSAGE_MAX];
    (void)state;
    memset(code, 'c', sizeof code);
    memset(message, 'm', sizeof message);
    code[sizeof code - 1] = message[sizeof message - 1] = '\0';
    plumb_err_set(&err, code, 0, "%s", message);
    assert_int_equal(strlen(err.code), PLUMB_ERR_CODE_MAX - 1);
    assert_int_equal(strlen(err.message), PLUMB_ERR_MESSAGE_MAX - 1);
}

static void err_may_be_made_from_itself(void **state)
{
    struct plumb_err err = { 0 };
    (void)state;
    plumb_err_set(&err, "Inner", 1, "the cause");
    plumb_err_set(&err, err.code, err.status, "on the way: %s", err.message);
    assert_string_equal(err.code, "Inner");
    assert_string_equal(err.message, "on the way: the cause");
    assert_int_equal(err.status, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(err_keeps_code_status_and_message),
        cmocka_unit_test(err_takes_null),
        cmocka_unit_test(err_cuts_what_does_not_fit),
        cmocka_unit_test(err_may_be_made_from_itself),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
