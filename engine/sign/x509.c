#include "plumb/x509.h"

#include <limits.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>

enum {
    MAX_CERTIFICATES = 8,
    MIN_RSA_BITS = 2048,
    AUTH_LEVEL = 2, /* 112 bits of security for every key and digest of the chain */
};

struct plumb_x509 {
    X509 *certificate;
    int64_t from, until;
};

/* ---- reading ---- */

static BIO *open_slice(struct plumb_slice s)
{
    return s.n && s.n <= INT_MAX ? BIO_new_mem_buf(s.p, (int)s.n) : NULL;
}

/* Nobody is asked for a password: a certificate has none. */
static int no_password(char *buf, int size, int write, void *arg)
{
    (void)buf, (void)size, (void)write, (void)arg;
    return -1;
}

/* Appends every certificate of a PEM text to list. False when one of them cannot be read. */
static bool read_pem(struct plumb_slice pem, STACK_OF(X509) * list, int max)
{
    BIO *bio = open_slice(pem);
    bool good = bio != NULL;

    while (good) {
        X509 *one = PEM_read_bio_X509(bio, NULL, no_password, NULL);
        if (!one)
            break;
        if ((max && sk_X509_num(list) >= max) || !sk_X509_push(list, one)) {
            X509_free(one);
            good = false;
        }
    }
    /* The text has ended only when no further beginning was found; all else is damage. */
    unsigned long last = ERR_peek_last_error();
    good = good && ERR_GET_LIB(last) == ERR_LIB_PEM && ERR_GET_REASON(last) == PEM_R_NO_START_LINE;
    ERR_clear_error();
    BIO_free(bio);
    return good;
}

/* PEM, or one certificate in DER, which is how authorities hand theirs out. */
static bool read_extra(struct plumb_slice extra, STACK_OF(X509) * list)
{
    const unsigned char *at = (const unsigned char *)extra.p;

    if (extra.n == 0)
        return true;
    X509 *one = extra.n <= LONG_MAX ? d2i_X509(NULL, &at, (long)extra.n) : NULL;
    ERR_clear_error();
    int before = sk_X509_num(list);
    if (!one)
        return read_pem(extra, list, MAX_CERTIFICATES) && sk_X509_num(list) > before;
    if (sk_X509_push(list, one))
        return true;
    X509_free(one);
    return false;
}

static void free_list(STACK_OF(X509) * list)
{
    sk_X509_pop_free(list, X509_free);
}

/* ---- the checks ---- */

static bool check_key(X509 *certificate, struct plumb_err *err)
{
    EVP_PKEY *key = X509_get0_pubkey(certificate);

    if (!key || EVP_PKEY_get_base_id(key) != EVP_PKEY_RSA)
        return plumb_err_set(err, "WeakKey", 0, "the certificate's key is not an RSA key");
    if (EVP_PKEY_get_bits(key) < MIN_RSA_BITS)
        return plumb_err_set(err, "WeakKey", 0,
                             "the certificate's RSA key has %d bits; %d are needed",
                             EVP_PKEY_get_bits(key), MIN_RSA_BITS);
    return true;
}

static bool check_name(X509 *certificate, const char *name, struct plumb_err *err)
{
    if (X509_check_host(certificate, name, strlen(name), X509_CHECK_FLAG_NO_WILDCARDS, NULL) == 1)
        return true;
    return plumb_err_set(err, "WrongSubject", 0, "the certificate is not for %s", name);
}

static X509_STORE *open_roots(struct plumb_slice pem)
{
    STACK_OF(X509) *list = sk_X509_new_null();
    X509_STORE *store = X509_STORE_new();
    bool good = list && store;

    if (good && pem.n == 0)
        good = X509_STORE_set_default_paths(store) == 1;
    else if (good)
        good = read_pem(pem, list, 0);
    for (int i = 0; good && i < sk_X509_num(list); i++)
        good = X509_STORE_add_cert(store, sk_X509_value(list, i)) == 1;
    if (!good) {
        X509_STORE_free(store);
        store = NULL;
    }
    free_list(list);
    return store;
}

static bool explain(int code, struct plumb_err *err)
{
    const char *reason = X509_verify_cert_error_string(code);

    switch (code) {
    case X509_V_ERR_CERT_HAS_EXPIRED:
        return plumb_err_set(err, "CertificateExpired", code, "%s", reason);
    case X509_V_ERR_CERT_NOT_YET_VALID:
        return plumb_err_set(err, "CertificateNotYetValid", code, "%s", reason);
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
        return plumb_err_set(err, "IssuerMissing", code, "%s", reason);
    default:
        return plumb_err_set(err, "UntrustedCertificate", code, "%s", reason);
    }
}

/* Seconds since 1970 of an ASN.1 time; false when it is none. */
static bool epoch_of(const ASN1_TIME *time, int64_t *out)
{
    ASN1_TIME *epoch = ASN1_TIME_set(NULL, 0);
    int days = 0, seconds = 0;
    bool good = epoch && ASN1_TIME_diff(&days, &seconds, epoch, time) == 1;

    if (good)
        *out = (int64_t)days * 86400 + seconds;
    ASN1_TIME_free(epoch);
    return good;
}

/* The span in which every certificate of a chain is valid. */
static bool validity_of(const STACK_OF(X509) * chain, struct plumb_x509 *x509)
{
    x509->from = INT64_MIN;
    x509->until = INT64_MAX;
    for (int i = 0; i < sk_X509_num(chain); i++) {
        int64_t from, until;
        const X509 *one = sk_X509_value(chain, i);
        if (!epoch_of(X509_get0_notBefore(one), &from) ||
            !epoch_of(X509_get0_notAfter(one), &until))
            return false;
        x509->from = from > x509->from ? from : x509->from;
        x509->until = until < x509->until ? until : x509->until;
    }
    return true;
}

static bool check_chain(struct plumb_x509 *x509, const struct plumb_x509_options *options,
                        STACK_OF(X509) * others, struct plumb_err *err)
{
    X509_STORE *store = open_roots(options->roots);
    X509_STORE_CTX *ctx = X509_STORE_CTX_new();
    bool good = false;

    if (!store) {
        plumb_err_set(err, "BadCertificate", 0, "the trusted certificates cannot be read");
        goto out;
    }
    if (!ctx || !X509_STORE_CTX_init(ctx, store, x509->certificate, others)) {
        plumb_err_set(err, "OutOfMemory", 0, "no memory to check a certificate");
        goto out;
    }
    X509_VERIFY_PARAM *param = X509_STORE_CTX_get0_param(ctx);
    X509_VERIFY_PARAM_set_time(param, (time_t)options->time);
    X509_VERIFY_PARAM_set_auth_level(param, AUTH_LEVEL);
    X509_VERIFY_PARAM_set_depth(param, MAX_CERTIFICATES);
    good = X509_verify_cert(ctx) == 1;
    if (!good)
        explain(X509_STORE_CTX_get_error(ctx), err);
    else if (!validity_of(X509_STORE_CTX_get0_chain(ctx), x509))
        good = plumb_err_set(err, "BadCertificate", 0, "a certificate without a span of validity");
out:
    X509_STORE_CTX_free(ctx);
    X509_STORE_free(store);
    ERR_clear_error();
    return good;
}

/* ---- what others call ---- */

struct plumb_x509 *plumb_x509_open(const struct plumb_x509_options *options, struct plumb_err *err)
{
    STACK_OF(X509) *list = sk_X509_new_null();
    struct plumb_x509 *x509 = calloc(1, sizeof *x509);
    bool good = false;

    if (!list || !x509)
        plumb_err_set(err, "OutOfMemory", 0, "no memory to read a certificate");
    else if (!read_pem(options->certificates, list, MAX_CERTIFICATES) || sk_X509_num(list) == 0)
        plumb_err_set(err, "BadCertificate", 0, "this is no certificate in PEM form");
    else if (!read_extra(options->extra, list))
        plumb_err_set(err, "BadCertificate", 0, "the issuer's certificate cannot be read");
    else
        good = true;
    if (good) {
        x509->certificate = sk_X509_shift(list);
        good = check_key(x509->certificate, err) &&
               check_name(x509->certificate, options->name, err) &&
               check_chain(x509, options, list, err);
    }
    free_list(list);
    if (good)
        return x509;
    plumb_x509_free(x509);
    return NULL;
}

void plumb_x509_free(struct plumb_x509 *x509)
{
    if (!x509)
        return;
    X509_free(x509->certificate);
    free(x509);
}

void plumb_x509_validity(const struct plumb_x509 *x509, int64_t *from, int64_t *until)
{
    *from = x509->from;
    *until = x509->until;
}

bool plumb_x509_signed(const struct plumb_x509 *x509, enum plumb_x509_digest digest,
                       struct plumb_slice text, struct plumb_slice signature, struct plumb_err *err)
{
    const EVP_MD *md = digest == PLUMB_X509_SHA1 ? EVP_sha1() : EVP_sha256();
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    EVP_PKEY *key = X509_get0_pubkey(x509->certificate);
    bool good = ctx && EVP_DigestVerifyInit(ctx, NULL, md, NULL, key) == 1 &&
                EVP_DigestVerify(ctx, (const unsigned char *)signature.p, signature.n,
                                 (const unsigned char *)(text.p ? text.p : ""), text.n) == 1;

    EVP_MD_CTX_free(ctx);
    ERR_clear_error();
    return good || plumb_err_set(err, "BadSignature", 0, "the signature does not fit the text");
}

static bool add_uri(const ACCESS_DESCRIPTION *description, struct plumb_buf *out)
{
    if (OBJ_obj2nid(description->method) != NID_ad_ca_issuers ||
        description->location->type != GEN_URI)
        return false;
    const ASN1_IA5STRING *uri = description->location->d.uniformResourceIdentifier;
    return plumb_buf_add(out, ASN1_STRING_get0_data(uri), (size_t)ASN1_STRING_length(uri));
}

bool plumb_x509_issuer_url(struct plumb_slice certificates, struct plumb_buf *out)
{
    BIO *bio = open_slice(certificates);
    X509 *certificate = bio ? PEM_read_bio_X509(bio, NULL, no_password, NULL) : NULL;
    AUTHORITY_INFO_ACCESS *access =
        certificate ? X509_get_ext_d2i(certificate, NID_info_access, NULL, NULL) : NULL;
    bool found = false;

    for (int i = 0; !found && i < sk_ACCESS_DESCRIPTION_num(access); i++)
        found = add_uri(sk_ACCESS_DESCRIPTION_value(access, i), out);
    AUTHORITY_INFO_ACCESS_free(access);
    X509_free(certificate);
    BIO_free(bio);
    ERR_clear_error();
    return found;
}
