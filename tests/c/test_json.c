#include "check.h"
#include "plumb/json.h"

/* Checks text at depth 8 and compares the safe form; NULL says that it must be refused. */
static void check_form(struct plumb_slice text, const char *safe, size_t safe_n)
{
    struct plumb_buf out;
    struct plumb_err err = { 0 };
    size_t position = 0;

    plumb_buf_init(&out, 4096);
    bool good = plumb_json_check(text, 8, &out, &err, &position, NULL);
    if (good != (safe != NULL))
        fail_msg("%.*s: %s", (int)text.n, text.p, good ? "accepted" : err.message);
    if (safe) {
        assert_int_equal(out.n, safe_n);
        assert_memory_equal(out.p, safe, safe_n);
    } else {
        assert_string_equal(err.code, "BadJson");
        assert_in_range(position, 1, text.n + 1);
    }
    plumb_buf_clear(&out);
}

#define accepts(text, safe) check_form(LITERAL(text), (safe), sizeof(safe) - 1)
#define same(text) accepts(text, text)
#define refuses(text) check_form(LITERAL(text), NULL, 0)

static void json_leaves_plain_values_as_they_are(void **state)
{
    (void)state;
    same("{\"a\" : [1, -2.5e+3, true,false ,null, \"x\\/\\u00e9\\ud83d\\ude00\"], \"b\":{}}");
    same(" \t\r\n3 \n");
    same("\"\"");
    same("-0");
    same("0");
    same("{\"a\":1,\"a\":2}");
    same("\"\x7f\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\xf4\x8f\xbf\xbf\"");
}

static void json_tags_what_a_double_cannot_hold(void **state)
{
    (void)state;
    same("999999999999999");
    accepts("1234567890123456", "\"\\u0000i1234567890123456\"");
    accepts("[-9223372036854775808,1]", "[\"\\u0000i-9223372036854775808\",1]");
    accepts("9223372036854775807", "\"\\u0000i9223372036854775807\"");
    same("9223372036854775808");
    same("12345678901234567.0");
}

static void json_tags_empty_arrays(void **state)
{
    (void)state;
    accepts("[]", "\"\\u0000a\"");
    accepts("{\"a\":[ \n ],\"b\":[[ ]]}", "{\"a\":\"\\u0000a\",\"b\":[\"\\u0000a\"]}");
    same("{}");
}

static void json_tags_strings_that_look_like_tags(void **state)
{
    (void)state;
    accepts("\"\\u0000a\"", "\"\\u0000s\\u0000a\"");
    accepts("[\"\\u0000\"]", "[\"\\u0000s\\u0000\"]");
    same("\"a\\u0000\"");
    same("{\"\\u0000a\":1}");
}

static void json_refuses_numbers_that_are_none(void **state)
{
    (void)state;
    refuses("01");
    refuses("-01");
    refuses("1.");
    refuses(".5");
    refuses("-");
    refuses("+1");
    refuses("1e");
    refuses("1e+");
    refuses("0x10");
    refuses("NaN");
    refuses("Infinity");
    refuses("-Infinity");
    refuses("1 2");
    refuses("1e400");
    refuses("-1e400");
}

static void json_refuses_a_number_of_endless_length(void **state)
{
    char text[2000];
    (void)state;
    memset(text, '1', sizeof text);
    check_form((struct plumb_slice){ text, sizeof text }, NULL, 0);
    check_form((struct plumb_slice){ text, 400 }, NULL, 0);
}

static void json_refuses_bytes_that_are_not_utf8(void **state)
{
    (void)state;
    refuses("\"\xff\"");
    refuses("\"\xc0\x80\"");
    refuses("\"\xc1\xbf\"");
    refuses("\"\xe0\x9f\xbf\"");
    refuses("\"\xf0\x8f\xbf\xbf\"");
    refuses("\"\xed\xa0\x80\"");
    refuses("\"\xf4\x90\x80\x80\"");
    refuses("\"\xf5\x80\x80\x80\"");
    refuses("\"\xe2\x82\"");
    refuses("\"\xe2\x82");
    refuses("{\"\xff\":1}");
    refuses("\xef\xbb\xbf{}");
}

static void json_refuses_halves_of_surrogate_pairs(void **state)
{
    (void)state;
    refuses("\"\\ud800\"");
    refuses("\"\\udc00\"");
    refuses("\"\\ud800\\u0041\"");
    refuses("\"\\ud800\\ud800\"");
    refuses("\"\\ud800x\"");
    refuses("\"\\ud83d\\ude0");
}

static void json_refuses_bad_strings(void **state)
{
    (void)state;
    refuses("\"a\nb\"");
    refuses("\"\0\"");
    refuses("\"\\\0\"");
    refuses("\"abc");
    refuses("\"\\");
    refuses("\"\\x41\"");
    refuses("\"\\u12g4\"");
    refuses("\"\\u12");
    refuses("'a'");
}

static void json_refuses_bad_structure(void **state)
{
    (void)state;
    refuses("");
    refuses("  ");
    refuses("[1,]");
    refuses("[,1]");
    refuses("[1 2]");
    refuses("[1}");
    refuses("{\"a\":1]");
    refuses("{\"a\":1,}");
    refuses("{,}");
    refuses("{\"a\"}");
    refuses("{\"a\":}");
    refuses("{a:1}");
    refuses("{1:1}");
    refuses("[");
    refuses("{");
    refuses("{\"a\":");
    refuses("[]]");
    refuses("[] []");
    refuses("nul");
    refuses("nulll");
    refuses("True");
    refuses("// x\n1");
    refuses("1\0");
}

static void json_counts_depth(void **state)
{
    (void)state;
    accepts("[[[[[[[[1]]]]]]]]", "[[[[[[[[1]]]]]]]]");
    refuses("[[[[[[[[[1]]]]]]]]]");
    accepts("[[[[[[[[]]]]]]]]", "[[[[[[[\"\\u0000a\"]]]]]]]");
}

static void json_survives_any_depth(void **state)
{
    struct plumb_buf out;
    struct plumb_err err = { 0 };
    size_t position = 0, n = 1 << 20;
    char *text = malloc(n);
    (void)state;
    assert_non_null(text);
    memset(text, '[', n);
    plumb_buf_init(&out, 4 * n);
    assert_false(
        plumb_json_check((struct plumb_slice){ text, n }, 1 << 20, &out, &err, &position, NULL));
    assert_int_equal(position, PLUMB_JSON_MAX_DEPTH + 1);
    plumb_buf_clear(&out);
    free(text);
}

static void json_says_where(void **state)
{
    struct plumb_buf out;
    struct plumb_err err = { 0 };
    size_t position = 0;
    (void)state;
    plumb_buf_init(&out, 100);
    assert_false(plumb_json_check(LITERAL("{\"a\": 01}"), 8, &out, &err, &position, NULL));
    assert_int_equal(position, 7);
    assert_string_equal(err.message, "a number that begins with 0");
    plumb_buf_clear(&out);
}

static void json_counts_keys_of_all_objects(void **state)
{
    struct plumb_buf out;
    size_t keys = 0;
    (void)state;
    plumb_buf_init(&out, 100);
    assert_true(plumb_json_check(LITERAL("{\"a\":[{},{\"b\":{\"a\":1}}],\"a\":2,\"\\u0061\":3}"), 8,
                                 &out, NULL, NULL, &keys));
    assert_int_equal(keys, 5);
    plumb_buf_clear(&out);
}

static void json_says_when_the_buffer_is_full(void **state)
{
    struct plumb_buf out;
    struct plumb_err err = { 0 };
    (void)state;
    plumb_buf_init(&out, 4);
    assert_false(plumb_json_check(LITERAL("[1,2]"), 8, &out, &err, NULL, NULL));
    assert_string_equal(err.code, "OutOfMemory");
    plumb_buf_clear(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(json_leaves_plain_values_as_they_are),
        cmocka_unit_test(json_tags_what_a_double_cannot_hold),
        cmocka_unit_test(json_tags_empty_arrays),
        cmocka_unit_test(json_tags_strings_that_look_like_tags),
        cmocka_unit_test(json_refuses_numbers_that_are_none),
        cmocka_unit_test(json_refuses_a_number_of_endless_length),
        cmocka_unit_test(json_refuses_bytes_that_are_not_utf8),
        cmocka_unit_test(json_refuses_halves_of_surrogate_pairs),
        cmocka_unit_test(json_refuses_bad_strings),
        cmocka_unit_test(json_refuses_bad_structure),
        cmocka_unit_test(json_counts_depth),
        cmocka_unit_test(json_survives_any_depth),
        cmocka_unit_test(json_says_where),
        cmocka_unit_test(json_counts_keys_of_all_objects),
        cmocka_unit_test(json_says_when_the_buffer_is_full),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
