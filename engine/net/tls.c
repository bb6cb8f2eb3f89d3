#include "tls.h"

#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdbool.h>

static bool names_a_host(const X509 *certificate)
{
    GENERAL_NAMES *names = X509_get_ext_d2i(certificate, NID_subject_alt_name, NULL, NULL);
    bool found = false;
    for (int i = 0; i < sk_GENERAL_NAME_num(names) && !found; i++) {
        int type = sk_GENERAL_NAME_value(names, i)->type;
        found = type == GEN_DNS || type == GEN_IPADD;
    }
    GENERAL_NAMES_free(names);
    return found;
}

/* Called for each certificate of the chain; the server's own is at depth 0. */
static int on_certificate(int ok, X509_STORE_CTX *chain)
{
    if (!ok || X509_STORE_CTX_get_error_depth(chain) > 0 ||
        names_a_host(X509_STORE_CTX_get_current_cert(chain)))
        return ok;
    X509_STORE_CTX_set_error(chain, X509_V_ERR_HOSTNAME_MISMATCH);
    return 0;
}

CURLcode tls_require_names(CURL *easy, void *ssl_ctx, void *arg)
{
    (void)easy, (void)arg;
    SSL_CTX_set_verify(ssl_ctx, SSL_VERIFY_PEER, on_certificate);
    return CURLE_OK;
}
