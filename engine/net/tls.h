/* What a server's certificate has to be beyond what libcurl asks of it. Nobody else's business than
 * the exchange's. */
#ifndef PLUMB_TLS_H
#define PLUMB_TLS_H

#include <curl/curl.h>

/* For CURLOPT_SSL_CTX_FUNCTION: refuses certificates that have no name or address of a host among
 * their subject alternative names. libcurl would compare such a one by its subject's common name,
 * which RFC 9525, section 6.3, forbids. The comparison itself stays libcurl's. */
CURLcode tls_require_names(CURL *easy, void *ssl_ctx, void *arg);

#endif
