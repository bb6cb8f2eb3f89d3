/* Compression, checked by decompressing with zlib's other half. */
#include "check.h"

#include <zlib.h>

#include "plumb/gzip.h"

static void expect_round_trip(const char *text, size_t n)
{
    struct plumb_err err = { 0 };
    size_t size = 0, again_size = 0;
    char *packed = test_malloc(plumb_gzip_bound(n)), *again = test_malloc(plumb_gzip_bound(n));
    char *out = test_malloc(n + 1);
    struct plumb_slice bytes = { text, n };
    assert_true(plumb_gzip(bytes, packed, &size, &err));
    assert_true(size <= plumb_gzip_bound(n));
    assert_true(plumb_gzip(bytes, again, &again_size, &err));
    assert_int_equal(size, again_size);
    assert_memory_equal(packed, again, size);
    z_stream z = { .next_in = (unsigned char *)packed, .avail_in = (unsigned)size };
    z.next_out = (unsigned char *)out;
    z.avail_out = (unsigned)n + 1;
    assert_int_equal(inflateInit2(&z, 15 + 16), Z_OK);
    assert_int_equal(inflate(&z, Z_FINISH), Z_STREAM_END);
    assert_int_equal(z.total_out, n);
    assert_memory_equal(out, text, n);
    inflateEnd(&z);
    test_free(packed);
    test_free(again);
    test_free(out);
}

static void gzip_can_be_undone(void **state)
{
    (void)state;
    static char large[100000];
    unsigned seed = 1;
    expect_round_trip("", 0);
    expect_round_trip("a\0b", 3);
    memset(large, 'x', sizeof large);
    expect_round_trip(large, sizeof large);
    for (size_t i = 0; i < sizeof large; i++) /* noise does not get smaller, and must still fit */
        large[i] = (char)((seed = seed * 1103515245u + 12345u) >> 16);
    expect_round_trip(large, sizeof large);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(gzip_can_be_undone) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
