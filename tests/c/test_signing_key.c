/* The key of a day, and the store of the last few. */
#include "check.h"

#include <string.h>

#include "plumb/signing_key.h"

static struct plumb_signing_scope scope_of(const char *secret, const char *day, const char *region,
                                           const char *service)
{
    return (struct plumb_signing_scope){ plumb_slice_of(secret), plumb_slice_of(day),
                                         plumb_slice_of(region), plumb_slice_of(service) };
}

static void hex_of(struct plumb_signing_keys *keys, struct plumb_signing_scope scope, char *hex)
{
    unsigned char key[PLUMB_SHA256_SIZE];
    struct plumb_buf out;
    struct plumb_err err = { 0 };
    assert_true(plumb_signing_key(keys, &scope, key, &err));
    plumb_buf_init(&out, PLUMB_SHA256_HEX);
    plumb_digest_hex((struct plumb_slice){ (const char *)key, sizeof key }, &out);
    memcpy(hex, out.p, PLUMB_SHA256_HEX);
    plumb_buf_clear(&out);
}

/* The example in AWS's manual, "Create a signed AWS API request". */
static void signing_key_is_that_of_the_manual(void **state)
{
    char hex[PLUMB_SHA256_HEX];
    (void)state;
    hex_of(NULL,
           scope_of("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", "20150830", "us-east-1", "iam"),
           hex);
    assert_string_equal(hex, "c4afb1cc5771d871763a393e44b703571b55cc28424d1a5e86da6ed3c154a4b9");
}

static void signing_key_from_the_store_is_the_same(void **state)
{
    struct plumb_signing_keys *keys = plumb_signing_keys_new();
    char one[PLUMB_SHA256_HEX], two[PLUMB_SHA256_HEX], none[PLUMB_SHA256_HEX];
    (void)state;
    assert_non_null(keys);
    for (int round = 0; round < 3; round++) {
        for (char c = 'a'; c < 'n'; c++) { /* more than it keeps */
            char secret[] = { c, 'x', '\0' };
            struct plumb_signing_scope scope = scope_of(secret, "20260102", "eu-west-1", "ssm");
            hex_of(keys, scope, one);
            hex_of(keys, scope, two);
            hex_of(NULL, scope, none);
            assert_string_equal(one, none);
            assert_string_equal(two, none);
        }
    }
    plumb_signing_keys_free(keys);
    plumb_signing_keys_free(NULL);
}

static void signing_key_depends_on_each_part(void **state)
{
    struct plumb_signing_keys *keys = plumb_signing_keys_new();
    const struct plumb_signing_scope scopes[] = {
        scope_of("s", "20260102", "eu-west-1", "ssm"),
        scope_of("t", "20260102", "eu-west-1", "ssm"),
        scope_of("s", "20260103", "eu-west-1", "ssm"),
        scope_of("s", "20260102", "eu-west-2", "ssm"),
        scope_of("s", "20260102", "eu-west-1", "sqs"),
        scope_of("s", "20260102", "eu-west-1s", "sm"), /* the same letters, cut elsewhere */
    };
    enum { N = sizeof scopes / sizeof *scopes };
    char hex[N][PLUMB_SHA256_HEX];
    (void)state;
    for (size_t i = 0; i < N; i++)
        hex_of(keys, scopes[i], hex[i]);
    for (size_t i = 0; i < N; i++)
        for (size_t k = 0; k < i; k++)
            assert_string_not_equal(hex[i], hex[k]);
    plumb_signing_keys_free(keys);
}

static void signing_key_of_something_long_is_not_kept_but_right(void **state)
{
    struct plumb_signing_keys *keys = plumb_signing_keys_new();
    char secret[1000], one[PLUMB_SHA256_HEX], two[PLUMB_SHA256_HEX];
    (void)state;
    memset(secret, 'k', sizeof secret - 1);
    secret[sizeof secret - 1] = '\0';
    hex_of(keys, scope_of(secret, "20260102", "eu-west-1", "ssm"), one);
    hex_of(NULL, scope_of(secret, "20260102", "eu-west-1", "ssm"), two);
    assert_string_equal(one, two);
    plumb_signing_keys_free(keys);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(signing_key_is_that_of_the_manual),
        cmocka_unit_test(signing_key_from_the_store_is_the_same),
        cmocka_unit_test(signing_key_depends_on_each_part),
        cmocka_unit_test(signing_key_of_something_long_is_not_kept_but_right),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
