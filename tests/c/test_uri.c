#include "check.h"
#include "plumb/uri.h"

#define assert_made(call, literal)                                                                 \
    do {                                                                                           \
        struct plumb_buf out;                                                                      \
        plumb_buf_init(&out, 4096);                                                                \
        assert_true(call);                                                                         \
        assert_slice(plumb_buf_slice(&out), literal);                                              \
        plumb_buf_clear(&out);                                                                     \
    } while (0)

#define assert_encoded(s, keep, literal)                                                           \
    assert_made(plumb_uri_encode(LITERAL(s), keep, &out), literal)
#define assert_decoded(s, literal) assert_made(plumb_uri_decode(LITERAL(s), &out), literal)
#define assert_normalized(s, literal) assert_made(plumb_uri_normalize(LITERAL(s), &out), literal)
#define assert_path(s, literal)                                                                    \
    assert_made(plumb_uri_canonical_path(LITERAL(s), true, &out), literal)
#define assert_query(s, literal)                                                                   \
    assert_made(plumb_uri_canonical_query(LITERAL(s), &out, NULL), literal)

static void uri_encodes_all_but_unreserved_bytes(void **state)
{
    (void)state;
    assert_encoded("AZaz09-._~", false, "AZaz09-._~");
    assert_encoded(" +/=%:@!*'()", false, "%20%2B%2F%3D%25%3A%40%21%2A%27%28%29");
    assert_encoded("\0\xc3\xa9\xff", false, "%00%C3%A9%FF");
    assert_encoded("/a b/", true, "/a%20b/");
    assert_encoded("", false, "");
}

static void uri_decodes_what_it_encodes(void **state)
{
    char all[256];
    struct plumb_buf encoded, back;
    (void)state;
    for (int i = 0; i < 256; i++)
        all[i] = (char)i;
    plumb_buf_init(&encoded, 1000);
    plumb_buf_init(&back, 1000);
    assert_true(plumb_uri_encode((struct plumb_slice){ all, 256 }, false, &encoded));
    assert_true(plumb_uri_decode(plumb_buf_slice(&encoded), &back));
    assert_int_equal(back.n, 256);
    assert_memory_equal(back.p, all, 256);
    plumb_buf_clear(&encoded);
    plumb_buf_clear(&back);
}

static void uri_leaves_broken_escapes(void **state)
{
    (void)state;
    assert_decoded("%", "%");
    assert_decoded("%4", "%4");
    assert_decoded("%zz%4g", "%zz%4g");
    assert_decoded("a+b%2b", "a+b+");
}

static void uri_normalizes_paths(void **state)
{
    (void)state;
    assert_normalized("", "/");
    assert_normalized("/", "/");
    assert_normalized("//", "/");
    assert_normalized("/.", "/");
    assert_normalized("/..", "/");
    assert_normalized("/../../a", "/a");
    assert_normalized("/a/../b/", "/b/");
    assert_normalized("/a/b/../..", "/");
    assert_normalized("/a/b/..", "/a/");
    assert_normalized("/a//b/./c", "/a/b/c");
    assert_normalized("/.../..a/a..", "/.../..a/a..");
}

static void uri_encodes_a_path_once_more(void **state)
{
    (void)state;
    assert_path("/lenses/arn%3Aaws%3Awellarchitected%3A%3Alens%2Fx",
                "/lenses/arn%253Aaws%253Awellarchitected%253A%253Alens%252Fx");
    assert_path("/a b", "/a%20b");
    assert_path("", "/");
    assert_made(plumb_uri_canonical_path(LITERAL("//a/../b"), false, &out), "//a/../b");
    assert_made(plumb_uri_canonical_path(LITERAL(""), false, &out), "/");
}

static void uri_sorts_a_query_by_name_then_value(void **state)
{
    (void)state;
    assert_query("", "");
    assert_query("b=2&a=1", "a=1&b=2");
    assert_query("tagKeys=b&tagKeys=a", "tagKeys=a&tagKeys=b");
    assert_query("a-b=1&a=2", "a=2&a-b=1");
    assert_query("ab=1&a=2&a=", "a=&a=2&ab=1");
    assert_query("B=1&a=2&A=3", "A=3&B=1&a=2");
}

static void uri_makes_a_query_canonical(void **state)
{
    (void)state;
    assert_query("x", "x=");
    assert_query("=", "=");
    assert_query("=&=", "=&=");
    assert_query("&&x=1&", "x=1");
    assert_query("a=b=c", "a=b%3Dc");
    assert_query("NextToken=a+b/c==", "NextToken=a%2Bb%2Fc%3D%3D");
    assert_query("NextToken=a%2Bb%2fc%3D%3D", "NextToken=a%2Bb%2Fc%3D%3D");
    assert_query("%7Ea=%41", "~a=A");
    assert_query("\xe1\x88\xb4=1", "%E1%88%B4=1");
}

static void uri_refuses_an_endless_query(void **state)
{
    struct plumb_buf query, out;
    struct plumb_err err = { 0 };
    (void)state;
    plumb_buf_init(&query, 10000);
    plumb_buf_init(&out, 10000);
    for (int i = 0; i < 1001; i++)
        plumb_buf_add_str(&query, "a=1&");
    assert_false(plumb_uri_canonical_query(plumb_buf_slice(&query), &out, &err));
    assert_string_equal(err.code, "QueryTooLong");
    plumb_buf_clear(&query);
    plumb_buf_clear(&out);
}

static void uri_says_when_there_is_no_room(void **state)
{
    struct plumb_buf out;
    struct plumb_err err = { 0 };
    (void)state;
    plumb_buf_init(&out, 3);
    assert_false(plumb_uri_canonical_query(LITERAL("a=1&b=2"), &out, &err));
    assert_string_equal(err.code, "OutOfMemory");
    plumb_buf_clear(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(uri_encodes_all_but_unreserved_bytes),
        cmocka_unit_test(uri_decodes_what_it_encodes),
        cmocka_unit_test(uri_leaves_broken_escapes),
        cmocka_unit_test(uri_normalizes_paths),
        cmocka_unit_test(uri_encodes_a_path_once_more),
        cmocka_unit_test(uri_sorts_a_query_by_name_then_value),
        cmocka_unit_test(uri_makes_a_query_canonical),
        cmocka_unit_test(uri_refuses_an_endless_query),
        cmocka_unit_test(uri_says_when_there_is_no_room),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
