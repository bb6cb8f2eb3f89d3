/* Certificates are made here: a root, an issuer in between, and a certificate for sns.example.com.
 */
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

#include "check.h"
#include "plumb/x509.h"

#define NOW 1767323045 /* 2026-01-02T03:04:05Z */
#define DAY 86400
#define NAME "sns.example.com"

struct made {
    EVP_PKEY *key;
    X509 *certificate;
};

struct recipe {
    const char *common_name, *alternative_name, *issuer_url;
    bool authority;
    long from, until; /* seconds from NOW; both 0 for a year around it */
    const EVP_MD *digest;
    int bits; /* of an RSA key, 0 for 2048, -1 for an elliptic curve */
};

static struct made root, issuer, leaf, other_root;

static EVP_PKEY *make_key(int bits)
{
    EVP_PKEY *key = bits < 0 ? EVP_EC_gen("P-256") : EVP_RSA_gen((unsigned)(bits ? bits : 2048));
    assert_non_null(key);
    return key;
}

static void add_extension(X509 *certificate, int nid, const char *value)
{
    X509V3_CTX ctx;
    X509V3_set_ctx_nodb(&ctx);
    X509V3_set_ctx(&ctx, certificate, certificate, NULL, NULL, 0);
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
    assert_non_null(extension);
    assert_true(X509_add_ext(certificate, extension, -1));
    X509_EXTENSION_free(extension);
}

/* Signed by `by`; by itself when that is NULL. */
static struct made make(struct recipe recipe, const struct made *by)
{
    static long serial = 1;
    struct made made = { make_key(recipe.bits), X509_new() };
    X509 *c = made.certificate;
    bool dated = recipe.from || recipe.until;
    X509_NAME *name = X509_get_subject_name(c);
    assert_true(X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                                           (const unsigned char *)recipe.common_name, -1, -1, 0));
    X509_set_version(c, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(c), serial++);
    ASN1_TIME_set(X509_getm_notBefore(c), NOW + (dated ? recipe.from : -180 * DAY));
    ASN1_TIME_set(X509_getm_notAfter(c), NOW + (dated ? recipe.until : 180 * DAY));
    X509_set_pubkey(c, made.key);
    X509_set_issuer_name(c, by ? X509_get_subject_name(by->certificate) : name);
    if (recipe.authority)
        add_extension(c, NID_basic_constraints, "critical,CA:TRUE");
    if (recipe.alternative_name)
        add_extension(c, NID_subject_alt_name, recipe.alternative_name);
    if (recipe.issuer_url)
        add_extension(c, NID_info_access, recipe.issuer_url);
    const EVP_MD *digest = recipe.digest ? recipe.digest : EVP_sha256();
    assert_true(X509_sign(c, by ? by->key : made.key, digest) > 0);
    return made;
}

static void discard(struct made *made)
{
    EVP_PKEY_free(made->key);
    X509_free(made->certificate);
    *made = (struct made){ NULL, NULL };
}

/* The PEM texts of certificates, one after the other; up to a NULL. */
static void pem_of(struct plumb_buf *out, const struct made *const *list)
{
    plumb_buf_init(out, 1 << 20);
    for (; *list; list++) {
        char *text;
        BIO *bio = BIO_new(BIO_s_mem());
        assert_true(PEM_write_bio_X509(bio, (*list)->certificate));
        long n = BIO_get_mem_data(bio, &text);
        assert_true(plumb_buf_add(out, text, (size_t)n));
        BIO_free(bio);
    }
}

#define PEM(out, ...) pem_of((out), (const struct made *const[]){ __VA_ARGS__, NULL })

static int set_up(void **state)
{
    (void)state;
    root = make((struct recipe){ .common_name = "Root", .authority = true }, NULL);
    other_root = make((struct recipe){ .common_name = "Root", .authority = true }, NULL);
    issuer = make((struct recipe){ .common_name = "Issuer", .authority = true, .until = 30 * DAY },
                  &root);
    leaf = make((struct recipe){ .common_name = NAME,
                                 .issuer_url = "caIssuers;URI:http://crt.example.com/issuer.cer" },
                &issuer);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    discard(&root);
    discard(&other_root);
    discard(&issuer);
    discard(&leaf);
    return 0;
}

/* Opens with these texts at a time; what came of it is in err.code, "" when it was fine. */
static struct plumb_x509 *open_at(struct plumb_slice certificates, const struct made *trusted,
                                  int64_t time, struct plumb_err *err)
{
    struct plumb_buf roots;
    PEM(&roots, trusted);
    struct plumb_x509_options options = {
        .certificates = certificates, .roots = plumb_buf_slice(&roots), .time = time, .name = NAME
    };
    *err = (struct plumb_err){ 0 };
    struct plumb_x509 *x509 = plumb_x509_open(&options, err);
    plumb_buf_clear(&roots);
    return x509;
}

static void refuses_at(struct plumb_slice certificates, const struct made *trusted, int64_t time,
                       const char *code)
{
    struct plumb_err err;
    assert_null(open_at(certificates, trusted, time, &err));
    assert_string_equal(err.code, code);
}

/* A leaf by this recipe, under the root, is refused with this code. */
static void refuses_leaf(struct recipe recipe, const char *code)
{
    struct plumb_buf pem;
    struct made made = make(recipe, &root);
    PEM(&pem, &made);
    refuses_at(plumb_buf_slice(&pem), &root, NOW, code);
    plumb_buf_clear(&pem);
    discard(&made);
}

static void x509_accepts_a_chain_to_a_root(void **state)
{
    struct plumb_buf pem;
    struct plumb_err err;
    int64_t from, until;
    (void)state;
    PEM(&pem, &leaf, &issuer);
    struct plumb_x509 *x509 = open_at(plumb_buf_slice(&pem), &root, NOW, &err);
    assert_non_null(x509);
    plumb_x509_validity(x509, &from, &until);
    assert_int_equal(from, NOW); /* the issuer's, who is younger than the others */
    assert_int_equal(until, NOW + 30 * DAY);
    plumb_x509_free(x509);
    plumb_buf_clear(&pem);
}

static void x509_accepts_an_alternative_name(void **state)
{
    struct plumb_buf pem;
    struct plumb_err err;
    struct made made = make(
        (struct recipe){ .common_name = "x", .alternative_name = "DNS:a.example.com,DNS:" NAME },
        &root);
    (void)state;
    PEM(&pem, &made);
    struct plumb_x509 *x509 = open_at(plumb_buf_slice(&pem), &root, NOW, &err);
    assert_non_null(x509);
    plumb_x509_free(x509);
    plumb_buf_clear(&pem);
    discard(&made);
}

static void x509_takes_the_issuer_apart_in_der_or_pem(void **state)
{
    struct plumb_buf pem, roots, extra;
    struct plumb_err err = { 0 };
    unsigned char *der = NULL;
    int n = i2d_X509(issuer.certificate, &der);
    (void)state;
    assert_true(n > 0);
    PEM(&pem, &leaf);
    PEM(&roots, &root);
    PEM(&extra, &issuer);
    struct plumb_x509_options options = { .certificates = plumb_buf_slice(&pem),
                                          .extra = { (const char *)der, (size_t)n },
                                          .roots = plumb_buf_slice(&roots),
                                          .time = NOW,
                                          .name = NAME };
    struct plumb_x509 *x509 = plumb_x509_open(&options, &err);
    assert_non_null(x509);
    plumb_x509_free(x509);
    options.extra = plumb_buf_slice(&extra);
    x509 = plumb_x509_open(&options, &err);
    assert_non_null(x509);
    plumb_x509_free(x509);
    options.extra = LITERAL("neither");
    assert_null(plumb_x509_open(&options, &err));
    assert_string_equal(err.code, "BadCertificate");
    OPENSSL_free(der);
    plumb_buf_clear(&pem);
    plumb_buf_clear(&roots);
    plumb_buf_clear(&extra);
}

static void x509_refuses_a_chain_with_a_hole(void **state)
{
    struct plumb_buf pem;
    (void)state;
    PEM(&pem, &leaf);
    refuses_at(plumb_buf_slice(&pem), &root, NOW, "IssuerMissing");
    plumb_buf_clear(&pem);
}

static void x509_refuses_other_authorities(void **state)
{
    struct plumb_buf pem;
    struct plumb_err err;
    (void)state;
    PEM(&pem, &leaf, &issuer);
    assert_null(open_at(plumb_buf_slice(&pem), &other_root, NOW, &err));
    plumb_buf_clear(&pem);
    /* a root that comes along is no root of ours */
    PEM(&pem, &leaf, &issuer, &root);
    assert_null(open_at(plumb_buf_slice(&pem), &other_root, NOW, &err));
    plumb_buf_clear(&pem);
}

static void x509_refuses_an_issuer_that_is_no_authority(void **state)
{
    struct plumb_buf pem;
    struct made plain = make((struct recipe){ .common_name = "Plain" }, &root);
    struct made below = make((struct recipe){ .common_name = NAME }, &plain);
    (void)state;
    PEM(&pem, &below, &plain);
    refuses_at(plumb_buf_slice(&pem), &root, NOW, "UntrustedCertificate");
    plumb_buf_clear(&pem);
    discard(&plain);
    discard(&below);
}

static void x509_refuses_a_self_signed_one(void **state)
{
    struct plumb_buf pem;
    struct made made = make((struct recipe){ .common_name = NAME }, NULL);
    (void)state;
    PEM(&pem, &made);
    refuses_at(plumb_buf_slice(&pem), &root, NOW, "UntrustedCertificate");
    plumb_buf_clear(&pem);
    discard(&made);
}

static void x509_refuses_other_times(void **state)
{
    struct plumb_buf pem;
    (void)state;
    refuses_leaf((struct recipe){ .common_name = NAME, .from = -2 * DAY, .until = -DAY },
                 "CertificateExpired");
    refuses_leaf((struct recipe){ .common_name = NAME, .from = DAY, .until = 2 * DAY },
                 "CertificateNotYetValid");
    PEM(&pem, &leaf, &issuer);
    refuses_at(plumb_buf_slice(&pem), &root, NOW + 31 * DAY, "CertificateExpired");
    refuses_at(plumb_buf_slice(&pem), &root, NOW - 200 * DAY, "CertificateNotYetValid");
    plumb_buf_clear(&pem);
}

static void x509_refuses_weak_keys(void **state)
{
    (void)state;
    refuses_leaf((struct recipe){ .common_name = NAME, .bits = 1024 }, "WeakKey");
    refuses_leaf((struct recipe){ .common_name = NAME, .bits = 2040 }, "WeakKey");
    refuses_leaf((struct recipe){ .common_name = NAME, .bits = -1 }, "WeakKey");
}

static void x509_refuses_weak_digests(void **state)
{
    (void)state;
    refuses_leaf((struct recipe){ .common_name = NAME, .digest = EVP_sha1() },
                 "UntrustedCertificate");
}

static void x509_refuses_other_names(void **state)
{
    static const char *const names[] = { "example.com",      "sns.example.com.evil.test",
                                         "xsns.example.com", "*.example.com",
                                         "sns.example.co",   "10.0.0.1" };
    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        refuses_leaf((struct recipe){ .common_name = names[i] }, "WrongSubject");
    /* once there are alternative names the common name says nothing */
    refuses_leaf((struct recipe){ .common_name = NAME, .alternative_name = "DNS:evil.test" },
                 "WrongSubject");
}

static void x509_refuses_what_is_no_certificate(void **state)
{
    struct plumb_buf pem;
    struct plumb_slice text;
    (void)state;
    refuses_at(LITERAL(""), &root, NOW, "BadCertificate");
    refuses_at(LITERAL("<html></html>"), &root, NOW, "BadCertificate");
    refuses_at(LITERAL("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"), &root,
               NOW, "BadCertificate");
    PEM(&pem, &leaf);
    text = plumb_buf_slice(&pem);
    for (size_t n = 0; n + 27 < text.n; n += 16) /* cut anywhere before its last line */
        refuses_at((struct plumb_slice){ text.p, n }, &root, NOW, "BadCertificate");
    plumb_buf_clear(&pem);
    PEM(&pem, &leaf, &root, &root, &root, &root, &root, &root, &root, &root);
    refuses_at(plumb_buf_slice(&pem), &root, NOW, "BadCertificate"); /* nine */
    plumb_buf_clear(&pem);
}

static size_t sign(const EVP_MD *digest, struct plumb_slice text, unsigned char out[512])
{
    size_t n = 512;
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    assert_true(EVP_DigestSignInit(ctx, NULL, digest, NULL, leaf.key));
    assert_true(EVP_DigestSign(ctx, out, &n, (const unsigned char *)text.p, text.n));
    EVP_MD_CTX_free(ctx);
    return n;
}

static void x509_verifies_what_its_key_signed(void **state)
{
    struct plumb_buf pem;
    struct plumb_err err;
    unsigned char bytes[512];
    (void)state;
    PEM(&pem, &leaf, &issuer);
    struct plumb_x509 *x509 = open_at(plumb_buf_slice(&pem), &root, NOW, &err);
    assert_non_null(x509);
    struct plumb_slice made = { (const char *)bytes, sign(EVP_sha256(), LITERAL("text"), bytes) };
    assert_true(plumb_x509_signed(x509, PLUMB_X509_SHA256, LITERAL("text"), made, &err));
    assert_false(plumb_x509_signed(x509, PLUMB_X509_SHA1, LITERAL("text"), made, &err));
    assert_string_equal(err.code, "BadSignature");
    assert_false(plumb_x509_signed(x509, PLUMB_X509_SHA256, LITERAL("texT"), made, &err));
    assert_false(plumb_x509_signed(x509, PLUMB_X509_SHA256, LITERAL(""), made, &err));
    for (size_t i = 0; i < made.n; i++) {
        bytes[i] ^= 1;
        assert_false(plumb_x509_signed(x509, PLUMB_X509_SHA256, LITERAL("text"), made, &err));
        bytes[i] ^= 1;
    }
    for (size_t n = 0; n < made.n; n += 51)
        assert_false(plumb_x509_signed(x509, PLUMB_X509_SHA256, LITERAL("text"),
                                       (struct plumb_slice){ made.p, n }, &err));
    made.n = sign(EVP_sha1(), LITERAL("text"), bytes);
    assert_true(plumb_x509_signed(x509, PLUMB_X509_SHA1, LITERAL("text"), made, &err));
    plumb_x509_free(x509);
    plumb_buf_clear(&pem);
}

static void x509_says_where_its_issuer_is(void **state)
{
    struct plumb_buf pem, url;
    (void)state;
    plumb_buf_init(&url, 200);
    PEM(&pem, &leaf);
    assert_true(plumb_x509_issuer_url(plumb_buf_slice(&pem), &url));
    assert_slice(plumb_buf_slice(&url), "http://crt.example.com/issuer.cer");
    plumb_buf_clear(&pem);
    plumb_buf_reset(&url);
    PEM(&pem, &root);
    assert_false(plumb_x509_issuer_url(plumb_buf_slice(&pem), &url));
    assert_false(plumb_x509_issuer_url(LITERAL("nothing"), &url));
    plumb_buf_clear(&pem);
    plumb_buf_clear(&url);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(x509_accepts_a_chain_to_a_root),
        cmocka_unit_test(x509_accepts_an_alternative_name),
        cmocka_unit_test(x509_takes_the_issuer_apart_in_der_or_pem),
        cmocka_unit_test(x509_refuses_a_chain_with_a_hole),
        cmocka_unit_test(x509_refuses_other_authorities),
        cmocka_unit_test(x509_refuses_an_issuer_that_is_no_authority),
        cmocka_unit_test(x509_refuses_a_self_signed_one),
        cmocka_unit_test(x509_refuses_other_times),
        cmocka_unit_test(x509_refuses_weak_keys),
        cmocka_unit_test(x509_refuses_weak_digests),
        cmocka_unit_test(x509_refuses_other_names),
        cmocka_unit_test(x509_refuses_what_is_no_certificate),
        cmocka_unit_test(x509_verifies_what_its_key_signed),
        cmocka_unit_test(x509_says_where_its_issuer_is),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
