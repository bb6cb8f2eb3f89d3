/* Vectors: FIPS 180-4 examples, RFC 4231, RFC 1321, RFC 4648 section 10, the CRC of "123456789". */
#include "check.h"
#include "plumb/digest.h"

static void assert_hex(const unsigned char *bytes, size_t n, const char *hex)
{
    struct plumb_buf out;
    plumb_buf_init(&out, 1000);
    assert_true(plumb_digest_hex((struct plumb_slice){ (const char *)bytes, n }, &out));
    assert_string_equal(out.p, hex);
    plumb_buf_clear(&out);
}

static void sha256_of_known_texts(void **state)
{
    unsigned char raw[PLUMB_SHA256_SIZE];
    char hex[PLUMB_SHA256_HEX];
    (void)state;
    assert_true(plumb_digest_sha256(LITERAL("abc"), raw, NULL));
    assert_hex(raw, sizeof raw, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    assert_true(plumb_digest_sha256_hex(plumb_slice_of(NULL), hex, NULL));
    assert_string_equal(hex, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

static void hmac_of_rfc_4231(void **state)
{
    unsigned char raw[PLUMB_SHA256_SIZE];
    char key[131];
    (void)state;
    assert_true(plumb_digest_hmac_sha256(LITERAL("Jefe"), LITERAL("what do ya want for nothing?"),
                                         raw, NULL));
    assert_hex(raw, sizeof raw, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    memset(key, '\xaa', sizeof key);
    assert_true(plumb_digest_hmac_sha256(
        (struct plumb_slice){ key, sizeof key },
        LITERAL("Test Using Larger Than Block-Size Key - Hash Key First"), raw, NULL));
    assert_hex(raw, sizeof raw, "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

static void hmac_takes_its_own_result_as_key(void **state)
{
    unsigned char a[PLUMB_SHA256_SIZE], b[PLUMB_SHA256_SIZE];
    const struct plumb_slice own = { (const char *)a, sizeof a };
    (void)state;
    assert_true(plumb_digest_hmac_sha256(LITERAL("k"), LITERAL("1"), a, NULL));
    assert_true(plumb_digest_hmac_sha256(own, LITERAL("2"), b, NULL));
    assert_true(plumb_digest_hmac_sha256(own, LITERAL("2"), a, NULL));
    assert_memory_equal(a, b, sizeof a);
}

static void hmac_takes_empty_key_and_text(void **state)
{
    unsigned char raw[PLUMB_SHA256_SIZE];
    (void)state;
    assert_true(plumb_digest_hmac_sha256(plumb_slice_of(NULL), plumb_slice_of(NULL), raw, NULL));
    assert_hex(raw, sizeof raw, "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
}

static void md5_and_sha1_of_abc(void **state)
{
    unsigned char md5[PLUMB_MD5_SIZE], sha1[PLUMB_SHA1_SIZE];
    (void)state;
    assert_true(plumb_digest_md5(LITERAL("abc"), md5, NULL));
    assert_hex(md5, sizeof md5, "900150983cd24fb0d6963f7d28e17f72");
    assert_true(plumb_digest_sha1(LITERAL("abc"), sha1, NULL));
    assert_hex(sha1, sizeof sha1, "a9993e364706816aba3e25717850c26c9cd0d89d");
}

static void crc32_of_the_check_text(void **state)
{
    (void)state;
    assert_int_equal(plumb_digest_crc32(LITERAL("123456789")), 0xcbf43926);
    assert_int_equal(plumb_digest_crc32(LITERAL("")), 0);
}

static void assert_base64(struct plumb_slice bytes, const char *text)
{
    struct plumb_buf there, back;
    plumb_buf_init(&there, 100);
    plumb_buf_init(&back, 100);
    assert_true(plumb_digest_base64(bytes, &there));
    assert_string_equal(there.p ? there.p : "", text);
    assert_true(plumb_digest_unbase64(plumb_slice_of(text), &back));
    assert_true(plumb_slice_equal(plumb_buf_slice(&back), bytes));
    plumb_buf_clear(&there);
    plumb_buf_clear(&back);
}

static void base64_of_rfc_4648(void **state)
{
    (void)state;
    assert_base64(LITERAL(""), "");
    assert_base64(LITERAL("f"), "Zg==");
    assert_base64(LITERAL("fo"), "Zm8=");
    assert_base64(LITERAL("foo"), "Zm9v");
    assert_base64(LITERAL("foob"), "Zm9vYg==");
    assert_base64(LITERAL("fooba"), "Zm9vYmE=");
    assert_base64(LITERAL("foobar"), "Zm9vYmFy");
    assert_base64(LITERAL("\0\xff\xfe\x7f\x80"), "AP/+f4A=");
}

static void unbase64_refuses_what_is_not_exact(void **state)
{
    static const char *const texts[] = {
        "Zg",   "Zg=",    "Zg===", "Zh==",     "Zm9=", "Zm8",  "Z===",
        "====", "Zm9v\n", "Zm 9v", "Zg==Zg==", "Zm9-", "=Zm9", "Zm=v",
    };
    struct plumb_buf out;
    (void)state;
    plumb_buf_init(&out, 100);
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        if (plumb_digest_unbase64(plumb_slice_of(texts[i]), &out))
            fail_msg("%s was accepted", texts[i]);
    }
    plumb_buf_clear(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sha256_of_known_texts),
        cmocka_unit_test(hmac_of_rfc_4231),
        cmocka_unit_test(hmac_takes_its_own_result_as_key),
        cmocka_unit_test(hmac_takes_empty_key_and_text),
        cmocka_unit_test(md5_and_sha1_of_abc),
        cmocka_unit_test(crc32_of_the_check_text),
        cmocka_unit_test(base64_of_rfc_4648),
        cmocka_unit_test(unbase64_refuses_what_is_not_exact),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
